"""rbloom: Bloom's own filter in Rust, over Python's hash or a function of the user's."""

import rbloom
import xxhash

from benchmarks.peers import adapter


class Bloom(adapter.Filter):
    label = "rbloom"
    make = rbloom.Bloom

    def use(self, filter):
        super().use(filter)
        self.nbytes = filter.size_in_bits // 8
        self.add, self.update = filter.add, filter.update

    def ready(self, keys):
        return keys if isinstance(keys, list) else keys.tolist()


class XXH3(Bloom):
    """Text only."""

    label = "rbloom, XXH3"
    kinds = ("str",)

    @staticmethod
    def make(capacity, fpr):
        return rbloom.Bloom(capacity, fpr, hash_func)

    def save(self, path):
        self.filter.save(path)
        adapter.sync(path)

    def load(self, path):
        return rbloom.Bloom.load(path, hash_func)


def hash_func(key):
    """As a signed number, which it wants."""
    return xxhash.xxh3_128_intdigest(key.encode()) - 2**127
