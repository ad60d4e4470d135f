"""The placement schemes, so that each law is written once: a new scheme is one more entry in SCHEMES.

A law that a scheme promises beyond the vocabulary has a name:
    weights     nodes have weights
    minimal     a change moves no key but to or from the node that changed
    successor   a key whose node leaves goes to the second of its replicas
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import pytest

from benchmarks.baselines.placement.jump import JumpHash as PlainJump
from benchmarks.baselines.placement.ring import HashRing as PlainRing
from coterie import HashRing, JumpHash


def names(n, first=0):
    """n nodes of all kinds."""
    return [(f"node-{i}", b"node-%d" % i, i * 2**55 - 5, f"узел {i}")[i % 4] for i in range(first, first + n)]


@dataclass(frozen=True)
class Scheme:
    """One placement scheme.

    of(members, seed=0): one of given members: nodes or a mapping of node to weight; the number of shards.
    members(n): n of them.
    plain(placement): the plain model of a placement.
    """

    cls: type
    of: Callable
    plain: Callable
    members: Callable = names
    laws: frozenset = field(default_factory=frozenset)
    numbered: bool = False  # shards 0 .. n-1: the next one joins, the last one leaves

    def __str__(self):
        return self.cls.__name__

    def make(self, n, seed=0):
        """A placement over n nodes."""
        return self.of(self.members(n), seed=seed)

    def newcomer(self, placement):
        """A node that may join."""
        return len(placement) if self.numbered else "newcomer"

    def leavers(self, placement):
        """The nodes of which each may leave."""
        return placement.nodes[-1:] if self.numbered else placement.nodes


SCHEMES = [
    Scheme(
        HashRing,
        of=partial(HashRing, vnodes=20),
        plain=lambda ring: PlainRing(ring.weights, ring.vnodes, ring.seed),
        laws=frozenset({"weights", "minimal", "successor"}),
    ),
    Scheme(
        JumpHash,
        of=JumpHash,
        members=int,
        plain=lambda shards: PlainJump(len(shards), shards.seed),
        laws=frozenset({"minimal"}),
        numbered=True,
    ),
]


def schemes(*laws, numbered=None):
    """Run a test for every scheme that promises these laws."""
    fitting = [
        scheme
        for scheme in SCHEMES
        if scheme.laws.issuperset(laws) and (numbered is None or scheme.numbered == numbered)
    ]
    return pytest.mark.parametrize("scheme", fitting, ids=str)


def state(placement):
    """All that is to be seen of a placement, to compare it with later."""
    keys = list(range(200))
    assigned = placement.assign(keys).tolist() if len(placement) else None
    return placement.to_bytes(), tuple(placement.nodes), placement.seed, assigned
