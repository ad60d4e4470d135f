"""Rules that hold for several types alike: what is refused, whose writes are whose, what the time says."""

import operator
from collections import ChainMap, OrderedDict, UserDict

import numpy as np
import pytest

from coterie import (
    BoundedCounter,
    DisableWinsFlag,
    EnableWinsFlag,
    GCounter,
    GSet,
    LWWMap,
    LWWRegister,
    LWWSet,
    MVRegister,
    ORMap,
    ORSet,
    PNCounter,
    RemoveWinsSet,
    ReplicaError,
    TwoPhaseSet,
)

# A change that always makes something.
CHANGES = {
    GCounter: lambda a, i: a.increment(),
    PNCounter: lambda a, i: a.decrement(),
    BoundedCounter: lambda a, i: a.increment(),
    LWWRegister: lambda a, i: a.set(i),
    MVRegister: lambda a, i: a.set(i),
    EnableWinsFlag: lambda a, i: a.enable(),
    DisableWinsFlag: lambda a, i: a.disable(),
    GSet: lambda a, i: a.add(i),
    TwoPhaseSet: lambda a, i: a.add(i),
    LWWSet: lambda a, i: a.add(i),
    ORSet: lambda a, i: a.add(i),
    RemoveWinsSet: lambda a, i: a.discard(i),
    LWWMap: lambda a, i: a.set("k", i),
    ORMap: lambda a, i: a.lww("k").set(i),
}
# Of their states one sees who has written them.
WRITTEN = [kind for kind in CHANGES if kind not in (GSet, TwoPhaseSet, LWWSet)]
TIMED = [kind for kind in CHANGES if kind in (LWWRegister, LWWMap, LWWSet, ORMap)]

every_type = pytest.mark.parametrize("kind", CHANGES, ids=lambda kind: kind.__name__)
every_written = pytest.mark.parametrize("kind", WRITTEN, ids=lambda kind: kind.__name__)
every_timed = pytest.mark.parametrize("kind", TIMED, ids=lambda kind: kind.__name__)


class Joins:
    """It joins with anything."""

    def __or__(self, other):
        return self

    __ror__ = __or__


STRANGERS = [
    {"a"},
    {"a": 1},
    {"a": 1}.keys(),
    {"a": 1}.items(),
    UserDict(a=1).keys(),
    OrderedDict(a=1),
    ChainMap({"a": 1}),
    LWWMap({"a": 1}).keys(),
    np.arange(3),
    Joins(),
    5,
    None,
]


@every_type
@pytest.mark.parametrize("join", [operator.or_, operator.ior])
def test_only_its_class_joins(kind, join):
    a = kind(replica="a")
    CHANGES[kind](a, 1)
    before = a.to_bytes()
    for other in [*STRANGERS, ORSet() if kind is ORMap else ORMap()]:
        with pytest.raises(TypeError, match=r"pass an? "):
            join(a, other)
    assert a.to_bytes() == before


@pytest.mark.parametrize("accessor", ["set", "rw_set", "counter", "flag", "register", "lww", "map"])
@pytest.mark.parametrize("join", [operator.or_, operator.ior])
def test_a_part_of_a_map_joins_nothing(accessor, join):
    m = ORMap()
    for other in [*STRANGERS, getattr(m, accessor)("other")]:
        with pytest.raises(TypeError, match="merge maps"):
            join(getattr(m, accessor)("k"), other)
    assert m == ORMap()


@every_written
def test_what_was_written_before_a_rebase_is_still_ones_own(kind):
    a, b = kind(replica="a"), kind(replica="b")
    CHANGES[kind](a, 1)
    CHANGES[kind](b, 1)
    b.merge(a)
    a.merge(b)
    assert a == b
    a.rebase()
    b.rebase()
    twin = kind.from_bytes(a.to_bytes(), replica="a")  # which goes on, while `a` lives
    for known in (b, twin, a.copy(), a):  # none of which has more of it
        a.merge(known)
    CHANGES[kind](b, 2)
    a.merge(b)
    CHANGES[kind](twin, 3)
    before = a.to_bytes()
    with pytest.raises(ReplicaError):
        a.merge(twin)
    assert a.to_bytes() == before
    CHANGES[kind](a, 4)
    b.merge(a)
    a.merge(b)
    assert a == b


