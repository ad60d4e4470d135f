"""Placements over no nodes, and over one."""

import pytest

from tests.placement.schemes import schemes, state


@schemes(numbered=False)
def test_empty(scheme):
    placement = scheme.of([])
    calls = [
        lambda: placement["a"],
        lambda: placement.get_node("a"),
        lambda: placement.get_nodes("a", 3),
        lambda: placement.get_nodes("a", 0),
        lambda: placement.get_nodes("a", 1, exclude=["b"]),
        lambda: placement.assign(["a"]),
        lambda: placement.assign([]),
        lambda: placement.assign_replicas(["a"], 3),
        lambda: placement.assign_replicas(["a"], 30),
    ]
    for call in calls:
        with pytest.raises(LookupError, match="no nodes"):
            call()
    assert len(placement) == 0
    assert placement.nodes == ()
    assert list(placement) == []
    assert placement.nbytes == 0
    placement.add_nodes([])
    placement.add_nodes({})
    assert placement == scheme.of([]) == scheme.of({}) == scheme.of(iter(()))
    placement.add_node("a")
    assert placement["x"] == "a"
    assert placement.nbytes > 0
    placement.remove_node("a")
    assert state(placement) == state(scheme.of([]))
    assert placement.nbytes == 0
    for call in calls:
        with pytest.raises(LookupError, match="no nodes"):
            call()


@schemes("weights")
def test_no_weights(scheme):
    placement = scheme.of({})
    assert dict(placement.weights) == {}
    placement.add_nodes({"a": 2, "b": 3})
    assert dict(placement.weights) == {"a": 2, "b": 3}
    placement.remove_node("a")
    placement.remove_node("b")
    assert dict(placement.weights) == {}


@schemes(numbered=False)
def test_a_bad_key_is_refused_before_an_empty_placement(scheme):
    placement = scheme.of([])
    for call in (placement.get_node, placement.__getitem__, lambda key: placement.get_nodes(key, 1)):
        with pytest.raises(TypeError):
            call(1.5)


@schemes()
def test_one_node_owns_all(scheme, level):
    placement = scheme.make(1)
    only = placement.nodes[0]
    for size in (1, 17, 10_000):
        assert set(placement.assign(range(size)).tolist()) == {0}
    assert placement.get_nodes("k", 5) == [only]
    assert placement.get_nodes("k", 50) == [only]
    assert placement.get_nodes("k", 5, exclude=[only]) == []
    assert placement.assign_replicas(["k"], 3).tolist() == [[0, -1, -1]]
    assert placement.assign_replicas(["k"], 0).shape == (1, 0)


@schemes("weights")
@pytest.mark.parametrize("weight", [1e-9, 0.3, 1, 100])
def test_one_node_owns_all_whatever_its_weight(scheme, weight):
    placement = scheme.of({"a": weight})
    assert set(placement.assign(range(1000)).tolist()) == {0}
    assert placement.get_nodes("k", 5) == ["a"]
