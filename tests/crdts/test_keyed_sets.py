"""GSet, TwoPhaseSet and LWWSet as sets, and what is particular to each."""

import operator
from collections.abc import MutableSet, Set

import numpy as np
import pytest

from coterie import (
    HLC,
    ClockDriftError,
    DecodeError,
    GSet,
    LWWSet,
    ORSet,
    RemoveWinsSet,
    TwoPhaseSet,
)

KINDS = [GSet, TwoPhaseSet, LWWSet]
MOST = 2**64 - 1


@pytest.mark.parametrize("kind", KINDS)
def test_as_a_set(kind):
    a = kind([1, "x", 1], replica="a")
    assert isinstance(a, Set)
    assert isinstance(a, MutableSet) == (kind is not GSet)
    assert (kind() == set(), bool(kind()), bool(a), len(a)) == (False, False, True, 2)
    assert (a & [1, 2], a - {1}, a ^ {1, 3}, {1, 5} - a, {1, 5} & a) == ({1}, {"x"}, {"x", 3}, {5}, {1})
    assert (a.isdisjoint([2]), a.isdisjoint([1])) == (True, False)
    for other in ({1}, {}, [1], ORSet()):
        with pytest.raises(TypeError):
            a | other
        with pytest.raises(TypeError):
            a |= other
        with pytest.raises(TypeError):
            a <= other  # noqa: B015
        with pytest.raises(TypeError):
            a.merge(other)
    a.update([3], "ab")
    a.add_many(np.arange(3))
    assert a.contains_many([2, "a", "b", 3, 1, 9]).tolist() == [True] * 5 + [False]
    iterator = iter(a)
    next(iterator)
    a.add(0)
    next(iterator)
    a.add(9)
    with pytest.raises(RuntimeError):
        next(iterator)
    before, pending = a.to_bytes(), a.stats()["pending"]
    for bad in ([55, []], [{}], ["\ud800"], 5):
        with pytest.raises((TypeError, ValueError)):
            a.add_many(bad)
        with pytest.raises((TypeError, ValueError)):
            kind(bad)
    for bad in ([], bytearray()):
        with pytest.raises(TypeError):
            bad in a  # noqa: B015
        with pytest.raises(TypeError):
            a.add(bad)
    assert (a.to_bytes(), a.stats()["pending"]) == (before, pending)
    with pytest.raises(TypeError):
        hash(a)
    assert repr(kind([1, "x"], replica="a")) == f"<{kind.__name__} of {{1, 'x'}}, replica b'a'>"
    assert "..." in repr(kind(range(100)))


def test_a_set_that_grows_has_nothing_that_removes():
    for method in ("discard", "remove", "pop", "clear", "discard_many"):
        assert not hasattr(GSet(), method)
    a = GSet([1])
    for change in (operator.iand, operator.isub, operator.ixor):
        with pytest.raises(TypeError, match="only grows"):
            change(a, [1])
    assert set(a) == {1}


@pytest.mark.parametrize("kind", [TwoPhaseSet, LWWSet])
def test_removals(kind):
    a = kind([1, 2, 3, 4, 5, "x"], replica="a")
    a &= [1, 2, 3, 4, "y"]
    a ^= [1, "z"]
    a -= [2, 99]
    assert set(a) == {3, 4, "z"}
    a.discard_many([3, 77])
    a.discard(77)
    with pytest.raises(KeyError):
        a.remove(77)
    assert {a.pop(), a.pop()} == {4, "z"}
    with pytest.raises(KeyError):
        a.pop()
    large = kind(range(20_000))
    assert sorted(large.pop() for _ in range(20_000)) == list(range(20_000))
    a = kind(range(10))
    a.clear()
    assert (len(a), a.stats()["tombstones"]) == (0, 10)
    a.clear()
    for change in (a.discard_many, a.__isub__, a.__iand__, a.__ixor__):
        with pytest.raises(TypeError):
            change([1, []])


def test_removed_for_ever():
    a = TwoPhaseSet([1, 2], replica="a")
    b = a.fork("b")
    a.remove(1)
    b.add(3)
    b.add(1)
    a.merge(b)
    b.merge(a)
    assert a == b
    assert set(a) == {2, 3}
    before, pending = a.to_bytes(), a.stats()["pending"]
    for change, some in ((a.add_many, [7, 1]), (a.update, [1]), (a.__ixor__, [2, 8, 1])):
        with pytest.raises(ValueError, match="1 was removed, and cannot be added again"):
            change(some)
    with pytest.raises(ValueError, match="1 was removed"):
        a.add(1)
    assert (a.to_bytes(), a.stats()["pending"]) == (before, pending)
    a.discard(99)  # never there: nothing to remove
    a.add(99)
    with pytest.raises(KeyError):
        a.remove(1)

    def refuse(data):
        raise ZeroDivisionError

    odd = TwoPhaseSet([b"".join], codec=(lambda _: b"y", refuse))
    odd.discard(len)
    with pytest.raises(ValueError, match="an element was removed"):
        odd.add(len)


