"""What does a set cost in which removals win, beside Python's own?"""

from functools import partial

import pytest

from benchmarks import contenders, loops
from benchmarks.cases.crdts.bench_orset import keys

contestants = pytest.mark.parametrize("who", ["coterie.RemoveWinsSet", "plain.ORSet"])


@contestants
@pytest.mark.parametrize("n", [1000, 100_000])
def test_add(row, n, who):
    """set.add(key), of keys that are not there."""
    row.ask("RemoveWinsSet.add", f"{n} str", unit="key")
    kind = contenders.find(who)
    row.check(kind, [kind(keys(0, n)).len()], [n])
    made = []

    def fill():
        loops.call(made[-1].add, fresh)

    fresh = keys(0, n)
    return row.time(kind, fill, per=n, before=lambda: made.append(kind()) or made.__delitem__(slice(0, -1)))


@contestants
@pytest.mark.parametrize("n", [1000, 100_000])
def test_discard(row, n, who):
    """set.discard(key), of keys that are there."""
    row.ask("RemoveWinsSet.discard", f"{n} str", unit="key")
    kind = contenders.find(who)
    made = []

    def empty():
        loops.call(made[-1].set.discard, fresh)

    fresh = keys(0, n)
    made.append(kind(keys(0, n)))
    empty()
    row.check(kind, [made[-1].len()], [0])
    return row.time(
        kind, empty, per=n, before=lambda: made.append(kind(keys(0, n))) or made.__delitem__(slice(0, -1))
    )


@contestants
@pytest.mark.parametrize("n", [1000, 100_000])
def test_merge(row, n, who):
    """A copy that has the elements of another one too, half of which it has."""
    row.ask("a copy of a RemoveWinsSet, merged with another", f"{n} str", unit="key")
    kind = contenders.find(who)
    a, b = kind(keys(0, n), "a"), kind(keys(n // 2, n), "b")
    row.check(kind, [len(a.merged(b))], [n + n // 2])
    return row.time(kind, partial(a.merged, b), per=n)