@every_written
def test_who_wrote_nothing_goes_on_after_a_rebase(kind):
    a, b = kind(replica="a"), kind(replica="b")
    CHANGES[kind](b, 1)
    a.merge(b)
    a.rebase()
    b.rebase()
    twin = kind.from_bytes(b.to_bytes(), replica="a")
    CHANGES[kind](twin, 2)
    a.merge(twin)
    assert a == twin


@pytest.mark.parametrize("way", [(), ("in",), ("in", "there")])
def test_lasting_writes_keep_their_writers(way):
    """So a tie between their replicas ends as it would have before."""

    def at(m):
        for key in way:
            m = m.map(key)
        return m.lww("k")

    a, b, c = (ORMap(replica=name) for name in "abc")
    at(a).set("of a", time=50)
    at(b).set("of b", time=50)
    c.lww("other").set("of c", time=7)
    c.set("elements").update("xyz")
    c.merge_many([a, b])
    c.lww("other").set("again", time=9)
    once = c.copy()
    for _ in range(2):
        c.rebase()
        assert (at(c).value, at(c).time, at(c).writer) == ("of b", 50, b"b")
        assert (c.lww("other").value, c.lww("other").time, c.lww("other").writer) == ("again", 9, b"c")
        assert c.value == once.value
        assert (c.stats()["replicas"], c.stats()["cloud"], c.stats()["dots"]) == (3, 0, 5)
        assert ORMap.from_bytes(c.to_bytes()) == c
    late = ORMap.from_bytes(c.to_bytes(), replica="z")
    assert not at(ORMap.from_bytes(c.to_bytes(), replica="aa")).set("loses", time=50)
    assert at(late).set("wins", time=50)
    c.merge(late)
    assert at(c).value == "wins"
    with pytest.raises(ValueError, match="has written"):
        late.fork("b")


@every_timed
def test_a_time_before_1970(kind):
    """Whatever the time source says, a local write comes after what was seen."""
    a = kind(replica="a", time_ns=lambda: -(10**20))
    CHANGES[kind](a, 1)
    late = kind(replica="b")
    CHANGES[kind](late, 2)
    a.merge(late)
    CHANGES[kind](a, 3)
    late.merge(a)
    assert (a, a >= late) == (late, True)
    if kind is LWWSet:
        assert a.times(3)[0] == a.times(2)[0] + 1 > a.times(1)[0] == 1
    else:
        assert (a.value if kind is LWWRegister else a["k"] if kind is LWWMap else a.lww("k").value) == 3


@every_timed
def test_a_new_beginning_that_is_refused_changes_nothing(kind):
    a = kind(replica="a", time_ns=lambda: 5 * 10**6)
    CHANGES[kind](a, 1)
    before = a.to_bytes()
    for bad in ({"replica": ""}, {"codec": 5}, {"time_ns": 5}, {"max_drift": -1}):
        with pytest.raises((TypeError, ValueError)):
            a.__init__(**{"time_ns": lambda: 10**12, **bad})
    assert (a.to_bytes(), a.replica) == (before, b"a")
    twin = kind(replica="a", time_ns=lambda: 5 * 10**6)
    for i in (1, 2):
        CHANGES[kind](twin, i)
    CHANGES[kind](a, 2)
    assert a == twin


def test_names_of_parameters():
    m = LWWMap()
    m.add_many(keys=["a", "b"], values=[1, 2])
    m.discard_many(keys=["b"])
    assert m.contains_many(keys=["a", "b"]).tolist() == [True, False]
    assert (ORMap().get("k", default=3), m.get("k", default=3)) == (3, 3)
    for kind in (GSet, TwoPhaseSet, LWWSet, ORSet, RemoveWinsSet):
        s = kind()
        s.add_many(values=["a", "b"])
        if kind is not GSet:
            s.discard_many(values=["b"])
        assert s.contains_many(values=["a", "b"]).tolist() == [True, kind is GSet]
