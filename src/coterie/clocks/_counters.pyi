from typing_extensions import disjoint_base

from coterie._stored import Stored

__pyx_capi__: dict[str, object]

@disjoint_base
class Counters(Stored): ...
