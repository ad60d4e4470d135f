from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

from coterie._types import Buffer, Key, Keys, Nulls

__pyx_capi__: dict[str, object]

def cpu_level() -> Literal["baseline", "avx2", "avx512"]: ...
def _set_cpu_level(name: str, /) -> None: ...
def digest(key: Key, /) -> int: ...
def digests(
    keys: Keys, /, *, nulls: Nulls = "raise", out: NDArray[np.uint64] | None = None
) -> NDArray[np.uint64]: ...
def _digests_and_valid(
    keys: Keys, hashed: bool, nulls: Nulls, out: NDArray[np.bool] | None, secret: Buffer | None = None, /
) -> tuple[NDArray[np.uint64], NDArray[np.bool] | None]: ...
def _bools(
    values: NDArray[np.bool], valid: NDArray[np.bool] | None, nulls: Nulls, out: NDArray[np.bool] | None, /
) -> NDArray[np.bool]: ...

@final
class Storage:
    @property
    def nbytes(self) -> int: ...

@final
class Answers: ...

@final
class Imported: ...
