"""Rendezvous hashing, or highest random weight (Thaler and Ravishankar 1998): every node for every key."""

from math import frexp, inf, ldexp, log

from benchmarks.baselines.keys import digest, mix, splitmix64
from benchmarks.baselines.placement.ring import canonical, point

MASK32 = 2**32 - 1
SERIES = [1 / (2 * k + 1) for k in range(16)]
LN2 = log(2)


class Rendezvous:
    """`nodes` is a mapping of node to weight, or an iterable of nodes of weight 1."""

    def __init__(self, nodes, seed=0):
        weights = dict(nodes) if hasattr(nodes, "keys") else dict.fromkeys(nodes, 1)
        scale = frexp(max(weights.values()))[1] - 900  # a power of two, so that hardly any arrival overflows
        self.weights = {node: ldexp(weight, -scale) for node, weight in weights.items()}
        self.nodes = sorted(weights, key=canonical)
        self.salt = splitmix64(seed)
        self.seeds = {node: point(node, self.salt, 0) for node in self.nodes}
        self.equal = len(set(self.weights.values())) == 1

    def get_node(self, key):
        """The node that arrives first."""
        return self.get_nodes(key, 1)[0]

    def get_nodes(self, key, n, exclude=()):
        """The first n nodes to arrive, without those in `exclude`; if at once by draw, then by position."""
        w = mix(digest(key), self.salt)
        found = []
        for position, node in enumerate(self.nodes):
            if node not in exclude:
                d = draw(w, self.seeds[node])
                found.append((0 if self.equal else arrival(d, self.weights[node]), d, position))
        return [self.nodes[position] for _, _, position in sorted(found)[:n]]


def draw(w, seed):
    """The 64-bit number that a node draws for a key; the lowest wins. Its upper half decides almost always,
    and takes only 32-bit arithmetic."""
    first, second = seed & MASK32 | 1, seed >> 32 | 1
    t = (w & MASK32) * first & MASK32
    upper = (t ^ t >> 16 ^ w >> 32) * second & MASK32
    return upper << 32 | splitmix64(w ^ seed) >> 32


def arrival(d, weight):
    """When a node arrives with a draw: an exponential variate."""
    return minus_log(1 - unit(d)) / weight if weight else inf


def unit(d):
    """The draw as a fraction between 0 and 1, neither of which it reaches."""
    return ((d >> 12) + 0.5) * 2.0**-52


def minus_log(u):
    """-ln(u) for 0 < u < 1.

    With u = m / 2**e and m in 0.5 .. 1 it is e ln 2 + 2 artanh((1 - m) / (1 + m)). All terms are above 0 and
    all steps round, so that a greater u never has a greater result.
    """
    m, e = frexp(u)
    x = 1 - m
    s = x / (2 - x)
    total = 0.0
    for term in reversed(SERIES):
        total = total * (s * s) + term
    return -e * LN2 + 2 * (s * total)
