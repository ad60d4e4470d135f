"""What does a counting Bloom filter cost: to add, to ask, to remove? One key, an array, and a list."""

from functools import cache, partial

import numpy as np
import pytest

from benchmarks import contenders, keys
from benchmarks.cases.filters.shared import (
    FPR,
    FULL,
    MANY,
    against,
    asked_of,
    check,
    facts_of,
    filled,
    fresh_keys,
    full,
    limited,
)
from benchmarks.floors import caches

OURS, BLOOM, PLAIN = "counting.Coterie", "counting.Bloom", "counting.Plain"
PEERS = ["fastbloom_rs.CountingText", "fastbloom_rs.CountingInts", full("pyprobables.Counting")]
FLOORS = {
    "L2": "touch_l2_{}_ns_per_key",
    "L3": "touch_l3_huge_{}_ns_per_key",
    "DRAM": "touch_dram_huge_{}_ns_per_key",
}
SIZES = ["L2", "L3", full("DRAM")]
FEW = 100_000  # keys of the filter that is asked one by one

arrays = against(OURS, "floor", BLOOM, PLAIN, "fastbloom_rs.CountingInts")
removers = against(OURS, "floor", PLAIN, "fastbloom_rs.CountingInts")
contestants = against(OURS, "floor", BLOOM, PLAIN, *PEERS)
kinds = pytest.mark.parametrize("kind", ["str", "int"])
sizes = pytest.mark.parametrize("size", SIZES)


def capacity_of(place):
    """The capacity of the filter that fills most of a cache."""
    bits = contenders.find(OURS).make(MANY, FPR).bits_per_key
    return int(caches.SETS[place] * 8 / bits)


@cache
def at_place(name, place):
    """(a filter of random uint64, nearly at its capacity; how many)."""
    n = int(FULL * capacity_of(place))
    filter = filled(name, capacity_of(place), FPR, "array", n)
    return filter, limited(filter, n)


@arrays
@sizes
def test_contains_array(row, size, who):
    """f.contains_many of 2**20 random uint64, of which a half is in the filter."""
    row.ask("CountingBloomFilter.contains_many, uint64 array", f"in {size}")
    if who == "floor":
        return row.floor(FLOORS[size].format("read"))
    filter, n = at_place(who, size)
    asked, added = asked_of(n)
    ready = filter.ready(asked)
    answers = filter.contains_many(ready)
    check(row, filter, answers, added)
    facts = facts_of(filter, capacity_of(size), answers, added)
    return row.time(filter, partial(filter.contains_many, ready), per=len(ready), **facts)


@removers
@sizes
def test_come_and_go_array(row, size, who):
    """f.update and f.remove_many of random uint64 for which there is room: the filter is then as it was."""
    row.ask("CountingBloomFilter.update + remove_many, uint64 array", f"in {size}")
    if who == "floor":
        return row.floor(FLOORS[size].format("write"))
    filter, n = at_place(who, size)
    room = min(capacity_of(size) - int(FULL * capacity_of(size)), keys.ARRAY)
    ready = filter.ready(np.random.default_rng(9).integers(2**64, size=room, dtype=np.uint64))

    def come_and_go():
        filter.update(ready)
        filter.remove_many(ready)

    come_and_go()
    asked, added = asked_of(n)
    check(row, filter, filter.contains_many(filter.ready(asked)), added)
    return row.time(filter, come_and_go, per=2 * len(ready))


@against(OURS, "floor", PLAIN, *PEERS)
@kinds
def test_come_and_go_one(row, kind, who):
    """f.add(k) of 100,000 new keys, then f.remove(k)."""
    row.ask("CountingBloomFilter.add(k), remove(k)", kind)
    if who == "floor":
        return row.floor(f"py_dict_get_{kind}_ns")
    contender = contenders.find(who, kind)
    filter = contender(FEW, FPR)
    fresh = fresh_keys(kind, 0, limited(contender, FEW))
    filter.adding(fresh.keys)()
    found = list(map(filter.contains, fresh.keys))
    check(row, filter, found, np.full(len(found), True))
    filter.removing(fresh.keys)()
    left = sum(map(filter.contains, fresh.keys))
    row.check(filter, [left], [0], [0])
    adding, removing = filter.adding(fresh.keys), filter.removing(fresh.keys)

    def come_and_go():
        adding()
        removing()

    return row.time(filter, come_and_go, per=2 * len(fresh.keys), before=fresh.fill)


@contestants
@kinds
@pytest.mark.parametrize("answer", ["hit", "miss"])
def test_contains_one(row, answer, kind, who):
    """k in f, for keys that were added and for others."""
    row.ask(f"k in CountingBloomFilter, a {answer}", kind)
    if who == "floor":
        return row.floor(f"py_dict_get_{kind}_ns")
    filter = filled(who, FEW, FPR, kind, FEW)
    n = limited(filter, FEW)
    first = 0 if answer == "hit" else FEW
    fresh = fresh_keys(kind, first, first + n)
    found = list(map(filter.contains, fresh.keys))
    check(row, filter, found, np.full(n, answer == "hit"))
    return row.time(filter, filter.asking(fresh.keys), per=n, before=fresh.fill, **facts_of(filter, FEW))


@contestants
@kinds
def test_update_list(row, kind, who):
    """f.update(list) of a million keys, new objects shuffled in memory; again and again the same."""
    row.ask("CountingBloomFilter.update, list", kind)
    if who == "floor":
        return row.floor(f"py_list_len_{'shuffled' if kind == 'str' else 'ordered'}_ns_per_key")
    contender = contenders.find(who, kind)
    filter = contender(MANY, FPR)
    fresh = fresh_keys(kind, 0, limited(contender, MANY))
    filter.update(fresh.keys)
    found = filter.contains_many(fresh.keys)
    check(row, filter, found, np.full(len(fresh.keys), True))
    return row.time(filter, partial(filter.update, fresh.keys), per=len(fresh.keys), before=fresh.fill)
