"""Which node has the highest random weight for a key? The work grows with the nodes."""

import pytest

from benchmarks import keys
from benchmarks.cases.placement import members
from benchmarks.cases.placement.shared import (
    LISTS,
    against,
    batch,
    call,
    full,
    get_nodes,
    list_floor,
    names,
    one_key,
)

OURS, PLAIN = "coterie.Rendezvous", "plain.Rendezvous"
WEIGHTED = {"coterie.WeightedRendezvous": "plain.WeightedRendezvous"}  # with the baseline of the same weights
SCHEME = members.Scheme(OURS, PLAIN)
NODES = [10, 100, 1000]
SCANNED = [16, 100, 1000]
KEYS = 2**18  # of an array: enough work with so many nodes


@against(
    OURS,
    "floor",
    PLAIN,
    "emcache.Rendezvous",
    "pymemcache.XXH3",
    full("pymemcache.Murmur3"),
    "clandestined.Rendezvous",
    "hrw.XXH3",
    full("hrw.SHA256"),
)
@pytest.mark.parametrize("n", NODES)
def test_one_key(row, n, who):
    """rendezvous[k] in a Python loop over 1000 str keys, or fewer for those that take long."""
    row.ask("rendezvous[k], one str key", f"{n} nodes")
    one_key(row, who, PLAIN, names(n), "str")


@against(OURS, "floor", PLAIN, "numpy.Rendezvous")
@pytest.mark.parametrize("n", NODES)
def test_array(row, n, who):
    """rendezvous.assign of 2**18 random uint64."""
    row.ask("rendezvous.assign, uint64 array", f"{n} nodes")
    batch(row, who, PLAIN, names(n), keys.array()[:KEYS], f"scan64_{n}_nodes_ns_per_key")


@against(OURS, "floor", *WEIGHTED)
@pytest.mark.parametrize("n", SCANNED)
def test_scan(row, n, who):
    """The same per node and key, with equal weights and with different ones."""
    row.ask("rendezvous.assign, uint64 array, each node", f"{n} nodes", unit="node and key")
    plain = WEIGHTED.get(who, PLAIN)
    batch(row, who, plain, names(n), keys.array()[:KEYS], f"scan64_{n}_nodes_ns_per_node", times=n)


@against(OURS, "floor", PLAIN, "emcache.Rendezvous", "clandestined.Rendezvous")
def test_list(row, who):
    """rendezvous.assign of a list of a million keys."""
    row.ask(f"rendezvous.assign, {LISTS['shuffled']}", "100 nodes")
    batch(row, who, PLAIN, names(100), keys.many("shuffled"), list_floor("shuffled"), "str")


@against(OURS, "floor", PLAIN, "hrw.XXH3", full("hrw.SHA256"))
def test_get_nodes(row, who):
    """rendezvous.get_nodes(k, 3) in a Python loop over 1000 str keys."""
    row.ask("rendezvous.get_nodes(k, 3), one str key", "100 nodes")
    get_nodes(row, who, PLAIN, names(100))


@against(OURS, "floor", PLAIN)
@pytest.mark.parametrize("n", [100, 1000])
def test_build(row, n, who):
    """Rendezvous(nodes)."""
    row.ask("Rendezvous(nodes)", f"{n} nodes", unit="scheme")
    members.build(row, SCHEME, n, who)


@against(OURS, "floor", PLAIN)
@pytest.mark.parametrize("call", members.CHANGES)
def test_change(row, call, who):
    """One node comes, goes or gets another weight."""
    row.ask(f"rendezvous.{call}", "100 nodes", unit="change")
    members.change(row, SCHEME, call, 100, who)


@against(OURS, "floor")
def test_call(row, who):
    """What a batch call costs before it sees the first key, and the nodes for one key."""
    row.ask("rendezvous.assign of a one-element array", "100 nodes", unit="call")
    call(row, who, PLAIN, names(100))
