"""What does a set cost that replicas add to and remove from, beside Python's own?"""

import random
from functools import partial

import pytest

from benchmarks import contenders, loops

contestants = pytest.mark.parametrize("who", ["coterie.ORSet", "plain.ORSet"])


def keys(first, n):
    """So many str of 14 bytes, shuffled."""
    made = [f"item-{i:09d}" for i in range(first, first + n)]
    random.Random(n).shuffle(made)
    return made


@contestants
@pytest.mark.parametrize("n", [1000, 100_000])
def test_add(row, n, who):
    """set.add(key), of keys that are not there."""
    row.ask("ORSet.add", f"{n} str", unit="key")
    kind = contenders.find(who)
    row.check(kind, [kind(keys(0, n)).len()], [n])
    made = []

    def fill():
        loops.call(made[-1].add, fresh)

    fresh = keys(0, n)
    return row.time(kind, fill, per=n, before=lambda: made.append(kind()) or made.__delitem__(slice(0, -1)))


@contestants
@pytest.mark.parametrize("n", [1000, 100_000])
def test_contains(row, n, who):
    """key in set, of equal keys that are other objects."""
    row.ask("key in ORSet", f"{n} str", unit="key")
    found = contenders.find(who)(keys(0, n))
    fresh = keys(0, n)
    row.check(found, [found.len(), fresh[0] in found.set], [n, True])
    return row.time(found, partial(loops.fresh(loops.contains), found.set, fresh), per=n)


@contestants
@pytest.mark.parametrize("n", [1000, 100_000])
def test_merge(row, n, who):
    """A copy that has the elements of another one too, half of which it has."""
    row.ask("a copy of an ORSet, merged with another", f"{n} str", unit="key")
    kind = contenders.find(who)
    a, b = kind(keys(0, n), "a"), kind(keys(n // 2, n), "b")
    row.check(kind, [len(a.merged(b))], [n + n // 2])
    return row.time(kind, partial(a.merged, b), per=n)
