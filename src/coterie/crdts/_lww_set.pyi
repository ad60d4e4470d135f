from collections.abc import Callable, Iterable
from typing import Any, Literal

from coterie._types import Codec
from coterie.crdts._keyed import Timed
from coterie.crdts._set_methods import MutableSetMethods

class LWWSet(Timed, MutableSetMethods):
    def __init__(
        self,
        iterable: Iterable[Any] = (),
        *,
        bias: Literal["add", "remove"] = "add",
        replica: bytes | str | None = None,
        codec: Codec | None = None,
        time_ns: Callable[[], int] | None = None,
        max_drift: int | None = None,
    ) -> None: ...
    @property
    def bias(self) -> Literal["add", "remove"]: ...
    def add(self, element: Any, /, *, time: int | None = None) -> None: ...
    def discard(self, element: Any, /, *, time: int | None = None) -> None: ...
    def remove(self, element: Any, /) -> None: ...
    def times(self, element: Any, /) -> tuple[int, int]: ...
    def __bool__(self) -> bool: ...
