from typing import final

from coterie._types import Node

__pyx_capi__: dict[str, object]

@final
class Members:
    @property
    def nodes(self) -> tuple[Node, ...]: ...
    @property
    def weights(self) -> tuple[float, ...]: ...
    @property
    def identities(self) -> tuple[tuple[int, bytes], ...]: ...