def test_times_of_a_set():
    now = [5 * 10**6]
    a = LWWSet([1], replica="a", time_ns=lambda: now[0])
    assert (a.times(1), a.times(2)) == ((HLC.pack(5, 0), 0), (0, 0))
    a.discard(1)
    assert a.times(1) == (HLC.pack(5, 0), HLC.pack(5, 1))
    now[0] = 0
    a.add(1)
    assert a.times(1) == (HLC.pack(5, 2), HLC.pack(5, 1))
    a.discard(1, time=HLC.pack(5, 2))
    assert 1 in a  # an addition wins
    a.discard(3, time=HLC.pack(9, 0))  # before it came
    a.add(3, time=HLC.pack(8, 0))
    assert 3 not in a
    a.add(4)
    assert a.times(4) == (HLC.pack(9, 1), 0)
    for time in (True, 1.5, "1"):
        with pytest.raises(TypeError):
            a.add("q", time=time)
    for time in (0, -1, MOST + 1):
        with pytest.raises(ValueError, match="time"):
            a.discard("q", time=time)
    a.add_many([])
    a.discard("absent")
    a.discard_many(["absent"])
    a.add(5)
    assert a.times(5) == (HLC.pack(9, 2), 0)  # what did nothing took no stamp
    a.add("last", time=MOST)
    before, pending = a.to_bytes(), a.stats()["pending"]
    for change in (lambda: a.add(1), lambda: a.add_many([1, 2]), lambda: a.discard(1), a.clear, a.pop):
        with pytest.raises(OverflowError, match="no write can come after"):
            change()
    a.discard("absent")
    a.discard_many(["absent"])
    with pytest.raises(KeyError):
        a.remove("absent")
    with pytest.raises(OverflowError):
        a.discard_many(["absent", 1])
    assert (a.to_bytes(), a.stats()["pending"]) == (before, pending)
    a.add("last", time=5)


def test_bias():
    for bias, there in (("add", True), ("remove", False)):
        a = LWWSet(bias=bias)
        a.add(1, time=7)
        a.discard(1, time=7)
        assert (a.bias, 1 in a) == (bias, there)
        for other in (a.copy(), a.fork(), a.take_delta(), LWWSet.from_bytes(a.to_bytes()), a | a):
            assert (other.bias, other == a) == (bias, True)
        a.rebase()
        assert a.bias == bias
        a.add(1)
        assert 1 in a
        a.discard(1)
        assert 1 not in a
    a, b = LWWSet([1]), LWWSet([1], bias="remove")
    before = a.to_bytes()
    for use in (a.merge, a.diff, a.concurrent, a.__le__, lambda one: a.merge_many([one])):
        with pytest.raises(ValueError, match="parameters"):
            use(b.digest() if use == a.diff else b)
    assert (a == b, LWWSet() == LWWSet(bias="remove"), a.to_bytes()) == (False, False, before)
    for bad in ("ad", None, 1):
        with pytest.raises(ValueError, match="bias"):
            LWWSet(bias=bad)


def test_drift_of_a_set():
    a = LWWSet(replica="a", time_ns=lambda: 10**9, max_drift=100)
    far, near = LWWSet(), LWWSet()
    far.discard("far", time=HLC.pack(1101, 0))
    near.add("near", time=HLC.pack(1100, 7))
    for use in (
        a.merge,
        lambda one: a.update_from(one.to_bytes()),
        lambda one: a.merge_many([near, one]),
        a.__ior__,
        lambda one: a.merge(one, changes=True),
        lambda _: a.add("x", time=HLC.pack(1101, 0)),
        lambda one: LWWSet.from_bytes(a.to_bytes(), time_ns=lambda: 10**9, max_drift=100).merge(one),
        lambda one: a.fork().merge(one),
    ):
        with pytest.raises(ClockDriftError):
            use(far)
        assert a == LWWSet()
    assert a.merge(near, changes=True).added == ["near"]
    a.add("x")
    assert a.times("x") == (HLC.pack(1100, 8), 0)
    LWWSet(time_ns=lambda: 0).merge(far)


