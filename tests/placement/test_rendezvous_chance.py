"""The draws of rendezvous hashing are fair: every order of nodes is as likely as the weights say.

A hash that is slightly biased gives some nodes more keys than others for ever. Seeds are fixed, so a test
that passes once passes always. A statistic of a fair hash exceeds 4.5 standard deviations once in 300,000
tests; there are some hundred. What bias they would notice is in the last test.
"""

from itertools import permutations

import numpy as np
import pytest

from benchmarks.baselines.keys import splitmix64
from coterie import Rendezvous, digests
from tests.placement.chance import chi_square, dependence, deviation
from tests.placement.draws import with_equal_uppers
from tests.placement.inverse import node_with_point

BOUND = 4.5
MANY = 2**21
DIGESTS = digests(np.arange(MANY))
TEXT_DIGESTS = digests([f"user:{i}" for i in range(MANY // 4)])
RANDOM = np.random.default_rng(1).integers(0, 2**64, MANY // 4, np.uint64)
SEEDS = [0, 2**64 - 1]
WEIGHTS = {
    "equal": lambda n: np.ones(n),
    "one heavy": lambda n: np.array([n] + [1] * (n - 1), float),
    "one light": lambda n: np.array([0.01] + [1] * (n - 1)),
    "1 to n": lambda n: np.arange(1.0, n + 1),
    "powers": lambda n: 1.3 ** (np.arange(n) % 20),
}
NODES = {
    "texts": lambda n: [f"cache-{i:03}" for i in range(n)],
    "ints": lambda n: list(range(n)),
}


def far(counts, expected):
    """How many standard deviations the counts are from those expected, of which none may be small."""
    expected = np.asarray(expected, float)
    assert expected.min() >= 5
    return abs(deviation(chi_square(counts, expected), len(expected) - 1))


def loads(placement, hashed):
    return np.bincount(placement.assign(hashed, hashed=True), minlength=len(placement))


@pytest.mark.parametrize("kind", WEIGHTS)
@pytest.mark.parametrize("n", [2, 3, 10, 100])
@pytest.mark.parametrize("make", NODES.values(), ids=NODES)
def test_loads(make, n, kind):
    """With 2^21 keys, and 100 nodes of equal weight, a node has 20972 +- 144."""
    nodes, weights = make(n), WEIGHTS[kind](n)
    for seed in SEEDS:
        placement = Rendezvous(dict(zip(nodes, weights, strict=True)), seed=seed)
        shares = np.array(list(placement.weights.values())) / weights.sum()
        for hashed in (DIGESTS, TEXT_DIGESTS, RANDOM):
            if len(hashed) * shares.min() >= 5:
                assert far(loads(placement, hashed), shares * len(hashed)) < BOUND


@pytest.mark.parametrize("kind", WEIGHTS)
@pytest.mark.parametrize("seed", SEEDS)
def test_whole_orders(kind, seed):
    """All 120 orders of 5 nodes. Exponential variates come in an order as if nodes were drawn, each by its
    weight among those that are left (Plackett and Luce)."""
    weights = WEIGHTS[kind](5)
    placement = Rendezvous(dict(zip("abcde", weights, strict=True)), seed=seed)
    orders = list(permutations(range(5)))
    chances = []
    for order in orders:
        left = weights[list(order)]
        chances.append(np.prod(left / np.cumsum(left[::-1])[::-1]))
    assert sum(chances) == pytest.approx(1)
    for hashed in (RANDOM, TEXT_DIGESTS):
        rows = placement.assign_replicas(hashed, 5, hashed=True)
        number = np.ravel_multi_index(rows.T, (5,) * 5)
        counts = np.bincount(number, minlength=5**5)[np.ravel_multi_index(np.array(orders).T, (5,) * 5)]
        assert far(counts, np.array(chances) * len(hashed)) < BOUND


def test_many_sets_of_nodes():
    """The sum over 300 sets of 4 nodes: a bias of some nodes only, which one set would hide, adds up."""
    total, hashed = 0, RANDOM[:24_000]
    for i in range(300):
        rows = Rendezvous([f"{i}-{j}" for j in range(4)], seed=i).assign_replicas(hashed, 4, hashed=True)
        counts = np.bincount(rows @ [64, 16, 4, 1], minlength=256)
        total += chi_square(counts[counts > 0], np.full(24, len(hashed) / 24))
    assert abs(deviation(total, 300 * 23)) < BOUND


@pytest.mark.parametrize("n", [2, 10, 100])
def test_first_and_second(n):
    """All pairs of a first node and a second one are as likely; 9900 of them have 212 keys each."""
    rows = Rendezvous(NODES["texts"](n)).assign_replicas(DIGESTS, 2, hashed=True)
    counts = np.bincount(rows @ [n, 1], minlength=n * n).reshape(n, n)
    assert (np.diag(counts) == 0).all()
    assert far(counts[~np.eye(n, dtype=bool)], np.full(n * n - n, MANY / (n * n - n))) < BOUND


def test_keys_that_follow_each_other():
    """The nodes of one key and of the next are independent, whatever they have in common."""
    for hashed in (DIGESTS, TEXT_DIGESTS, digests(np.arange(MANY // 4) * 2**40)):
        nodes = Rendezvous(range(20)).assign(hashed, hashed=True)
        for lag in (1, 2, 10, 256):
            assert abs(dependence(nodes[:-lag], nodes[lag:])) < BOUND


@pytest.mark.parametrize("kind", ["equal", "1 to n"])
def test_seeds_are_independent(kind):
    weights = dict(enumerate(WEIGHTS[kind](20)))
    seeds = (0, 1, 2, 2**63, 2**64 - 1)
    placed = [Rendezvous(weights, seed=seed).assign(RANDOM, hashed=True) for seed in seeds]
    for i, first in enumerate(placed):
        for second in placed[:i]:
            assert abs(dependence(first, second)) < BOUND


def test_low_halves_of_draws_are_fair():
    """Of nodes whose upper halves are always equal."""
    salt = splitmix64(0)
    for node_seed in (0, 12345, 0xFFFFFFFFFFFFFFFE):
        placement = Rendezvous(with_equal_uppers(node_seed, salt))
        for hashed in (DIGESTS, TEXT_DIGESTS):
            assert far(loads(placement, hashed), np.full(4, len(hashed) / 4)) < BOUND


@pytest.mark.parametrize("factor", [1, 3, 2**31 + 1, 0xFFFFFFFF])
def test_nodes_with_related_factors(factor):
    """Two nodes whose seeds have a half in common, or one a small multiple of the other's."""
    salt = splitmix64(0)
    first, second = 0x9E3779B9, 0x7F4A7C15
    for node_seed in (second << 32 | first * factor % 2**32, (second * factor % 2**32) << 32 | first * 7):
        nodes = [node_with_point(second << 32 | first, salt), node_with_point(node_seed, salt)]
        if len(set(nodes)) == 2:
            assert far(loads(Rendezvous(nodes), RANDOM), np.full(2, len(RANDOM) / 2)) < BOUND


@pytest.mark.parametrize("scale", [1e-318, 1e-310, 1e-300, 1e300])
def test_weights_of_every_magnitude(scale):
    """Only their ratios count."""
    placement = Rendezvous({"a": scale, "b": 2 * scale, "c": 5 * scale})
    shares = np.array(list(placement.weights.values())) / sum(placement.weights.values())
    assert far(loads(placement, RANDOM), shares * len(RANDOM)) < BOUND


def test_bias_is_noticed():
    """If one of 2 or 3 nodes had 1 % more keys than another, one of 10 nodes 2 %, one of 100 nodes 7 %.

    That adds bias**2 * 2^21 / n to a statistic of n - 1 +- sqrt(2n)."""
    for n, ratio in ((2, 1.01), (3, 1.01), (10, 1.02), (100, 1.07)):
        placement = Rendezvous({i: ratio if i == 0 else 1 for i in range(n)})
        assert far(loads(placement, DIGESTS), np.full(n, MANY / n)) > BOUND
