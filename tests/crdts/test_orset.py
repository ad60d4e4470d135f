"""ORSet against additions and removals with tombstones."""

import copy
import pickle
from collections.abc import MutableSet

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from benchmarks.baselines.crdts.elements import name
from benchmarks.baselines.crdts.sets import PlainORSet
from coterie import ORSet, ReplicaError

elements = st.sampled_from([1, True, 1.0, "1", b"1", None, (1,), "x"])


class Sets(RuleBasedStateMachine):
    """Replicas that add and remove; what they send comes late, twice, mixed up, or never."""

    @initialize(n=st.integers(2, 5))
    def begin(self, n):
        self.log = {}
        self.made = [ORSet(replica=f"r{at}") for at in range(n)]
        self.models = [PlainORSet(self.log) for _ in range(n)]
        self.pending = [set() for _ in range(n)]
        self.sent = []
        self.next = n

    def at(self, data):
        return data.draw(st.integers(0, len(self.made) - 1))

    @rule(data=st.data(), element=elements)
    def add(self, data, element):
        at = self.at(data)
        self.made[at].add(element)
        self.pending[at] |= self.models[at].add(self.made[at].replica, element)

    @rule(data=st.data(), element=elements)
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

    @rule(data=st.data())
    def clear(self, data):
        at = self.at(data)
        self.made[at].clear()
        gone = self.models[at].live()
        self.models[at].gone |= gone
        self.pending[at] |= gone

    @rule(data=st.data(), what=st.sampled_from(["state", "bytes", "delta", "diff", "diff"]))
    def send(self, data, what):
        at, to = self.at(data), self.at(data)
        made, model = self.made[at], self.models[at]
        part = set(model.known), set(model.gone)
        if what == "delta":
            part = model.part(self.pending[at])
            self.pending[at] = set()
            state = made.take_delta()
        elif what == "diff":
            part = model.beyond(self.models[to])
            state = made.diff(self.made[to].digest())
        else:
            state = made.to_bytes() if what == "bytes" else made.copy()
        self.sent.append((state, part))
        if what != "bytes":
            assert state <= made
            assert {*map(name, state)} == {name(self.log[event]) for event in part[0] - part[1]}
            assert state.stats()["dots"] == len(part[0] - part[1])

    @rule(data=st.data(), changes=st.booleans())
    def receive(self, data, changes):
        if self.sent:
            at, (state, part) = self.at(data), data.draw(st.sampled_from(self.sent))
            before = self.models[at].elements()
            take = self.made[at].update_from if isinstance(state, bytes) else self.made[at].merge
            answer = take(state, changes=changes)
            self.models[at].merge(part)
            after = self.models[at].elements()
            if changes:
                assert ({*map(name, answer.added)}, {*map(name, answer.removed)}) == (
                    after - before,
                    before - after,
                )
                assert bool(answer) == (before != after)

    @rule(data=st.data(), way=st.sampled_from([copy.copy, lambda a: pickle.loads(pickle.dumps(a))]))
    def replace(self, data, way):
        """One replica goes on as a copy, under another id."""
        at = self.at(data)
        self.made[at] = way(self.made[at]).fork(f"r{self.next}")
        self.next += 1
        self.pending[at] = set()

    @invariant()
    def same(self):
        made, models = getattr(self, "made", []), getattr(self, "models", [])
        for one, model in zip(made, models, strict=True):
            assert {*map(name, one)} == model.elements()
            assert len(one) == len(model.elements())
            assert one.stats()["dots"] == len(model.live())
            assert one.stats()["tombstones"] == 0
            again = ORSet.from_bytes(one.to_bytes())
            assert again == one
            assert again.to_bytes() == one.to_bytes()
        for one, model in zip(made, models, strict=True):
            first = models[0]
            less = model.known <= first.known and model.gone <= first.gone
            more = first.known <= model.known and first.gone <= model.gone
            assert (one <= made[0], made[0] <= one) == (less, more)
            assert (one == made[0]) == (one.to_bytes() == made[0].to_bytes()) == (less and more)
            assert (one.digest() == made[0].digest()) == (less and more)
            assert (one | made[0]) == (made[0] | one)
            assert (made[0] | one.diff(made[0].digest())) == (made[0] | one)


TestSets = Sets.TestCase
TestSets.settings = settings(max_examples=100, stateful_step_count=40)


def test_traps():
    """What other libraries got wrong."""
    a = ORSet(["x"], replica="a")
    old = a.copy()
    a.remove("x")
    a.merge(old)
    a.merge(old.take_delta())
    assert "x" not in a
    for first, second in (("a", "z"), ("z", "a")):
        one = ORSet(["x"], replica=first)
        two = one.fork(second)
        one.remove("x")
        two.add("x")
        assert "x" in one | two
        assert "x" in two | one
    a, b = ORSet(["x"], replica="a"), ORSet(replica="b")
    b.merge(a)
    b.remove("x")  # makes no event: the contexts are equal
    a.merge(b)
    assert "x" not in a
    twin = ORSet.from_bytes(a.to_bytes(), replica="a")
    twin.add("y")
    with pytest.raises(ReplicaError):
        a.merge(twin)


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
    dates = np.array(["2020"], "M8[D]")
    for bad in (np.zeros((2, 2)), pd.DataFrame({"a": [1]}), pa.table({"a": [1]}), 5, dates):
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
