"""What does one key cost, of a Bloom filter for 100,000? In a Python loop over keys that are new objects."""

from functools import cache, partial

import numpy as np
import pytest

from benchmarks import contenders, keys, loops
from benchmarks.cases.filters.shared import (
    FPR,
    Anew,
    against,
    check,
    facts_of,
    filled,
    fresh_keys,
    full,
    limited,
    some_keys,
)
from benchmarks.floors import Floor

PLAIN = "plain.Bloom"
FAST = [
    "abloom.Bloom",
    "abloom.Serializable",
    "rbloom.Bloom",
    "zpds.Bloom",
    "fastbloom_rs.Text",
    "fastbloom_rs.Ints",
]
SLOW = ["pybloomfiltermmap3.Bloom", "pybloom_live.Bloom", "pyprobables.Bloom"]
KEYS = 100_000  # of the filter
LOOP = 10_000  # keys of a loop: more of them would measure how objects come from memory
TOUCHED = 1_000
ASKED = {"hit": 0, "miss": KEYS}  # from this key on

contestants = against("coterie.Bloom", "floor", PLAIN, *FAST, *map(full, SLOW))
kinds = pytest.mark.parametrize("kind", ["str", "int"])


@contestants
@kinds
@pytest.mark.parametrize("answer", ASKED)
def test_contains(row, answer, kind, who):
    """k in f, for keys that were added and for others."""
    row.ask(f"k in BloomFilter, a {answer}", kind)
    first = ASKED[answer]
    if who == "floor":
        return row.floor(*bare(loops.contains, (), "k in ()", kind, first))
    filter = filled(who, KEYS, FPR, kind, KEYS)
    fresh = fresh_keys(kind, first, first + LOOP)
    found = list(map(filter.contains, fresh.keys))
    check(row, filter, found, np.full(LOOP, answer == "hit"))
    facts = facts_of(filter, KEYS)
    if filter.exact:
        some, plain = keys.sample(fresh.keys), model(kind, limited(filter, KEYS))
        row.check(filter, [found[i] for i in some], [fresh.keys[i] in plain for i in some])
    return row.time(filter, filter.asking(fresh.keys), per=len(fresh.keys), before=fresh.fill, **facts)


@contestants
@kinds
def test_add(row, kind, who):
    """f.add(k) to a filter with a thousand others, so that the system has given it all of its memory."""
    row.ask("BloomFilter.add(k)", kind)
    if who == "floor":
        return row.floor(*bare(loops.call, id, "id(k)", kind))
    anew = Anew(partial(filled, who, KEYS, FPR, kind, TOUCHED), fresh_keys(kind, KEYS, KEYS + LOOP), "adding")
    anew.run()
    found = list(map(anew.filter.contains, anew.fresh.keys))
    check(row, anew.filter, found, np.full(len(found), True))
    return row.time(anew.filter, anew.run, per=len(anew.fresh.keys), before=anew.before)


def bare(loop, function, label, kind, first=0):
    """A floor in a loop over the same keys, and what makes them new."""
    fresh = fresh_keys(kind, first, first + LOOP)
    return Floor(label, partial(loops.fresh(loop), function, fresh.keys), len(fresh.keys)), fresh.fill


@cache
def model(kind, n):
    """The baseline with the first n keys in it."""
    plain = contenders.find(PLAIN)(KEYS, FPR)
    plain.update(some_keys(kind, 0, n))
    return plain.filter
