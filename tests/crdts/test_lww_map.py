"""LWWMap as a dict, and its times, ids and changes."""

import copy
import pickle
from collections.abc import ItemsView, KeysView, MutableMapping, ValuesView

import numpy as np
import pytest

from coterie import HLC, ClockDriftError, DecodeError, LWWMap, ReplicaError

MOST = 2**64 - 1


def test_as_a_dict():
    a = LWWMap({"x": 1, 2: "y"}, replica="a")
    assert isinstance(a, MutableMapping)
    assert (dict(a), len(a), bool(a), bool(LWWMap())) == ({"x": 1, 2: "y"}, 2, True, False)
    assert LWWMap() != {}
    assert (a["x"], a.get(2), a.get("q"), a.get("q", 5)) == (1, "y", None, 5)
    assert ("x" in a, 1 in a, True in a) == (True, False, False)
    keys, values, items = a.keys(), a.values(), a.items()
    a["z"] = None
    for view, kind in ((keys, KeysView), (values, ValuesView), (items, ItemsView)):
        assert isinstance(view, kind)
        assert len(view) == 3
    assert (set(keys), set(items)) == ({"x", 2, "z"}, {("x", 1), (2, "y"), ("z", None)})
    assert ("x" in keys, None in values, ("x", 1) in items) == (True, True, True)
    assert ("q" in keys, 7 in values, ("x", 2) in items) == (False, False, False)
    assert keys & {"x", "q"} == {"x"}
    assert list(zip(keys, values, strict=True)) == list(items)
    with pytest.raises(TypeError):
        reversed(a)
    del a["z"]
    for missing in (lambda: a["z"], lambda: a.pop("z"), lambda: a.__delitem__("z")):
        with pytest.raises(KeyError):
            missing()
    assert (a.pop("z", 7), a.pop("z", default=8), a.get("z", default=9), a.pop("x")) == (7, 8, 9, 1)
    assert (a.setdefault(2, 0), a.setdefault("n"), a.setdefault("m", 3)) == ("y", None, 3)
    a.update({"u": 1}, v=2)
    a.update([("w", 3)])
    a.update(LWWMap({"k": 4}))
    a.update()
    taken = [a.popitem() for _ in range(len(a))]
    assert dict(taken) == {2: "y", "n": None, "m": 3, "u": 1, "v": 2, "w": 3, "k": 4}
    with pytest.raises(KeyError):
        a.popitem()
    a["x"] = 1
    a.clear()
    a.clear()
    assert (len(a), a.stats()["tombstones"]) == (0, 9)
    large = LWWMap((i, i) for i in range(20_000))
    assert sorted(large.popitem()[0] for _ in range(20_000)) == list(range(20_000))
    for other in ({}, {"x": 1}, []):
        with pytest.raises(TypeError):
            a | other
        with pytest.raises(TypeError):
            a |= other
        with pytest.raises(TypeError):
            a <= other  # noqa: B015


def test_repr():
    assert repr(LWWMap({"x": 1}, replica="a")) == "<LWWMap of {'x': 1}, replica b'a'>"
    assert "..." in repr(LWWMap((i, i) for i in range(50)))
    odd = LWWMap({"x": {1}}, codec=(lambda _: b"", lambda _: 1 / 0))
    assert "{'x': ?}" in repr(odd)


