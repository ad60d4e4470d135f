"""pybloom-live: Bloom's own filter in Python, over hashlib."""

import pybloom_live

from benchmarks.peers import adapter


class Bloom(adapter.Filter):
    label = "pybloom-live"
    limit = 20_000
    make = pybloom_live.BloomFilter

    def use(self, filter):
        super().use(filter)
        self.nbytes = filter.num_bits // 8
        self.add = filter.add
