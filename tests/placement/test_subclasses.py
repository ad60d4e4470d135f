"""Subclasses keep their type and what they hold, and may override what they like."""

import copy
import pickle
import subprocess
import sys
import weakref
from pathlib import Path

import pytest

from coterie.placement._nodes import NodeScheme
from coterie.placement._scheme import Scheme
from tests.placement.schemes import SCHEMES, schemes, state

ATTRIBUTES = {"__doc__": "With attributes."}
SLOTS = {"__slots__": ("__weakref__", "label", "peer")}
OWN = {
    "__doc__": "With its own way to keep what it holds.",
    "__getstate__": lambda self: {"label": self.label, "kept": True},
    "__setstate__": lambda self, state: self.__dict__.update(state),
}


def subclass(name, base, attributes):
    """A class that pickles find in this module."""
    kind = type(name, (base,), {**attributes, "__module__": __name__})
    globals()[name] = kind
    return kind


def subclasses(scheme):
    """With attributes, with slots, with both."""
    attributes = subclass(f"Dict{scheme}", scheme.cls, ATTRIBUTES)
    slots = subclass(f"Slot{scheme}", scheme.cls, SLOTS)
    return attributes, slots, subclass(f"Both{scheme}", slots, ATTRIBUTES)


KINDS = [(scheme, kind) for scheme in SCHEMES for kind in subclasses(scheme)]
OWNERS = [(scheme, subclass(f"Own{scheme}", scheme.cls, OWN)) for scheme in SCHEMES]
kinds = pytest.mark.parametrize(("scheme", "kind"), KINDS, ids=[kind.__name__ for _, kind in KINDS])
owners = pytest.mark.parametrize(("scheme", "kind"), OWNERS, ids=[kind.__name__ for _, kind in OWNERS])
WAYS = {
    "copy()": lambda placement: placement.copy(),
    "copy.copy": copy.copy,
    "copy.deepcopy": copy.deepcopy,
    **{
        f"pickle {protocol}": lambda placement, protocol=protocol: pickle.loads(
            pickle.dumps(placement, protocol)
        )
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    },
}


@kinds
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_attributes_travel(scheme, kind, way):
    placement = kind(scheme.members(5), seed=3)
    placement.label = ["a"]
    if hasattr(placement, "__dict__"):
        placement.extra = {"b": 1}
    copied = way(placement)
    assert type(copied) is kind
    assert state(copied) == state(placement)
    assert copied.label == ["a"]
    assert getattr(copied, "extra", None) == getattr(placement, "extra", None)
    assert (copied.label is placement.label) == (way in (WAYS["copy()"], WAYS["copy.copy"]))
    assert not hasattr(copied, "peer")
    copied.label = "other"
    assert placement.label == ["a"]


@kinds
@pytest.mark.parametrize("way", [way for name, way in WAYS.items() if name not in ("copy()", "copy.copy")])
def test_attributes_that_lead_back(scheme, kind, way):
    placement = kind(scheme.members(5))
    placement.label = "here"
    placement.peer = {"self": placement, "list": [placement]}
    copied = way(placement)
    assert copied is not placement
    assert copied.peer["self"] is copied
    assert copied.peer["list"] == [copied]
    assert copied.label == "here"
    assert state(copied) == state(placement)


@owners
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_own_state(scheme, kind, way):
    placement = kind(scheme.members(5))
    placement.label, placement.secret = "a", "b"
    copied = way(placement)
    assert vars(copied) == {"label": "a", "kept": True}
    assert state(copied) == state(placement)


@kinds
def test_bytes_and_files_make_the_class_they_are_asked_of(scheme, kind, tmp_path):
    placement = kind(scheme.members(5))
    placement.save(tmp_path / "placement")
    base = scheme.cls
    for cls in (kind, base):
        for read in (cls.from_bytes(placement.to_bytes()), cls.open(tmp_path / "placement")):
            assert type(read) is cls
            assert state(read) == state(placement)
    assert placement == base.from_bytes(placement.to_bytes())
    assert base.from_bytes(placement.to_bytes()) == placement


@kinds
def test_weak_references(scheme, kind):
    placement = kind(scheme.members(5))
    reference = weakref.ref(placement)
    assert reference() is placement
    del placement
    assert reference() is None


@kinds
def test_repr_names_the_class(scheme, kind):
    assert repr(kind(scheme.members(2))) == repr(scheme.cls(scheme.members(2))).replace(
        str(scheme), kind.__name__
    )
    if not scheme.numbered:
        assert repr(kind(range(100))).startswith(f"<{kind.__name__} of 100 nodes")


@schemes()
def test_own_init(scheme):
    class Named(scheme.cls):
        def __init__(self, name, members):
            super().__init__(members, seed=4)
            self.name = name

    placement = Named("mine", scheme.members(5))
    assert placement == scheme.cls(scheme.members(5), seed=4)
    for copied in (placement.copy(), copy.deepcopy(placement)):
        assert copied.name == "mine"
        assert state(copied) == state(placement)
    read = Named.from_bytes(placement.to_bytes())  # init is not called: there are no arguments for it
    assert type(read) is Named
    assert not hasattr(read, "name")


