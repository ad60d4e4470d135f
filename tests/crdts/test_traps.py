"""Eleven mistakes that replicated structures have been shipped with, each with the history that shows it."""

import copy
import gc
import os
import pickle
import random

import pytest

from coterie import (
    DecodeError,
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

EVENTS = [ORSet, RemoveWinsSet]


@pytest.mark.parametrize("kind", EVENTS)
def test_1_a_removal_survives_an_old_replica(kind):
    """Neither an old state, nor its delta, nor the first addition once more brings an element back."""
    a = kind(["x"], replica="a")
    first, old = a.take_delta(), a.copy()
    b = old.fork("b")
    a.remove("x")
    for back in (old, first, old.to_bytes(), b.diff(a.digest()), b):
        a.update_from(back) if isinstance(back, bytes) else a.merge(back)
        assert "x" not in a
    b.merge(a.take_delta())
    assert "x" not in b
    assert "x" not in old | a


@pytest.mark.parametrize(("adds", "removes"), [("a", "z"), ("z", "a"), (b"\0", b"\xff" * 64)])
def test_2_the_name_says_what_wins_whatever_the_ids(adds, removes):
    for kind, stays in ((ORSet, True), (RemoveWinsSet, False)):
        one = kind(["x"], replica=adds)
        two = one.fork(removes)
        one.add("x")
        two.remove("x")
        assert ("x" in one | two) == ("x" in two | one) == stays
    m = ORMap(replica=adds)
    m.set("k").add("x")
    n = m.fork(removes)
    m.set("k").add("x")
    n.set("k").remove("x")
    assert (m | n).value == (n | m).value == {"k": {"x"}}


def test_3_equal_contexts_say_nothing_about_removals():
    a = ORSet(["x", "y"], replica="a")
    b = a.fork("b")
    b.remove("x")  # makes no event
    assert not b <= a
    a.merge(b)
    assert set(a) == {"y"}
    behind = ORSet(replica="c")
    behind.merge(b.take_delta())  # a removal alone: it says nothing of the event before it
    behind.merge(ORSet.from_bytes(b.to_bytes()))
    assert set(behind) == {"y"}
    later = ORSet(replica="d")
    c = b.fork("e")
    c.add("z")
    c.take_delta()
    c.remove("z")
    later.merge(c.take_delta())
    later.merge(b)
    assert set(later) == {"y"}


def test_4_nothing_is_lost_that_came_before_what_it_needs():
    """Removals inside a map that arrive first; deltas that arrive in reverse."""
    a = ORMap(replica="a")
    deltas = []
    for change in (
        lambda: a.map("m").set("s").add("x"),
        lambda: a.map("m").set("s").discard("x"),
        lambda: a.map("m").counter("c").increment(5),
        lambda: a.map("m").discard("c"),
        lambda: a.map("m").counter("c").increment(2),
        lambda: a.discard("m"),
        lambda: a.map("m").register("r").set(1),
    ):
        change()
        deltas.append(a.take_delta())
    for order in (deltas, deltas[::-1], deltas[::2] + deltas[1::2]):
        b = ORMap(replica="b")
        for delta in order:
            b.merge(delta)
        assert b == a
        assert b.value == {"m": {"r": [1]}}


def test_5_counters_add_up():
    a, b = PNCounter(replica="a"), PNCounter(replica="b")
    a.increment(2)
    b.increment(3)
    a.merge(b)
    assert a.value == 5
    twin = PNCounter.from_bytes(a.to_bytes(), replica="a")
    twin.increment()
    a.increment()
    a.increment()
    with pytest.raises(ReplicaError):
        twin.merge(a)


@pytest.mark.parametrize("kind", [GCounter, ORSet, LWWRegister, MVRegister, LWWMap, ORMap])
def test_6_an_id_that_is_used_twice_is_found(kind):
    def change(a, n):
        ways = {GCounter: "increment", ORSet: "add", LWWRegister: "set", MVRegister: "set"}
        if kind is LWWMap:
            a["k"] = n
        elif kind is ORMap:
            a.counter(n).increment()
        else:
            getattr(a, ways[kind])(n)

    a = kind(replica="a")
    change(a, 1)
    twin = kind.from_bytes(a.to_bytes(), replica="a")
    change(twin, 2)
    change(twin, 3)
    change(a, 4)
    before = a.to_bytes()
    with pytest.raises(ReplicaError):
        a.merge(twin)
    assert a.to_bytes() == before
    others = [a.copy(), copy.copy(a), copy.deepcopy(a), pickle.loads(pickle.dumps(a)), a.fork(), a | a]
    assert len({a.replica, *(other.replica for other in others)}) == 7
    resumed = kind.from_bytes(a.to_bytes(), replica="a")  # its past is its own
    change(resumed, 5)
    a = None
    resumed.merge(others[0])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_6_a_child_process_has_ids_of_its_own():
    random_one, given = PNCounter(), PNCounter(replica="a")
    mine = random_one.replica
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            random_one.increment()
            other = random_one.replica != mine
            try:
                given.increment()
                refused = False
            except ReplicaError:
                refused = given.fork("b").replica == b"b"
            os.write(write, b"yes" if other and refused else b"no")
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 9) == b"yes"
    os.close(read)
    os.close(write)
    given.increment()
    assert random_one.replica == mine


