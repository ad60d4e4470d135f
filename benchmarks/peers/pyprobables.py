"""pyprobables: Bloom's own filter in Python, over FNV. Text and bytes only."""

import probables

from benchmarks.peers import adapter


class Bloom(adapter.Filter):
    label = "pyprobables"
    kinds = ("str", "bytes")
    limit = 10_000
    make = probables.BloomFilter

    def use(self, filter):
        super().use(filter)
        self.nbytes = filter.bloom_length
        self.add = filter.add
