"""clandestined: rendezvous hashing that scores every node by a Murmur3 in C.

Node and key are formatted into one string for each node, so that any key is text. It keeps the list that it
is given and cannot be pickled.
"""

import clandestined

from benchmarks.peers import adapter


class Rendezvous(adapter.EveryNode):
    label = "clandestined"
    kinds = ("str",)

    @staticmethod
    def make(nodes):
        return clandestined.RendezvousHash(list(nodes))

    def __init__(self, nodes):
        super().__init__(nodes)
        ring = self.scheme
        self.get, self.add, self.remove = ring.find_node, ring.add_node, ring.remove_node
