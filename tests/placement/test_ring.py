"""What only a ring has: points, weights, vnodes."""

import json
from math import nextafter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.baselines.keys import key_bytes
from benchmarks.baselines.placement.ring import HashRing as PlainRing
from coterie import HashRing
from tests.placement.probes import check, check_replicas

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "ring.json").read_text())
WEIGHTS = [
    1e-9,
    5e-324,
    0.5 / 160,
    nextafter(0.5 / 160, 1),
    1.5 / 160,
    nextafter(1.5 / 160, 0),
    0.01,
    0.5,
    1,
    2.5,
    7,
]
NODES = st.one_of(st.text(st.characters(codec="utf-8")), st.binary(), st.integers(-(2**63), 2**64 - 1))
WEIGHTED = st.one_of(st.sampled_from(WEIGHTS), st.floats(0.001, 4))


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_frozen_answers(case, level):
    """Other implementations can rely on them: they never change."""
    nodes = {}
    for node in case["nodes"]:
        nodes[bytes.fromhex(node["bytes"]) if "bytes" in node else node["key"]] = node["weight"]
    ring = HashRing(nodes, vnodes=case["vnodes"], seed=case["seed"])
    assert PlainRing(nodes, case["vnodes"], case["seed"]).points[:5] == case["first_points"]
    assert ring.assign(case["keys"]).tolist() == case["assign"]
    assert ring.assign_replicas(case["keys"], 3).tolist() == case["assign_replicas"]


@given(
    weights=st.dictionaries(NODES, WEIGHTED, min_size=1, max_size=12),
    vnodes=st.one_of(st.integers(1, 4), st.integers(1, 200)),
    seed=st.one_of(st.sampled_from([0, 1, 2**64 - 1]), st.integers(0, 2**64 - 1)),
)
def test_any_ring(weights, vnodes, seed):
    # "a" and b"a" are one node.
    weights = {key_bytes(node): (node, weight) for node, weight in weights.items()}
    ring = HashRing(dict(weights.values()), vnodes=vnodes, seed=seed)
    check(ring)
    check_replicas(ring, 3)
    check_replicas(ring, 20, count=5)


@pytest.mark.parametrize("vnodes", [1, 2, 3, 7, 160, 1000])
def test_number_of_points(vnodes, level):
    """max(1, floor(weight * vnodes + 0.5)) in double precision: halves go up."""
    for whole in (0, 1, 2, 3, 10, 159, 160):
        half = (whole + 0.5) / vnodes
        for weight in (half, nextafter(half, 0), nextafter(half, 9)):
            check(HashRing({"a": weight, "b": 1}, vnodes=vnodes))


@pytest.mark.parametrize(
    ("weight", "vnodes", "points"),
    [
        (0.5 / 160, 160, 1),
        (1.5 / 160, 160, 2),
        (2.5 / 160, 160, 3),
        (nextafter(1.5 / 160, 0), 160, 1),
        (1e-9, 160, 1),
        (5e-324, 1, 1),
        (1, 160, 160),
        (2.5, 1, 3),
        (2.4999999999999996, 1, 2),
        (1000, 160, 160_000),
        (100_000.5, 1, 100_001),
        (1e-5, 100_000, 1),
    ],
)
def test_number_of_points_as_such(weight, vnodes, points):
    """One point more or less is another ring."""
    ring = HashRing({"a": weight, "b": points / vnodes}, vnodes=vnodes)
    same = HashRing({"a": points / vnodes, "b": points / vnodes}, vnodes=vnodes)
    keys = range(20_000)
    assert ring.nbytes == same.nbytes
    assert np.array_equal(ring.assign(keys), same.assign(keys))
    check(ring)


@pytest.mark.parametrize(
    "points", [*range(1, 70), 127, 128, 129, 1023, 1024, 1025, 4095, 4096, 4097, 16384, 16385]
)
def test_every_small_number_of_points(points):
    check(HashRing(["a"], vnodes=points), bits=14)
    check(HashRing(range(points), vnodes=1), bits=14)


@pytest.mark.parametrize("points", [2**16 - 1, 2**16, 2**16 + 1, 2**17 + 1])
def test_where_the_table_gets_thinner(points):
    check(HashRing({"a": points - 2, "b": 1, "c": 1}, vnodes=1), bits=18)


def test_large_weights_beside_small_ones(level):
    check(HashRing({"large": 300, "small": 1e-9, "one": 1, "half": 0.5}, vnodes=160, seed=3))


def test_weights_are_absolute():
    """Two rings whose weights have the same ratios are two rings."""
    assert HashRing({"a": 1, "b": 2}) != HashRing({"a": 2, "b": 4})
    ring = HashRing({"a": 1, "b": 2})
    ring.add_node("c", 3)
    assert ring == HashRing({"a": 1, "b": 2, "c": 3})


def test_weight_times_vnodes_is_what_counts():
    keys = range(5000)
    assert np.array_equal(
        HashRing({"a": 2, "b": 1}, vnodes=100).assign(keys),
        HashRing({"a": 1, "b": 0.5}, vnodes=200).assign(keys),
    )


def test_more_vnodes_keep_the_points():
    """Points are numbered, so that a ring of more vnodes has those of fewer."""
    few, many = (PlainRing(["a", "b"], vnodes) for vnodes in (10, 20))
    assert set(few.points) < set(many.points)
    check(HashRing(["a", "b"], vnodes=10), few)
    check(HashRing(["a", "b"], vnodes=20), many)


def test_memory():
    assert HashRing().nbytes == 0
    assert HashRing(range(1000)).nbytes <= 3 << 20
    assert HashRing(range(1000), vnodes=1).nbytes <= 64 * 1000
    ring = HashRing(range(100))
    assert ring.copy().nbytes == ring.nbytes
