"""Subclasses keep their type and what they hold, and may override what they like."""

import copy
import pickle
import subprocess
import sys
import weakref

import pytest

from coterie import HashRing, JumpHash
from coterie.placement._scheme import Scheme
from tests.placement.schemes import schemes, state


class DictRing(HashRing):
    """With attributes."""


class DictShards(JumpHash):
    """With attributes."""


class SlotRing(HashRing):
    __slots__ = ("__weakref__", "label", "peer")


class SlotShards(JumpHash):
    __slots__ = ("__weakref__", "label", "peer")


class BothRing(SlotRing):
    """With slots and attributes."""


class BothShards(SlotShards):
    """With slots and attributes."""


class OwnRing(HashRing):
    """With its own way to keep what it holds."""

    def __getstate__(self):
        return {"label": self.label, "kept": True}

    def __setstate__(self, state):
        self.__dict__.update(state)


class OwnShards(JumpHash):
    """With its own way to keep what it holds."""

    __getstate__ = OwnRing.__getstate__
    __setstate__ = OwnRing.__setstate__


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
KINDS = [DictRing, DictShards, SlotRing, SlotShards, BothRing, BothShards]


def make(kind, n=5, **options):
    """One of the classes above over n nodes."""
    return kind(n if issubclass(kind, JumpHash) else [f"node-{i}" for i in range(n)], **options)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_attributes_travel(kind, way):
    placement = make(kind, seed=3)
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


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("way", [way for name, way in WAYS.items() if name not in ("copy()", "copy.copy")])
def test_attributes_that_lead_back(kind, way):
    placement = make(kind)
    placement.label = "here"
    placement.peer = {"self": placement, "list": [placement]}
    copied = way(placement)
    assert copied is not placement
    assert copied.peer["self"] is copied
    assert copied.peer["list"] == [copied]
    assert copied.label == "here"
    assert state(copied) == state(placement)


@pytest.mark.parametrize("kind", [OwnRing, OwnShards], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_own_state(kind, way):
    placement = make(kind)
    placement.label, placement.secret = "a", "b"
    copied = way(placement)
    assert vars(copied) == {"label": "a", "kept": True}
    assert state(copied) == state(placement)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_bytes_and_files_make_the_class_they_are_asked_of(kind, tmp_path):
    placement = make(kind)
    placement.save(tmp_path / "placement")
    base = HashRing if issubclass(kind, HashRing) else JumpHash
    for cls in (kind, base):
        for read in (cls.from_bytes(placement.to_bytes()), cls.open(tmp_path / "placement")):
            assert type(read) is cls
            assert state(read) == state(placement)
    assert placement == base.from_bytes(placement.to_bytes())
    assert base.from_bytes(placement.to_bytes()) == placement


@pytest.mark.parametrize("kind", [SlotRing, SlotShards, DictRing, DictShards], ids=lambda kind: kind.__name__)
def test_weak_references(kind):
    placement = make(kind)
    reference = weakref.ref(placement)
    assert reference() is placement
    del placement
    assert reference() is None


def test_repr_names_the_class():
    assert repr(DictRing(["a"])) == "DictRing(['a'], vnodes=160, seed=0)"
    assert repr(DictShards(5)) == "DictShards(5, seed=0)"
    assert repr(DictRing(range(100))).startswith("<DictRing of 100 nodes")


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


WRONG_NEW = """
import copy
from coterie import HashRing, JumpHash
from coterie.placement._scheme import Scheme

class Ring(HashRing):
    def __new__(cls, *arguments):
        return answer

class Shards(JumpHash):
    def __new__(cls, *arguments):
        return answer

pairs = [(Ring, HashRing.__new__(Ring)), (Shards, JumpHash.__new__(Shards))]
pairs[0][1].__init__(["a"], seed=2**63)
pairs[1][1].__init__(5, seed=2**63)
copies = [copy.copy, copy.deepcopy, lambda made: type(made).from_bytes(made.to_bytes())]
for answer in (None, 5, object(), HashRing, HashRing(["x"]), JumpHash(3)):
    for kind, made in pairs:
        for copied in copies:
            try:
                copied(made)
            except TypeError:
                pass
            else:
                assert isinstance(answer, kind.__mro__[1]), (kind, answer)
assert HashRing(["a"], seed=2**63)["x"] == "a"
print("well")
"""


def test_new_that_returns_something_else():
    """A TypeError, not memory of one class read as that of another."""
    result = subprocess.run([sys.executable, "-c", WRONG_NEW], capture_output=True, text=True, timeout=60)
    assert result.stdout == "well\n", result.stderr[-500:]


@schemes()
def test_base_has_no_attributes_of_its_own(scheme):
    placement = scheme.make(3)
    assert not hasattr(placement, "__dict__")
    with pytest.raises(AttributeError):
        placement.label = 1


def test_base_itself_is_no_placement(tmp_path):
    (tmp_path / "file").write_bytes(HashRing(["a"]).to_bytes())
    for make in (Scheme.from_bytes, Scheme.open):
        with pytest.raises(TypeError, match="only a base"):
            make(tmp_path / "file" if make == Scheme.open else b"")


def test_mixin_of_the_base():
    class Mixin(Scheme):
        pass

    class Ring(HashRing, Mixin):
        pass

    ring = Ring(["a", "b"])
    assert type(Ring.from_bytes(ring.to_bytes())) is Ring
    assert Ring.from_bytes(ring.to_bytes()) == ring
