from typing_extensions import disjoint_base

from coterie.crdts._replicated import Replicated

@disjoint_base
class Dotted(Replicated): ...
