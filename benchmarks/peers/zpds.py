"""zpds: Bloom's own filter in Zig behind cffi. The only one that reads a NumPy array in place."""

import zpds

from benchmarks.peers import adapter


class Bloom(adapter.Filter):
    label = "zpds"
    kinds = ("str", "bytes", "array")  # no int objects
    make = zpds.BloomFilter

    def use(self, filter):
        super().use(filter)
        self.nbytes = filter.bits // 8
        self.add, self.update = filter.add, filter.add_many
        self.contains_many = filter.contains_many
