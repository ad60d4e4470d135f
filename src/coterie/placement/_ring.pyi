from coterie._types import Nodes
from coterie.placement._nodes import NodeScheme

class HashRing(NodeScheme):
    def __init__(self, nodes: Nodes = (), *, vnodes: int = 160, seed: int = 0) -> None: ...
    @property
    def vnodes(self) -> int: ...
