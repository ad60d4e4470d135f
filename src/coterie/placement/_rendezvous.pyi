from coterie._types import Nodes
from coterie.placement._nodes import NodeScheme

class Rendezvous(NodeScheme):
    def __init__(self, nodes: Nodes = (), *, seed: int = 0) -> None: ...
