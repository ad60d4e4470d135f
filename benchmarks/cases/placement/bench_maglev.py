"""Which node has the key's slot in a Maglev table of 65537 slots? And what does the table cost?"""

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

OURS, PLAIN = "coterie.Maglev", "plain.Maglev"
SCHEME = members.Scheme(OURS, PLAIN)
NODES = [10, 100, 1000]
FILLED = "lookup_128kib_65537_ns"  # the floor of filling a table, in an order that jumps about


@against(OURS, "floor", PLAIN)
@pytest.mark.parametrize("n", NODES)
def test_one_key(row, n, who):
    """maglev[k] in a Python loop over 1000 str keys."""
    row.ask("maglev[k], one str key", f"{n} nodes")
    one_key(row, who, PLAIN, names(n), "str")


@against(OURS, "floor", PLAIN, "numpy.Maglev")
@pytest.mark.parametrize("n", NODES)
def test_array(row, n, who):
    """maglev.assign of 2**20 random uint64."""
    row.ask("maglev.assign, uint64 array", f"{n} nodes")
    batch(row, who, PLAIN, names(n), keys.array(), "lookup_128kib_ns_per_key")


@against(OURS, "floor", PLAIN)
def test_list(row, who):
    """maglev.assign of a list of a million keys."""
    row.ask(f"maglev.assign, {LISTS['shuffled']}", "100 nodes")
    batch(row, who, PLAIN, names(100), keys.many("shuffled"), list_floor("shuffled"), "str")


@against(OURS, "floor", PLAIN)
def test_get_nodes(row, who):
    """maglev.get_nodes(k, 3) in a Python loop over 1000 str keys."""
    row.ask("maglev.get_nodes(k, 3), one str key", "100 nodes")
    get_nodes(row, who, PLAIN, names(100))


@against(OURS, "floor", PLAIN)
@pytest.mark.parametrize("n", [100, full(1000)])
def test_build(row, n, who):
    """Maglev(nodes)."""
    row.ask("Maglev(nodes)", f"{n} nodes", unit="table")
    members.build(row, SCHEME, n, who, FILLED)


@against(OURS, "floor", PLAIN)
@pytest.mark.parametrize("call", members.CHANGES)
def test_change(row, call, who):
    """One node comes, goes or gets another weight."""
    row.ask(f"maglev.{call}", "100 nodes", unit="change")
    members.change(row, SCHEME, call, 100, who, FILLED)


@against(OURS, "floor")
def test_call(row, who):
    """What a batch call costs before it sees the first key."""
    row.ask("maglev.assign of a one-element array", "100 nodes", unit="call")
    call(row, who, PLAIN, names(100))
