from collections.abc import Iterator
from typing import Any, ClassVar, NoReturn

from typing_extensions import disjoint_base

from coterie.crdts._map_root import MapRoot

__pyx_capi__: dict[str, object]

@disjoint_base
class Child:
    __hash__: ClassVar[None]  # type: ignore[assignment]
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __or__(self, other: Any, /) -> NoReturn: ...

def walk(root: MapRoot, path: bytes, what: str) -> Iterator[Any]: ...
def walk_from(few: list[bytes], content: int, root: MapRoot, path: bytes, what: str) -> Iterator[Any]: ...
