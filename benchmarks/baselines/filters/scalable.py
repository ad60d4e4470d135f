"""Bloom filters that grow (Almeida, Baquero, Preguica, Hutchison 2007)."""

from benchmarks.baselines.filters.bloom import BloomFilter
from benchmarks.baselines.keys import digest


class ScalableBloomFilter:
    """A list of Bloom filters, each for `growth` times more keys than the one before and a lower rate."""

    def __init__(self, capacity=1024, fpr=0.01, growth=2, tightening=0.85, seed=0):
        self.capacity, self.fpr, self.growth, self.tightening, self.seed = (
            capacity,
            fpr,
            growth,
            tightening,
            seed,
        )
        self.slices, self.keys = [], []  # the filters, and how many keys each took
        self.grow()

    def grow(self):
        """Begin another slice. The rates of all that there can be add up to fpr."""
        fpr, capacity = self.fpr * (1 - self.tightening), self.capacity
        for _ in self.slices:
            fpr, capacity = fpr * self.tightening, capacity * self.growth
        self.slices.append(BloomFilter(capacity, fpr, self.seed))
        self.keys.append(0)

    def add_new(self, key):
        """Add a key unless it is or seems to be there; whether it was not."""
        d = digest(key)
        if any(bloom.has_digest(d) for bloom in self.slices):
            return False
        if self.keys[-1] == self.slices[-1].capacity:
            self.grow()
        self.slices[-1].add_digest(d)
        self.keys[-1] += 1
        return True

    def add(self, key):
        """Add a key."""
        self.add_new(key)

    def __contains__(self, key):
        d = digest(key)
        return any(bloom.has_digest(d) for bloom in self.slices)

    def approx_len(self):
        """How many distinct keys were added: those that seemed to be there are made up for."""
        total, unseen = 0, 1
        for bloom, keys in zip(self.slices, self.keys, strict=True):
            total += keys / unseen
            unseen *= 1 - bloom.estimated_fpr()
        return int(total + 0.5)

    def estimated_fpr(self):
        """The share of other keys that a slice has."""
        none = 1
        for bloom in self.slices:
            none *= 1 - bloom.estimated_fpr()
        return 1 - none
