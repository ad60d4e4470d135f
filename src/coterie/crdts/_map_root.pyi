from typing_extensions import disjoint_base

from coterie.crdts._dotted import Dotted

@disjoint_base
class MapRoot(Dotted): ...

def parting() -> None: ...
