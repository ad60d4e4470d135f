"""Filters of a set that is known from the start, made of all keys at once."""

from functools import partial

import coterie
from benchmarks import loops
from benchmarks.baselines.filters import fuse
from benchmarks.peers import adapter


class Static(adapter.Contender):
    """A filter that takes 2**-bits of the keys that are not in it for keys that are."""

    make = None  # make(keys, bits): the library's own object, nothing else

    def __init__(self, keys, bits):
        self.filter = self.make(keys, bits)

    def loop(self, keys):
        """One key after the other, as a call without arguments."""
        return partial(loops.fresh(loops.contains), self.filter, keys)

    def contains_many(self, keys):
        filter = self.filter
        return [k in filter for k in keys]


class Coterie(Static):
    role = label = adapter.OURS

    @staticmethod
    def make(keys, bits):
        return coterie.FuseFilter(keys, bits=bits)

    def contains_many(self, keys):
        return self.filter.contains_many(keys)


class CoterieBloom(Coterie):
    role, label = adapter.VARIANT, "coterie, BloomFilter"

    @staticmethod
    def make(keys, bits):
        filter = coterie.BloomFilter(len(keys), 2.0**-bits)
        filter.update(keys)
        return filter


class Plain(Static):
    role, label, limit = adapter.PLAIN, "plain Python", 20_000
    make = fuse.FuseFilter

    def loop(self, keys):
        return partial(loops.fresh(loops.call), self.filter.contains, keys)

    def contains_many(self, keys):
        return [self.filter.contains(k) for k in keys]
