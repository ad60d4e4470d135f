"""What does it cost to add an array of keys to a Bloom filter that fits into a cache, or into none?"""

from functools import partial

import pytest

from benchmarks.cases.filters.shared import among, asked_of, at_place, check, full

FLOORS = {
    "L2": "touch_l2_write_ns_per_key",
    "L3": "touch_l3_huge_write_ns_per_key",
    "DRAM": "touch_dram_huge_write_ns_per_key",
}
ROWS = [(size, who) for size in FLOORS for who in ("coterie.Bloom", "floor", "plain.Bloom")]
ZPDS = [("L2", "zpds.Bloom"), ("L3", "zpds.Bloom"), full("DRAM", "zpds.Bloom")]


@pytest.mark.parametrize(("size", "who"), ROWS + ZPDS)
def test_array(row, size, who):
    """f.update of 2**20 random uint64. The bits are half full and stay so: these keys were added before."""
    row.ask("BloomFilter.update, uint64 array", f"in {size}")
    if who == "floor":
        return row.floor(FLOORS[size])
    filter, n = at_place(who, size)
    ready = filter.ready(among(n))
    filter.update(ready)
    asked, added = asked_of(n)
    check(row, filter, filter.contains_many(filter.ready(asked)), added)
    return row.time(filter, partial(filter.update, ready), per=len(ready))
