from typing import overload

import numpy as np
from numpy.typing import NDArray

from coterie._types import Key, Keys, Nulls

@overload
def xxh3_64(keys: Key, /, *, seed: int = 0, nulls: Nulls = "raise", out: None = None) -> int: ...  # type: ignore[overload-overlap]  # a str is an iterable of str
@overload
def xxh3_64(
    keys: Keys, /, *, seed: int = 0, nulls: Nulls = "raise", out: NDArray[np.uint64] | None = None
) -> NDArray[np.uint64]: ...
def xxh3_128(data: Key, /, *, seed: int = 0) -> int: ...
@overload
def xxh64(keys: Key, /, *, seed: int = 0, nulls: Nulls = "raise", out: None = None) -> int: ...  # type: ignore[overload-overlap]
@overload
def xxh64(
    keys: Keys, /, *, seed: int = 0, nulls: Nulls = "raise", out: NDArray[np.uint64] | None = None
) -> NDArray[np.uint64]: ...