def test_many():
    a = LWWMap()
    a.add_many(["x", "y", "x"], [3, 2, 1])
    assert (dict(a), a.time("x")) == ({"x": 1, "y": 2}, a.time("y"))
    a.add_many(np.arange(3), np.array([0.5, 1.5, 2.5]))
    assert (a[1], a.contains_many([0, 1, 5, "x"]).tolist()) == (1.5, [True, True, False, True])
    a.discard_many([0, 99, "x"])
    assert set(a) == {1, 2, "y"}
    before, pending = a.to_bytes(), a.stats()["pending"]
    for bad in (
        lambda: a.add_many([1], [1, 2]),
        lambda: a.add_many([], [1]),
        lambda: a.add_many([7, []], [1, 2]),
        lambda: a.add_many([7, 8], [1, []]),
        lambda: a.add_many(5, [1]),
        lambda: a.update([(7, 1), (8, [])]),
        lambda: a.update([(7, 1), (8,)]),
        lambda: a.update([(7, 1), 8]),
        lambda: a.update(5),
        lambda: a.set([], 1),
        lambda: a.set(7, []),
        lambda: a.setdefault(7, []),
        lambda: a.__setitem__("\ud800", 1),
        lambda: [] in a,
        lambda: a.discard_many([1, []]),
        lambda: a.time([]),
    ):
        with pytest.raises((TypeError, ValueError)):
            bad()
    assert (a.to_bytes(), a.stats()["pending"]) == (before, pending)


def test_iteration():
    a = LWWMap({1: 1, 2: 2, 3: 3})
    for view in (a.keys(), a.values(), a.items(), a):
        iterator = iter(view)
        next(iterator)
        a[1] = a[1]  # the same
        next(iterator)
        a["new"] = 1
        with pytest.raises(RuntimeError, match="changed during iteration"):
            next(iterator)
        del a["new"]
    iterator = iter(a)
    a[1] = "another"
    with pytest.raises(RuntimeError):
        next(iterator)
    assert list(LWWMap.__new__(LWWMap)) == []


def test_times():
    now = [5 * 10**6]
    a = LWWMap({"x": 1}, replica="a", time_ns=lambda: now[0])
    assert (a.time("x"), a.time("y")) == (HLC.pack(5, 0), 0)
    now[0] = 0
    assert a.delete("x")
    assert not a.delete("x")
    assert a.time("x") == HLC.pack(5, 1)
    assert not a.set("x", 1, time=HLC.pack(3, 0))
    assert a.set("y", 1, time=HLC.pack(9, 0))
    assert a.set("y", 1, time=HLC.pack(9, 0))
    assert not a.set("y", 0, time=HLC.pack(9, 0))
    assert not a.delete("y", time=HLC.pack(9, 0))  # a value is more than its removal at the same time
    assert a.delete("y", time=HLC.pack(9, 1))
    assert a.set("y", 0, time=HLC.pack(9, 1))
    assert a.delete("never", time=7)
    assert (a.time("never"), "never" in a) == (7, False)
    a["z"] = 1
    assert a.time("z") == HLC.pack(9, 2)
    for time in (True, 1.5, "1"):
        with pytest.raises(TypeError):
            a.set("q", 1, time=time)
    for time in (0, -1, MOST + 1):
        with pytest.raises(ValueError, match="time"):
            a.delete("q", time=time)
    a.add_many([], [])
    a.discard_many(["absent"])
    a.clear()
    assert a.time("z") == HLC.pack(9, 3)
    a.set("last", 1, time=MOST)
    before, pending = a.to_bytes(), a.stats()["pending"]
    for change in (
        lambda: a.set(1, 1),
        lambda: a.add_many([1], [1]),
        lambda: a.pop("last"),
        a.popitem,
        a.clear,
        lambda: a.setdefault(1, 1),
        lambda: a.delete("last"),
    ):
        with pytest.raises(OverflowError, match="no write can come after"):
            change()
    assert (a.to_bytes(), a.stats()["pending"]) == (before, pending)
    assert not a.delete("absent")
    assert a.pop("absent", 5) == 5
    a.discard_many(["absent"])


def test_a_lost_write_was_seen():
    """Later writes come after it too."""
    a = LWWMap(replica="a", time_ns=lambda: 0)
    a.set("x", 1, time=200)
    b = LWWMap(replica="b", time_ns=lambda: 0)
    b.merge(a)
    assert not b.set("x", 2, time=100)
    b.set("y", 1)
    assert b.time("y") == 201


