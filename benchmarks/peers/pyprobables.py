"""pyprobables: Bloom's own filter in Python, over FNV. Text and bytes only."""

import probables

from benchmarks.peers import adapter, counting, growing


class Bloom(adapter.Filter):
    label = "pyprobables"
    kinds = ("str", "bytes")
    limit = 10_000
    make = probables.BloomFilter

    def use(self, filter):
        super().use(filter)
        self.nbytes = filter.bloom_length
        self.add = filter.add


class Counting(counting.Counting):
    """With counters of 32 bits."""

    label = "pyprobables"
    kinds = ("str", "bytes")
    limit = 10_000
    make = probables.CountingBloomFilter

    def use(self, filter):
        super().use(filter)
        self.nbytes = 4 * filter.bloom_length
        self.add, self.remove = filter.add, filter.remove


class Rotating(growing.Forgetting):
    """A queue of as many filters as Coterie keeps, for the same keys and rate."""

    label = "pyprobables"
    kinds = ("str", "bytes")
    limit = 10_000

    @staticmethod
    def make(capacity, fpr):
        return probables.RotatingBloomFilter(-(-capacity // 2), fpr / 3, max_queue_size=3)

    def use(self, filter):
        super().use(filter)
        self.add = filter.add

    def add_new(self, key):
        filter = self.filter
        if key in filter:
            return False
        filter.add(key)
        return True