def test_7_ties_and_times_agree_everywhere():
    """At equal times, with equal ids even, all end with one value; an older write is no news."""

    def still():
        return 10**15

    values = [1, 2, "1", None, True, float("nan"), (1,)]
    registers = [LWWRegister(replica=f"r{at % 3}", time_ns=still) for at in range(len(values))]
    for one, value in zip(registers, values, strict=True):
        one.set(value, time=77)
    ends = set()
    for seed in range(50):
        order = random.Random(seed).sample(registers, len(registers))
        total = LWWRegister(replica="total")
        for one in order:
            total.merge(LWWRegister.from_bytes(one.to_bytes()))
        ends.add(total.to_bytes())
    assert len(ends) == 1
    a = LWWMap(replica="a", time_ns=still)
    a["k"] = "new"
    stamp = a.time("k")
    assert not a.set("k", "old", time=stamp - 1)
    assert not a.delete("k", time=stamp - 1)
    assert (a["k"], a.time("k")) == ("new", stamp)
    a.delete("k")
    gone = a.time("k")
    assert not a.delete("k", time=gone - 1)
    assert a.time("k") == gone
    s = LWWSet(["x"], time_ns=still)
    assert s.times("x")[0] > 0
    for bad in (float("nan"), 1.5, True, "1"):
        with pytest.raises(TypeError):
            registers[0].set(1, time=bad)


@pytest.mark.parametrize("kind", [ORSet, RemoveWinsSet, GSet, TwoPhaseSet, LWWSet])
def test_8_nothing_is_shared_and_kinds_may_be_mixed(kind):
    a = kind([1, "1", None, b"1", 1.5, (1, "x")], replica="a")
    b = kind(replica="b")
    b.merge(a)
    c = a.copy()
    a.add("later")
    assert ("later" in b, "later" in c) == (False, False)
    b.add("theirs")
    assert "theirs" not in a
    del a
    gc.collect()
    assert len(b) == 7
    if kind is not GSet:
        with pytest.raises(KeyError):
            kind().remove("x")
        kind().discard("x")
    assert PNCounter().value == 0


def test_9_kinds_stay_what_they_are():
    values = [1, True, 1.0, "1", b"1", (1,), None, 0, False, -0.0, 0.0]
    a = ORSet(values, replica="a")
    again = ORSet.from_bytes(a.to_bytes())
    assert sorted(map(repr, again)) == sorted(map(repr, values))
    assert [value in again for value in values] == [True] * len(values)
    again.remove(True)
    assert (True in again, 1 in again, 1.0 in again) == (False, True, True)
    m = ORMap()
    for value in values:
        m.lww(value).set(value)
    assert sorted(repr((key, child.value)) for key, child in m.items()) == sorted(
        repr((x, x)) for x in values
    )
    for one in (a, m):
        assert pickle.loads(pickle.dumps(one)) == copy.deepcopy(one) == one
        assert one != object()


@pytest.mark.parametrize(
    "kind", [GCounter, LWWRegister, MVRegister, ORSet, RemoveWinsSet, GSet, LWWMap, ORMap]
)
def test_10_damaged_bytes_are_refused(kind):
    a = kind(replica="a")
    if kind is GCounter:
        a.increment()
    elif kind is ORMap:
        a.set("k").add(1)
    elif kind is LWWMap:
        a["k"] = 1
    else:
        (a.set if hasattr(a, "set") else a.add)("x")
    for data, read in ((a.to_bytes(), kind.from_bytes), (a.digest(), a.diff)):
        for at in range(len(data)):
            for bit in range(8):
                damaged = bytearray(data)
                damaged[at] ^= 1 << bit
                with pytest.raises(DecodeError):
                    read(damaged)
            with pytest.raises(DecodeError):
                read(data[:at])
        with pytest.raises(DecodeError):
            read(data + b"\0")
    assert issubclass(DecodeError, ValueError)


def test_11_one_key_of_several_kinds():
    """Two replicas use one key for different things: both are there, and nothing raises."""
    a, b = ORMap(replica="a"), ORMap(replica="b")
    a.counter("k").increment(3)
    b.set("k").add("x")
    b.map("k").flag("on").enable()
    a.merge(b)
    b.merge(a)
    assert a == b
    assert a.kinds("k") == ("counter", "set", "map")
    assert (a.value, set(a.set("k")), a.map("k").value) == ({"k": 3}, {"x"}, {"on": True})
    del a["k"]
    assert "k" not in a
    b.merge(a)
    assert b.value == {}
