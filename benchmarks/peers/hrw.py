"""hrw: rendezvous hashing that hashes key and node together, then sorts all nodes; both are bytes.

By default it answers more nodes the more there are, so the number is always given.
"""

import hrw
import xxhash

from benchmarks.peers import adapter


class XXH3(adapter.EveryNode):
    label = "hrw, xxh3"
    kinds = ("str",)
    hash_function = staticmethod(xxhash.xxh3_64_digest)

    @staticmethod
    def make(nodes):
        return [node.encode() for node in nodes]

    def get(self, key):
        return self.get_nodes(key, 1)[0]

    def get_nodes(self, key, n):
        found, _ = hrw.choose(key.encode(), self.scheme, k=n, hash_function=self.hash_function)
        return [node.decode() for node in found]


class SHA256(XXH3):
    """As it comes."""

    label = "hrw, sha256"
    hash_function = None
