from collections.abc import Iterable
from typing import Any, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

from coterie._types import ArrowArray, ArrowStream, Nulls

_Ints: TypeAlias = Iterable[int] | NDArray[np.integer[Any]] | ArrowArray | ArrowStream

@overload
def jump(keys: int | np.integer[Any], n: int, /, *, nulls: Nulls = "raise", out: None = None) -> int: ...
@overload
def jump(
    keys: _Ints, n: int, /, *, nulls: Nulls = "raise", out: NDArray[np.int32] | None = None
) -> NDArray[np.int32]: ...
