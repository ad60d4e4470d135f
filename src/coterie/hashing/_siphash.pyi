from typing import overload

import numpy as np
from numpy.typing import NDArray

from coterie._types import Key, Keys, Nulls

@overload
def siphash13(  # type: ignore[overload-overlap]  # a str is an iterable of str
    keys: Key, key: bytes | bytearray | memoryview, /, *, nulls: Nulls = "raise", out: None = None
) -> int: ...
@overload
def siphash13(
    keys: Keys,
    key: bytes | bytearray | memoryview,
    /,
    *,
    nulls: Nulls = "raise",
    out: NDArray[np.uint64] | None = None,
) -> NDArray[np.uint64]: ...
