"""VectorClock: what its methods do, one by one."""

import copy
import operator
import pickle
import tracemalloc

import numpy as np
import pytest

import coterie
from coterie import CausalContext, Dot, Relation, VectorClock
from tests.clocks.vectors import IDS, MOST, RELATIONS, known


def test_entries():
    clock = VectorClock({"b": 2, "a": 1, "none": 0})
    assert (clock["a"], clock["b"], clock["none"], clock["other"], clock[1], clock[b"a"]) == (
        1,
        2,
        0,
        0,
        0,
        0,
    )
    assert ("a" in clock, "none" in clock, 1 in clock, b"a" in clock, None in clock, [] in clock) == (
        (True,) + (False,) * 5
    )
    assert (Dot("b", 2) in clock, Dot("b", 3) in clock, Dot(1, 1) in clock) == (True, False, False)
    assert (len(clock), list(clock), clock.items()) == (2, ["a", "b"], [("a", 1), ("b", 2)])
    assert clock.to_dict() == {"a": 1, "b": 2}
    assert repr(clock) == "VectorClock({'a': 1, 'b': 2})"
    assert repr(VectorClock()) == "VectorClock()"
    assert bool(clock)
    assert not VectorClock({"a": 0})
    assert VectorClock([("b", 2), ("a", 1)]) == clock == VectorClock(clock) == VectorClock(clock.items())
    assert coterie.VersionVector is VectorClock
    with pytest.raises(TypeError):
        clock["a"] = 1
    with pytest.raises(TypeError):
        reversed(clock)
    with pytest.raises(TypeError):
        hash(clock)


@pytest.mark.parametrize("kind", IDS)
def test_growing(kind):
    ids = IDS[kind]
    clock = VectorClock()
    for turn in (1, 2):
        for id in ids:
            assert clock.increment(id) == turn
    assert clock.dot(ids[0]) == Dot(ids[0], 2)
    assert list(clock) == sorted(ids)
    clock.advance(ids[0], 9)
    clock.advance(ids[0], 3)
    assert clock[ids[0]] == 9
    with pytest.raises(KeyError):
        VectorClock().dot(ids[0])


def test_int_ids_in_other_clothes():
    clock = VectorClock({np.int64(3): 2})
    clock.increment(np.uint8(3))
    assert clock.to_dict() == {3: 3}
    assert type(next(iter(clock))) is int


class Text(str):
    """Text of another class."""

    __slots__ = ()

    def __str__(self):
        return "not this"

    def __eq__(self, other):
        return False

    __hash__ = str.__hash__


def test_subclasses_of_ids_are_plain():
    clock = VectorClock({Text("a"): 1})
    assert clock.to_dict() == {"a": 1}
    assert type(next(iter(clock))) is str
    assert clock.increment(Text("a")) == 2


BAD_IDS = [
    (True, TypeError),
    (1.0, TypeError),
    (None, TypeError),
    (("a",), TypeError),
    (bytearray(b"a"), TypeError),
    ([], TypeError),
    ("", ValueError),
    (b"", ValueError),
    ("x" * 1025, ValueError),
    ("ä" * 513, ValueError),
    (b"x" * 1025, ValueError),
    ("\ud800", ValueError),
    (-1, OverflowError),
    (2**64, OverflowError),
]


@pytest.mark.parametrize(("bad", "error"), BAD_IDS)
@pytest.mark.parametrize("start", [{}, {"a": 1}, {1: 1}], ids=str)
def test_bad_ids(bad, error, start):
    clock = VectorClock(start)
    calls = [
        lambda: clock.increment(bad),
        lambda: clock.advance(bad, 1),
        lambda: clock.advance(bad, 0),
        lambda: Dot(bad, 1),
        lambda: VectorClock([(bad, 1)]),
        lambda: clock.retire("a", bad),
        lambda: coterie.Roster([bad]),
    ]
    for call in calls:
        with pytest.raises(error):
            call()
    assert bad not in clock
    assert clock == VectorClock(start)


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (-1, ValueError),
        (MOST + 1, OverflowError),
        (10**30, OverflowError),
        (1.0, TypeError),
        ("1", TypeError),
        (True, TypeError),
        (False, TypeError),
        (np.True_, TypeError),
    ],
)
def test_bad_counters(bad, error):
    clock = VectorClock({"a": 1})
    for call in (
        lambda: VectorClock({"b": bad}),
        lambda: VectorClock([("b", 1), ("c", bad)]),
        lambda: clock.advance("a", bad),
        lambda: clock.advance("b", bad),
        lambda: clock.merge_within(clock, bad),
        lambda: clock.__init__({"b": bad}),
        lambda: Dot("a", bad),
    ):
        with pytest.raises(error):
            call()
    assert clock.to_dict() == {"a": 1}


