"""emcache's rendezvous hashing in Cython, which its client uses; keys are bytes.

Its mixer is biased: with 100 nodes the fullest gets about 1.3 times its share.
"""

from functools import partial

from emcache._cython.cyemcache import RendezvousNode, node_selection

from benchmarks import loops
from benchmarks.peers import adapter


class Rendezvous(adapter.EveryNode):
    label = "emcache"
    kinds = ("str",)
    asks = 1_000_000

    @staticmethod
    def make(nodes):
        return [RendezvousNode(node, node) for node in nodes]

    def __init__(self, nodes):
        super().__init__(nodes)
        self.get = lambda key: node_selection(key.encode(), self.scheme)

    def loop(self, keys):
        return partial(loops.fresh(loop), node_selection, keys, self.scheme)


def loop(select, keys, nodes):
    for k in keys:
        select(k.encode(), nodes)
