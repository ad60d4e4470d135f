"""Maps as mappings: removals, depth, codecs, and states that are large or made to be slow."""

import operator
from collections.abc import Mapping

import pytest

from benchmarks.baselines.crdts.elements import name
from coterie import DecodeError, ORMap, ORSet, ReplicaError


def test_reset_remove():
    """The example of the documentation, and what others do at the same time as a removal."""
    a = ORMap(replica="a")
    a.counter("likes").increment(5)
    a.set("tags").add("x")
    b = a.fork(replica="b")
    b.counter("likes").increment(2)
    del a["likes"]
    a |= b
    b.update_from(a.take_delta().to_bytes())
    assert a == b
    assert int(a["likes"]) == 2
    assert a.value == {"likes": 2, "tags": {"x"}}

    a = ORMap(replica="a")
    inner = a.map("user").map("cart")
    inner.counter("apples").increment(3)
    inner.register("note").set("old")
    b = a.fork("b")
    b.map("user").map("cart").counter("pears").increment()
    b.map("user").map("cart").register("note").set("new")
    del a["user"]
    assert (len(a), len(inner), inner.value) == (0, 0, {})
    a.merge(b)
    assert a.value == {"user": {"cart": {"pears": 1, "note": ["new"]}}}
    assert inner.value == {"pears": 1, "note": ["new"]}
    inner.clear()
    assert not a


def test_removals_come_before_what_they_remove():
    a = ORMap(replica="a")
    a.map("x").set("s").add(1)
    a.map("x").counter("c").increment()
    a.rw_set("y").add(1)
    added = a.take_delta()
    b = a.fork("b")
    del b["x"]
    b.clear()
    removed = b.take_delta()
    c = ORMap(replica="c")
    c.merge(removed)
    assert (c.value, c.stats()["dots"]) == ({}, 0)
    c.merge(added)
    c.merge(a)
    assert (c.value, c.stats()["dots"]) == ({}, 0)
    a.merge(removed)
    assert a == b == c


def test_as_a_mapping():
    a = ORMap(replica="a")
    assert isinstance(a, Mapping)
    for key in ("x", 1, True, None, (1, "y"), b"x", 1.5):
        a.counter(key).increment(2)
    assert len(a) == len(list(a)) == 7
    assert {name(key) for key in a} == {name(key) for key in ("x", 1, True, None, (1, "y"), b"x", 1.5)}
    assert "x" in a
    assert "y" not in a
    assert {name(key): int(child) for key, child in a.items()} == {name(key): 2 for key in a}
    assert [int(child) for child in a.values()] == [2] * 7
    assert (a.get("x"), a.get("y"), a.get("y", 5)) == (a.counter("x"), None, 5)
    assert ("x", a["x"]) in a.items()
    for key in ("y", 2):
        with pytest.raises(KeyError):
            a[key]
        with pytest.raises(KeyError):
            del a[key]
    for value in (5, {}, ORSet(), a.counter("y"), ORMap().counter("x")):
        with pytest.raises(TypeError, match=r"m\.counter, .*m\.map\(key\)"):
            a["x"] = value
    a["x"] += 3
    a["x"] -= 1
    assert int(a["x"]) == 4
    for bad in ([], {}, a):
        for use in (
            a.__contains__,
            a.__getitem__,
            a.counter,
            a.map,
            a.discard,
            a.kinds,
            a.__delitem__,
            a.get,
        ):
            with pytest.raises(TypeError):
                use(bad)
    assert not hasattr(a, "pop")
    with pytest.raises(TypeError):
        reversed(a)
    like = large(ORMap(), 9)
    for changes in (lambda: a.flag("new").enable(), lambda: a.discard("x"), a.clear, lambda: a.merge(like)):
        iterator, begun = iter(a), iter(a)
        next(iterator)
        a.counter(1).increment()
        a.set(1).add(5)
        next(iterator)
        changes()
        for changed in (iterator, begun):
            with pytest.raises(RuntimeError):
                next(changed)
        a.counter("x").increment()
        a.counter(1).increment()
    inner = a.map("m")
    inner.flag(1).enable()
    inner.flag(2).enable()
    iterator = iter(inner)
    next(iterator)
    a.flag("elsewhere").enable()
    next(iterator)
    del a["m"]
    with pytest.raises(RuntimeError):
        next(iterator)
    assert list(inner) == []
    assert repr(a).startswith("<ORMap of {")
    assert "..." in repr(large(ORMap(), 20))


def large(made, n):
    for at in range(n):
        made.counter(at).increment()
    return made


def test_depth():
    a = ORMap(replica="a")
    deep = a
    for at in range(32):
        deep = deep.map(at)
    with pytest.raises(ValueError, match="more than 32 maps"):
        deep.map("x")
    deep.counter("x").increment()
    deep.set("s").add(1)
    b = ORMap.from_bytes(a.to_bytes())
    assert b == a
    assert len(deep) == 2
    held = b.value
    for at in range(32):
        held = held[at]
    assert held == {"x": 1, "s": {1}}
    del a[0]
    assert (len(a), len(deep), a.stats()["dots"]) == (0, 0, 0)
    a.rebase()
    b.rebase()
    deep = b
    for at in range(32):
        deep = deep[at]
    assert deep.counter("x").value == 1


