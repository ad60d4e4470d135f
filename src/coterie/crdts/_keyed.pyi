from typing_extensions import disjoint_base

from coterie.crdts._replicated import Replicated

__pyx_capi__: dict[str, object]

@disjoint_base
class Keyed(Replicated):
    def __len__(self) -> int: ...
    def __bool__(self) -> bool: ...
    def __contains__(self, key: object, /) -> bool: ...

@disjoint_base
class Timed(Keyed): ...
