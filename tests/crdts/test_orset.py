"""ORSet against additions and removals with tombstones."""

from collections.abc import MutableSet

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from benchmarks.baselines.crdts.elements import name
from benchmarks.baselines.crdts.sets import PlainORSet
from coterie import ORSet
from tests.crdts.replicas import ReplicatedSets, draws

elements = st.sampled_from([1, True, 1.0, "1", b"1", None, (1,), "x"])


class Sets(ReplicatedSets):
    """They add and remove."""

    kind, model = ORSet, PlainORSet

    def check_stats(self, stats, model):
        super().check_stats(stats, model)
        assert stats["tombstones"] == 0

    @rule(data=draws, element=elements)
    def add(self, data, element):
        self.change(data, "add", element)

    @rule(data=draws, element=elements)
    def discard(self, data, element):
        at = self.at(data)
        there = bool(self.models[at].of(element))
        assert (element in self.made[at]) == there
        if there:
            self.made[at].remove(element)
        else:
            with pytest.raises(KeyError):
                self.made[at].remove(element)
            self.made[at].discard(element)
        self.pending[at] |= self.models[at].discard(element)

    @rule(data=draws)
    def clear(self, data):
        self.change(data, "clear", by=False)


TestSets = Sets.TestCase
TestSets.settings = settings(max_examples=100, stateful_step_count=40)


def test_as_a_set():
    a = ORSet([1, "x"], replica="a")
    assert isinstance(a, MutableSet)
    assert ORSet() != set()
    assert (a & [1, 2], a - {1}, a ^ {1, 3}, {1, 5} - a, {1, 5} & a) == ({1}, {"x"}, {"x", 3}, {5}, {1})
    assert (a.isdisjoint([2]), a.isdisjoint([1])) == (True, False)
    for other in ({1}, {}, [1]):
        with pytest.raises(TypeError):
            a | other
        with pytest.raises(TypeError):
            a |= other
        with pytest.raises(TypeError):
            a <= other  # noqa: B015
    a &= [1]
    a ^= [1, 2]
    a.update([3], "ab")
    a -= {3}
    assert a.contains_many([2, "a", "b", 3, 1]).tolist() == [True, True, True, False, False]
    a.discard_many([2, 99])
    assert {a.pop(), a.pop()} == {"a", "b"}
    with pytest.raises(KeyError):
        a.pop()
    a.add_many(np.arange(5))
    assert sorted(a) == [0, 1, 2, 3, 4]
    iterator = iter(a)
    next(iterator)
    a.add(0)
    next(iterator)
    a.add(9)
    with pytest.raises(RuntimeError):
        next(iterator)
    large = ORSet(range(20_000))
    assert sorted(large.pop() for _ in range(20_000)) == list(range(20_000))
    before = a.to_bytes()
    for bad in ([1, []], [{}], ["\ud800"]):
        with pytest.raises((TypeError, ValueError)):
            a.add_many(bad)
        with pytest.raises((TypeError, ValueError)):
            ORSet(bad)
    with pytest.raises(TypeError):
        [] in a  # noqa: B015
    assert a.to_bytes() == before


def test_columns():
    """Arrays and columns have the elements that lists of their objects have; what is missing is None."""
    pa, pl, pd = (pytest.importorskip(name) for name in ("pyarrow", "polars", "pandas"))
    columns = [
        (np.arange(-3, 4, dtype=np.int16), [-3, -2, -1, 0, 1, 2, 3]),
        (np.array([2**64 - 1, 0], ">u8")[::-1], [0, 2**64 - 1]),
        (np.array([0.5, np.nan]), [0.5, float("nan")]),
        (np.array([True, False]), [True, False]),
        (np.array([b"a", b"bc"]), [b"a", b"bc"]),
        (np.array(["a", "ü"]), ["a", "ü"]),
        (np.ma.array([1, 2], mask=[False, True]), [1, None]),
        (pa.array([1, None, 3]), [1, None, 3]),
        (pa.chunked_array([["x"], [None, "y"]]), ["x", None, "y"]),
        (pl.Series(["x", None]), ["x", None]),
        (pd.Series([1, None, 2], dtype="Int64"), [1, None, 2]),
        (pd.Series(["x", "y"], dtype="category"), ["x", "y"]),
        (pd.Index([1.5, 2.5]), [1.5, 2.5]),
    ]
    for column, elements in columns:
        made = ORSet(column)
        assert {*map(name, made)} == {*map(name, elements)}
        assert made.contains_many(column).all()
        assert (made & column) == {*elements} or np.nan in elements or any(x != x for x in elements)
        made.discard_many(column)
        assert not made
    others = (np.array([1], kind) for kind in ("M8[D]", "M8[ns]", "m8[ns]", [("x", int)]))
    for bad in (np.zeros((2, 2)), pd.DataFrame({"a": [1]}), pa.table({"a": [1]}), 5, *others):
        with pytest.raises(TypeError):
            ORSet().add_many(bad)


