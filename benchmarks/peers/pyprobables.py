"""pyprobables: Bloom's own filter in Python, over FNV. Text and bytes only."""

import probables

from benchmarks.peers import adapter, counting


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
