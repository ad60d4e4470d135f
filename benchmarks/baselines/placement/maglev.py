"""Maglev hashing (Eisenbud et al. 2016): a table that the nodes fill in turns."""

from benchmarks.baselines.hashing.maglev import maglev
from benchmarks.baselines.keys import digest, key_bytes, mix, splitmix64
from benchmarks.baselines.placement.ring import point


class Maglev:
    """`nodes` is a mapping of node to weight, or an iterable of nodes of weight 1."""

    def __init__(self, nodes, table_size=65537, seed=0):
        weights = dict(nodes) if hasattr(nodes, "keys") else dict.fromkeys(nodes, 1)
        self.salt = splitmix64(seed)
        self.nodes = sorted(weights, key=key_bytes)  # in the order of their turns
        offsets = [point(node, self.salt, 0) % table_size for node in self.nodes]
        skips = [point(node, self.salt, 1) % (table_size - 1) + 1 for node in self.nodes]
        owners = maglev(offsets, skips, table_size, [weights[node] for node in self.nodes])
        self.table = [self.nodes[owner] for owner in owners]

    def slot(self, key):
        """The place of a key in the table, by the upper half of its mixed digest."""
        return (mix(digest(key), self.salt) >> 32) * len(self.table) >> 32

    def get_node(self, key):
        """The owner of the key's slot."""
        return self.table[self.slot(key)]

    def get_nodes(self, key, n, exclude=()):
        """The first n distinct owners from there on, without those in `exclude`."""
        start = self.slot(key)
        found = []
        for owner in self.table[start:] + self.table[:start]:
            if len(found) == n:
                break
            if owner not in found and owner not in exclude:
                found.append(owner)
        return found
