"""pymemcache's rendezvous hashing: clandestined's, with Murmur3 in pure Python or a hash that it is given."""

import xxhash
from pymemcache.client.murmur3 import murmur3_32
from pymemcache.client.rendezvous import RendezvousHash

from benchmarks.peers import adapter


def xxh3(text, seed):
    return xxhash.xxh3_64_intdigest(text.encode(), seed)


class XXH3(adapter.EveryNode):
    label = "pymemcache, xxh3"
    kinds = ("str",)
    hash_function = staticmethod(xxh3)

    @classmethod
    def make(cls, nodes):
        return RendezvousHash(list(nodes), hash_function=cls.hash_function)

    def __init__(self, nodes):
        super().__init__(nodes)
        ring = self.scheme
        self.get, self.add, self.remove = ring.get_node, ring.add_node, ring.remove_node


class Murmur3(XXH3):
    """As its client uses it."""

    label = "pymemcache, murmur3"
    hash_function = staticmethod(murmur3_32)
