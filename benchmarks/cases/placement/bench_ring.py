"""Which node of a hash ring owns a key? One key, many keys, several nodes for a key, the cost of a call."""

import pytest

from benchmarks import keys
from benchmarks.cases.placement.shared import (
    LISTS,
    TABLE,
    against,
    batch,
    call,
    full,
    get_nodes,
    list_floor,
    names,
    one_key,
)

PLAIN = "plain.Ring"
NODES = [10, 100, 1000]
LIST_NODES = [full(10), 100, full(1000)]


@against("coterie.Ring", "floor", PLAIN, "uhashring.XXH3", "uhashring.MD5", "fastring.Ring")
@pytest.mark.parametrize("n", NODES)
@pytest.mark.parametrize("kind", ["str", "bytes", "int"])
def test_one_key(row, kind, n, who):
    """ring[k] in a Python loop over 1000 keys."""
    row.ask(f"ring[k], one {kind} key", f"{n} nodes")
    one_key(row, who, PLAIN, names(n), kind)


@against("coterie.Ring", "floor", PLAIN, "numpy.Searchsorted", "uhashring.XXH3")
@pytest.mark.parametrize("n", NODES)
def test_array(row, n, who):
    """ring.assign of 2**20 random uint64."""
    row.ask("ring.assign, uint64 array", f"{n} nodes")
    batch(row, who, PLAIN, names(n), keys.array(), f"lookup_{TABLE[n]}_ns_per_key")


@against("coterie.Ring", "floor", PLAIN, "numpy.HashedSearchsorted", "uhashring.XXH3", "fastring.Ring")
@pytest.mark.parametrize("n", LIST_NODES)
@pytest.mark.parametrize("kind", LISTS)
def test_list(row, kind, n, who):
    """ring.assign of a list of a million keys."""
    row.ask(f"ring.assign, {LISTS[kind]}", f"{n} nodes")
    kind_of_key = "int" if kind == "int" else "str"
    batch(row, who, PLAIN, names(n), keys.many(kind), list_floor(kind), kind_of_key)


@against("coterie.Ring", "floor", PLAIN, "uhashring.XXH3", "fastring.Ring")
@pytest.mark.parametrize("n", LIST_NODES)
def test_get_nodes(row, n, who):
    """ring.get_nodes(k, 3) in a Python loop over 1000 str keys."""
    row.ask("ring.get_nodes(k, 3), one str key", f"{n} nodes")
    get_nodes(row, who, PLAIN, names(n))


@against("coterie.Ring", "floor")
def test_call(row, who):
    """What a batch call costs before it sees the first key."""
    row.ask("ring.assign of a one-element array", "100 nodes", unit="call")
    call(row, who, PLAIN, names(100))
