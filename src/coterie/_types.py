"""Types that stubs and modules share."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray


class ArrowArray(Protocol):
    """A column of the Arrow C data interface."""

    def __arrow_c_array__(self, requested_schema: Any = None) -> Any: ...


class ArrowStream(Protocol):
    """A column of the Arrow C stream interface."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any: ...


Key: TypeAlias = str | bytes | bytearray | memoryview | int | np.integer[Any] | np.bool
Keys: TypeAlias = Iterable[Key] | NDArray[Any] | ArrowArray | ArrowStream
Nulls: TypeAlias = Literal["raise", "skip"] | int
Node: TypeAlias = str | bytes | int
Nodes: TypeAlias = Iterable[Key] | Mapping[Any, float]
Buffer: TypeAlias = bytes | bytearray | memoryview
Codec: TypeAlias = tuple[Callable[[Any], bytes], Callable[[bytes], Any]]
