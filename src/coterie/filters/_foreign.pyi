from typing import ClassVar

from typing_extensions import disjoint_base

from coterie._stored import Stored
from coterie._types import Key

__pyx_capi__: dict[str, object]

@disjoint_base
class ForeignFilter(Stored):
    def add(self, key: Key, /) -> None: ...
    def contains(self, key: Key, /) -> bool: ...
    def __contains__(self, key: Key, /) -> bool: ...
    @property
    def nbytes(self) -> int: ...
    @property
    def fill_ratio(self) -> float: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]
    def __eq__(self, other: object, /) -> bool: ...
