"""Keys counted by position, and their weights added up."""

import numpy as np
from numpy.typing import NDArray

from coterie._cli.load import Sums


class Counts:
    """One count for each position, and one sum if the keys' weights are in a column."""

    def __init__(self, positions: int, weight_column: str | None = None) -> None:
        self.keys = np.zeros(positions, dtype=np.int64)
        self._sums = np.zeros(positions, dtype=np.float64)
        self._weight_column = weight_column

    def add(self, placed: NDArray[np.integer], weights: NDArray[np.float64] | None) -> None:
        """Count keys by where they are placed: a position for each key, or a row of positions."""
        flat, size = placed.ravel(), len(self.keys)
        self.keys += np.bincount(flat, minlength=size)
        if weights is not None and len(weights):
            self._sums += np.bincount(flat, np.repeat(weights, len(flat) // len(weights)), size)

    def sums(self, order: list[int] | slice = slice(None)) -> Sums | None:
        """The sums so far, those of all positions or in another order."""
        return None if self._weight_column is None else Sums(self._weight_column, self._sums[order].tolist())
