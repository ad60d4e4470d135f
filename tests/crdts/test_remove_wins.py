"""RemoveWinsSet against additions and removals with tombstones."""

from collections.abc import MutableSet

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from benchmarks.baselines.crdts.elements import name
from benchmarks.baselines.crdts.sets import PlainRemoveWinsSet
from coterie import ORSet, RemoveWinsSet, ReplicaError
from tests.crdts.replicas import ReplicatedSets, draws

elements = st.sampled_from([1, True, 1.0, "1", b"1", None, (1,), "x" * 300])
batches = st.lists(elements, max_size=5)


class Sets(ReplicatedSets):
    """They add and remove, one by one and many at once."""

    kind, model = RemoveWinsSet, PlainRemoveWinsSet

    def check_stats(self, stats, model):
        marks = {(name(model.log[event][0]), model.log[event][1]) for event in model.live()}
        super().check_stats(stats, model)
        assert stats["tombstones"] == len({element for element, added in marks if not added})

    @rule(data=draws, element=elements)
    def add(self, data, element):
        self.change(data, "add", element)

    @rule(data=draws, element=elements)
    def discard(self, data, element):
        self.change(data, "discard", element)

    def many(self, at, how, elements):
        for _, element in sorted({name(element): element for element in elements}.items(), key=repr):
            self.pending[at] |= getattr(self.models[at], how)(self.made[at].replica, element)

    @rule(data=draws, element=elements)
    def remove(self, data, element):
        at = self.at(data)
        there = name(element) in self.models[at].shown()
        assert (element in self.made[at]) == there
        if there:
            self.made[at].remove(element)
            self.many(at, "discard", [element])
        else:
            with pytest.raises(KeyError):
                self.made[at].remove(element)

    @rule(data=draws, batch=batches)
    def look_for_many(self, data, batch):
        at = self.at(data)
        found = [name(element) in self.models[at].shown() for element in batch]
        assert self.made[at].contains_many(batch).tolist() == found
        assert self.made[at].isdisjoint(batch) == (not any(found))

    @rule(data=draws)
    def pop(self, data):
        at = self.at(data)
        if self.models[at].shown():
            self.many(at, "discard", [self.made[at].pop()])
        else:
            with pytest.raises(KeyError):
                self.made[at].pop()


TestSets = Sets.TestCase
TestSets.settings = settings(max_examples=100, stateful_step_count=40)


def same_as_one_by_one(a, change, one_by_one):
    """A change of many leaves what many changes leave, whatever their order; and as much is pending."""
    b = RemoveWinsSet.from_bytes(a.to_bytes(), replica="b")
    a = RemoveWinsSet.from_bytes(a.to_bytes(), replica="b")
    change(a)
    one_by_one(b)
    assert ({*map(name, a)}, len(a)) == ({*map(name, b)}, len(b))
    for number in ("dots", "entries", "tombstones"):
        assert a.stats()[number] == b.stats()[number]
    assert a.take_delta().stats()["dots"] == b.take_delta().stats()["dots"]


@pytest.mark.parametrize("batch", [[], [1], ["1", True, 1, 1, True], [*range(50), *range(25)]])
def test_many_at_once(batch):
    a = RemoveWinsSet([1, "x", 30], replica="a")
    a.discard_many([2, 31, True])
    a.merge(RemoveWinsSet([1, 2, 31, "y"], replica="c"))
    different = {name(element): element for element in batch}
    there = [element for element in different.values() if element in a]
    absent = [element for element in different.values() if element not in a]

    def each(do, elements):
        def work(one):
            for element in elements:
                getattr(one, do)(element)

        return work

    for change, do, elements in (
        (lambda one: one.add_many(batch), "add", different.values()),
        (lambda one: one.update(batch, batch), "add", different.values()),
        (lambda one: one.discard_many(batch), "discard", different.values()),
        (lambda one: one.__isub__(batch), "discard", different.values()),
        (lambda one: one.clear(), "discard", list(a)),
        (lambda one: one.__iand__(batch), "discard", [element for element in a if element not in there]),
    ):
        same_as_one_by_one(a, change, each(do, list(elements)))

    def exchange(one):
        each("discard", there)(one)
        each("add", absent)(one)

    same_as_one_by_one(a, lambda one: one.__ixor__(batch), exchange)


def test_removals_win():
    for first, second in (("a", "z"), ("z", "a")):
        a = RemoveWinsSet(["x"], replica=first)
        b = a.fork(second)
        a.discard("x")
        b.add("x")
        for one in (a | b, b | a):
            assert "x" not in one
            assert (len(one), one.stats()["tombstones"], one.stats()["dots"]) == (0, 1, 2)
            one.add("x")  # now both are seen
            assert (list(one), one.stats()["tombstones"], one.stats()["dots"]) == (["x"], 0, 1)


def test_what_is_not_there_is_banned():
    """Discard says so before others know the element; remove and clear leave nothing for what is absent."""
    a, b = RemoveWinsSet(replica="a"), RemoveWinsSet(replica="b")
    with pytest.raises(KeyError):
        a.remove("x")
    a.clear()
    assert (a, a.take_delta()) == (RemoveWinsSet(), RemoveWinsSet())
    a.discard("x")
    assert (len(a), a.stats()["tombstones"], a.stats()["pending"]) == (0, 1, 1)
    with pytest.raises(KeyError):
        a.remove("x")
    a.clear()
    assert a.stats()["tombstones"] == 1
    b.add("x")
    b.merge(a.take_delta())
    assert "x" not in b
    b.add("x")
    b.clear()
    assert b.stats()["tombstones"] == 1
    c = RemoveWinsSet(["x"], replica="c")
    c.merge(b)
    assert list(c) == []