@pytest.mark.parametrize(
    "bad", [5, "ab", [1], [("a", 1, 2)], {"a"}, [("a", 1), ("a", 2)], [("a", 0), ("a", 0)]], ids=repr
)
def test_bad_entries(bad):
    with pytest.raises((TypeError, ValueError)):
        VectorClock(bad)


@pytest.mark.parametrize("text", [b"a\x01", b"ab", "ab", "a1"], ids=repr)
def test_text_is_no_pair(text):
    with pytest.raises(TypeError, match="pass pairs"):
        VectorClock([("a", 1), text])


def test_kinds_of_ids_do_not_mix():
    texts, numbers, none = VectorClock({"1": 1}), VectorClock({1: 1}), VectorClock()
    calls = [
        lambda: texts.increment(1),
        lambda: texts.advance(b"1", 1),
        lambda: texts.merge(numbers),
        lambda: texts.merge_within(numbers, 5),
        lambda: texts | numbers,
        lambda: texts & numbers,
        lambda: texts.without(numbers),
        lambda: texts.missing(numbers),
        lambda: texts.compare(numbers),
        lambda: texts.concurrent(numbers),
        lambda: texts.dominates(numbers),
        lambda: texts.retire("1", 1),
        lambda: VectorClock({"1": 1, 1: 1}),
        *(
            lambda order=order: order(texts, numbers)
            for order in (operator.lt, operator.le, operator.gt, operator.ge)
        ),
    ]
    for call in calls:
        with pytest.raises(TypeError, match=r"str.*int|int.*str|str.*bytes"):
            call()
    assert texts != numbers
    assert not operator.eq(texts, numbers)
    assert (texts.to_dict(), numbers.to_dict()) == ({"1": 1}, {1: 1})
    for clock in (texts, numbers):
        assert none < clock
        assert none | clock == clock == clock | none
        assert clock.compare(none) is Relation.AFTER
        empty = clock.without(clock)
        assert empty == none == VectorClock(none)
        empty.increment(b"bytes")
        assert empty.to_dict() == {b"bytes": 1}


def test_counters_stop_at_the_end():
    clock = VectorClock({"a": MOST, "b": 1})
    with pytest.raises(OverflowError, match="2\\*\\*63-1"):
        clock.increment("a")
    with pytest.raises(OverflowError):
        clock.retire("b", "a")
    assert clock.to_dict() == {"a": MOST, "b": 1}


@pytest.mark.parametrize("name", ["rust_crdt_vclock", "voldemort", "akka"])
def test_known_answers(name):
    answers = known(name)
    for case in answers["compare"]:
        a, b = VectorClock(case["a"]), VectorClock(case["b"])
        assert a.compare(b) is RELATIONS[case["rel"]]
        assert b.compare(a) is RELATIONS[case["rel"]].flipped
    for case in answers["merge"]:
        a, b = VectorClock(case["a"]), VectorClock(case["b"])
        assert len(a | b) == case.get("size", len(a | b))
        assert (a | b).to_dict() == case.get("out", (a | b).to_dict())
    for case in answers.get("glb", []):
        assert (VectorClock(case["a"]) & VectorClock(case["b"])).to_dict() == case["out"]
    for case in answers.get("reset_remove", []):
        assert VectorClock(case["a"]).without(VectorClock(case["b"])).to_dict() == case["out"]


def test_known_prunings():
    for case in known("riak_vclock")["prune"]:
        clock = VectorClock({id: count for id, (count, _) in case["clock"].items()})
        times = {id: seconds for id, (_, seconds) in case["clock"].items()}
        options = {"big": 50} | case["props"]
        removed = clock.prune(times, case["now"], **options)
        assert list(clock) == case["out_ids"]
        assert sorted([*removed, *clock]) == sorted(case["clock"])


