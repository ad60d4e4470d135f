"""pybloom-live: Bloom's own filter in Python, over hashlib."""

import pybloom_live

from benchmarks.peers import adapter, growing


class Bloom(adapter.Filter):
    label = "pybloom-live"
    limit = 20_000
    make = pybloom_live.BloomFilter

    def use(self, filter):
        super().use(filter)
        self.nbytes = filter.num_bits // 8
        self.add = filter.add


class Scalable(growing.Growing):
    label = "pybloom-live"
    limit = 20_000

    @staticmethod
    def make(fpr):
        # The rates of its slices, each 0.9 of the one before, add up to ten times the first.
        return pybloom_live.ScalableBloomFilter(growing.START, fpr / 10)

    def use(self, filter):
        super().use(filter)
        self.add = filter.add
