"""A batch of keys that are rows of a table."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coterie._cli.errors import Refused


class ColumnBatch:
    """The keys of a column of pyarrow that are not null, with their weights."""

    def __init__(self, table: str, first_row: int, column: Any, weights: Any = None) -> None:
        self._table = table
        self._first_row = first_row
        self._column = column
        self.keys = column.drop_null()
        self.weights = None if weights is None else self._weights(weights)

    def __len__(self) -> int:
        return len(self.keys)

    def texts(self) -> list[bytes]:
        """Text and bytes as they are, integers as decimals. What would break a line is refused."""
        texts = [_text(key) for key in self.keys.to_pylist()]
        if any(b"\n" in text for text in texts):
            keys = self._column.to_pylist()
            self._refuse(next(i for i, key in enumerate(keys) if key is not None and b"\n" in _text(key)),
                         "--out cannot hold a key with a line end")  # fmt: skip
        return texts

    def _weights(self, weights: Any) -> NDArray[np.float64]:
        """The weights of the keys that are not null, each of which has to be one."""
        values = weights.to_numpy(zero_copy_only=False).astype(np.float64)  # null is NaN
        keyed = self._column.is_valid().to_numpy(zero_copy_only=False)
        wrong = keyed & ~((values >= 0) & (values < np.inf))
        if wrong.any():
            row = int(wrong.argmax())
            weight = weights[row].as_py()
            self._refuse(row, "the weight is null" if weight is None
                         else f"weight {weight} is not a finite number of 0 or more")  # fmt: skip
        kept: NDArray[np.float64] = values[keyed]
        return kept

    def _refuse(self, row: int, what: str) -> None:
        raise Refused(f"{self._table}, row {self._first_row + row}: {what}")


def _text(key: str | bytes | int) -> bytes:
    if isinstance(key, bytes):
        return key
    return key.encode() if isinstance(key, str) else b"%d" % key
