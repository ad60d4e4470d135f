"""What does it cost to ask whether a message is new, and to forget it after a while?"""

from functools import partial

import numpy as np
import pytest

from benchmarks import contenders, keys, loops
from benchmarks.cases.filters.shared import FPR, against, facts_of, fresh_keys, limited, some_keys

OURS, TIMED, TOLD, PLAIN = "growing.Rotating", "growing.Timed", "growing.Told", "growing.PlainRotating"
PEER = "pyprobables.Rotating"
CAPACITY = 100_000
LOOP = 10_000

kinds = pytest.mark.parametrize("kind", ["str", "int"])


def check(row, filter, new, again):
    """Nearly all that is new is said to be, and nothing that comes again."""
    row.check(filter, [np.mean(new) > 1 - 2 * FPR, bool(np.any(again))], [True, False], [True, False])


@against(OURS, "floor", TIMED, TOLD, PLAIN, PEER)
@kinds
def test_add_new_one(row, kind, who):
    """f.add_new(k) of 10,000 keys, each for the second time or more, in a window of 100,000."""
    row.ask("RotatingBloomFilter.add_new(k)", kind)
    if who == "floor":
        return row.floor(f"py_dict_get_{kind}_ns")
    filter = contenders.find(who, kind)(CAPACITY, FPR)
    fresh = fresh_keys(kind, 0, min(LOOP, limited(filter, LOOP)))
    new = list(map(filter.add_new, fresh.keys))
    check(row, filter, new, list(map(filter.add_new, fresh.keys)))
    run = partial(loops.fresh(loops.call), filter.add_new, fresh.keys)
    return row.time(filter, run, per=len(fresh.keys), before=fresh.fill, **facts_of(filter, CAPACITY))


@against(OURS, "floor", TIMED, TOLD, PLAIN)
def test_add_new_array(row, who):
    """f.add_new_many of 2**20 random uint64 that pass through a window of a million, again and again."""
    row.ask("RotatingBloomFilter.add_new_many, uint64 array", "a million keys")
    if who == "floor":
        return row.floor("touch_l2_write_ns_per_key")
    filter = contenders.find(who)(keys.ARRAY, FPR)
    ready = filter.ready(some_keys("array", 0, keys.ARRAY))
    check(row, filter, filter.add_new_many(ready), filter.add_new_many(ready))
    return row.time(
        filter, partial(filter.add_new_many, ready), per=len(ready), **facts_of(filter, keys.ARRAY)
    )
