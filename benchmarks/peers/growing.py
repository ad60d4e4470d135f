"""Filters that grow with their keys, and filters that forget them."""

from functools import partial

import coterie
from benchmarks.baselines.filters import rotating, scalable
from benchmarks.peers import adapter

START = 1024  # keys that a filter which grows is made for, however many will come


class Growing(adapter.Filter):
    """A filter that is not told how many keys will come."""

    make = None  # make(fpr)

    def __init__(self, _capacity, fpr):
        self.use(self.make(fpr))


class Scalable(Growing):
    role = label = adapter.OURS
    exact = True
    growth = 2

    @classmethod
    def make(cls, fpr):
        return coterie.ScalableBloomFilter(START, fpr, growth=cls.growth)

    def use(self, filter):
        super().use(filter)
        self.add, self.update, self.contains_many = filter.add, filter.update, filter.contains_many

    @property
    def nbytes(self):
        return self.filter.nbytes


class ScalableByFour(Scalable):
    role, label, growth = adapter.VARIANT, "coterie, growth=4", 4


class Told(adapter.Filter):
    """What it costs not to know how many keys will come."""

    role, label, exact = adapter.VARIANT, "coterie, BloomFilter", True
    make = coterie.BloomFilter

    def use(self, filter):
        super().use(filter)
        self.nbytes = filter.nbytes
        self.add, self.update, self.contains_many = filter.add, filter.update, filter.contains_many
        self.add_new, self.add_new_many = filter.add_new, filter.add_new_many


class PlainScalable(Growing):
    role, label, exact, limit = adapter.PLAIN, "plain Python", True, 10_000
    make = partial(scalable.ScalableBloomFilter, START)

    def use(self, filter):
        super().use(filter)
        self.add = filter.add


class Forgetting(adapter.Filter):
    """A filter of the last `capacity` keys."""

    add_new = None  # add_new(key): whether it is new

    def add_new_many(self, keys):
        """The same for a batch."""
        add_new = self.add_new
        return [add_new(k) for k in keys]


class Rotating(Forgetting):
    role = label = adapter.OURS
    exact = True
    window = None

    @classmethod
    def make(cls, capacity, fpr):
        return coterie.RotatingBloomFilter(capacity, fpr, window=cls.window)

    def use(self, filter):
        super().use(filter)
        self.nbytes = filter.nbytes
        self.update, self.contains_many = filter.update, filter.contains_many
        self.add_new, self.add_new_many = filter.add_new, filter.add_new_many


class Timed(Rotating):
    role, label, window = adapter.VARIANT, "coterie, window=86400", 86400


class PlainRotating(Forgetting):
    role, label, exact, limit = adapter.PLAIN, "plain Python", True, 10_000
    make = rotating.RotatingBloomFilter

    def use(self, filter):
        super().use(filter)
        self.add_new, self.add = filter.add_new, filter.add
