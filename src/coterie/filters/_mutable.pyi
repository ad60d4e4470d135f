import numpy as np
from numpy.typing import NDArray
from typing_extensions import disjoint_base

from coterie._types import Keys, Nulls
from coterie.filters._filter import Filter

@disjoint_base
class Batch: ...

@disjoint_base
class MutableFilter(Filter):
    def update(self, keys: Keys, /, *, hashed: bool = False, nulls: Nulls = "raise") -> None: ...
    def add_new_many(
        self,
        keys: Keys,
        /,
        *,
        hashed: bool = False,
        nulls: Nulls = "raise",
        out: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.bool_]: ...
    @property
    def capacity(self) -> int: ...
    @property
    def fpr(self) -> float: ...
