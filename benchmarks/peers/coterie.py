"""Coterie itself."""

import pickle
from functools import partial

import coterie
from benchmarks import loops
from benchmarks.peers import adapter
from coterie.hashing import jump


class Ring(adapter.Placement):
    role = label = adapter.OURS
    exact = True
    make = coterie.HashRing

    def __init__(self, nodes):
        super().__init__(nodes)
        ring = self.scheme
        self.get, self.get_nodes, self.assign = ring.get_node, ring.get_nodes, ring.assign
        self.add, self.remove, self.set_weight = ring.add_node, ring.remove_node, ring.set_weight
        self.copy = ring.copy
        self.dumps = partial(pickle.dumps, ring, protocol=5)

    def loop(self, keys):
        return partial(loops.fresh(loops.subscript), self.scheme, keys)


class Jump(adapter.Placement):
    role = label = adapter.OURS
    exact = True
    make = coterie.JumpHash

    def __init__(self, n):
        super().__init__(n)
        self.get, self.assign = self.scheme.get_node, self.scheme.assign

    def loop(self, keys):
        return partial(loops.fresh(loops.subscript), self.scheme, keys)


class RawJump(adapter.Placement):
    """The paper's function on integers."""

    role = label = adapter.OURS
    exact = True
    make = int

    def __init__(self, n):
        super().__init__(n)
        self.get = lambda key: jump(key, n)

    def loop(self, keys):
        return partial(loops.fresh(loops.call_with), jump, keys, self.scheme)

    def assign(self, keys):
        return jump(keys, self.scheme)


class Digest(adapter.Hash):
    role = label = adapter.OURS
    one = staticmethod(coterie.digest)
    many = staticmethod(coterie.digests)
