"""abloom: split blocks of 512 bits in C, over Python's hash or, if they are to be saved, over XXH64."""

from functools import partial
from pathlib import Path

import abloom

from benchmarks.peers import adapter


class Bloom(adapter.Filter):
    label = "abloom"
    make = abloom.BloomFilter

    def use(self, filter):
        super().use(filter)
        self.nbytes = filter.byte_count
        self.add, self.update = filter.add, filter.update

    def ready(self, keys):
        return keys if isinstance(keys, list) else keys.tolist()


class Serializable(Bloom):
    label = "abloom, serializable"
    make = staticmethod(partial(abloom.BloomFilter, serializable=True))

    def save(self, path):
        adapter.write(path, self.filter.to_bytes())

    def load(self, path):
        return abloom.BloomFilter.from_bytes(Path(path).read_bytes())