@pytest.mark.parametrize(
    ("options", "removed"),
    [
        ({}, []),
        ({"small": 1, "big": 2}, ["a", "c"]),
        ({"small": 2, "big": 1}, ["a", "c"]),
        ({"small": 4}, []),
        ({"small": 0, "big": 0}, ["a", "c", "b"]),
        ({"small": 0, "big": 0, "young": 0}, ["a", "c", "b", "d"]),
        ({"small": 0, "big": 0, "young": 51}, ["a", "c"]),
        ({"small": 0, "old": 49}, ["a", "c", "b"]),
        ({"small": 0, "old": 50}, ["a", "c"]),
    ],
    ids=repr,
)
def test_pruning(options, removed):
    clock = VectorClock(dict.fromkeys("abcd", 1))
    assert clock.prune({"b": 50, "c": 0, "d": 90}, 100, **options) == removed
    assert list(clock) == sorted(set("abcd") - set(removed))


def test_pruning_a_clock_that_is_changed_meanwhile():
    clock = VectorClock(dict.fromkeys("abc", 1))

    class Times(dict):
        def get(self, id, default):
            clock.increment("d") if clock["d"] < 3 else None
            return default

    assert clock.prune(Times(), 10**6, small=0, big=0) == ["a", "b", "c", "d"]
    assert not clock


def test_bad_times():
    clock = VectorClock({"a": 1, "b": 1})
    with pytest.raises(TypeError, match="pass a mapping"):
        clock.prune(None, 5)
    for bad in (None, "5", [5], True, 1j):
        with pytest.raises(TypeError, match="now is"):
            clock.prune({}, bad)
        with pytest.raises(TypeError, match="a time of times is"):
            clock.prune({"a": bad}, 5)
        for name in ("small", "big", "young", "old"):
            with pytest.raises(TypeError, match=f"{name} is a"):
                clock.prune({}, 5, **{name: bad})
    for call in (
        lambda: clock.prune({}, float("nan"), small=0, big=0),
        lambda: clock.prune({"b": float("nan")}, 10**6, small=0, big=0),
    ):
        with pytest.raises(ValueError, match="is NaN"):
            call()
    assert clock == VectorClock({"a": 1, "b": 1})
    assert clock.prune({"a": np.float32(7)}, np.int64(10**6), small=0, big=1) == ["b", "a"]


def test_retiring():
    clock = VectorClock({"a": 5, "b": 1})
    clock.retire("a", "c")
    assert clock.to_dict() == {"b": 1, "c": 1}
    for id, into, error in (("a", "b", KeyError), ("b", "b", ValueError), ("x", "b", KeyError)):
        with pytest.raises(error):
            clock.retire(id, into)
    assert clock.to_dict() == {"b": 1, "c": 1}


def test_merging_within_limits():
    a, b = VectorClock({"a": 1, "c": 9}), VectorClock({"a": 3, "b": 2})
    for most in (0, 1):
        with pytest.raises(ValueError, match="would rise by 2"):
            a.merge_within(b, most)
        assert a.to_dict() == {"a": 1, "c": 9}
    assert a.merge_within(b, 2) is None
    assert a.to_dict() == {"a": 3, "b": 2, "c": 9}
    a.merge_within(VectorClock({"z": MOST}), MOST)
    assert a["z"] == MOST


def test_missing_and_without():
    a, b = VectorClock({"a": 1, "c": 9}), VectorClock({"a": 3, "b": 2, "c": 4})
    assert a.missing(b) == [("a", 2, 3), ("b", 1, 2)]
    assert b.missing(a) == [("c", 5, 9)]
    assert a.missing(a) == []
    assert a.without(b).to_dict() == {"c": 9}
    assert (a & b).to_dict() == {"a": 1, "c": 4}


def test_arguments_have_to_be_clocks():
    clock = VectorClock({"a": 1})
    for name in ("merge", "compare", "concurrent", "dominates", "missing", "without"):
        with pytest.raises(TypeError, match="VectorClock"):
            getattr(clock, name)({"a": 1})
    with pytest.raises(TypeError):
        clock.merge_within({"a": 1}, 1)
    for order in (
        operator.lt,
        operator.le,
        operator.gt,
        operator.ge,
        operator.or_,
        operator.and_,
        operator.ior,
    ):
        with pytest.raises(TypeError):
            order(clock, {"a": 1})
    assert clock != {"a": 1}
    assert not operator.eq(clock, {"a": 1})


