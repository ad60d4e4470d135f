"""Blocks, pairs of blocks or bits anywhere: what is fast and small at which rate of false positives?"""

from functools import partial

import numpy as np
import pytest

from benchmarks import contenders
from benchmarks.cases.filters.shared import MANY, against, asked_of, check, facts_of, filled, full, limited

OURS = "coterie.Bloom"
LAYOUTS = ["coterie.BlockBloom", "coterie.PairBloom", "coterie.ClassicBloom"]
PEERS = ["zpds.Bloom", "fastbloom_rs.Ints", "abloom.Bloom", "rbloom.Bloom"]
RATES = {f"fpr={fpr}": fpr for fpr in (0.01, 0.001, 0.0001)}

contestants = against(OURS, *LAYOUTS, "plain.Bloom", *PEERS, full("pybloomfiltermmap3.Bloom"))
sizes = pytest.mark.parametrize("size", RATES)


@contestants
@sizes
def test_contains(row, size, who):
    """f.contains_many of 2**20 uint64, half of them added, in an array or, where none is taken, a list."""
    row.ask("BloomFilter.contains_many, uint64, by rate", size)
    filter = filled(who, MANY, RATES[size], "array", MANY)
    asked, added = asked_of(limited(filter, MANY))
    ready = filter.ready(asked)
    answers = filter.contains_many(ready)
    check(row, filter, answers, added, RATES[size])
    facts = facts_of(filter, MANY, answers, added) | others(who, RATES[size])
    return row.time(filter, partial(filter.contains_many, ready), per=len(ready), **facts)


@contestants
@sizes
def test_update(row, size, who):
    """f.update of the same keys, which are in the filter afterwards."""
    row.ask("BloomFilter.update, uint64, by rate", size)
    filter, (asked, _) = contenders.find(who, "array")(2 * MANY, RATES[size]), asked_of(MANY)
    ready = filter.ready(asked)
    filter.update(ready)
    check(row, filter, filter.contains_many(ready), np.full(len(ready), True))
    return row.time(filter, partial(filter.update, ready), per=len(ready))


def others(who, fpr):
    """The bits per key of the others, beside Coterie's in its row."""
    found = {}
    for name in (*LAYOUTS, *PEERS) if who == OURS else ():
        try:
            filter = contenders.find(name)(MANY, fpr)
        except pytest.skip.Exception:
            continue
        found[f"bits, {filter.label}"] = f"{8 * filter.nbytes / MANY:.2f}"
    return found
