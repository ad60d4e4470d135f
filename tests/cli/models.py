"""The plain models of the schemes, by the name that the command has for each."""

from benchmarks.baselines.placement.jump import JumpHash
from benchmarks.baselines.placement.maglev import Maglev
from benchmarks.baselines.placement.rendezvous import Rendezvous
from benchmarks.baselines.placement.ring import HashRing


class NamedJump:
    """The jump over nodes: each is the shard of its position."""

    def __init__(self, weights, seed=0):
        self.names = list(weights)
        self.shards = JumpHash(len(self.names), seed=seed)

    def get_node(self, key):
        return self.names[self.shards.get_node(key)]

    def get_nodes(self, key, n):
        return [self.names[shard] for shard in self.shards.get_nodes(key, n)]


MODELS = {"ring": HashRing, "rendezvous": Rendezvous, "maglev": Maglev, "jump": NamedJump}
