"""Shards 0 .. n-1 by jump consistent hash; replicas by drawing again."""

from benchmarks.baselines.hashing.jump import jump
from benchmarks.baselines.keys import GOLDEN, MASK, digest, mix, splitmix64


class JumpHash:
    def __init__(self, n, seed=0):
        self.n = n
        self.salt = splitmix64(seed)

    def get_node(self, key):
        """The shard of a key."""
        return jump(mix(digest(key), self.salt), self.n)

    def get_nodes(self, key, n, exclude=()):
        """The first n distinct shards, without those in `exclude`, of a sequence of draws: the first is
        `get_node`, each later one jumps from the next output of SplitMix64 started at the mixed digest."""
        w = mix(digest(key), self.salt)
        n = min(n, self.n - len({shard for shard in exclude if 0 <= shard < self.n}))
        found = []
        draw, state = w, w
        while len(found) < n:
            shard = jump(draw, self.n)
            if shard not in found and shard not in exclude:
                found.append(shard)
            draw = splitmix64(state)
            state = (state + GOLDEN) & MASK
        return found
