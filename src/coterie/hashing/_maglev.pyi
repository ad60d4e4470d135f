from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

def maglev(
    offsets: Iterable[int] | NDArray[np.integer[Any]],
    skips: Iterable[int] | NDArray[np.integer[Any]],
    table_size: int,
    /,
    weights: Iterable[float] | NDArray[np.number[Any]] | None = None,
) -> NDArray[np.int32]: ...
