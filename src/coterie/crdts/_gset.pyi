from collections.abc import Iterable
from typing import Any, NoReturn

from coterie._types import Codec
from coterie.crdts._keyed import Keyed
from coterie.crdts._set_methods import SetMethods

class GSet(Keyed, SetMethods):
    def __init__(
        self, iterable: Iterable[Any] = (), *, replica: bytes | str | None = None, codec: Codec | None = None
    ) -> None: ...
    def add(self, element: Any, /) -> None: ...
    def __bool__(self) -> bool: ...
    def __iand__(self, other: Any, /) -> NoReturn: ...  # type: ignore[misc]
    def __isub__(self, other: Any, /) -> NoReturn: ...  # type: ignore[misc]
    def __ixor__(self, other: Any, /) -> NoReturn: ...  # type: ignore[misc]
