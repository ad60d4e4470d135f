from collections.abc import Callable

from coterie._types import Codec
from coterie.crdts._map_keys import MapMethods
from coterie.crdts._map_root import MapRoot

class ORMap(MapRoot, MapMethods):
    def __init__(
        self,
        *,
        replica: bytes | str | None = None,
        codec: Codec | None = None,
        time_ns: Callable[[], int] | None = None,
        max_drift: int | None = None,
    ) -> None: ...
    def __len__(self) -> int: ...
    def __bool__(self) -> bool: ...
