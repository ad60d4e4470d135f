"""What keys of a map hold: each kind, side by side, and as views that stay while keys come and go."""

import copy
import pickle
from collections.abc import Mapping, MutableSet

import pytest

from benchmarks.baselines.crdts.maps import KINDS
from coterie import ClockDriftError, ORMap


def test_kinds_side_by_side():
    a = ORMap(replica="a")
    b = ORMap(replica="b")
    for at, kind in enumerate(KINDS):
        assert a.kinds("k") == KINDS[:at]
        assert getattr(a, kind)("k") == getattr(a, kind)("k") != getattr(b, kind)("k")
        change(getattr(a, kind)("k"), kind)
        assert a.kinds("k") == KINDS[: at + 1]
    assert (a["k"], a.value) == (a.counter("k"), {"k": 1})
    del a["k"]
    assert (a.kinds("k"), a.value, a.stats()["dots"]) == ((), {}, 0)
    for kind in KINDS:
        change(getattr(a, kind)("k"), kind)
        assert (a.kinds("k"), len(a)) == ((kind,), 1)
        end = {"counter": "reset", "flag": "disable", "dw_flag": "enable", "lww": None}.get(kind, "clear")
        getattr(getattr(a, kind)("k"), end)() if end else a.discard("k")
        assert ("k" in a, a.kinds("k"), len(a)) == (False, (), 0)
    assert a.stats()["dots"] == 0
    a.rw_set("k").discard(1)
    assert (a.stats()["dots"], a.stats()["tombstones"], a.stats()["entries"]) == (1, 1, 0)
    with pytest.raises(KeyError):
        del a["k"]
    a.discard("k")
    assert a.stats()["tombstones"] == 1
    a.counter("zero").increment(3)
    a.counter("zero").decrement(3)
    assert (a.value, "zero" in a, bool(a.counter("zero"))) == ({"zero": 0}, True, False)


def change(view, kind):
    """Something that makes a child of it."""
    if kind == "counter":
        view.increment()
    elif kind in ("set", "rw_set"):
        view.add(1)
    elif kind in ("register", "lww"):
        view.set(1)
    elif kind == "flag":
        view.enable()
    elif kind == "dw_flag":
        view.disable()
    else:
        view.counter("in it").increment()


def test_additions_beside_removals_show_nothing():
    a = ORMap(replica="a")
    b = a.fork("b")
    a.rw_set("k").add(1)
    b.rw_set("k").discard(1)
    a.merge(b)
    assert (a.value, a.kinds("k"), len(a.rw_set("k")), list(a.rw_set("k"))) == (
        {"k": set()},
        ("rw_set",),
        0,
        [],
    )
    a.rw_set("k").discard_many(range(2, 10))
    assert a.stats()["tombstones"] == 9
    a.rebase()
    assert a.value == {"k": set()}
    assert a.stats()["tombstones"] == 1
    a.rw_set("k").update([1, 2, 2, 3])
    assert sorted(a.rw_set("k")) == [1, 2, 3]
    assert a.stats()["tombstones"] == 0
    a.rw_set("k").discard_many([1, 5, 5])
    assert a.rw_set("k").contains_many([1, 2, 5, 3]).tolist() == [False, True, False, True]
    assert a.stats()["tombstones"] == 2
    assert (len(a.rw_set("k")), 1 in a.rw_set("k"), 3 in a.rw_set("k")) == (2, False, True)
    while a.rw_set("k"):
        a.rw_set("k").pop()
    assert a.stats()["tombstones"] == a.stats()["dots"] == 4


def test_registers_hold_what_was_written_at_the_same_time():
    a = ORMap(replica="a")
    b = a.fork("b")
    a.register("k").set(2)
    b.register("k").set("x")
    a.merge(b)
    assert a.register("k").values == a.value["k"] == [2, "x"]
    with pytest.raises(ValueError, match="2 values"):
        a.register("k").value  # noqa: B018
    a.register("k").set(None)
    assert (a.register("k").values, a.register("k").value) == ([None], None)
    assert (a.register("none").values, a.register("none").value, a.lww("none").value) == ([], None, None)


def test_views():
    a = ORMap(replica="a")
    views = {kind: getattr(a, kind)("k") for kind in KINDS}
    empty = [shown_or_none(views[kind]) for kind in KINDS]
    assert empty == [0, set(), set(), None, None, False, True, {}]
    assert a.stats()["pending"] == a.stats()["nbytes"] - ORMap().stats()["nbytes"] == 0
    for kind, view in views.items():
        change(view, kind)
        assert (a.kinds("k"), repr(view).startswith(f"<{type(view).__name__} of ")) == ((kind,), True)
        b = a.fork()
        del b["k"]
        a.merge(b)
        assert shown_or_none(view) == empty[KINDS.index(kind)]
        change(view, kind)
        assert "k" in a
        del a["k"]
        for missing in (
            "merge",
            "to_bytes",
            "take_delta",
            "digest",
            "diff",
            "copy",
            "fork",
            "rebase",
            "update_from",
        ):
            assert not hasattr(view, missing)
        for use in (copy.copy, copy.deepcopy, pickle.dumps, hash, lambda view: type(view)()):
            with pytest.raises(TypeError):
                use(view)
        for made in (type(view), type(view).__base__):
            for arguments in ((), (None, a, b"")):
                with pytest.raises(TypeError):
                    made.__new__(made, *arguments)
        with pytest.raises(TypeError):
            view < view  # noqa: B015
        with pytest.raises(TypeError):
            view | view
    assert a.set("k") != a.rw_set("k")
    assert isinstance(a.set("k"), MutableSet)
    assert isinstance(a.map("k"), Mapping)