def test_nothing_is_shared():
    a = VectorClock({"a": 1})
    b = a.copy()
    b.increment("b")
    a.increment("c")
    c = a | b
    c.increment("a")
    assert (a.to_dict(), b.to_dict()) == ({"a": 1, "c": 1}, {"a": 1, "b": 1})
    assert c.to_dict() == {"a": 2, "b": 1, "c": 1}
    same = a
    a |= b
    assert same is a
    assert a.to_dict() == {"a": 1, "b": 1, "c": 1}
    a.merge(a)
    a |= a
    assert a.to_dict() == {"a": 1, "b": 1, "c": 1}
    assert b.to_dict() == {"a": 1, "b": 1}
    d = a.to_dict()
    d["a"] = 7
    assert a["a"] == 1


class Named(VectorClock):
    """With an attribute."""

    name = None


@pytest.mark.parametrize(
    "way",
    [copy.copy, copy.deepcopy, VectorClock.copy, lambda clock: pickle.loads(pickle.dumps(clock))],
    ids=["copy", "deepcopy", "method", "pickle"],
)
def test_copies(way):
    for start in ({}, {"a": 1}, {i: i + 1 for i in range(100)}):
        clock = Named(start)
        clock.name = ["me"]
        again = way(clock)
        assert type(again) is Named
        assert again == clock
        assert again.name == ["me"]
        again.increment(b"x" if not start else next(iter(start)))
        assert clock == VectorClock(start)
    assert type(Named({"a": 1}) | VectorClock({"b": 1})) is Named
    assert Named({"a": 1}) == VectorClock({"a": 1})


def test_a_clock_that_was_not_initialised():
    clock = VectorClock.__new__(VectorClock)
    assert clock == VectorClock()
    assert clock.increment("a") == 1
    clock.__init__({1: 1})
    assert clock.to_dict() == {1: 1}


def test_many_clocks_of_few_among_many_ids():
    """Clocks stay small though their relatives know many ids."""
    clocks = [VectorClock({i: 1}) for i in range(2000)]
    base = VectorClock()
    for clock in clocks:
        base.merge(clock)
    assert len(base) == 2000
    for at, clock in enumerate(clocks):
        clock.increment(at)
        clock.increment((at * 7) % 2000)
        assert len(clock) == (1 if at == (at * 7) % 2000 else 2)
        assert clock.concurrent(base)
    assert VectorClock(dict.fromkeys(range(2000), 1)) == base


@pytest.mark.parametrize("made", [VectorClock, lambda ids: CausalContext(VectorClock(ids))])
def test_a_clock_with_many_ids_leaves_nothing_with_those_that_have_few(made):
    """Each of the few has slots of its own: all ids of the many on each of them would be 100 MB."""
    ids = [f"replica-{at}" for at in range(4000)]
    few = [made({id: 2 for id in ids[at : at + 9 : 4]}) for at in range(0, 3000, 15)]
    many = made(dict.fromkeys(ids, 2))
    tracemalloc.start()
    for one in few:
        assert one < many
        assert many > one
        assert many | one == many
        assert one & many == one
        assert many.missing(one) == []
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert taken < 1 << 20


def test_a_merge_that_is_refused_leaves_nothing():
    clock = VectorClock({"replica-2": 1, "x": 1})
    tracemalloc.start()
    forged = VectorClock({f"replica-{at}": at for at in range(4000)})
    with pytest.raises(ValueError, match="would rise by"):
        clock.merge_within(forged, 3)
    del forged
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert taken < 1 << 16


def test_a_clock_is_listed_without_the_ids_of_others():
    clock = VectorClock({"a": 1})
    grown = clock.copy()
    for at in range(10_000):
        grown.increment(f"replica-{at}")
    tracemalloc.start()
    assert clock.items() == [("a", 1)]
    taken = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert taken < 1 << 14
    assert list(grown) == sorted(grown.to_dict())
    grown.increment("b")
    assert list(grown)[:3] == ["a", "b", "replica-0"]
