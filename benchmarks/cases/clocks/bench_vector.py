"""What do vector clocks of 3 to 1024 replicas cost, beside the dicts that programs use in their stead?"""

from functools import partial

import pytest

from benchmarks import contenders, loops
from benchmarks.baselines.clocks import vector

PLAIN = "plain.VectorClock"
TIMES = 1000  # calls of a loop

contestants = pytest.mark.parametrize(
    "who", ["coterie.VectorClock", PLAIN, "vectorclock.VectorClock", "floor"]
)
replicas = pytest.mark.parametrize("n", [3, 16, 128, 1024])


def entries(n, more=0):
    """The entries of n replicas with counters 1000 .. 6000, each greater by `more` than at first."""
    return {f"node-{i:04d}": 1000 + i * 5000 // n + more for i in range(n)}


@contestants
@replicas
def test_increment(row, n, who):
    """clock.increment(id), of the replica in the middle."""
    row.ask("VectorClock.increment", f"{n} replicas", unit="call")
    id = f"node-{n // 2:04d}"
    if who == "floor":
        return row.floor("py_len_call_ns")
    clock, other = (contenders.find(who)(entries(n)) for _ in range(2))
    clock.increment(id)
    row.check(clock, [other.less(clock), clock.less(other)], [True, False])
    return row.time(clock, partial(loops.fresh(loops.call), clock.increment, [id] * TIMES), per=TIMES)


@pytest.mark.parametrize(
    "who", ["coterie.VectorClock", "coterie.OtherOrder", PLAIN, "vectorclock.VectorClock"]
)
@replicas
def test_less(row, n, who):
    """a < b where that is so, which takes a look at every entry."""
    row.ask("a < b of two VectorClocks", f"{n} replicas", unit="call")
    found = contenders.find(who)
    a, b = contenders.find(who.replace("OtherOrder", "VectorClock"))(entries(n)), found(entries(n, 7))
    row.check(a, [a.less(b), b.less(a)], [True, False])
    return row.time(found(entries(n)), partial(loops.repeat, a.asking("less", b), TIMES), per=TIMES)


@pytest.mark.parametrize("who", ["coterie.VectorClock", PLAIN])
@replicas
def test_join(row, n, who):
    """a | b, a new clock, of clocks each of which knows more than the other of half the replicas."""
    row.ask("a | b of two VectorClocks", f"{n} replicas", unit="call")
    a, b, expected = two(contenders.find(who), n)
    row.check(a, [a.joined(b)], [expected])
    return row.time(a, partial(loops.repeat, a.asking("joined", b), TIMES), per=TIMES)


@pytest.mark.parametrize("who", ["coterie.VectorClock", PLAIN])
@replicas
def test_merge(row, n, who):
    """a.merge(b), in place."""
    row.ask("VectorClock.merge", f"{n} replicas", unit="call")
    a, b, expected = two(contenders.find(who), n)
    row.check(a, [a.joined(b)], [expected])
    return row.time(a, partial(loops.repeat, a.asking("merge", b), TIMES), per=TIMES)


def two(kind, n):
    """Two clocks, and the entries that they have together."""
    x, y = entries(n), entries(n, 3)
    for id in list(x)[::2]:
        x[id] += 9
    return kind(x), kind(y), vector.merge(x, y)