class Point:
    """What a codec knows."""

    def __init__(self, x):
        self.x = x

    def __eq__(self, other):
        raise AssertionError("values are compared by their bytes")

    __hash__ = object.__hash__


CODEC = lambda point: bytes([point.x]), lambda data: Point(data[0])


def test_codec():
    a = ORMap(replica="a", codec=CODEC)
    a.register(Point(1)).set(Point(2))
    a.map("m").set("s").add(Point(3))
    a.lww("l").set(Point(4))
    assert (a[Point(1)].value.x, a.lww("l").value.x, [point.x for point in a.map("m").set("s")]) == (
        2,
        4,
        [3],
    )
    without = ORMap.from_bytes(a.to_bytes(), replica="b")
    for read in (lambda: list(without), lambda: without.value, lambda: without.lww("l").value):
        with pytest.raises(TypeError, match="codec"):
            read()
    assert "?" in repr(without)
    without.lww("l").set(5)
    assert without.merge(a, changes=True) == ORMap().merge(ORMap(), changes=True)
    changes = a.merge(without, changes=True)
    assert (changes.added, changes.removed, changes.changed) == ([], [], ["l"])
    with pytest.raises(AttributeError):
        a.register("k").set([])
    assert "k" not in a


def test_codecs_that_raise():
    def refuse(data):
        raise KeyError(data)

    a = ORMap(replica="a", codec=(refuse, refuse))
    large(a, 20)
    for use in (a.get, a.counter, a.kinds, a.discard, a.__contains__, a.__getitem__, a.set("s").add):
        with pytest.raises(KeyError, match="<object"):
            use(object())
    data = ORMap(codec=CODEC)
    data.map(Point(1)).set("s").add(Point(2))
    a.update_from(data.to_bytes())
    before = a.to_bytes()
    for read in (lambda: a.value, lambda: list(a), lambda: a.set("t").update([1, Point(3)])):
        with pytest.raises(KeyError):
            read()
    assert "?" in repr(ORMap.from_bytes(data.to_bytes(), codec=(refuse, refuse)))
    assert a.to_bytes() == before


def test_keys_that_are_equal_for_python():
    """Equal maps show the same, whatever came first."""
    made = []
    for order in ([1, 1.0, True, 5], [True, 1.0, 5, 1], [1.0, 5, 1, True]):
        a = ORMap()
        for key in order:
            a.register(key).set(name(key))
        assert len(a) == len({*map(name, a)}) == 4
        made.append(a.value)
    assert made[0] == made[1] == made[2] == {True: [name(True)], 5: [name(5)]}
    assert all(type(key) in (bool, int) for one in made for key in one)


def test_changes_are_of_what_others_changed():
    """Also where a key has two kinds, a string is written twice, or a removal alone comes."""
    a = ORMap(replica="a")
    large(a, 1000)
    a.rw_set("r").add(1)
    a.map("m").map("x").set("s").add(1)
    b = a.fork("b")
    assert not b.merge(a, changes=True)
    for change, expected in (
        (lambda: a.counter(5).increment(), ([], [], [5])),
        (lambda: a.set(5).add(1), ([], [], [])),
        (a.counter(5).reset, ([], [], [5])),
        (a.set(5).clear, ([], [5], [])),
        (lambda: a.map("m").map("x").flag("f").enable(), ([], [], ["m"])),
        (lambda: a.map("m").map("x").set("s").add(1), ([], [], [])),
        (lambda: a.rw_set("r").discard(1), ([], ["r"], [])),
        (lambda: a.rw_set("r").discard(2), ([], [], [])),
        (lambda: a.lww("new").set(None), (["new"], [], [])),
        (lambda: a.counter("new").decrement(0), ([], [], [])),
    ):
        change()
        changes = b.merge(a.take_delta(), changes=True)
        assert (changes.added, changes.removed, changes.changed) == expected


def test_what_changes_nothing():
    """Is no change that was made under an id: another's history may still be adopted."""
    data = large(ORMap(replica="a"), 3).to_bytes()
    a = ORMap(replica="a")
    a.clear()
    a.map("m").clear()
    a.discard("x")
    a.counter("c").reset()
    a.counter("c").increment(0)
    a.set("s").discard(1)
    a.set("s").discard_many([1, 2])
    a.set("s").update([])
    a.rw_set("s").clear()
    a.register("r").clear()
    a.flag("f").disable()
    a.dw_flag("f").enable()
    assert (a.stats()["pending"], a) == (0, ORMap())
    a.update_from(data)
    assert len(a) == 3


