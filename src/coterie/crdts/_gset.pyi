from collections.abc import Iterable, Iterator
from typing import Any

from typing_extensions import disjoint_base

from coterie._types import Codec
from coterie.crdts._keyed import Keyed

@disjoint_base
class GSet(Keyed):
    def __init__(
        self, iterable: Iterable[Any] = (), *, replica: bytes | str | None = None, codec: Codec | None = None
    ) -> None: ...
    def add(self, element: Any, /) -> None: ...
    def add_many(self, values: Iterable[Any], /) -> None: ...
    def __iter__(self) -> Iterator[Any]: ...
