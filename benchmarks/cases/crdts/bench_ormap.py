"""What does a map of counters cost that replicas count in and remove from, beside a dict of ints?"""

from functools import partial

import pytest

from benchmarks import contenders, loops

TIMES = 1000  # calls of a loop

contestants = pytest.mark.parametrize("who", ["coterie.ORMap", "plain.ORMap"])


def keys(first, n):
    return [f"item-{i:09d}" for i in range(first, first + n)]


@contestants
@pytest.mark.parametrize("n", [1000, 100_000])
def test_increment(row, n, who):
    """Counting at a key that is there, again and again."""
    row.ask("ORMap.counter(key).increment", f"{n} keys", unit="call")
    made = contenders.find(who)(keys(0, n))
    increment = made.counting(keys(0, 1)[0])
    increment()
    row.check(made, [made.value(keys(0, 1)[0])], [2])
    return row.time(made, partial(loops.repeat, increment, TIMES), per=TIMES)


@contestants
@pytest.mark.parametrize("n", [1000, 100_000])
def test_read(row, n, who):
    """The value of a counter at each key."""
    row.ask("int(ORMap.counter(key))", f"{n} keys", unit="key")
    made = contenders.find(who)(keys(0, n))
    row.check(made, [made.value(key) for key in keys(0, 5)], [1] * 5)
    return row.time(made, partial(loops.call, made.value, keys(0, n)), per=n)


@contestants
@pytest.mark.parametrize("n", [1000, 100_000])
def test_merge(row, n, who):
    """A copy that has the keys of another one too, half of which it has."""
    row.ask("a copy of an ORMap, merged with another", f"{n} keys", unit="key")
    kind = contenders.find(who)
    a, b = kind(keys(0, n), "a"), kind(keys(n // 2, n), "b")
    row.check(kind, [len(a.merged(b))], [n + n // 2])
    return row.time(kind, partial(a.merged, b), per=n)