def test_blank():
    blank = ORMap.__new__(ORMap)
    assert (blank.value, len(blank), list(blank), blank.kinds(1), blank.stats()["dots"]) == ({}, 0, [], (), 0)
    blank.counter(1).increment()
    blank.merge(ORMap())
    assert blank.value == {1: 1}
    for other in ({}, ORSet(), blank.counter(1), 5):
        with pytest.raises(TypeError):
            blank.merge(other)
        with pytest.raises(TypeError):
            blank | other
        assert (blank == other) is False
    with pytest.raises(DecodeError):
        ORMap.from_bytes(ORSet([1]).to_bytes())
    assert ORMap() == ORMap(replica="x")
    assert operator.le(ORMap(), blank)
    with pytest.raises(ReplicaError):
        twin(blank)


def twin(made):
    made = made.fork("t")
    other = made.copy()
    other = ORMap.from_bytes(made.to_bytes(), replica="t")
    made.counter(1).increment()
    other.counter(2).increment()
    other.counter(3).increment(5)
    other.take_delta()
    other.counter(3).increment(5)
    made.merge(other)


def test_iteration_goes_on_while_others_change():
    """Also when memory is given back in the middle, and all has other places."""
    a = ORMap(replica="a")
    for made in (a.set("s"), a.rw_set("r")):
        made.update(range(100))
    for at in range(100):
        a.map("m").flag(at).enable()
    for made in (a.set("s"), a.rw_set("r"), a.map("m")):
        a.set("large").update(range(20_000))
        iterator = iter(made)
        read = [next(iterator) for _ in range(5)]
        before = a.nbytes
        a.set("large").clear()
        assert a.nbytes < before / 4
        assert sorted(read + list(iterator)) == list(range(100))
    b = a.copy()
    a.counter("c").increment()
    del a["s"], a["m"]
    assert sorted(b.set("s")) == sorted(b.map("m")) == list(range(100))


def test_keys_that_go_during_iteration():
    """Also between a key and what it holds."""

    def decode(data):
        a.discard(Point(data[0]))
        return Point(data[0])

    for view in ("items", "values"):
        a = ORMap(replica="a", codec=(CODEC[0], decode))
        a.counter(Point(7)).increment()
        with pytest.raises(RuntimeError, match="keys changed during iteration"):
            list(getattr(a, view)())
    a = large(ORMap(), 5)
    for view in (a.keys(), a.items(), a.values()):
        assert len(list(view)) == len(view) == len(a)
        begun = iter(view)
        a.flag(len(a)).enable()
        with pytest.raises(RuntimeError):
            next(begun)
    assert a.counter(1) in a.values()
    assert 1 not in a.values()
    assert a.keys() & {1, "x"} == {1}


def test_memory_of_what_went_is_given_back():
    a = ORMap(replica="a")
    a.set("s").update(range(1000))
    for at in range(500):
        deep = a.map(at)
        for key in range(30):
            deep = deep.map(key)
        deep.flag("f").enable()
    before = a.nbytes
    for at in range(500):
        del a[at]
    assert (len(a), a.set("s").contains_many(range(1000)).all()) == (1, True)
    assert a.nbytes < before / 4


def test_memory_of_long_strings_is_given_back():
    """Of values and keys, when they are replaced or go."""
    a = ORMap(replica="a")
    for at in range(100):
        a.register(at).set(0)
    before = a.nbytes
    for at in range(100):
        a.register(at).set(f"{at}{'x' * 10_000}")
    assert a.nbytes > before + 10**6
    for at in range(100):
        a.register(at).set(1)
    assert a.nbytes < before + 10**5
    for at in range(100):
        a.flag(f"{at}{'x' * 10_000}").enable()
    assert a.nbytes > before + 2 * 10**6
    for at in range(100):
        del a[f"{at}{'x' * 10_000}"]
    assert a.nbytes < before + 10**5
    assert a.value == {at: [1] for at in range(100)}


def test_large_states_are_linear():
    """Many keys, many events of one string, and many removals in front of what is shown."""
    n = 50_000
    a = ORMap(replica="a")
    a.rw_set("r").discard_many(range(n))
    a.rw_set("r").add_many(range(n, 2 * n))
    b = ORMap.from_bytes(a.to_bytes())
    other = ORMap(replica="o")
    other.rw_set("r").discard_many(range(n, n + n // 2))
    b.merge(other)
    assert len(b.rw_set("r")) == n // 2
    while b.rw_set("r"):
        b.rw_set("r").pop()
    for at in range(n):
        a.counter("c").increment()
        a.counter(at).increment()
        a.map(at).flag("f").enable()
        if at % 100 == 0:
            a.copy()
    many = ORMap(replica="m")
    for _ in range(2000):
        many.counter("c").increment()
        many.fork()
    assert many.stats()["dots"] == 2000
    a.merge(many)
    assert a.counter("c").value == n + 2000
    again = ORMap.from_bytes(a.to_bytes())
    assert again == a
    while len(again) > n // 2:
        del again[next(iter(again))]
    del again["c"]
    again.rebase()
    again.clear()
    assert again.stats()["dots"] == 0
