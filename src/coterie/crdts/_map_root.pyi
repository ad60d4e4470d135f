from typing_extensions import disjoint_base

from coterie.crdts._dotted import Dotted

__pyx_capi__: dict[str, object]

@disjoint_base
class MapRoot(Dotted): ...

def parting() -> None: ...
