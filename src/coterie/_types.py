"""Types that stubs and modules share."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Key: TypeAlias = str | bytes | bytearray | memoryview | int | np.integer[Any] | np.bool
Keys: TypeAlias = Iterable[Key] | NDArray[Any]
Node: TypeAlias = str | bytes | int
Nodes: TypeAlias = Iterable[Key] | Mapping[Any, float]
Buffer: TypeAlias = bytes | bytearray | memoryview
