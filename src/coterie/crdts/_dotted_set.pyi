from typing_extensions import disjoint_base

from coterie.crdts._dotted import Dotted
from coterie.crdts._set_methods import MutableSetMethods

@disjoint_base
class DottedSet(Dotted, MutableSetMethods):
    def __len__(self) -> int: ...
    def __bool__(self) -> bool: ...
