"""Loads and independence, judged by chance: seeds are fixed, so a test that passes once passes always.

A bound of 5 standard deviations is exceeded by chance once in 3.5 million tests; there are some hundred.
"""

from math import sqrt

import numpy as np
import pytest

from coterie import HashRing, JumpHash, digests
from tests.placement.chance import chi_square, dependence, deviation
from tests.placement.schemes import SCHEMES, schemes

DIGESTS = digests(np.arange(200_000))
TEXT_DIGESTS = digests([f"user:{i}" for i in range(200_000)])
SEEDS = [0, 1, 2, 3, 2**32, 2**63, 2**64 - 1]
BOUND = 5.0
UNLIKELY = 3.72  # one-sided p = 1e-4


def share_of(placement, hashed=DIGESTS):
    counts = np.bincount(placement.assign(hashed, hashed=True), minlength=len(placement))
    return counts / counts.sum()


@schemes()
@pytest.mark.parametrize("first", SEEDS)
def test_seeds_make_independent_placements(scheme, first):
    for second in [seed for seed in SEEDS if seed > first]:
        for hashed in (DIGESTS, TEXT_DIGESTS):
            a = scheme.make(10, first).assign(hashed, hashed=True)
            b = scheme.make(10, second).assign(hashed, hashed=True)
            assert abs(dependence(a, b)) < BOUND


@schemes()
@pytest.mark.parametrize("seed", SEEDS)
def test_schemes_with_different_seeds_are_independent(scheme, seed):
    for other in SCHEMES:
        if other is not scheme:
            a = scheme.make(10, seed).assign(DIGESTS, hashed=True)
            b = other.make(10, (seed + 1) % 2**64).assign(DIGESTS, hashed=True)
            assert abs(dependence(a, b)) < BOUND


def test_dependence_is_noticed():
    a = JumpHash(10).assign(DIGESTS, hashed=True)
    assert dependence(a, JumpHash(10).assign(DIGESTS, hashed=True)) > 100
    assert dependence(a, JumpHash(11).assign(DIGESTS, hashed=True)) > 100


@schemes("even")
@pytest.mark.parametrize("n", [2, 3, 10, 64, 100, 1000])
def test_loads_differ_by_chance_alone(scheme, n):
    """A node of a Maglev table may have one slot more than another: of 65, where there are 1000."""
    for seed in SEEDS:
        placement = scheme.cls(n if scheme.numbered else [f"node-{i}" for i in range(n)], seed=seed)
        for hashed in (DIGESTS, TEXT_DIGESTS):
            counts = share_of(placement, hashed) * len(hashed)
            assert deviation(chi_square(counts, np.full(n, len(hashed) / n)), n - 1) < UNLIKELY


@schemes("even", "weights")
def test_loads_follow_weights(scheme):
    weights = {"a": 0.1, "b": 1, b"c": 2.5, 4: 10, "d": 1}
    for seed in SEEDS:
        placement = scheme.cls(weights, seed=seed)
        expected = np.array(list(placement.weights.values())) / sum(weights.values())
        for hashed in (DIGESTS, TEXT_DIGESTS):
            counts = share_of(placement, hashed) * len(hashed)
            assert deviation(chi_square(counts, expected * len(hashed)), len(weights) - 1) < UNLIKELY


@schemes("even replicas")
def test_replicas_have_even_loads(scheme):
    rows = scheme.make(10).assign_replicas(DIGESTS, 3, hashed=True)
    for column in rows.T:
        assert deviation(chi_square(np.bincount(column), np.full(10, len(rows) / 10)), 9) < UNLIKELY


@pytest.mark.parametrize("vnodes", [1, 4, 16, 160, 1000])
def test_ring_loads(vnodes):
    """The coefficient of variation (CV) of the nodes' shares.

    A node has `vnodes` of the gaps between random points, so its share has a CV of 1/sqrt(vnodes); k keys a
    node add 1/k to its square. Of N nodes it is measured with a relative standard deviation of 1/sqrt(2N),
    about sqrt(2) times that for vnodes = 1, where shares are exponential and not normal.
    """
    nodes = 300
    for seed in SEEDS:
        ring = HashRing(range(nodes), vnodes=vnodes, seed=seed)
        share = share_of(ring) * nodes
        want = sqrt(1 / vnodes + nodes / len(DIGESTS))
        assert share.std() == pytest.approx(want, rel=BOUND * sqrt((2 if vnodes == 1 else 1) / (2 * nodes)))


def test_ring_loads_follow_weights():
    """With 1000 points for each unit of weight, a share strays from its weight by 1/sqrt(points)."""
    weights = {"a": 0.1, "b": 1, "c": 2.5, "d": 10}
    for seed in SEEDS:
        ring = HashRing(weights, vnodes=1000, seed=seed)
        for node, share in zip(ring.nodes, share_of(ring), strict=True):
            points = 1000 * weights[node]
            want = weights[node] / sum(weights.values())
            spread = sqrt(want * (1 - want) / len(DIGESTS) + want**2 * (1 - want) / points)
            assert share == pytest.approx(want, abs=BOUND * spread)
