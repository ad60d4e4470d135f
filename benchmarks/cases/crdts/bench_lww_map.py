"""What does a map cost in which the last write of each key stays, beside a dict of times and values?"""

from functools import partial

import pytest

from benchmarks import contenders, loops
from benchmarks.cases.crdts.bench_orset import keys

contestants = pytest.mark.parametrize("who", ["coterie.LWWMap", "plain.LWWMap", "crdt_merge.LWWMap"])


@contestants
@pytest.mark.parametrize("n", [1000, 100_000])
def test_set(row, n, who):
    """map[key] = value, of keys that are not there."""
    row.ask("LWWMap[key] = value", f"{n} str", unit="key")
    kind = contenders.find(who)
    row.check(kind, [kind(keys(0, n)).len()], [n])
    made, fresh = [], keys(0, n)

    def fill():
        loops.call(made[-1].write, fresh)

    return row.time(kind, fill, per=n, before=lambda: made.append(kind()) or made.__delitem__(slice(0, -1)))


@contestants
@pytest.mark.parametrize("n", [1000, 100_000])
def test_merge(row, n, who):
    """A copy that has the later writes of another one too, half of whose keys it has."""
    row.ask("a copy of an LWWMap, merged with another", f"{n} str", unit="key")
    kind = contenders.find(who)
    a, b = kind(keys(0, n), "a"), kind(keys(n // 2, n), "b")
    row.check(kind, [len(a.merged(b))], [n + n // 2])
    return row.time(kind, partial(a.merged, b), per=n)
