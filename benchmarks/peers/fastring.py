"""fastring: a ring in Rust; text keys only, and the one peer with a batch call."""

import copy
import pickle
from functools import partial

import fastring

from benchmarks.peers import adapter


class Ring(adapter.Placement):
    label = "fastring"
    kinds = ("str",)

    @staticmethod
    def make(nodes):
        ring = fastring.HashRing(virtual_nodes=160)
        for node in nodes:
            ring.add_node(node)
        return ring

    def __init__(self, nodes):
        super().__init__(nodes)
        ring = self.scheme
        self.get, self.get_nodes, self.assign = ring.get_node, ring.get_replicas, ring.get_node_batch
        self.add, self.remove = ring.add_node, ring.remove_node
        self.copy = partial(copy.deepcopy, ring)
        self.dumps = partial(pickle.dumps, ring, protocol=5)
