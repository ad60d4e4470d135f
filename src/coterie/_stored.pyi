from typing import Any, Self

from typing_extensions import disjoint_base

__pyx_capi__: dict[str, object]

@disjoint_base
class Stored:
    def copy(self) -> Self: ...
    def __copy__(self) -> Self: ...
    def __deepcopy__(self, memo: dict[int, Any], /) -> Self: ...
