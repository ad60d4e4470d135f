"""What does a set cost in which removals win, beside Python's own?"""

from functools import partial

import pytest

from benchmarks import contenders, loops
from benchmarks.cases.crdts.bench_orset import keys, newest, sizes

contestants = pytest.mark.parametrize("who", ["coterie.RemoveWinsSet", "plain.ORSet"])


@contestants
@sizes
def test_add(row, n, who):
    """set.add(key), of keys that are not there."""
    row.ask("RemoveWinsSet.add", f"{n} str", unit="key")
    kind = contenders.find(who)
    row.check(kind, [kind(keys(0, n)).len()], [n])
    fresh = keys(0, n)
    made, before = newest(kind)
    return row.time(kind, lambda: made[0].fill(fresh), per=n, before=before)


@contestants
@sizes
def test_discard(row, n, who):
    """set.discard(key), of keys that are there."""
    row.ask("RemoveWinsSet.discard", f"{n} str", unit="key")
    kind = contenders.find(who)
    fresh = keys(0, n)
    made, before = newest(lambda: kind(keys(0, n)))
    before()
    loops.call(made[0].set.discard, fresh)
    row.check(kind, [made[0].len()], [0])
    return row.time(kind, lambda: loops.call(made[0].set.discard, fresh), per=n, before=before)


@contestants
@sizes
def test_merge(row, n, who):
    """A copy that has the elements of another one too, half of which it has."""
    row.ask("a copy of a RemoveWinsSet, merged with another", f"{n} str", unit="key")
    kind = contenders.find(who)
    a, b = kind(keys(0, n), "a"), kind(keys(n // 2, n), "b")
    row.check(kind, [len(a.merged(b))], [n + n // 2])
    return row.time(kind, partial(a.merged, b), per=n)
