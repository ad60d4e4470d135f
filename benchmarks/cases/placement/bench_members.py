"""What does it cost to build, change, copy and store a hash ring of 160 points a node?"""

import pickle
from functools import partial

import numpy as np
import pytest

from benchmarks import contenders, keys, loops
from benchmarks.cases.placement.shared import against, names
from benchmarks.floors.interpreter import copy_of

PLAIN = "plain.Ring"
VNODES = 160
NODES = [10, 100, 1000]
LARGE = [100, 1000]
NEW, OLD = "cache-new.example:11211", names(1)[0]
CHANGES = {  # question: (the change, what takes it back)
    "ring.add_node": (lambda ring: ring.add(NEW), lambda ring: ring.remove(NEW)),
    "ring.remove_node": (lambda ring: ring.remove(OLD), lambda ring: ring.add(OLD)),
    "ring.set_weight": (lambda ring: ring.set_weight(OLD, 2), lambda ring: ring.set_weight(OLD, 1)),
}


@against("coterie.Ring", "floor", PLAIN, "uhashring.XXH3", "uhashring.MD5", "fastring.Ring")
@pytest.mark.parametrize("n", NODES)
def test_build(row, n, who):
    """HashRing(nodes)."""
    row.ask("HashRing(nodes)", f"{n} nodes", unit="ring")
    if who == "floor":
        return row.floor(f"numpy_sort_{VNODES * n}_ns")
    ring = contenders.find(who)
    facts = {}
    if who == "coterie.Ring":
        owners(row, ring(names(n)), n)
        facts = facts_of(ring(names(n)).scheme)
    return row.time(ring, partial(ring.make, names(n)), **facts)


@against("coterie.Ring", "floor", PLAIN, "uhashring.XXH3", "fastring.Ring")
@pytest.mark.parametrize("n", LARGE)
@pytest.mark.parametrize("change", CHANGES)
def test_change(row, change, n, who):
    """One node comes, goes or gets another weight."""
    row.ask(change, f"{n} nodes", unit="change")
    if who == "floor":
        return row.floor(copy_of(contenders.get("coterie.Ring", names(n)).scheme.nbytes))
    ring = contenders.find(who)(names(n))  # one of its own, because it is changed
    if change == "ring.set_weight" and ring.set_weight is None:
        pytest.skip(f"{who} has no such call")
    do, undo = CHANGES[change]
    do(ring)
    undo(ring)
    owners(row, ring, n)
    do(ring)
    return row.time(ring, partial(do, ring), before=partial(undo, ring))


@against("coterie.Ring", PLAIN, "uhashring.XXH3", "fastring.Ring")
def test_copy(row, who):
    """ring.copy(), or copy.deepcopy of the others."""
    row.ask("ring.copy()", "1000 nodes", unit="copy")
    ring = contenders.get(who, names(1000))
    owners(row, ring, 1000)
    times = keys.FEW if who == "coterie.Ring" else 1
    return row.time(ring, partial(loops.fresh(loops.repeat), ring.copy, times), per=times)


@against("coterie.Ring", "floor", PLAIN, "uhashring.XXH3", "fastring.Ring")
def test_pickle(row, who):
    """pickle.loads(pickle.dumps(ring, protocol=5))."""
    row.ask("pickle round trip", "1000 nodes", unit="ring")
    if who == "floor":
        return row.floor(copy_of(contenders.get("coterie.Ring", names(1000)).scheme.nbytes))
    ring = contenders.get(who, names(1000))
    owners(row, ring, 1000)
    return row.time(ring, lambda: pickle.loads(ring.dumps()))


def owners(row, ring, n):
    """The ring gives the right owners."""
    few = keys.few("str")
    row.check(ring, map(ring.get, few), map(contenders.get(PLAIN, names(n)).get, few), names(n))


def facts_of(ring):
    """What is printed under the build: memory, and how evenly random keys fall on the nodes."""
    loads = np.bincount(ring.assign(keys.array()), minlength=len(ring))
    size = f"{ring.nbytes / 1024:.0f} KiB" if ring.nbytes < 2**20 else f"{ring.nbytes / 2**20:.1f} MiB"
    balance = f"CV; 1/sqrt({VNODES})={VNODES**-0.5:.1%}"
    return {"memory": size, balance: f"{loads.std() / loads.mean():.1%}"}