def shown_or_none(view):
    return {*view} if isinstance(view, MutableSet) else view.value


def test_sets_in_maps():
    a = ORMap(replica="a")
    for made in (a.set("k"), a.rw_set("k"), a.map("m").set("k")):
        made.update([1, "x"], [2, 2])
        assert (made & [1, 2, 9], made - {1, 2}, made ^ {1, 3}) == ({1, 2}, {"x"}, {"x", 2, 3})
        assert ({1, 5} - made, {1, 5} & made, made.isdisjoint([5]), made.isdisjoint([1])) == (
            {5},
            {1},
            True,
            False,
        )
        made &= [1, 2]
        made ^= [2, 3]
        made -= [9]
        assert made.contains_many([1, 2, 3, "x"]).tolist() == [True, False, True, False]
        assert (sorted(made), len(made), bool(made)) == ([1, 3], 2, True)
        assert {made.pop(), made.pop()} == {1, 3}
        with pytest.raises(KeyError):
            made.pop()
        made.add_many(range(100))
        made.discard_many(range(0, 100, 2))
        assert sorted(made) == list(range(1, 100, 2))
        iterator = iter(made)
        next(iterator)
        made.add(1)
        next(iterator)
        made.add("new")
        with pytest.raises(RuntimeError):
            next(iterator)
        before = a.to_bytes()
        for bad in ([1, []], [{}], ["\ud800"]):
            with pytest.raises((TypeError, ValueError)):
                made.add_many(bad)
        with pytest.raises(TypeError):
            [] in made  # noqa: B015
        assert a.to_bytes() == before
        made.clear()
        assert (list(made), len(made), bool(made)) == ([], 0, False)


def test_times():
    now = [5_000_000]
    a = ORMap(replica="a", time_ns=lambda: now[0], max_drift=1000)
    b = ORMap(replica="b", time_ns=lambda: 10**10)
    assert a.lww("k").set("mine")
    assert (a.lww("k").time, a.lww("k").writer, a.lww("k").value) == (5 << 16, b"a", "mine")
    assert not a.lww("k").set("late", time=7)
    assert (a.stats()["dots"], a.lww("k").value) == (1, "mine")
    assert a.lww("other").set("x", time=5 << 16)
    stamp = (6 << 16) + 9
    assert a.lww("other").set("y", time=stamp)
    a.lww("third").set("z")
    assert a.lww("third").time == stamp + 1
    b.map("m").lww("k").set(1)
    for merge in (lambda: a.merge(b), lambda: a.update_from(b.to_bytes()), lambda: a.merge_many([b])):
        before = a.to_bytes()
        with pytest.raises(ClockDriftError):
            merge()
        with pytest.raises(ClockDriftError):
            a.lww("k").set(1, time=10**4 << 16)
        assert a.to_bytes() == before
    b.clear()
    a.merge(b)
    now[0] = 10**10
    c = ORMap(replica="c", time_ns=lambda: 0)
    c.lww("k").set(2, time=10**4 << 16)
    a.merge(c)
    assert a.lww("k").value == 2
    now[0] = 0
    assert a.copy().lww("new").set(1)
    a.lww("new").set(1)
    assert a.lww("new").time == (10**4 << 16) + 1
    a.rebase()
    assert (a.lww("k").time, a.lww("k").writer) == (10**4 << 16, b"c")
    d = ORMap(replica="d")
    d.lww("k").set(1, time=2**64 - 1)
    before = d.to_bytes()
    with pytest.raises(OverflowError):
        d.lww("other").set(1)
    for bad, error in ((0, ValueError), (2**64, ValueError), (1.0, TypeError), (True, TypeError)):
        with pytest.raises(error):
            d.lww("k").set(1, time=bad)
    assert d.to_bytes() == before
    assert "other" not in d
    with pytest.raises(TypeError):
        ORMap(time_ns=5)
    e = ORMap.from_bytes(c.to_bytes(), time_ns=lambda: 0, max_drift=5)
    e.lww("e").set(1)
    assert e.lww("e").time == (10**4 << 16) + 1
    with pytest.raises(ClockDriftError):
        e.merge(c)
    e, f = ORMap(replica="e"), ORMap(replica="f")
    for one in (e, f):
        one.lww("k").set(one.replica, time=9)
    assert (e | f).lww("k").value == (f | e).lww("k").value == b"f"
    assert (e | f).lww("k").set(1, time=9) in (True, False)
