"""Replicated structures that threads use at once lose nothing, and each reading is one that there was."""

import contextlib

import pytest

from coterie import (
    BoundedCounter,
    DisableWinsFlag,
    EnableWinsFlag,
    GCounter,
    GSet,
    InsufficientRights,
    LWWMap,
    LWWRegister,
    LWWSet,
    MVRegister,
    ORMap,
    ORSet,
    PNCounter,
    RemoveWinsSet,
    TwoPhaseSet,
)
from tests.threads.race import run, while_changing

N = 1000


def exchange(one, other):
    """What merges another one, whole and by diffs in turn."""

    def work():
        for at in range(N // 4):
            if at % 2:
                one.merge(other, changes=True)
            else:
                one.merge(other.diff(one.digest()))

    return work


@pytest.mark.parametrize("kind", [GCounter, PNCounter])
def test_counters(kind):
    """Counts, merges in both directions at once, deltas and bytes."""
    a, b, deltas = kind(replica="a"), kind(replica="b"), kind(replica="c")

    def count(one):
        def work():
            for _ in range(N):
                one.increment()

        return work

    def exchange(one, other):
        def work():
            for at in range(N):
                one.merge(other)
                if at % 8 == 0:
                    one.merge_many([other, other.to_bytes()])

        return work

    def send():
        for _ in range(N):
            deltas.merge(a.take_delta())

    run(count(a), count(a), count(b), exchange(a, b), exchange(b, a), send)
    deltas.merge(a.take_delta())
    a.merge(b)
    b.merge(a)
    assert a == b
    assert a.value == 3 * N
    assert a.diff(deltas.digest()) <= b
    assert deltas.value == 2 * N


def test_readings_are_whole():
    """Of a counter to which both rows of another come at once."""
    source, a = PNCounter(replica="s"), PNCounter(replica="a")

    def change():
        for _ in range(300):
            source.increment(7)
            source.decrement(7)
            a.merge(source.copy())

    def read():
        assert a.value == 0
        assert PNCounter.from_bytes(a.to_bytes()).value == 0
        assert a.copy() <= a
        assert not a.merge(a.copy(), changes=True)

    while_changing(change, read, read)


def test_rights_are_used_once():
    """Threads take away and hand over at the same time what one replica has rights to."""
    a = BoundedCounter(replica="a")
    a += N
    taken, handed = [], []

    def take():
        for _ in range(N):
            with contextlib.suppress(InsufficientRights):
                a.decrement()
                taken.append(1)

    def hand():
        for _ in range(N):
            with contextlib.suppress(InsufficientRights):
                a.transfer(1, "b")
                handed.append(1)

    def merge():
        for _ in range(N // 10):
            a.merge(a.copy())

    run(take, take, hand, merge)
    assert len(taken) + len(handed) == N
    assert a.value == N - len(taken)
    assert (a.rights(), a.rights("b")) == (0, len(handed))


def test_sets():
    """Additions, removals, merges in both directions at once, deltas, digests and iteration."""
    a, b, late = ORSet(replica="a"), ORSet(replica="b"), ORSet(replica="c")

    def change(one, mine):
        def work():
            for at in range(N):
                one.add((mine, at % 50))
                assert (mine, at % 50) in one
                if at % 3 == 0:
                    one.discard((mine, (at + 25) % 50))

        return work

    def read():
        for _ in range(N // 4):
            late.merge(a.take_delta())
            with contextlib.suppress(RuntimeError):
                assert len(list(a)) <= 100
            assert ORSet.from_bytes(a.to_bytes()) <= a.copy() | a

    run(change(a, "a"), change(b, "b"), exchange(a, b), exchange(b, a), read)
    a.merge(b)
    b.merge(a)
    assert a == b
    assert ("a", (N - 1) % 50) in b
    assert late.diff(a.digest()) == ORSet()


@pytest.mark.parametrize("kind", [GSet, TwoPhaseSet, LWWSet, LWWMap])
def test_keyed(kind):
    """Changes, merges in both directions at once, deltas, digests, iteration and batches."""
    a, b, late = kind(replica="a"), kind(replica="b"), kind(replica="c")

    def change(one, mine):
        def work():
            for at in range(N):
                key = (mine, at if kind is TwoPhaseSet else at % 50)
                one.set(key, at) if kind is LWWMap else one.add(key)
                assert key in one
                if at % 3 == 0 and kind is not GSet:
                    (one.delete if kind is LWWMap else one.discard)((mine, (at + 25) % 50))
                if at % 100 == 0:
                    (one.update if kind is LWWMap else one.add_many)(
                        [((mine, "many", x), x) for x in range(20)]
                    )

        return work

    def read():
        for _ in range(N // 4):
            late.merge(a.take_delta())
            with contextlib.suppress(RuntimeError):
                list(a.items() if kind is LWWMap else a)
            assert kind.from_bytes(a.to_bytes()) <= a.copy() | a

    run(change(a, "a"), change(b, "b"), exchange(a, b), exchange(b, a), read)
    a.merge(b)
    b.merge(a)
    assert a == b
    assert ("a", N - 1 if kind is TwoPhaseSet else (N - 1) % 50) in b
    late.merge(a.take_delta())
    assert late <= a
    late.merge(a.diff(late.digest()))
    assert late == a


def test_popping():
    """Each goes once."""
    a, b = LWWMap((at, at) for at in range(N)), LWWSet(range(N))
    taken, gone = [], []

    def pop():
        with contextlib.suppress(KeyError):
            while True:
                taken.append(a.popitem()[0])
                gone.append(b.pop())

    run(pop, pop, pop)
    while b:
        gone.append(b.pop())
    assert (sorted(taken), sorted(gone)) == (list(range(N)), list(range(N)))


def test_maps():
    """Changes of what keys hold, removals of keys, merges in both directions at once, deltas, iteration."""
    a, b, late = ORMap(replica="a"), ORMap(replica="b"), ORMap(replica="c")

    def change(one, mine):
        counter, inner = one.counter("likes"), one.map("m")

        def work():
            for at in range(N):
                counter.increment()
                inner.set(at % 5).add((mine, at))
                inner.rw_set(at % 5).discard(at % 7)
                inner.lww(mine).set(at)
                inner.map("deep").register(mine).set(at)
                one.flag("on").enable() if at % 2 else one.flag("on").disable()
                if at % 9 == 0:
                    inner.discard(at % 5)

        return work

    def read():
        for _ in range(N // 4):
            late.merge(a.take_delta())
            with contextlib.suppress(RuntimeError):
                assert len(list(a.map("m"))) <= 8
                [list(a.map("m").set(at)) for at in range(5)]
            assert a.value.keys() <= {"likes", "m", "on"}
            assert ORMap.from_bytes(a.to_bytes()) <= a.copy() | a

    run(change(a, "a"), change(b, "b"), exchange(a, b), exchange(b, a), read)
    a.merge(b)
    b.merge(a)
    assert a == b
    assert a.value == b.value
    assert int(a["likes"]) == 2 * N
    assert a.map("m").lww("a").value == a.map("m").map("deep").register("a").value == N - 1
    late.merge(a.take_delta())
    assert late <= a


def test_children_of_one_map():
    """Threads that change and replace the same children lose none of what they count."""
    a = ORMap(replica="a")

    def count():
        for _ in range(N):
            a.counter("c").increment()
            a.map("m").counter("c").decrement()

    def leave():
        for _ in range(N // 10):
            a.to_bytes()
            a.rw_set("r").add_many(range(10))
            a.rw_set("r").clear()
            with contextlib.suppress(KeyError):
                a.rw_set("r").pop()
            repr(a)

    run(count, count, count, leave)
    assert a.value == {"c": 3 * N, "m": {"c": -3 * N}}


def test_registers():
    """Writes of two replicas that are merged in both directions at once."""
    a, b = LWWRegister(replica="a"), LWWRegister(replica="b")

    def write(one, other, stamps):
        def work():
            for at in range(N):
                assert one.set((one.replica, at))
                stamps.append(one.time)
                one.merge(other)
                value = one.value
                assert value[0] in (b"a", b"b")

        return work

    run(write(a, b, []), write(b, a, []), lambda: [a.copy().to_bytes() for _ in range(N)])
    a.merge(b)
    b.merge(a)
    assert a == b
    assert a.value[1] == N - 1


def exchange_all(a, b, change, read):
    """Changes, merges in both directions at once, deltas, bytes and readings; they are equal in the end."""
    late = type(a)(replica="late")

    def work(one, other):
        def run():
            for at in range(N):
                change(one, at)
                if at % 4 == 0:
                    one.merge(other.diff(one.digest()) if at % 8 else other, changes=at % 3 == 0)

        return run

    def watch():
        for _ in range(N // 2):
            late.merge(a.take_delta())
            read(a)
            assert type(a).from_bytes(a.to_bytes()) <= a.copy() | a

    run(work(a, b), work(b, a), work(a, b), watch)
    a.merge(b)
    b.merge(a)
    assert a == b
    late.merge(a.take_delta())
    late.merge(b)
    assert late == a


def test_registers_that_keep_all():
    """Of two writers, none of whom writes twice at the same time."""
    a, b = MVRegister(replica="a"), MVRegister(replica="b")

    def change(one, at):
        if at % 10 == 9:
            one.clear()
        else:
            one.set((one.replica, at))

    def read(one):
        writers = [writer for writer, _ in one.values]
        assert writers in ([], [b"a"], [b"b"], [b"a", b"b"])

    exchange_all(a, b, change, read)


def test_sets_in_which_removals_win():
    def change(one, at):
        one.add(at % 20) if at % 3 else one.discard_many([at % 20, (at + 7) % 20])
        if at % 50 == 0:
            one.clear()

    def read(one):
        with contextlib.suppress(RuntimeError):  # it changed meanwhile
            assert len(list(one)) <= 20
        assert len(one) <= 20
        assert one.contains_many(range(20, 30)).sum() == 0

    exchange_all(RemoveWinsSet(replica="a"), RemoveWinsSet(replica="b"), change, read)


@pytest.mark.parametrize("kind", [EnableWinsFlag, DisableWinsFlag])
def test_flags(kind):
    def change(one, at):
        one.enable() if at % 3 else one.disable()

    exchange_all(kind(replica="a"), kind(replica="b"), change, bool)


def test_generations():
    """A counter that is rebased while others read and merge is in the old generation or in the new one."""
    a, values = PNCounter(replica="a"), set()
    a.increment(5)
    old = a.copy()

    def change():
        for _ in range(300):
            a.rebase()

    def read():
        values.add(a.copy().value)
        with contextlib.suppress(ValueError):  # another generation
            a.merge(old)

    while_changing(change, read, read)
    assert values == {5}
