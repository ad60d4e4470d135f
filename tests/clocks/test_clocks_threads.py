"""Clocks that threads use at the same time lose no event, and each reading is one that there was."""

import itertools

import pytest

from coterie import CausalContext, Dot, DottedVersionVectorSet, HybridLogicalClock, LamportClock, VectorClock
from tests.threads.race import run, while_changing

N = 2000
IDS = [f"r{i}" for i in range(200)]


def test_stamps():
    for clock in (LamportClock(), HybridLogicalClock(max_drift=None)):
        step = clock.tick if isinstance(clock, LamportClock) else clock.now
        stamps = []

        def work(step=step, stamps=stamps, clock=clock):
            mine = [step() for _ in range(N)] + [clock.recv(1) for _ in range(N)]
            assert mine == sorted(mine)
            stamps.append(mine)

        run(work, work, work)
        assert len(set(itertools.chain(*stamps))) == 6 * N


def test_increments():
    """Of one id, of own ids, and of ids that come while the clock grows and is merged with others."""
    clock, other = VectorClock({"base": 1}), VectorClock({"other": 1})

    def one():
        for _ in range(N):
            clock.increment("base")

    def own(me):
        for at in range(N):
            clock.increment(f"{me}-{at % 50}")

    def merge():
        for at in range(N // 10):
            other.increment(IDS[at])
            clock.merge(other)
            other.merge(clock)

    run(one, one, lambda: own("a"), lambda: own("b"), merge)
    assert clock["base"] == 2 * N + 1
    assert sum(clock[f"{me}-{at}"] for me in "ab" for at in range(50)) == 2 * N
    assert all(clock[id] == 1 for id in IDS)
    assert other.compare(clock) in (0, 1)


def test_opposite_merges_do_not_wait_for_each_other():
    a, b = VectorClock({"a": 1}), VectorClock({"b": 1})
    x, y = CausalContext(a), CausalContext(b, [Dot("c", 5)])

    def there():
        for at in range(N):
            a.merge(b)
            x.merge(y)
            a.increment("a")
            x.add(Dot("a", 2 * at + 9))

    def back():
        for at in range(N):
            b.merge(a)
            y.merge(x)
            b.increment("b")
            y.add(Dot("b", 2 * at + 9))

    run(there, back, lambda: [a < b for _ in range(N)], lambda: [x <= y for _ in range(N)])
    a.merge(b)
    b.merge(a)
    assert a == b == VectorClock({"a": N + 1, "b": N + 1})
    assert x | y == y | x
    assert len((x | y).ranges()) == 2 * N + 3


def test_readings_are_whole():
    """Of a clock that moves between slots: two counters that always change together."""
    clock = VectorClock({"x": 1, "y": 1})
    strangers = [VectorClock({f"s{at}": 1, f"t{at}": 1}) for at in range(20)]
    both = VectorClock({"x": 1, "y": 1})

    def change():
        for at in range(300):
            both.advance("x", at + 2)
            both.advance("y", at + 2)
            clock.merge(both)
            clock.merge(strangers[at % 20])

    def read():
        entries = clock.to_dict()
        assert entries["x"] == entries["y"]
        again = VectorClock.from_bytes(clock.to_bytes())
        assert again["x"] == again["y"]
        copied = clock.copy()
        assert copied["x"] == copied["y"]
        assert copied <= clock
        clock.compare(strangers[3])

    while_changing(change, read, read)


def test_events_are_given_once():
    context, dots = CausalContext(), []
    run(*[lambda: dots.append([context.next_dot("a").counter for _ in range(N)])] * 3)
    assert sorted(itertools.chain(*dots)) == list(range(1, 3 * N + 1))
    assert context.ranges() == [("a", 1, 3 * N)]


def test_new_beginnings():
    """One that is initialised again is one or the other."""
    beginnings = [{"a": 1}, {1: 5, 2: 6}, {}, {f"n{i}": i + 1 for i in range(50)}]
    clock, context = VectorClock(), CausalContext()
    wanted = [VectorClock(entries).to_dict() for entries in beginnings]
    contexts = [CausalContext(VectorClock(entries)).ranges() for entries in beginnings]

    def change():
        for entries in beginnings * 100:
            clock.__init__(entries)
            context.__init__(VectorClock(entries))

    def read():
        assert clock.to_dict() in wanted
        assert context.ranges() in contexts
        assert clock.copy().to_dict() in wanted
        assert clock[1] in (0, 5)
        assert Dot("a", 2) not in context or len(context.vector) == 50

    while_changing(change, read, read)


def test_siblings():
    a, b = DottedVersionVectorSet(), DottedVersionVectorSet()

    def write(at, replica):
        for value in range(200):
            at.put((replica, value), None, replica)

    def sync():
        for _ in range(200):
            a.merge(b)
            b.merge(a)

    run(lambda: write(a, "A"), lambda: write(a, "B"), lambda: write(b, "C"), sync)
    a.merge(b)
    assert len(a) == 600
    assert {value for _, value in a.siblings()} == {
        (replica, value) for replica in "ABC" for value in range(200)
    }


@pytest.mark.parametrize("kind", [VectorClock, CausalContext])
def test_many_objects_at_once(kind):
    """Which find each other's ids: those that many stand on come and go meanwhile."""

    def work(me):
        for at in range(300):
            clocks = [VectorClock({f"{at % 7}": 1, f"{me}-{i}": 1}) for i in range(5)]
            made = [kind(clock) for clock in clocks]
            for one, other in itertools.pairwise(made):
                one.merge(other)
            assert made[0].compare(made[1]) == 3

    run(*(lambda me=me: work(me) for me in range(3)))
