"""pybloomfiltermmap3: Bloom's own filter in C, in memory or in a mapped file."""

import os
import pickle
import tempfile
from pathlib import Path

import pybloomfilter

from benchmarks.peers import adapter


class Bloom(adapter.Filter):
    label = "pybloomfiltermmap3"
    make = pybloomfilter.BloomFilter

    def use(self, filter):
        super().use(filter)
        self.nbytes = filter.num_bits // 8
        self.add, self.update = filter.add, filter.update

    def ready(self, keys):
        return keys if isinstance(keys, list) else keys.tolist()

    def save(self, path):
        adapter.write(path, pickle.dumps(self.filter, protocol=5))

    def load(self, path):
        return pickle.loads(Path(path).read_bytes())


class Mapped(Bloom):
    """Made in a file, which is saved by a rename."""

    @staticmethod
    def make(capacity, fpr):
        with tempfile.NamedTemporaryFile(delete=False) as file:
            return pybloomfilter.BloomFilter(capacity, fpr, file.name)

    def save(self, path):
        self.filter.sync()
        os.replace(self.filter.filename, path)

    def load(self, path):
        return pybloomfilter.BloomFilter.open(path)
