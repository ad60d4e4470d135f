"""fastbloom-rs: Bloom's own filter in Rust, with a method for each type of keys, and batches of lists."""

from functools import partial

from fastbloom_rs import PyBloomFilter, PyFilterBuilder

from benchmarks import loops
from benchmarks.peers import adapter


class Text(adapter.Filter):
    label = "fastbloom-rs"
    kinds = ("str",)
    methods = "str"

    @staticmethod
    def make(capacity, fpr):
        return PyFilterBuilder(capacity, fpr).build_bloom_filter()

    def use(self, filter):
        super().use(filter)
        self.nbytes = len(filter.get_bytes())
        self.add = getattr(filter, f"add_{self.methods}")
        self.update = getattr(filter, f"add_{self.methods}_batch")
        self.contains = getattr(filter, f"contains_{self.methods}")
        self.contains_many = getattr(filter, f"contains_{self.methods}_batch")

    def asking(self, keys):
        return partial(loops.fresh(loops.call), self.contains, keys)

    def save(self, path):
        self.filter.save_to_file_with_hashes(path)
        adapter.sync(path)

    def load(self, path):
        return PyBloomFilter.from_file_with_hashes(path)


class Ints(Text):
    """Below 2**63: larger ones are refused."""

    kinds = ("int", "array")
    methods = "int"

    def ready(self, keys):
        return keys if isinstance(keys, list) else (keys >> 1).tolist()