def test_drift():
    a = LWWMap(replica="a", time_ns=lambda: 10**9, max_drift=100)
    far, near = LWWMap(), LWWMap()
    far.delete("far", time=HLC.pack(1101, 0))
    near.set("near", 1, time=HLC.pack(1100, 7))
    for use in (
        a.merge,
        lambda one: a.update_from(one.to_bytes()),
        lambda one: a.merge_many([near, one]),
        a.__ior__,
        lambda one: a.merge(one, changes=True),
        lambda _: a.set("x", 1, time=HLC.pack(1101, 0)),
        lambda _: a.delete("x", time=HLC.pack(1101, 0)),
    ):
        with pytest.raises(ClockDriftError):
            use(far)
        assert a == LWWMap()
    a.merge(near)
    assert a["near"] == 1


def test_ids():
    a = LWWMap({"x": 1}, replica="a", time_ns=lambda: 0)
    twin = LWWMap.from_bytes(a.to_bytes(), replica="a", time_ns=lambda: 0)
    twin["y"] = 2
    with pytest.raises(ReplicaError):
        a.merge(twin)
    assert dict(a) == {"x": 1}
    resumed = LWWMap(replica="a", time_ns=lambda: 0)
    resumed.merge(twin)
    resumed.set("z", 3, time=1)  # before what it had written
    resumed.merge(twin)
    resumed["y"] = 4
    resumed.merge(twin)
    assert dict(resumed) == {"x": 1, "y": 4, "z": 3}
    early = LWWMap(replica="early")
    early.set("x", 1, time=10)
    late = LWWMap.from_bytes(early.to_bytes(), replica="late")
    late.set("x", 2, time=20)
    resumed = LWWMap.from_bytes(late.to_bytes(), replica="early")
    resumed.merge(early)
    resumed.set("y", 3, time=5)
    resumed.merge(early)  # which it had seen, though nothing was left of it
    early.set("z", 4, time=30)
    with pytest.raises(ReplicaError):
        resumed.merge(early)
    b = a.fork("b")
    b["x"] = 5
    with pytest.raises(ValueError, match="the id of this object"):
        b.fork("b")
    with pytest.raises(ValueError, match="has written into this state"):
        a.fork("c").fork("a")
    assert b.fork("a").replica == b"a"  # nothing is left of what it wrote
    a.merge(b)
    assert a["x"] == 5
    assert a.stats()["replicas"] == 1


def test_changes():
    a = LWWMap({"x": 1, "y": 2, "z": 3, "same": 4}, replica="a")
    b = a.fork("b")
    b["new"] = b["x"] = 9
    b["same"] = 4
    del b["y"]
    changes = a.merge(b, changes=True)
    assert (changes.added, changes.removed, changes.changed, bool(changes)) == (["new"], ["y"], ["x"], True)
    assert not a.merge(b, changes=True)
    assert not a.merge(a, changes=True)
    late = LWWMap()
    assert late.update_from(a.to_bytes(), changes=True).added == ["new", "same", "x", "z"]


def test_codecs():
    codec = lambda x: ",".join(sorted(x)).encode(), lambda data: frozenset(data.decode().split(","))
    a = LWWMap({frozenset("x"): frozenset("y")}, codec=codec, replica="a")
    for other in (a.copy(), copy.deepcopy(a), a.fork(), a.take_delta(), a.diff(LWWMap().digest())):
        assert dict(other) == {frozenset("x"): frozenset("y")}
    plain = pickle.loads(pickle.dumps(LWWMap({"x": 1})))
    plain.merge(a)
    assert (len(plain), plain["x"]) == (2, 1)
    with pytest.raises(TypeError, match="codec"):
        list(plain)
    before = plain.to_bytes()
    del plain["x"]
    with pytest.raises(TypeError, match="codec"):
        plain.popitem()
    assert plain.to_bytes() != before
    assert len(plain) == 1


def test_rebased():
    a = LWWMap({"x": 1, "y": 2}, replica="a")
    b = a.fork("b")
    b["x"] = 3
    del b["y"]
    a.merge(b)
    old = a.copy()
    for one in (a, b):
        one.rebase()
    assert a == b
    assert (dict(a), a.time("x"), a.time("y")) == ({"x": 3}, old.time("x"), 0)
    assert (a.stats()["tombstones"], a.stats()["pending"], a.stats()["replicas"]) == (0, 0, 1)
    for use in (a.merge, a.__le__):
        with pytest.raises(ValueError, match="generation"):
            use(old)
    b["n"] = 1
    a.merge(b)
    assert a == b


