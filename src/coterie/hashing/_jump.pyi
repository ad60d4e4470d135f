from collections.abc import Iterable
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

@overload
def jump(keys: int | np.integer[Any], n: int, /) -> int: ...
@overload
def jump(keys: Iterable[int] | NDArray[np.integer[Any]], n: int, /) -> NDArray[np.int32]: ...
