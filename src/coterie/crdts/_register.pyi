from collections.abc import Callable
from typing import Any

from typing_extensions import disjoint_base

from coterie._types import Codec
from coterie.crdts._replicated import Replicated

@disjoint_base
class LWWRegister(Replicated):
    def __init__(
        self,
        *,
        replica: bytes | str | None = None,
        codec: Codec | None = None,
        time_ns: Callable[[], int] | None = None,
        max_drift: int | None = None,
    ) -> None: ...
    def set(self, value: Any, /, *, time: int | None = None) -> bool: ...
    @property
    def value(self) -> Any: ...
    @property
    def time(self) -> int: ...
    @property
    def writer(self) -> bytes | None: ...
