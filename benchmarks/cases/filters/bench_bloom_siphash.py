"""What does a secret cost? Bloom filters whose false positives others cannot find, beside usual ones."""

from functools import partial

import numpy as np
import pytest

from benchmarks import keys
from benchmarks.cases.filters.shared import FPR, MANY, against, asked_of, check, filled, fresh_keys

KEYS = 100_000  # of the filter that is asked for one key after another
LOOP = 10_000  # of those

contestants = against("coterie.Bloom", "coterie.KeyedBloom")
kinds = pytest.mark.parametrize("kind", ["str", "int"])


@contestants
@kinds
def test_one_key(row, kind, who):
    """k in f, for keys that were added."""
    row.ask("k in BloomFilter, with key=", kind)
    filter, fresh = filled(who, KEYS, FPR, kind, KEYS), fresh_keys(kind, 0, LOOP)
    check(row, filter, list(map(filter.contains, fresh.keys)), np.full(LOOP, True))
    return row.time(filter, filter.asking(fresh.keys), per=LOOP, before=fresh.fill)


@contestants
@kinds
def test_list(row, kind, who):
    """f.contains_many(list) of a million keys, shuffled, of which a half was added."""
    row.ask("BloomFilter.contains_many, list, with key=", kind)
    filter, fresh = filled(who, MANY, FPR, kind, MANY), fresh_keys(kind, MANY // 2, MANY // 2 + MANY)
    check(row, filter, filter.contains_many(fresh.keys), fresh.numbers < MANY)
    return row.time(filter, partial(filter.contains_many, fresh.keys), per=MANY, before=fresh.fill)


@contestants
def test_array(row, who):
    """f.contains_many of 2**20 random uint64, of which a half was added."""
    row.ask("BloomFilter.contains_many, uint64 array, with key=")
    filter, (asked, added) = filled(who, MANY, FPR, "array", MANY), asked_of(MANY)
    check(row, filter, filter.contains_many(asked), added)
    return row.time(filter, partial(filter.contains_many, asked), per=keys.ARRAY)
