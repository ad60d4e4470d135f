from typing import ClassVar

from typing_extensions import disjoint_base

__pyx_capi__: dict[str, object]

@disjoint_base
class Child:
    __hash__: ClassVar[None]  # type: ignore[assignment]
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
