from coterie._types import Nodes
from coterie.placement._nodes import NodeScheme

class Maglev(NodeScheme):
    def __init__(self, nodes: Nodes = (), *, table_size: int = 65537, seed: int = 0) -> None: ...
    @property
    def table_size(self) -> int: ...