def test_batches_are_one_change():
    """What cannot be added leaves all as it was; equal elements make one event; each counts once."""
    a = ORSet(range(10), replica="a")
    a.take_delta()
    a.add_many([3, 3, 11, 11, 3])
    assert (a.stats()["dots"], len(a.take_delta())) == (11, 2)
    a.discard_many([0, 0, 99, 1])
    assert (len(a), a.take_delta().stats()["cloud"]) == (9, 0)
    before = a.to_bytes()
    for change in (a.add_many, a.discard_many, a.update, a.__iand__, a.__isub__, a.__ixor__):
        with pytest.raises(TypeError):
            change([1, 2, []])
    assert a.to_bytes() == before
    assert a.take_delta() == ORSet()


def test_changes_are_read_when_asked_for():
    """A codec that cannot read does not come between a merge and what it says."""

    def refuse(data):
        raise ZeroDivisionError

    a = ORSet(codec=(repr, refuse), replica="a")
    b = ORSet([{"x": 1}], codec=(lambda x: repr(x).encode(), eval), replica="b")
    changes = a.merge(b, changes=True)
    assert changes
    assert len(a) == 1
    with pytest.raises(ZeroDivisionError):
        changes.added  # noqa: B018
    assert ORSet(codec=(repr, eval)).merge(b, changes=True).added == [{"x": 1}]


def test_memory_follows_what_is_in_it():
    a = ORSet(range(20_000), replica="a")
    full = a.copy()
    a.clear()
    assert a.nbytes < full.nbytes / 50
    a.add_many(range(100))
    full.merge(a)
    assert full == a
    assert full.nbytes < 100_000
    for i in range(100):
        full.discard(i)
        full.add(i + 1000)
    assert sorted(full) == list(range(1000, 1100))
    assert (full.nbytes < 100_000, full.stats()["dots"]) == (True, 100)


def test_memory_of_long_elements():
    """It follows the bytes of elements, not only how many there are."""
    a = ORSet(range(100), replica="a")
    b, before = a.fork("b"), a.nbytes
    for long in ([f"{i}{'x' * 10_000}" for i in range(100)], ["x" * 10**6]):
        a.add_many(long)
        b.merge(a)
        assert min(a.nbytes, b.nbytes) > before + 10**6
        for element in long:
            a.discard(element)
            a.add(element[:9])
        b.merge(a)
        assert max(a.nbytes, b.nbytes) < before + 50_000
        assert a == b
    assert sorted(map(str, a)) == sorted(map(str, b))


def test_memory_of_what_is_pending():
    """Ranges of what was dropped, in any order: those that became one need no more room than one."""
    a, b = ORSet(replica="a"), ORSet(range(5000), replica="b")
    a.merge(b)
    for i in range(0, 5000, 2):
        a.discard(i)
    ranges = a.nbytes
    assert (a.stats()["pending"], ranges - a.copy().nbytes > 2500 * 16) == (2500, True)
    for i in range(1, 5000, 2):
        a.discard(i)
    assert (a.stats()["pending"], a.nbytes - a.copy().nbytes < 1000) == (5000, True)
    b.merge(a.take_delta())
    assert not b


def test_a_small_delta_of_a_large_set():
    a = ORSet(range(100_000), replica="a")
    b = a.fork("b")
    a.take_delta()
    a.remove(50_000)
    a.add("x")
    a.add("x")
    assert a.stats()["pending"] == 3
    delta = a.take_delta()
    assert (set(delta), len(delta.to_bytes()) < 100) == ({"x"}, True)
    changes = b.merge(delta, changes=True)
    assert (changes.added, changes.removed, a == b) == (["x"], [50_000], True)


def test_many_dots_of_one_element():
    """A state in which thousands of replicas have added the same is dropped as fast as any other."""
    all_of_them = ORSet(replica="a")
    for i in range(30_000):
        all_of_them.merge(ORSet(["x"], replica=f"r{i}"))
    seen = all_of_them.fork("b")
    seen.remove("x")
    assert all_of_them.stats()["dots"] == 30_000
    all_of_them.merge(seen)
    assert len(all_of_them) == 0


def test_work_that_goes_round():
    """Elements that are taken out and put in again, in a large set of which many have gone."""
    a = ORSet(range(20_000), replica="a")
    for _ in range(10_000):
        a.pop()
    for _ in range(20_000):
        a.add(a.pop())
    assert len(a) == 10_000


def test_pop_while_reading_changes_the_set():
    a = ORSet(codec=(lambda x: b"", lambda data: a.add(len(a))))
    a.add(object())
    assert a.pop() is None
    assert 1 in a
