"""What do a million keys in a list cost, to add them to a Bloom filter and to ask for them?"""

from functools import partial

import numpy as np
import pytest

import coterie
from benchmarks import contenders
from benchmarks.cases.filters.shared import (
    FPR,
    MANY,
    Anew,
    against,
    check,
    facts_of,
    filled,
    fresh_keys,
    full,
    limited,
)
from benchmarks.floors import Floor

FAST = ["abloom.Bloom", "fastbloom_rs.Text", "fastbloom_rs.Ints"]
OTHERS = ["abloom.Serializable", "rbloom.Bloom", "zpds.Bloom"]
SLOW = ["pybloomfiltermmap3.Bloom", "pybloom_live.Bloom", "pyprobables.Bloom"]

contestants = against("coterie.Bloom", "floor", "plain.Bloom", *FAST, *map(full, OTHERS + SLOW))
kinds = pytest.mark.parametrize("kind", ["str", "int"])


@contestants
@kinds
def test_update(row, kind, who):
    """f.update(list) of a new filter with a million keys, which are new objects, shuffled in memory."""
    row.ask("BloomFilter.update, list", kind)
    if who == "floor":
        return digests(row, fresh_keys(kind, 0, MANY))
    contender = contenders.find(who, kind)
    anew = Anew(partial(contender, MANY, FPR), fresh_keys(kind, 0, limited(contender, MANY)), "update")
    anew.run()
    found = anew.filter.contains_many(anew.fresh.keys)
    check(row, anew.filter, found, np.full(len(found), True))
    return row.time(anew.filter, anew.run, per=len(anew.fresh.keys), before=anew.before)


@contestants
@kinds
def test_contains(row, kind, who):
    """f.contains_many(list) of a million keys, half of them added, new objects, shuffled in memory."""
    row.ask("BloomFilter.contains_many, list", kind)
    if who == "floor":
        return digests(row, fresh_keys(kind, MANY // 2, MANY // 2 + MANY))
    filter = filled(who, MANY, FPR, kind, MANY)
    n = limited(filter, MANY)
    fresh = fresh_keys(kind, n // 2, n // 2 + n)
    answers, added = filter.contains_many(fresh.keys), fresh.numbers < n
    check(row, filter, answers, added)
    facts = facts_of(filter, MANY, answers, added)
    run = partial(filter.contains_many, fresh.keys)
    return row.time(filter, run, per=len(fresh.keys), before=fresh.fill, **facts)


def digests(row, fresh):
    floor = Floor("digests of the list", partial(coterie.digests, fresh.keys), len(fresh.keys))
    return row.floor(floor, before=fresh.fill)
