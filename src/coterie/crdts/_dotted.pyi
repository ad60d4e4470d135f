from typing_extensions import disjoint_base

from coterie.crdts._replicated import Replicated

__pyx_capi__: dict[str, object]

@disjoint_base
class Dotted(Replicated): ...
