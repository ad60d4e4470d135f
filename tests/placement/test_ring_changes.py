"""A ring that was changed is the ring that would be built anew: at every point, beside it and between."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.baselines.keys import key_bytes, splitmix64
from coterie import HashRing
from tests.placement.inverse import node_with_point
from tests.placement.probes import check

SALT = splitmix64(0)
# Nodes of every kind, and some with points in common, at the ends of the circle or close together.
NODES = [
    *("a", "ab", "é", "node-1", b"\xff", b"a\xff", b"", 0, 1, -1, 2**63 + 1, -(2**63)),
    *(node_with_point(5 << 60, SALT, i) for i in range(4)),
    *(node_with_point(w, SALT) for w in (0, 2**64 - 1, (5 << 60) - 1, (5 << 60) + 1, (5 << 60) + 2**55)),
    node_with_point(0, SALT, 1),
    key_bytes(node_with_point(2**64 - 1, SALT, 2)),
]
assert len(set(map(key_bytes, NODES))) == len(NODES)
WEIGHTS = st.sampled_from([0.01, 0.5, 1, 1.5, 2, 3, 20, 63, 64, 65, 300])
CHANGE = st.tuples(st.sampled_from(["add", "add", "remove", "weigh"]), st.sampled_from(NODES), WEIGHTS)


@given(
    start=st.dictionaries(st.sampled_from(NODES), WEIGHTS, max_size=10),
    vnodes=st.sampled_from([1, 1, 2, 7]),
    changes=st.lists(CHANGE, min_size=1, max_size=12),
)
def test_any_changes(start, vnodes, changes):
    ring, weights = HashRing(start, vnodes=vnodes), dict(start)
    for change, node, weight in changes:
        if node not in weights and change == "add":
            ring.add_node(node, weight)
            weights[node] = weight
        elif node in weights and change == "remove":
            ring.remove_node(node)
            del weights[node]
        elif node in weights:
            ring.set_weight(node, weight)
            weights[node] = weight
        assert dict(ring.weights) == weights
        if weights:
            check(ring, bits=6)
    assert ring == HashRing(weights, vnodes=vnodes)


@pytest.mark.parametrize("n", [1, 2, 3, 15, 16, 17, 31, 32, 33, 100])
def test_each_node_leaves_and_comes_back(n):
    """Rings of 16 and 32 points are where the table doubles."""
    for vnodes in (1, 7):
        ring = HashRing(range(n), vnodes=vnodes)
        for node in range(n) if n < 40 else range(0, n, 9):
            ring.remove_node(node)
            if len(ring):
                check(ring)
            ring.add_node(node)
            check(ring)


@pytest.mark.parametrize("other", [0.001, 1, 100])
def test_weights_up_and_down(other):
    ring = HashRing({"a": 1, "b": other, "c": 1}, vnodes=10)
    for weight in [*(i / 10 for i in range(1, 40)), 100, 0.05, 1000, 1e-9, 7000, 1]:
        for node in "ab":
            ring.set_weight(node, weight)
            check(ring, bits=6)


def test_the_same_weight_again():
    ring = HashRing({"a": 2.5, "b": 1})
    same = ring.copy()
    ring.set_weight("a", 2.5)
    assert ring == same
    assert ring.to_bytes() == same.to_bytes()
    check(ring)
    ring.set_weight("a", 2.5001)  # as many points
    assert ring != same
    check(ring)


def test_growing_from_nothing_and_back(level):
    ring = HashRing(vnodes=3)
    for i in range(120):
        ring.add_node(i * 7919)
        check(ring, bits=6)
    for i in range(119):
        ring.remove_node(i * 7919)
        check(ring, bits=6)


def test_many_points_at_once(level):
    """A node with more points than one chunk of hashes, and than all others together."""
    ring = HashRing(range(20), vnodes=50)
    for weight in (1, 5.1, 5.12, 5.14, 10.24, 200, 2000):
        ring.add_node("large", weight)
        check(ring, bits=8)
        ring.set_weight("large", weight * 2)
        check(ring, bits=8)
        ring.remove_node("large")
        check(ring, bits=8)


def test_add_nodes_is_one_step():
    ring = HashRing({"a": 1, "b": 2}, vnodes=20)
    ring.add_nodes({"c": 3, b"d": 0.5, 7: 1})
    ring.add_nodes(f"node-{i}" for i in range(10))
    check(ring)
    want = {"a": 1, "b": 2, "c": 3, b"d": 0.5, 7: 1, **{f"node-{i}": 1 for i in range(10)}}
    assert ring == HashRing(want, vnodes=20)


@pytest.mark.slow
def test_large_rings():
    ring = HashRing(range(1000))
    for i in range(50):
        ring.remove_node(i)
        ring.add_node(f"node-{i}", 1 + i % 3)
        ring.set_weight(500 + i, 2)
        check(ring, bits=20)
