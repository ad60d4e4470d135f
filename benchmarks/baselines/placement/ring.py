"""Consistent hashing with virtual nodes (Karger et al. 1997) as a sorted list and a bisection."""

from bisect import bisect_left
from math import floor

import xxhash

from benchmarks.baselines.keys import digest, key_bytes, mix, splitmix64


class HashRing:
    """`nodes` is a mapping of node to weight, or an iterable of nodes of weight 1."""

    def __init__(self, nodes, vnodes=160, seed=0):
        weights = dict(nodes) if hasattr(nodes, "keys") else dict.fromkeys(nodes, 1)
        self.nodes = sorted(weights, key=canonical)
        self.salt = splitmix64(seed)
        ring = []
        for node in self.nodes:
            for i in range(max(1, floor(weights[node] * vnodes + 0.5))):
                ring.append((point(node, self.salt, i), key_bytes(node), node))
        ring.sort(key=lambda entry: entry[:2])
        self.points = [point for point, _, _ in ring]
        self.owners = [node for _, _, node in ring]

    def get_node(self, key):
        """The owner of the first point at or after the key, clockwise."""
        i = bisect_left(self.points, mix(digest(key), self.salt))
        return self.owners[i % len(self.owners)]

    def get_nodes(self, key, n, exclude=()):
        """The first n distinct owners from there on, without those in `exclude`."""
        start = bisect_left(self.points, mix(digest(key), self.salt))
        found = []
        for owner in self.owners[start:] + self.owners[:start]:
            if len(found) == n:
                break
            if owner not in found and owner not in exclude:
                found.append(owner)
        return found


def canonical(node):
    """The order of nodes: text, then bytes, then ints; each by its key bytes."""
    kind = 0 if isinstance(node, str) else 2 if isinstance(node, int) else 1
    return kind, key_bytes(node)


def point(node, salt, i):
    """Point number i of a node."""
    return xxhash.xxh3_64_intdigest(i.to_bytes(8, "little"), seed=digest(node) ^ salt)
