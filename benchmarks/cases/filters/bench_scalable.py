"""What does it cost that a filter grows? From 1024 keys to all, in an array and one by one."""

from functools import cache, partial

import numpy as np
import pytest

from benchmarks import contenders, keys
from benchmarks.cases.filters.shared import (
    FPR,
    against,
    asked_of,
    check,
    facts_of,
    filled,
    fresh_keys,
    full,
    limited,
    some_keys,
)

OURS, FOUR, TOLD, PLAIN = (
    "growing.Scalable",
    "growing.ScalableByFour",
    "growing.Told",
    "growing.PlainScalable",
)
PEER = "pybloom_live.Scalable"
SIZES = {100_000: "100 thousand keys", keys.ARRAY: "a million keys", 16 * keys.ARRAY: "16 million keys"}
FEW = 100_000  # keys of the filter that is asked one by one

contestants = against(OURS, "floor", FOUR, TOLD, PLAIN, PEER)
sizes = pytest.mark.parametrize("n", [100_000, keys.ARRAY, full(16 * keys.ARRAY)])
kinds = pytest.mark.parametrize("kind", ["str", "int"])


@cache
def at_size(name, n):
    """(a filter that has grown to n random uint64; how many it has)."""
    filter = filled(name, n, FPR, "array", n)
    return filter, limited(filter, n)


@contestants
@sizes
def test_update_array(row, n, who):
    """f.update of random uint64 to a new filter."""
    row.ask("ScalableBloomFilter.update, uint64 array", SIZES[n])
    if who == "floor":
        return row.floor("touch_l2_write_ns_per_key")
    contender = contenders.find(who)
    ready = contender.ready(contender, some_keys("array", 0, limited(contender, n)))

    def build():
        contender(n, FPR).update(ready)

    filter, had = at_size(who, n)
    asked, added = asked_of(had)
    check(row, filter, filter.contains_many(filter.ready(asked)), added)
    return row.time(filter, build, per=len(ready), **facts_of(filter, n))


@contestants
@sizes
def test_contains_array(row, n, who):
    """f.contains_many of 2**20 random uint64, of which a half is in the filter."""
    row.ask("ScalableBloomFilter.contains_many, uint64 array", SIZES[n])
    if who == "floor":
        return row.floor("touch_l2_read_ns_per_key")
    filter, had = at_size(who, n)
    asked, added = asked_of(had)
    ready = filter.ready(asked)
    answers = filter.contains_many(ready)
    check(row, filter, answers, added)
    return row.time(
        filter, partial(filter.contains_many, ready), per=len(ready), **facts_of(filter, n, answers, added)
    )


@contestants
@kinds
@pytest.mark.parametrize("answer", ["hit", "miss"])
def test_contains_one(row, answer, kind, who):
    """k in f, for keys that were added and for others, of a filter that has grown to 100,000."""
    row.ask(f"k in ScalableBloomFilter, a {answer}", kind)
    if who == "floor":
        return row.floor(f"py_dict_get_{kind}_ns")
    filter = filled(who, FEW, FPR, kind, FEW)
    n = min(limited(filter, FEW), 10_000)
    first = 0 if answer == "hit" else FEW
    fresh = fresh_keys(kind, first, first + n)
    found = list(map(filter.contains, fresh.keys))
    check(row, filter, found, np.full(n, answer == "hit"))
    return row.time(filter, filter.asking(fresh.keys), per=n, before=fresh.fill, **facts_of(filter, FEW))
