from typing import ClassVar, final

import numpy as np
from numpy.typing import NDArray
from typing_extensions import disjoint_base

from coterie._types import Key, Keys, Nulls
from coterie.filters._mutable import Batch, MutableFilter

__pyx_capi__: dict[str, object]

@final
class SlicedBatch(Batch): ...

@disjoint_base
class Sliced(MutableFilter):
    def __contains__(self, key: Key, /) -> bool: ...
    def contains_many(
        self,
        keys: Keys,
        /,
        *,
        hashed: bool = False,
        nulls: Nulls = "raise",
        out: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.bool_]: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __bool__(self) -> bool: ...
    @property
    def nbytes(self) -> int: ...
    def estimated_fpr(self) -> float: ...
