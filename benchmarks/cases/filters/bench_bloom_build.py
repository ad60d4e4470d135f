"""What does it cost to make a Bloom filter of keys that are all there, in one call or in many?"""

from functools import cache, partial

import numpy as np
import pytest

from benchmarks import contenders, keys
from benchmarks.cases.filters.shared import FPR, check, full, some_keys
from benchmarks.peers import adapter

CALL = 1_000_000  # keys of one of many calls
SIZES = {"10**7 keys": 10**7, "10**8 keys": 10**8}
FLOORS = ["touch_l3_huge_write_ns_per_key", "touch_dram_huge_write_ns_per_key"]
WHO = {"one call": None, "calls of 10**6": CALL}
ROWS = [(size, who) for size in SIZES for who in (*WHO, "floor")] + [("10**7 keys", "zpds.Bloom")]


@pytest.mark.parametrize(("size", "who"), [full(*row) if row[0] == "10**8 keys" else row for row in ROWS])
def test_array(row, size, who):
    """BloomFilter(n).update(uint64 array): the filter is made, and its memory touched, within the time."""
    row.ask("BloomFilter(n).update, uint64 array", size)
    n = SIZES[size]
    if who == "floor":
        return row.floor(FLOORS[n > 10**7])
    filter = contenders.find("coterie.Bloom" if who in WHO else who, "array")
    array = array_of(n)
    if who in WHO:
        filter = type(who, (filter,), {"label": f"coterie, {who}" if WHO[who] else "coterie"})
        filter.role = adapter.VARIANT if WHO[who] else adapter.OURS
    some = array[:: max(1, n // keys.ARRAY)]
    check(row, filter, build(filter, array, WHO.get(who)).contains_many(some), np.full(some.size, True))
    return row.time(filter, partial(build, filter, array, WHO.get(who)), per=n)


def build(contender, array, step):
    filter = contender(len(array), FPR)
    for start in range(0, len(array), step or len(array)):
        filter.update(array[start : start + step] if step else array)
    return filter


@cache
def array_of(n):
    return some_keys("array", 0, n)
