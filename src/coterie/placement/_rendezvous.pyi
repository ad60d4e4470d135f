from typing_extensions import disjoint_base

from coterie._types import Nodes
from coterie.placement._nodes import NodeScheme

@disjoint_base
class Rendezvous(NodeScheme):
    def __init__(self, nodes: Nodes = (), *, seed: int = 0) -> None: ...