def test_changes():
    """What became present or absent: removals that go bring an element back, those that come take it away."""
    a = RemoveWinsSet(["x", "y"], replica="a")
    b, c = a.fork("b"), a.fork("c")
    b.discard("x")
    c.add("x")
    c.add(("z", 1))
    changes = b.merge(c, changes=True)
    assert (changes.added, changes.removed) == ([("z", 1)], [])
    changes = c.merge(b, changes=True)
    assert (changes.added, changes.removed) == ([], ["x"])
    b.add("x")
    changes = c.merge(b, changes=True)
    assert (changes.added, changes.removed) == (["x"], [])
    assert not c.merge(b, changes=True)
    b.add("x")
    b.discard("unknown")
    assert not c.merge(b, changes=True)
    d = b.fork("d")
    d.add("unknown")
    d.merge(b)
    assert c.merge(d, changes=True).added == ["unknown"]


def test_a_part_that_drops_both():
    """An element both of whose tokens go at once was absent before, and is after."""
    a, b = RemoveWinsSet(["x"], replica="a"), RemoveWinsSet(replica="b")
    b.discard("x")
    both = RemoveWinsSet(replica="c")
    both.merge_many([a, b])
    a.merge(b)
    a.add("x")
    a.take_delta()
    later = RemoveWinsSet.from_bytes(a.to_bytes(), replica="d")
    later.discard("x")
    dropped = later.fork("e")
    dropped.add("y")
    changes = both.merge(dropped, changes=True)
    assert (changes.added, changes.removed) == (["y"], [])
    assert (list(both), both.stats()["tombstones"]) == (["y"], 1)


def test_as_a_set():
    a = RemoveWinsSet([1, "x"], replica="a")
    assert isinstance(a, MutableSet)
    assert (RemoveWinsSet() != set(), RemoveWinsSet() != ORSet()) == (True, True)
    assert (a & [1, 2], a - {1}, a ^ {1, 3}, {1, 5} - a, {1, 5} & a) == ({1}, {"x"}, {"x", 3}, {5}, {1})
    for other in ({1}, {}, [1], ORSet([1])):
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
    assert sorted(a, key=str) == [2, "a", "b"]
    assert a.stats()["tombstones"] == 3  # 1, "x" and 3
    a.add_many(np.arange(5))
    assert a.contains_many(np.arange(7)).tolist() == [True] * 5 + [False] * 2
    iterator = iter(a)
    next(iterator)
    a.add(0)
    a.discard("absent")
    next(iterator)
    a.discard(0)
    with pytest.raises(RuntimeError):
        next(iterator)
    large = RemoveWinsSet(range(20_000))
    assert sorted(large.pop() for _ in range(20_000)) == list(range(20_000))
    assert (len(large), large.stats()["tombstones"]) == (0, 20_000)
    before, pending = a.to_bytes(), a.stats()["pending"]
    for bad in ([1, []], [{}], ["\ud800"]):
        for use in (a.add_many, a.discard_many, a.update, RemoveWinsSet, lambda bad: a.add(bad[-1])):
            with pytest.raises((TypeError, ValueError)):
                use(bad)
    with pytest.raises(TypeError):
        [] in a  # noqa: B015
    assert (a.to_bytes(), a.stats()["pending"]) == (before, pending)


def test_what_waits_for_others_is_found_again():
    """Elements that were added and removed at the same time keep their places until they are there again."""
    a, b = RemoveWinsSet(range(20), replica="a"), RemoveWinsSet(range(20), replica="b")
    b.discard_many(range(10))
    a.merge(b)
    for add in (a.add, lambda element: a.add_many([element, 19])):
        assert next(iter(a)) >= 10
        add(3)
        assert sorted(a) == [3, *range(10, 20)]
        assert 3 in [a.pop() for _ in range(11)]
        a.merge(RemoveWinsSet(range(20), replica="c" if add == a.add else "d"))
        a.update(range(10, 20))


def test_rebase_forgets_removals():
    a, b = RemoveWinsSet("xyz", replica="a"), RemoveWinsSet("wx", replica="b")
    b.discard_many("vy")
    a.merge(b)
    b.merge(a)
    for one in (a, b):
        one.rebase()
    assert a == b
    stats = a.stats()
    assert (sorted(a), stats["tombstones"], stats["dots"], stats["replicas"]) == (list("wxz"), 0, 3, 1)
    a.add("v")
    b.merge(a.take_delta())
    assert sorted(b) == list("vwxz")
    with pytest.raises(ValueError, match="generation"):
        a.merge(RemoveWinsSet())


def test_an_id_used_twice():
    a = RemoveWinsSet(["x"], replica="a")
    twin = RemoveWinsSet.from_bytes(a.to_bytes(), replica="a")
    twin.discard("y")
    with pytest.raises(ReplicaError):
        a.merge(twin)
    assert a.stats()["tombstones"] == 0


def test_codecs():
    codec = (lambda value: ",".join(sorted(value)).encode(), lambda data: frozenset(data.decode().split(",")))
    a = RemoveWinsSet([frozenset("ab"), 1], replica="a", codec=codec)
    assert {*a} == {frozenset("ab"), 1}
    assert frozenset("ba") in a.fork()
    plain = RemoveWinsSet()
    changes = plain.merge(a, changes=True)
    assert changes
    with pytest.raises(TypeError, match="codec"):
        changes.added  # noqa: B018
    with pytest.raises(TypeError, match="codec"):
        list(plain)
    assert "?" in repr(plain)
    assert repr(RemoveWinsSet([1], replica="a")) == "<RemoveWinsSet of {1}, replica b'a'>"
    assert len(plain) == 2
