"""What does a set cost that replicas add to and remove from, beside Python's own and maps of documents?"""

import random
from functools import partial

import numpy as np
import pytest

from benchmarks import contenders, loops

sizes = pytest.mark.parametrize("n", [1000, 100_000])
contestants = pytest.mark.parametrize("who", ["coterie.ORSet", "plain.ORSet"])
with_peers = pytest.mark.parametrize("who", ["coterie.ORSet", "plain.ORSet", "pycrdt.ORSet", "loro.ORSet"])


def keys(first, n):
    """So many str of 14 bytes, shuffled."""
    made = [f"item-{i:09d}" for i in range(first, first + n)]
    random.Random(n).shuffle(made)
    return made


def newest(make):
    """(a list that holds what was made last, what makes another)."""
    made = []
    return made, lambda: made.__setitem__(slice(None), [make()])


@with_peers
@sizes
def test_add(row, n, who):
    """set.add(key), of keys that are not there."""
    row.ask("ORSet.add", f"{n} str", unit="key")
    kind = contenders.find(who)
    row.check(kind, [kind(keys(0, n)).len()], [n])
    fresh = keys(0, n)
    made, before = newest(kind)
    return row.time(kind, lambda: made[0].fill(fresh), per=n, before=before)


@contestants
@pytest.mark.parametrize("n", [1000, pytest.param(1_000_000, marks=pytest.mark.full)])
def test_add_many(row, n, who):
    """Adding an array of uint64."""
    row.ask("ORSet(array)", f"{n} uint64", unit="key")
    kind = contenders.find(who)
    array = np.random.default_rng(n).integers(0, 2**64, n, np.uint64)
    make = kind if kind.role == kind.label else lambda array: kind(array.tolist())
    row.check(kind, [make(array).len()], [len({*array.tolist()})])
    return row.time(kind, partial(make, array), per=n)


@contestants
@sizes
def test_contains(row, n, who):
    """key in set, of equal keys that are other objects."""
    row.ask("key in ORSet", f"{n} str", unit="key")
    found = contenders.find(who)(keys(0, n))
    fresh = keys(0, n)
    row.check(found, [found.len(), fresh[0] in found.set], [n, True])
    return row.time(found, partial(loops.fresh(loops.contains), found.set, fresh), per=n)


@contestants
@sizes
def test_merge(row, n, who):
    """A copy that has the elements of another one too, half of which it has."""
    row.ask("a copy of an ORSet, merged with another", f"{n} str", unit="key")
    kind = contenders.find(who)
    a, b = kind(keys(0, n), "a"), kind(keys(n // 2, n), "b")
    row.check(kind, [len(a.merged(b))], [n + n // 2])
    return row.time(kind, partial(a.merged, b), per=n)


@with_peers
@sizes
def test_load(row, n, who):
    """Merging the bytes of another one, half of whose elements are there."""
    row.ask("ORSet.update_from", f"{n} str", unit="key")
    kind = contenders.find(who)
    a, data = kind(keys(0, n), "a"), kind(keys(n // 2, n), "b").bytes()
    made, before = newest(a.copy)
    before()
    made[0].load(data)
    row.check(kind, [made[0].len(), a.len()], [n + n // 2, n])
    return row.time(kind, lambda: made[0].load(data), per=n, before=before)


@with_peers
@sizes
def test_merge_known(row, n, who):
    """Merging a state that is known already: an object, or bytes where states are nothing else."""
    row.ask("ORSet.merge, of what is known", f"{n} str", unit="state")
    kind = contenders.find(who)
    a = kind(keys(0, n), "a")
    merge = a.merging(a.copy())
    a.fill(["one more"])
    merge()
    row.check(kind, [a.len()], [n + 1])
    return row.time(kind, merge)
