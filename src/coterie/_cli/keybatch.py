"""What keys come in, whatever they are read from."""

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from coterie._types import Keys


class Batch(Protocol):
    """Some keys in order."""

    @property
    def keys(self) -> Keys:
        """The keys as the batch methods of the library take them."""

    @property
    def weights(self) -> NDArray[np.float64] | None:
        """What each key weighs; None if every key counts the same."""

    def __len__(self) -> int: ...

    def texts(self) -> list[bytes]:
        """The keys as `--out` writes them."""


class Source(Protocol):
    """A file of keys."""

    @property
    def size(self) -> int | None: ...
    @property
    def bytes_read(self) -> int: ...
    @property
    def empty_lines(self) -> int: ...
    @property
    def nulls(self) -> int: ...
    def batches(self) -> Iterator[Batch]: ...
