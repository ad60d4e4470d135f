"""What all replicated structures share is not made by itself: whatever is called says so."""

import copy
import operator
import pickle

import pytest

from coterie import ORSet, PNCounter
from coterie.crdts._counter import Counter
from coterie.crdts._dotted import Dotted
from coterie.crdts._dotted_set import DottedSet
from coterie.crdts._flags import Flag
from coterie.crdts._map_root import MapRoot
from coterie.crdts._replicated import Replicated

BASES = [Replicated, Counter, Dotted, DottedSet, Flag, MapRoot]


def uses(a, b):
    """All that can be done with one, and with another."""
    yield from (lambda name=name: getattr(a, name) for name in ("replica", "generation", "nbytes"))
    for name in ("take_delta", "digest", "to_bytes", "fork", "copy", "stats", "rebase"):
        yield getattr(a, name)
    yield lambda: a.fork("another")
    yield from (lambda use=use: use(a) for use in (bytes, copy.copy, copy.deepcopy, pickle.dumps))
    for d in (b"", ORSet(["x"]).to_bytes(), PNCounter().digest()):
        yield from (lambda use=use, d=d: use(d) for use in (a.update_from, a.diff, type(a).from_bytes))
    yield from (lambda states=states: a.merge_many(states) for states in ([], [b], [b"x"]))
    for other in (a, b, ORSet(["x"]), PNCounter()):
        yield from (lambda use=use, other=other: use(other) for use in (a.merge, a.concurrent))
        yield lambda other=other: a.merge(other, changes=True)
    for use in ("or_", "ior", "eq", "ne", "lt", "le", "gt", "ge"):  # of a subclass Python asks that first
        yield from (lambda use=use, other=other: getattr(operator, use)(a, other) for other in (a, b))


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("kind", BASES)
@pytest.mark.parametrize("derived", [False, True])
def test_bases(base, kind, derived):
    made = type("Derived", (base,), {}) if derived else base
    for use in uses(made(), kind()):
        with pytest.raises(TypeError, match="is only a base: make one of its subclasses"):
            use()


@pytest.mark.parametrize("use", [int, bool, repr, lambda a: a.value])
def test_counters(use):
    with pytest.raises(TypeError, match="Counter is only a base"):
        use(Counter())


@pytest.mark.parametrize("use", [bool, repr, lambda a: a.value])
def test_flags(use):
    with pytest.raises(TypeError, match="Flag is only a base"):
        use(Flag())


@pytest.mark.parametrize("use", [len, bool, repr, list, lambda a: a.update([1]), lambda a: a.clear()])
def test_sets(use):
    with pytest.raises(TypeError, match="DottedSet is only a base"):
        use(DottedSet())


@pytest.mark.parametrize("base", BASES)
def test_others_refuse_them(base):
    for a in (ORSet(["x"], replica="a"), PNCounter(replica="a")):
        for use in (a.merge, a.concurrent, a.__le__, lambda b, a=a: a | b, lambda b, a=a: a.merge_many([b])):
            with pytest.raises(TypeError):
                use(base())
