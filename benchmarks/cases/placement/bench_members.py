"""What does it cost to build, change, copy and store a hash ring of 160 points a node?"""

import pickle
from functools import partial

import pytest

from benchmarks import contenders, keys, loops
from benchmarks.cases.placement import members
from benchmarks.cases.placement.shared import against, full, names

VNODES = 160
RING = members.Scheme("coterie.Ring", "plain.Ring", 1 / VNODES)
NODES = [10, 100, 1000]


@against("coterie.Ring", "floor", RING.plain, "uhashring.XXH3", "uhashring.MD5", "fastring.Ring")
@pytest.mark.parametrize("n", NODES)
def test_build(row, n, who):
    """HashRing(nodes)."""
    row.ask("HashRing(nodes)", f"{n} nodes", unit="ring")
    members.build(row, RING, n, who, f"numpy_sort_{VNODES * n}_ns")


@against("coterie.Ring", "floor", RING.plain, "uhashring.XXH3", "fastring.Ring")
@pytest.mark.parametrize("n", [100, full(1000)])
@pytest.mark.parametrize("call", members.CHANGES)
def test_change(row, call, n, who):
    """One node comes, goes or gets another weight."""
    row.ask(f"ring.{call}", f"{n} nodes", unit="change")
    members.change(row, RING, call, n, who)


@against("coterie.Ring", RING.plain, "uhashring.XXH3", "fastring.Ring")
def test_copy(row, who):
    """ring.copy(), or copy.deepcopy of the others."""
    row.ask("ring.copy()", "1000 nodes", unit="copy")
    ring = contenders.get(who, names(1000))
    members.owners(row, RING, ring, 1000)
    times = keys.FEW if who == "coterie.Ring" else 1
    return row.time(ring, partial(loops.fresh(loops.repeat), ring.copy, times), per=times)


@against("coterie.Ring", "floor", RING.plain, "uhashring.XXH3", "fastring.Ring")
def test_pickle(row, who):
    """pickle.loads(pickle.dumps(ring, protocol=5))."""
    row.ask("pickle round trip", "1000 nodes", unit="ring")
    if who == "floor":
        return row.floor(members.copy_of_ours(RING, 1000))
    ring = contenders.get(who, names(1000))
    members.owners(row, RING, ring, 1000)
    return row.time(ring, lambda: pickle.loads(ring.dumps()))
