"""Subclasses that make or copy something else than they should are refused."""

import copy
import pickle

import pytest

from coterie import (
    BoundedCounter,
    DisableWinsFlag,
    EnableWinsFlag,
    GCounter,
    GSet,
    LWWMap,
    LWWSet,
    MVRegister,
    ORMap,
    ORSet,
    PNCounter,
    RemoveWinsSet,
    TwoPhaseSet,
)

# Each with a local change, and what is shown then.
KINDS = {
    GCounter: (lambda a: a.increment(5), lambda a: a.value, 5),
    PNCounter: (lambda a: a.increment(5), lambda a: a.value, 5),
    BoundedCounter: (lambda a: a.increment(5), lambda a: a.value, 5),
    MVRegister: (lambda a: a.set(5), lambda a: a.value, 5),
    EnableWinsFlag: (lambda a: a.enable(), bool, True),
    DisableWinsFlag: (lambda a: a.disable(), bool, False),
    ORMap: (lambda a: a.counter("c").increment(5), lambda a: a.value, {"c": 5}),
    ORSet: (lambda a: a.add(5), list, [5]),
    GSet: (lambda a: a.add(5), list, [5]),
    TwoPhaseSet: (lambda a: a.add(5), list, [5]),
    LWWSet: (lambda a: a.add(5), list, [5]),
    LWWMap: (lambda a: a.setdefault(5, 5), list, [5]),
    RemoveWinsSet: (lambda a: a.add(5), list, [5]),
}


class Named(PNCounter):
    """One with attributes."""

    def __init__(self, name, **options):
        super().__init__(**options)
        self.name = name


def test_attributes():
    a = Named("n", replica="a")
    a += 2
    for other in (a.copy(), copy.deepcopy(a), pickle.loads(pickle.dumps(a)), a.fork("b"), a | PNCounter()):
        assert (type(other), other.name, other) == (Named, "n", a)
        assert other.replica != b"a"
    for other in (a.take_delta(), a.diff(PNCounter().digest()), Named.from_bytes(a.to_bytes())):
        assert (type(other), other) == (Named, a)
        assert not hasattr(other, "name")


@pytest.mark.parametrize("made", KINDS)
@pytest.mark.parametrize("kind", KINDS)
def test_another_is_made(kind, made):
    class Other(kind):
        wrong = False

        def __new__(cls, **_):
            return made.__new__(made) if cls.wrong else super().__new__(cls)

    a = Other(replica="a")
    change, shown, value = KINDS[kind]
    change(a)
    data, digest = a.to_bytes(), kind().digest()
    Other.wrong = True
    for use in (a.take_delta, a.copy, lambda: a.diff(digest), lambda: Other.from_bytes(data), lambda: a | a):
        with pytest.raises(TypeError, match="__new__ made a"):
            use()
    assert shown(a) == value
    assert a.stats()["pending"] == 1


@pytest.mark.parametrize("copied", [5, None, PNCounter()])
def test_another_copy(copied):
    class Other(GCounter):
        def copy(self):
            return copied

    for use in (lambda: Other() | Other(), lambda: Other().fork("x")):
        with pytest.raises(TypeError, match="pass a GCounter"):
            use()


def test_two_bases():
    class Both(GCounter, PNCounter):
        pass

    class Up(GCounter):
        __slots__ = ()

    class Down(PNCounter):
        __slots__ = ()

    assigned = Up()
    assigned.__class__ = Down
    for a in (Both(), assigned):
        a.increment(2)
        with pytest.raises(TypeError, match="only grows"):
            a.decrement()
        assert a.value == 2
        with pytest.raises(TypeError):
            PNCounter().merge(a)
    with pytest.raises(TypeError):
        assigned.take_delta()
    assert assigned.stats()["pending"] == 1


def test_a_set_that_grows_with_methods_that_remove():
    class Both(GSet, TwoPhaseSet):
        pass

    a = Both([1])
    for change in (lambda: a.discard(1), lambda: a.discard_many([1]), a.pop):
        with pytest.raises(TypeError, match="only grows"):
            change()
    assert list(a) == [1]
    with pytest.raises(TypeError):
        TwoPhaseSet().merge(a)


def test_a_set_and_a_map():
    class Both(TwoPhaseSet, LWWMap):
        pass

    a = Both()
    for change in (lambda: a.add(1), lambda: a.discard(1), lambda: a.__ixor__([1]), lambda: Both([1])):
        with pytest.raises(TypeError, match="set or delete them"):
            change()
    a["x"] = 1
    assert dict(a.items()) == {"x": 1}