def test_writers_are_forgotten():
    """Of what was replaced not even the ids are kept."""
    a, b = LWWMap({"old": 0}, replica="a"), LWWMap(replica="b")
    for turn in range(2000):
        other = a.fork(f"a replica with a long id, {turn}")
        other.set(turn % 5, turn)
        a.merge(other, changes=turn % 2)
        b.merge(other)
        a[turn % 3] = turn
    assert max(a.nbytes, b.nbytes) < 10_000
    assert a.take_delta().keys() == {"old", 0, 1, 2}
    b.merge(a)
    a.merge(b)
    again = LWWMap.from_bytes(a.to_bytes())
    assert a == b == again
    assert a.stats()["replicas"] == again.stats()["replicas"]
    a["old"] = 1
    assert (a | b).time("old") == a.time("old") > b.time("old")


def test_values_are_replaced():
    """What was replaced is not kept."""
    a = LWWMap(replica="a")
    for turn in range(2000):
        a[turn % 5] = "v" * (turn % 300)
    assert len(a) == 5
    assert a.nbytes < 20_000
    b = LWWMap.from_bytes(a.to_bytes())
    assert dict(b) == dict(a)
    b.update((i, "v" * 500) for i in range(500))
    c = b.copy()
    c.clear()
    assert c.nbytes < b.nbytes / 4
    b["few"] = "left"
    before = dict(b)
    b.discard_many(range(5, 490))
    assert b.nbytes < 100_000
    assert dict(b) == {key: value for key, value in before.items() if key not in range(5, 490)}
    b.merge(c)
    assert dict(b) == {"few": "left"}
    for turn in range(1000):
        b[turn % 7] = str(turn)
        del b[turn % 7]
    assert (dict(b), LWWMap.from_bytes(b.to_bytes())) == ({"few": "left"}, b)


def test_damaged_bytes():
    a = LWWMap({"x": ("y", 300), "xz": None}, replica="a")
    data = a.to_bytes()
    for end in range(len(data)):
        with pytest.raises(DecodeError):
            LWWMap.from_bytes(data[:end])
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(DecodeError):
            LWWMap.from_bytes(flipped)


def test_any_order():
    """Ties break alike, whoever merges first."""
    writes = []
    for replica in ("a", "ab", "b"):
        for value in (None, 1, True, "x"):
            one = LWWMap(replica=replica)
            one.delete("k", time=5) if value is None else one.set("k", value, time=5)
            writes.append(one)
    totals = []
    for order in (writes, writes[::-1], writes[5:] + writes[:5]):
        total = LWWMap()
        total.merge_many(order)
        totals.append(total)
    assert totals[0] == totals[1] == totals[2]
    assert dict(totals[0]) == {"k": "x"}
    assert totals[0].to_bytes() == totals[1].to_bytes()


def test_taken_from_the_front():
    a = LWWMap(((i, str(i)) for i in range(300)), replica="a")
    left = dict(a)
    for turn in range(600):
        if turn % 3 == 2:
            a[turn - 2] = left[turn - 2] = "again"
        key = next(iter(a))
        assert a.pop(key) == left.pop(key)
        assert dict(a.items()) == left
        if not left:
            break
    assert not a


def test_what_few_keys_change_in_many():
    a = LWWMap({i: i for i in range(100)}, replica="a")
    b = a.fork("b")
    b.update({1: "x", 2: 2, "new": 3})
    del b[5]
    b.delete("never")
    for part in (b.take_delta(), b.diff(a.digest()), b):
        changes = a.fork().merge(part, changes=True)
        assert (changes.added, changes.removed, changes.changed) == (["new"], [5], [1])
    a.merge(b)
    assert not a.merge(b.diff(LWWMap().digest()), changes=True)