@pytest.mark.parametrize("source", [lambda: 1.5, lambda: 1 / 0, lambda: True, lambda: 2**90])
def test_sources_of_time(source):
    a = LWWSet(replica="a", time_ns=source)
    for change in (lambda: a.add(1), lambda: a.add_many([1]), lambda: LWWSet([1], time_ns=source)):
        with pytest.raises((TypeError, ValueError, OverflowError, ZeroDivisionError)):
            change()
    assert (a, a.take_delta()) == (LWWSet(), LWWSet())


@pytest.mark.parametrize("kind", KINDS)
def test_rebased(kind):
    a = kind(range(5), replica="a")
    if kind is not GSet:
        a.discard_many([1, 2])
    seen = set(a)
    b = a.fork("b")
    old = a.copy()
    for one in (a, b):
        one.rebase()
    assert a == b
    assert (set(a), a.stats()["tombstones"], a.stats()["pending"], len(a.generation)) == (seen, 0, 0, 16)
    for use in (a.merge, a.__le__):
        with pytest.raises(ValueError, match="generation"):
            use(old)
    a.add(1)
    b.merge(a.take_delta())
    assert a == b
    if kind is LWWSet:
        assert a.times(0) == (old.times(0)[0], 0)


@pytest.mark.parametrize("kind", [TwoPhaseSet, LWWSet])
def test_nothing_is_held_after_a_rebase(kind):
    a = kind(range(5000))
    a.clear()
    a.rebase()
    assert a.nbytes < 500


@pytest.mark.parametrize("kind", KINDS)
def test_what_few_elements_change_in_many(kind):
    a = kind(range(100), replica="a")
    b = a.fork("b")
    b.update([1, "new", "other"])
    if kind is not GSet:
        b.discard_many([5, "other"])
    for part in (b.take_delta(), b.diff(a.digest())):
        changes = a.fork().merge(part, changes=True)
        assert changes.added == (["new", "other"] if kind is GSet else ["new"])
        assert changes.removed == ([] if kind is GSet else [5])
    a.merge(b)
    assert not a.merge(b.diff(kind().digest()), changes=True)


@pytest.mark.parametrize("kind", [TwoPhaseSet, LWWSet, RemoveWinsSet, ORSet])
def test_taken_from_the_front(kind):
    a = kind(range(300), replica="a")
    left = set(range(300))
    for turn in range(300, 1000):
        if turn % 3 == 0:
            a.add(turn)
            left.add(turn)
        if turn % 7 == 0:
            a.add_many([turn, -turn])
            left |= {turn, -turn}
        if turn % 5 == 0 and kind is not TwoPhaseSet:
            a.add(turn % 50)
            left.add(turn % 50)
        if left:
            element = next(iter(a))
            a.remove(element)
            left.remove(element)
            if left:
                left.remove(a.pop())
        assert set(a) == left


@pytest.mark.parametrize("kind", KINDS)
def test_digests(kind):
    """At most a byte an element, and 1 kB."""
    a = kind()
    for n in (0, 1, 40, 64, 1000, 1024, 20_000):
        a.update(range(n))
        digest = a.digest()
        assert len(digest) <= n + 1024
        assert kind.from_bytes(a.to_bytes()).digest() == digest
        assert not a.diff(digest)
        other = a.copy()
        other.add("more")
        diff = other.diff(digest)
        assert "more" in diff
        assert len(diff) <= 1 + n // 4 + 20
        assert (a | diff) == other
    for bad in (digest[:-1], digest + b"\0", b"", a.to_bytes(), ORSet().digest()):
        with pytest.raises(DecodeError):
            a.diff(bad)


@pytest.mark.parametrize("kind", KINDS)
def test_size_of_bytes(kind):
    """Keys of 14 bytes, one like the next, and hashes."""
    for keys in (
        [f"item-{i:09d}" for i in range(10_000)],
        [f"{i * 2**40 // 7919:014x}" for i in range(10_000)],
    ):
        assert len(kind(keys).to_bytes()) <= 15.5 * len(keys)


@pytest.mark.parametrize("kind", KINDS)
def test_what_shares_nothing(kind):
    """Copies, and what was merged into an empty one, go on by themselves."""
    a = kind([1])
    b, c = a.copy(), kind()
    c.merge(a)
    assert c == a
    a.add(2)
    c.add(3)
    assert (set(a), set(b), set(c)) == ({1, 2}, {1}, {1, 3})
    assert (len(c.take_delta()), len(b.take_delta())) == (1, 0)
    assert not kind.__new__(kind)
    assert kind.__new__(kind) == kind()
    d = kind([1], replica="a")
    with pytest.raises(ValueError, match="replica"):
        d.fork("a")


def test_an_id_used_twice_is_not_seen():
    """Sets of keys have no writers."""
    a = GSet([1], replica="a")
    a.merge(GSet([2], replica="a"))
    assert set(a) == {1, 2}
