"""What the questions about filters share."""

from functools import cache, lru_cache, partial
from math import sqrt
from operator import itemgetter

import numpy as np
import pytest

from benchmarks import contenders, keys
from benchmarks.floors import caches
from benchmarks.peers import adapter

FPR = 0.01
MANY = keys.MANY  # keys of the filters that are asked with lists
FULL = 0.9  # of the capacity: of the bits of blocks for FPR, a half is set then
OTHERS = 2**32  # the part of the random keys that is in no filter
KEPT = "keeps its promise"


def against(*who):
    """Parametrises a question over Coterie, which comes first and is checked first, and the others."""
    return pytest.mark.parametrize("who", who)


def full(*values):
    """Parameters that the short suite leaves out."""
    return pytest.param(*values, marks=pytest.mark.full)


def some_keys(kind, start, stop):
    """The keys start .. stop-1 of a kind: an "array" of random uint64, or a new list of "str" or "int"."""
    if kind == "str":
        return [keys.text(i) for i in range(start, stop)]
    first = start // keys.ARRAY
    parts = np.concatenate([part(i) for i in range(first, -(-stop // keys.ARRAY))])
    array = parts[start - first * keys.ARRAY : stop - first * keys.ARRAY]
    return array if kind == "array" else (array >> 4).tolist()  # not all libraries take the largest ints


def part(i):
    """The random keys of number i * keys.ARRAY and on."""
    return np.random.default_rng((5, i)).integers(2**64, size=keys.ARRAY, dtype=np.uint64)


class Fresh:
    """A list of the keys `numbers` that are other objects whenever it is filled: no str has its hash yet, and
    they lie in memory in another order."""

    def __init__(self, kind, start, stop):
        self.keys = []
        self.numbers = start + keys.rng().permutation(stop - start)
        self.shuffled = itemgetter(*(self.numbers - start).tolist())
        made = some_keys(kind, start, stop)
        self.make = np.array(made).tolist if kind == "int" else "\n".join(made).splitlines
        self.fill()

    def fill(self):
        self.keys[:] = self.shuffled(self.make())


@lru_cache(maxsize=1)
def fresh_keys(kind, start, stop):
    """Kept for the next row, because to make a million takes long."""
    return Fresh(kind, start, stop)


class Anew:
    """A new filter and new keys for each round; `call` names what is done with them: "adding" or "update"."""

    def __init__(self, make, fresh, call):
        self.make, self.fresh, self.call = make, fresh, call
        self.before()

    def before(self):
        self.fresh.fill()
        self.filter = self.make()
        call = getattr(self.filter, self.call)
        self.do = call(self.fresh.keys) if self.call == "adding" else partial(call, self.fresh.keys)

    def run(self):
        self.do()


def capacity_of(place):
    """The capacity, for FPR, of the filter that fills most of a cache, or more than all of them."""
    bits = contenders.find("coterie.Bloom").make(MANY, FPR).bits_per_key
    return int(caches.SETS[place] * 8 / bits)


def limited(contender, n):
    """The number of keys that are added and asked for: fewer to those that loop in Python."""
    return min(n, contender.limit or n)


def filled(name, capacity, fpr, kind, n):
    """A filter with the first n keys of a kind, or some of them if it is a slow one."""
    filter = contenders.find(name, kind)(capacity, fpr)
    n = limited(filter, n)
    for start in range(0, n, keys.ARRAY):
        filter.update(filter.ready(some_keys(kind, start, min(start + keys.ARRAY, n))))
    return filter


@cache
def at_place(name, place):
    """(a filter half full of random uint64, how many); kept, because a large one takes seconds."""
    capacity = capacity_of(place)
    n = int(FULL * capacity)
    filter = filled(name, capacity, FPR, "array", n)
    return filter, limited(filter, n)


def among(n):
    """2**20 random uint64, not all different, from the first n."""
    those = some_keys("array", 0, min(n, keys.ARRAY))
    return those[keys.rng().integers(those.size, size=keys.ARRAY)]


@cache
def asked_of(n):
    """(2**20 random uint64 of which a half, in random order, is among the first n; which those are)."""
    added = np.random.default_rng(7).random(keys.ARRAY) < 0.5
    return np.where(added, among(n), part(OTHERS)), added


def verdict(answers, added, fpr):
    """Nothing that was added may be missing, and no more of the rest be found than was promised."""
    answers = np.asarray(answers, bool)
    lost = np.count_nonzero(added & ~answers)
    if lost:
        return f"{lost} keys lost"
    found, others = np.count_nonzero(answers & ~added), np.count_nonzero(~added)
    expected = fpr * others
    if found > 1.05 * expected + 5 * sqrt(expected):
        return f"{found / others:.3%} false positives"
    return KEPT


def check(row, filter, answers, added, fpr=FPR):
    row.check(filter, [verdict(answers, added[: len(answers)], fpr)], [KEPT], [KEPT])


def facts_of(filter, capacity, answers=(), added=()):
    """Memory, and the share of the keys that were not added and are found; of Coterie's filters only."""
    if filter.role != adapter.OURS:
        return {}
    size = filter.nbytes
    facts = {
        "memory": f"{size / 1024:.0f} KiB" if size < 2**20 else f"{size / 2**20:.1f} MiB",
        "bits per key": f"{8 * size / capacity:.2f}",
    }
    return facts | ({"false positives": f"{np.asarray(answers)[~added].mean():.3%}"} if len(answers) else {})
