"""The Bloom filter of Guava (com.google.common.hash.BloomFilter), with both of its strategies."""

from math import ceil, floor, log

from benchmarks.baselines.hashing.murmur3 import murmur3
from benchmarks.baselines.keys import key_bytes

MITZ_32, MITZ_64 = 0, 1


class GuavaBloomFilter:
    def __init__(self, capacity, fpr=0.03, strategy=MITZ_64):
        self.strategy = strategy
        self.probes = max(1, floor(-log(fpr) / log(2) + 0.5))
        self.words = [0] * ceil(int(-capacity * log(fpr) / log(2) ** 2) / 64)

    def bits(self, key):
        """The places of a key's bits."""
        h1, h2 = murmur3(key_bytes(key))
        size = 64 * len(self.words)
        if self.strategy == MITZ_64:
            return [(h1 + i * h2) % 2**63 % size for i in range(self.probes)]
        low, high = h1 % 2**32, h1 >> 32
        ints = [(low + i * high) % 2**32 for i in range(1, self.probes + 1)]
        return [(x if x < 2**31 else 2**32 - 1 - x) % size for x in ints]

    def add(self, key):
        for bit in self.bits(key):
            self.words[bit // 64] |= 1 << bit % 64

    def __contains__(self, key):
        return all(self.words[bit // 64] >> bit % 64 & 1 for bit in self.bits(key))

    def to_bytes(self):
        head = bytes([self.strategy, self.probes]) + len(self.words).to_bytes(4, "big")
        return head + b"".join(word.to_bytes(8, "big") for word in self.words)
