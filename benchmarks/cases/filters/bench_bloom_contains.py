"""Are the keys of an array in a Bloom filter? In one that fits into a cache, or into none."""

from functools import partial

import pytest

from benchmarks import keys, loops
from benchmarks.cases.filters.shared import against, asked_of, at_place, capacity_of, check, facts_of, full

OURS = "coterie.Bloom"
FLOORS = {
    "L2": "touch_l2_read_ns_per_key",
    "L3": "touch_l3_huge_read_ns_per_key",
    "DRAM": "touch_dram_huge_read_ns_per_key",
}
ROWS = [(size, who) for size in FLOORS for who in (OURS, "floor", "plain.Bloom")]
ZPDS = [("L2", "zpds.Bloom"), ("L3", "zpds.Bloom"), full("DRAM", "zpds.Bloom")]


@pytest.mark.parametrize(("size", "who"), ROWS + ZPDS)
def test_array(row, size, who):
    """f.contains_many of 2**20 random uint64, of which a half is in the filter, whose bits are half full."""
    row.ask("BloomFilter.contains_many, uint64 array", f"in {size}")
    if who == "floor":
        return row.floor(FLOORS[size])
    filter, n = at_place(who, size)
    asked, added = asked_of(n)
    ready = filter.ready(asked)
    answers = filter.contains_many(ready)
    check(row, filter, answers, added)
    facts = facts_of(filter, capacity_of(size), answers, added)
    return row.time(filter, partial(filter.contains_many, ready), per=len(ready), **facts)


@against(OURS, "floor")
def test_call(row, who):
    """What a batch call costs before it sees the first key."""
    row.ask("BloomFilter.contains_many of a one-element array", "in L2", unit="call")
    if who == "floor":
        return row.floor("numpy_add_one_element_ns")
    filter, n = at_place(who, "L2")
    one = asked_of(n)[0][:1].copy()
    row.check(filter, filter.contains_many(one), [one[0].item() in filter.filter])
    return row.time(
        filter, partial(loops.fresh(loops.call), filter.contains_many, [one] * keys.FEW), per=keys.FEW
    )
