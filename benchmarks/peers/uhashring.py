"""uhashring: a ring in pure Python, with its default hash and with the fastest one that it accepts."""

import copy
import pickle
from functools import partial

import uhashring
import xxhash

from benchmarks.peers import adapter


class MD5(adapter.Placement):
    label = "uhashring, md5"
    limit = 5_000
    hash_fn = None

    @classmethod
    def make(cls, nodes):
        return uhashring.HashRing(list(nodes), vnodes=160, hash_fn=cls.hash_fn)

    def __init__(self, nodes):
        super().__init__(nodes)
        ring = self.scheme
        self.get, self.add, self.remove = ring.get_node, ring.add_node, ring.remove_node
        self.copy = partial(copy.deepcopy, ring)

    def get_nodes(self, key, n):
        return [node["nodename"] for node in self.scheme.range(key, n)]

    def set_weight(self, node, weight):
        self.scheme.add_node(node, {"weight": weight})


def xxh3(key):
    return xxhash.xxh3_64_intdigest(key if isinstance(key, bytes) else str(key).encode())


class XXH3(MD5):
    label = "uhashring, xxh3"
    hash_fn = staticmethod(xxh3)

    def __init__(self, nodes):
        super().__init__(nodes)
        self.dumps = partial(pickle.dumps, self.scheme, protocol=5)