@schemes()
def test_own_lookups(scheme):
    """Each of the two names of one answer may be written by the other."""

    class Slot(scheme.cls):
        def __getitem__(self, key):
            return "slot", self.get_node(key)

    class Method(scheme.cls):
        def get_node(self, key):
            return "method", self[key]

    class Up(scheme.cls):
        def __getitem__(self, key):
            return "up", super().__getitem__(key)

    plain = scheme.cls(scheme.members(5))
    assert Slot(scheme.members(5))["a"] == ("slot", plain["a"])
    assert Slot(scheme.members(5)).get_node("a") == plain["a"]
    assert Method(scheme.members(5)).get_node("a") == ("method", plain["a"])
    assert Method(scheme.members(5))["a"] == plain["a"]
    assert Up(scheme.members(5))["a"] == ("up", plain["a"])
    assert Up(scheme.members(5)).get_node("a") == plain["a"]


@schemes()
def test_own_membership(scheme):
    changes = []

    class Watched(scheme.cls):
        def add_node(self, *arguments):
            changes.append(("add", *arguments))
            super().add_node(*arguments)

        def remove_node(self, *arguments):
            changes.append(("remove", *arguments))
            super().remove_node(*arguments)

    placement = Watched(scheme.members(5))
    node = scheme.newcomer(placement)
    placement.add_node(node)
    placement.remove_node(node)
    assert changes == [("add", node), ("remove", node)]
    assert state(placement) == state(scheme.cls(scheme.members(5)))


@schemes()
def test_mixins(scheme):
    class Mixin:
        def first(self, key):
            return self.get_nodes(key, 1)[0]

    for bases in ((Mixin, scheme.cls), (scheme.cls, Mixin)):
        kind = type("Mixed", bases, {})
        placement = kind(scheme.members(5))
        assert placement.first("a") == placement["a"]
        assert state(kind.from_bytes(placement.to_bytes())) == state(placement)
        assert type(placement.copy()) is kind


def run(code):
    """What the code prints in a process of its own."""
    command, root = [sys.executable, "-c", code], Path(__file__).parents[2]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=root)
    assert result.returncode == 0, result.stderr[-500:]
    return result.stdout


WRONG_NEW = """
import copy
from tests.placement.schemes import SCHEMES

def new(cls, *arguments):
    return answer

kinds = [type("Other", (scheme.cls,), {"__new__": new}) for scheme in SCHEMES]
pairs = [(kind, scheme.cls.__new__(kind)) for scheme, kind in zip(SCHEMES, kinds)]
for scheme, (kind, made) in zip(SCHEMES, pairs):
    made.__init__(scheme.members(5), seed=2**63)
copies = [copy.copy, copy.deepcopy, lambda made: type(made).from_bytes(made.to_bytes())]
others = [scheme.make(3) for scheme in SCHEMES]
for answer in (None, 5, object(), type(others[0]), *others):
    for kind, made in pairs:
        for copied in copies:
            try:
                copied(made)
            except TypeError:
                pass
            else:
                raise AssertionError((kind, answer))
for scheme, other in zip(SCHEMES, others):
    assert other.assign(range(100)).tolist() == scheme.make(3).assign(range(100)).tolist()
print("well")
"""


def test_new_that_returns_something_else():
    """A TypeError, not memory of one class read as that of another."""
    assert run(WRONG_NEW) == "well\n"


@schemes()
def test_base_has_no_attributes_of_its_own(scheme):
    placement = scheme.make(3)
    assert not hasattr(placement, "__dict__")
    with pytest.raises(AttributeError):
        placement.label = 1


@schemes()
def test_base_itself_is_no_placement(scheme, tmp_path):
    scheme.make(3).save(tmp_path / "file")
    for base in (Scheme, NodeScheme):
        with pytest.raises(TypeError, match="only a base"):
            base.open(tmp_path / "file")
        with pytest.raises(TypeError, match="only a base"):
            base.from_bytes(scheme.make(3).to_bytes())


NO_PLACEMENT = """
from coterie import HashRing
from coterie.placement._nodes import NodeScheme
from coterie.placement._scheme import Scheme

class Mine(NodeScheme):
    pass

calls = [len, repr, list, bool, lambda p: p.nodes, lambda p: p.weights, lambda p: p.seed, lambda p: p.nbytes]
calls += [lambda p: p["a"], lambda p: "a" in p, lambda p: p == p, lambda p: p != other, lambda p: other == p]
calls += [lambda p: p.get_nodes("a", 2), lambda p: p.assign(["a"]), lambda p: p.assign_replicas(["a"], 2)]
calls += [lambda p: p.tokens(["a"]), lambda p: p.add_node("a"), lambda p: p.remove_node("a")]
calls += [lambda p: p.set_weight("a", 2), lambda p: p.add_nodes(["a"]), lambda p: p.copy()]
calls += [lambda p: p.to_bytes(), lambda p: p.__reduce_ex__(5)]
other = HashRing(["a"])
for kind in (Scheme, NodeScheme, Mine):
    for make in (kind, lambda: kind.__new__(kind)):
        for call in calls:
            try:
                call(make())
            except Exception:
                pass
print("well")
"""


def test_base_itself_is_harmless():
    """Whether it can be made or not."""
    assert run(NO_PLACEMENT) == "well\n"


@schemes()
def test_mixin_of_the_base(scheme):
    class Mixin(Scheme):
        pass

    class Mixed(scheme.cls, Mixin):
        pass

    placement = Mixed(scheme.members(3))
    assert type(Mixed.from_bytes(placement.to_bytes())) is Mixed
    assert Mixed.from_bytes(placement.to_bytes()) == placement
