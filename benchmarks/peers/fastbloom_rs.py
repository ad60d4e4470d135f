"""fastbloom-rs: Bloom's own filter in Rust, with a method for each type of keys, and batches of lists."""

from functools import partial

from fastbloom_rs import PyBloomFilter, PyFilterBuilder

from benchmarks import loops
from benchmarks.peers import adapter, counting


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


class CountingText(counting.Counting):
    """With counters of 4 bits. Keys that may be there already are added again, as by all others."""

    label = "fastbloom-rs"
    kinds = ("str",)
    methods = "str"

    @staticmethod
    def make(capacity, fpr):
        builder = PyFilterBuilder(capacity, fpr)
        builder.enable_repeat_insert(True)
        return builder.build_counting_bloom_filter()

    def use(self, filter):
        super().use(filter)
        self.nbytes = len(filter.get_bytes())
        self.add = getattr(filter, f"add_{self.methods}")
        self.update = getattr(filter, f"add_{self.methods}_batch")
        self.contains = getattr(filter, f"contains_{self.methods}")
        self.contains_many = getattr(filter, f"contains_{self.methods}_batch")
        self.remove = getattr(filter, f"remove_{self.methods}")

    def asking(self, keys):
        return partial(loops.fresh(loops.call), self.contains, keys)


class CountingInts(CountingText):
    """Below 2**63: larger ones are refused."""

    kinds = ("int", "array")
    methods = "int"

    def ready(self, keys):
        return keys if isinstance(keys, list) else (keys >> 1).tolist()
