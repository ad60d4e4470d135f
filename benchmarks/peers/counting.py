"""Filters from which keys can be removed."""

from functools import partial

import coterie
from benchmarks import loops
from benchmarks.baselines.filters import counting
from benchmarks.peers import adapter


class Counting(adapter.Filter):
    """A counting Bloom filter."""

    remove = None  # remove(key), which is there

    def removing(self, keys):
        """The fastest way to remove one key after another, as a call without arguments."""
        return partial(loops.fresh(loops.call), self.remove, keys)

    def remove_many(self, keys):
        """Removes a batch."""
        remove = self.remove
        for k in keys:
            remove(k)


class Coterie(Counting):
    role = label = adapter.OURS
    exact = True
    make = coterie.CountingBloomFilter

    def use(self, filter):
        super().use(filter)
        self.nbytes = filter.nbytes
        self.add, self.update, self.contains_many = filter.add, filter.update, filter.contains_many
        self.remove, self.remove_many = filter.remove, filter.remove_many


class Bloom(Coterie):
    """What it costs not to be able to remove."""

    role, label = adapter.VARIANT, "coterie, BloomFilter"
    make = coterie.BloomFilter

    def use(self, filter):
        Counting.use(self, filter)
        self.nbytes = filter.nbytes
        self.add, self.update, self.contains_many = filter.add, filter.update, filter.contains_many


class Plain(Counting):
    role, label, exact, limit = adapter.PLAIN, "plain Python", True, 10_000
    make = counting.CountingBloomFilter

    def use(self, filter):
        super().use(filter)
        self.add, self.remove = filter.add, filter.remove
