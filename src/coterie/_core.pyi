from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

from coterie._types import Key, Keys

__pyx_capi__: dict[str, object]

def cpu_level() -> Literal["baseline", "avx2", "avx512"]: ...
def _set_cpu_level(name: str, /) -> None: ...
def digest(key: Key, /) -> int: ...
def digests(keys: Keys, /) -> NDArray[np.uint64]: ...

@final
class Storage:
    @property
    def nbytes(self) -> int: ...
