"""An object that `cls.__new__(cls)` made and nobody initialised: harmless, and empty."""

import copy
import pickle

import pytest

from tests.placement.schemes import schemes, state

LOOKUPS = {
    "[]": lambda placement: placement["a"],
    "get_node": lambda placement: placement.get_node("a"),
    "get_nodes": lambda placement: placement.get_nodes("a", 3),
    "get_nodes 0": lambda placement: placement.get_nodes("a", 0),
    "get_nodes 20": lambda placement: placement.get_nodes("a", 20),
    "get_nodes but 0": lambda placement: placement.get_nodes("a", 1, exclude=[0]),
    "assign": lambda placement: placement.assign(["a"]),
    "assign none": lambda placement: placement.assign([]),
    "assign_replicas": lambda placement: placement.assign_replicas(["a"], 3),
    "assign_replicas 20": lambda placement: placement.assign_replicas(["a"], 20),
}
WAYS = {
    "copy": lambda placement: placement.copy(),
    "copy.copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "bytes": lambda placement: type(placement).from_bytes(placement.to_bytes()),
    **{f"pickle {p}": lambda placement, p=p: pickle.loads(pickle.dumps(placement, p)) for p in range(6)},
}


@schemes()
@pytest.mark.parametrize("call", LOOKUPS.values(), ids=LOOKUPS)
def test_lookups(scheme, call):
    with pytest.raises(LookupError, match=r"there are no|has no"):
        call(scheme.cls.__new__(scheme.cls))


@schemes()
def test_it_is_empty(scheme):
    placement = scheme.cls.__new__(scheme.cls)
    assert len(placement) == 0
    assert list(placement) == list(placement.nodes) == []
    assert not placement
    assert "a" not in placement
    assert 0 not in placement
    assert placement.seed == 0
    assert repr(placement)
    assert placement == scheme.cls.__new__(scheme.cls)
    assert placement != scheme.make(3)
    with pytest.raises(TypeError):
        hash(placement)
    with pytest.raises(TypeError):
        reversed(placement)


@schemes("weights")
def test_properties(scheme):
    placement = scheme.cls.__new__(scheme.cls)
    assert dict(placement.weights) == {}
    assert placement.nbytes == 0
    assert placement == scheme.cls()
    assert placement.to_bytes() == scheme.cls().to_bytes()
    assert {name: getattr(placement, name) for name in scheme.options} == {
        name: getattr(scheme.cls(), name) for name in scheme.options
    }


@schemes()
def test_tokens(scheme):
    """The seed, 0, is enough for them."""
    placement = scheme.cls.__new__(scheme.cls)
    assert placement.tokens(["a", 5]).tolist() == scheme.make(3).tokens(["a", 5]).tolist()


@schemes()
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_copies(scheme, way, tmp_path):
    copied = way(scheme.cls.__new__(scheme.cls))
    assert type(copied) is scheme.cls
    assert len(copied) == 0
    copied.__init__(scheme.members(4))
    assert state(copied) == state(scheme.cls(scheme.members(4)))


@schemes()
def test_files(scheme, tmp_path):
    scheme.cls.__new__(scheme.cls).save(tmp_path / "placement")
    assert len(scheme.cls.open(tmp_path / "placement")) == 0


@schemes()
def test_who_joins_finds_it_as_good_as_new(scheme):
    """With the seed 0, as it says."""
    placement = scheme.cls.__new__(scheme.cls)
    placement.add_node(scheme.newcomer(placement))
    for _ in range(3):
        placement.add_node(len(placement))
    want = scheme.cls(4 if scheme.numbered else ["newcomer", 1, 2, 3])
    assert placement == want
    assert state(placement) == state(want)


@schemes()
def test_who_leaves(scheme):
    placement = scheme.cls.__new__(scheme.cls)
    with pytest.raises((KeyError, ValueError)):
        placement.remove_node(0)
    with pytest.raises((KeyError, ValueError, TypeError)):
        placement.remove_node()
    assert len(placement) == 0


@schemes("weights")
def test_weights_of_nobody(scheme):
    placement = scheme.cls.__new__(scheme.cls)
    with pytest.raises(KeyError):
        placement.set_weight("a", 1)
    with pytest.raises(KeyError):
        placement.remove_node("a")
    placement.add_nodes({"a": 2, "b": 1})
    assert placement == scheme.cls({"a": 2, "b": 1})
    assert state(placement) == state(scheme.cls({"a": 2, "b": 1}))


@schemes()
def test_subclass_that_forgets_to_initialise(scheme):
    class Forgetful(scheme.cls):
        def __init__(self):
            pass

    with pytest.raises(LookupError):
        Forgetful()["a"]
    assert len(Forgetful().copy()) == 0
