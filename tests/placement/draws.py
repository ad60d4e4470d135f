"""The plain model of rendezvous hashing for many keys at a time, and nodes that draw what a test wants.

NumPy's arithmetic on doubles is Python's, so that both give the same numbers; a test compares them.
"""

import random

import numpy as np

from benchmarks.baselines.keys import MASK
from benchmarks.baselines.placement.rendezvous import LN2, SERIES
from tests.placement.inverse import digest_at, key_at, node_with_point

U = np.uint64
LOWER = U(2**32 - 1)


def splitmix64(x):
    z = x + U(0x9E3779B97F4A7C15)
    z = (z ^ z >> U(30)) * U(0xBF58476D1CE4E5B9)
    z = (z ^ z >> U(27)) * U(0x94D049BB133111EB)
    return z ^ z >> U(31)


def draws(w, seeds):
    """The draws of mixed digests and seeds, arrays of uint64 that broadcast."""
    t = (w & LOWER) * (seeds & LOWER | U(1)) & LOWER
    upper = (t ^ t >> U(16) ^ w >> U(32)) * (seeds >> U(32) | U(1)) & LOWER
    return upper << U(32) | splitmix64(w ^ seeds) >> U(32)


def minus_log(u):
    m, e = np.frexp(u)
    x = 1 - m
    s = x / (2 - x)
    total = np.zeros_like(u)
    for term in reversed(SERIES):
        total = total * (s * s) + term
    return -e * LN2 + 2 * (s * total)


def arrivals(drawn, weights):
    """When nodes arrive."""
    unit = ((drawn >> U(12)).astype(float) + 0.5) * 2.0**-52
    with np.errstate(over="ignore", under="ignore", divide="ignore"):
        return minus_log(1 - unit) / weights


def orders(plain, w):
    """For each mixed digest, one a row, the positions of all nodes in order of preference."""
    seeds = np.array([plain.seeds[node] for node in plain.nodes], U)
    weights = np.array([plain.weights[node] for node in plain.nodes], float)
    drawn = draws(np.asarray(w, U)[:, np.newaxis], seeds)
    if plain.equal:
        return np.argsort(drawn, axis=1, kind="stable")
    return np.lexsort((drawn, arrivals(drawn, weights)), axis=1)


def check(placement, plain, w, widths=(), singles=5, want=None):
    """Compare a placement with its plain model at mixed digests: in a batch, one by one, and in rows."""
    want = orders(plain, w) if want is None else want
    hashed = digest_at(np.asarray(w, U), plain.salt)
    assert placement.nodes == tuple(plain.nodes)
    assert np.array_equal(placement.assign(hashed, hashed=True), want[:, 0])
    for at in range(min(singles, len(hashed))):
        assert placement.assign(hashed[at : at + 1], hashed=True).tolist() == [want[at, 0]]
        assert placement[key_at(int(w[at]), plain.salt)] == plain.nodes[want[at, 0]]
    for width in widths:
        rows = placement.assign_replicas(hashed[:40], width, hashed=True)
        assert np.array_equal(rows[:, : len(plain.nodes)], want[:40, :width])
        assert (rows[:, len(plain.nodes) :] == -1).all()


# ---- nodes that draw what a test wants ----


def inverse_of_xorshift16(t):
    return t ^ t >> 16


def node_drawing(upper, w, salt, rng):
    """An int node whose draw for the mixed digest w has this upper half; the lower half is any.

    w has to be odd, and bits 32 and 48 of it to differ. There is no such node for an odd multiple of 2**16:
    then it is one for the number that follows.
    """
    assert w & 1
    assert (w >> 32 ^ w >> 48) & 1
    upper += upper % 2**17 == 2**16
    while True:
        second = rng.getrandbits(32) | 1
        t = upper * pow(second, -1, 2**32) % 2**32 ^ w >> 32
        first = inverse_of_xorshift16(t) * pow(w, -1, 2**32) % 2**32
        if first & 1:
            return node_with_point(second << 32 | first, salt)


def nodes_drawing(uppers, w, salt, seed=1):
    """Such nodes, one for each of `uppers`, all different."""
    rng = random.Random(seed)
    return [node_drawing(int(upper), w, salt, rng) for upper in uppers]


def with_equal_uppers(node_seed, salt):
    """Four int nodes whose draws have the same upper half, for every key."""
    return [node_with_point((node_seed ^ bits) & MASK, salt) for bits in (0, 1, 1 << 32, 1 << 32 | 1)]


def tie(first_seed, second_seed, rng):
    """A mixed digest for which two nodes of these seeds draw the same upper half.

    Whether the products agree in bit k depends on bits 0 .. k of the upper half of w alone, so these are
    tried from the lowest on. There is one such upper half on average.
    """
    factors = [(seed & MASK >> 32 | 1, seed >> 32 | 1) for seed in (first_seed, second_seed)]
    while True:
        lower = rng.getrandbits(32)
        (a, b), (c, d) = factors
        s, t = lower * a % 2**32, lower * c % 2**32
        s, t = s ^ s >> 16, t ^ t >> 16
        uppers = [0]
        for bit in range(32):
            mask = (2 << bit) - 1
            uppers = [h | on << bit for h in uppers for on in (0, 1)]
            uppers = [h for h in uppers if ((s ^ h) * b - (t ^ h) * d) & mask == 0]
            if not uppers:
                break
        if uppers:
            return rng.choice(uppers) << 32 | lower
