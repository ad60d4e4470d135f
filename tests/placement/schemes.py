"""The placement schemes, so that each law is written once: a new scheme is one more entry in SCHEMES.

A law that a scheme promises beyond the vocabulary has a name:
    weights         nodes have weights
    minimal         a change moves no key but to or from the node that changed
    successor       a key whose node leaves goes to the second of its replicas
    even            loads differ from what weights ask for by chance alone
    even replicas   so do the loads of each replica
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from benchmarks.baselines.placement.jump import JumpHash as PlainJump
from benchmarks.baselines.placement.maglev import Maglev as PlainMaglev
from benchmarks.baselines.placement.rendezvous import Rendezvous as PlainRendezvous
from benchmarks.baselines.placement.ring import HashRing as PlainRing
from coterie import HashRing, JumpHash, Maglev, Rendezvous


def names(n, first=0):
    """n nodes of all kinds."""
    return [(f"node-{i}", b"node-%d" % i, i * 2**55 - 5, f"узел {i}")[i % 4] for i in range(first, first + n)]


@dataclass(frozen=True, eq=False)
class Scheme:
    """One placement scheme.

    plain(placement): the plain model of a placement.
    signature: what its constructor takes.
    options: what tests make it with; others: what else it may be made with; bad: what is refused of 3 nodes.
    members(n): n of what its first argument takes.
    """

    cls: type
    plain: Callable
    signature: str
    laws: frozenset
    options: dict = field(default_factory=dict)
    others: tuple = ()
    bad: tuple = ()
    members: Callable = names
    numbered: bool = False  # shards 0 .. n-1: the next one joins, the last one leaves

    def __str__(self):
        return self.cls.__name__

    def of(self, members, seed=0, **options):
        """A placement over these members: nodes, or a mapping of node to weight; the number of shards."""
        return self.cls(members, seed=seed, **{**self.options, **options})

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
        plain=lambda ring: PlainRing(ring.weights, ring.vnodes, ring.seed),
        signature="(nodes=(), *, vnodes=160, seed=0)",
        laws=frozenset({"weights", "minimal", "successor"}),
        options={"vnodes": 20},
        others=({"vnodes": 1}, {"vnodes": 21}),
        bad=({"vnodes": 0}, {"vnodes": "x"}),
    ),
    Scheme(
        Rendezvous,
        plain=lambda nodes: PlainRendezvous(nodes.weights, nodes.seed),
        signature="(nodes=(), *, seed=0)",
        laws=frozenset({"weights", "minimal", "successor", "even", "even replicas"}),
    ),
    Scheme(
        Maglev,
        plain=lambda table: PlainMaglev(table.weights, table.table_size, table.seed),
        signature="(nodes=(), *, table_size=65537, seed=0)",
        laws=frozenset({"weights", "even"}),
        options={"table_size": 1009},
        others=({"table_size": 101}, {"table_size": 1013}),
        bad=({"table_size": 4}, {"table_size": "x"}, {"table_size": 2}),
    ),
    Scheme(
        JumpHash,
        plain=lambda shards: PlainJump(len(shards), shards.seed),
        signature="(n, *, seed=0)",
        laws=frozenset({"minimal", "even", "even replicas"}),
        members=int,
        numbered=True,
    ),
]
CLASSES = {str(scheme): scheme.cls for scheme in SCHEMES}


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
