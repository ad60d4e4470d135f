"""At capacity a filter says yes wrongly as often as it promised, whatever the keys look like."""

from functools import cache
from math import sqrt

import numpy as np
import pytest

from coterie import BloomFilter, digests
from tests.filters.blooms import layouts
from tests.placement.schemes import schemes

CAPACITY = 100_000
RATES = [0.1, 0.01, 1e-3, 1e-4, 1e-5, 1e-6]
# The n keys from number `first` on: of all kinds that a weak hash would put close together.
KEYS = {
    "sequential": lambda first, n: np.arange(first, first + n),
    "every 2**20": lambda first, n: np.arange(first, first + n) << 20,
    "every 2**32": lambda first, n: np.arange(first, first + n).astype(np.uint64) << np.uint64(32),
    "negative": lambda first, n: -1 - np.arange(first, first + n),
    "texts": lambda first, n: [f"user:{i}" for i in range(first, first + n)],
    "long texts": lambda first, n: [f"{i:040d}" for i in range(first, first + n)],
}


def most(fpr, n, spread=0.03):
    """The most wrong answers of n that a filter may give.

    5 % more than promised are allowed. The number for one filter is binomial: its standard deviation is at
    most the square root of its mean. That mean differs between filters of 100,000 keys by at most 3 %: a
    filter of z blocks has the mean of z rates, each of which has, at 64 bits for a key, five times their mean
    as standard deviation, and fewer at fewer bits; of a pair, it is squared. Four standard deviations in all,
    and four more for where the mean is so small that the numbers are skewed.
    """
    promised = fpr * n
    return 4 + 1.05 * promised + 4 * sqrt(promised + (spread * promised) ** 2)


def wrong(bloom, keys, n, chunk=1_000_000):
    """How many of n other keys it says yes to."""
    return sum(
        int(bloom.contains_many(keys(CAPACITY + first, min(chunk, n - first))).sum())
        for first in range(0, n, chunk)
    )


@cache
def hashed(kind):
    """The digests of enough keys, and of others."""
    return digests(KEYS[kind](0, CAPACITY)), digests(KEYS[kind](CAPACITY, 300_000))


@layouts
@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("fpr", RATES)
def test_rate(layout, kind, fpr):
    keys, others = hashed(kind)
    bloom = BloomFilter(CAPACITY, fpr, layout=layout)
    bloom.update(keys, hashed=True)
    assert bloom.contains_many(others, hashed=True).sum() <= most(fpr, len(others))


@layouts
@pytest.mark.parametrize("fpr", RATES)
@pytest.mark.parametrize("seed", [0, 1, 2**64 - 1])
def test_rate_of_random_digests(layout, fpr, seed):
    random = np.random.default_rng(seed)
    bloom = BloomFilter(CAPACITY, fpr, layout=layout, seed=seed)
    bloom.update(random.integers(2**64, size=CAPACITY, dtype=np.uint64), hashed=True)
    others = random.integers(2**64, size=2_000_000, dtype=np.uint64)
    assert bloom.contains_many(others, hashed=True).sum() <= most(fpr, len(others))


@pytest.mark.slow
@layouts
@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("fpr", [1e-4, 1e-5, 1e-6])
def test_rare(layout, kind, fpr):
    """200 wrong answers; fewer among texts, which take long to make."""
    keys, n = KEYS[kind], min(int(200 / fpr), 10**7 if "texts" in kind else 10**9)
    bloom = BloomFilter(CAPACITY, fpr, layout=layout)
    bloom.update(keys(0, CAPACITY))
    assert wrong(bloom, keys, n) <= most(fpr, n)


@layouts
@pytest.mark.parametrize("fpr", [0.5, 0.1, 0.01, 1e-3])
@pytest.mark.parametrize("capacity", [1, 2, 3, 8, 16, 20, 33, 50, 64, 200, 1000])
def test_rate_of_small_filters(layout, fpr, capacity):
    """In the mean over many: one of them may be unlucky."""
    found = []
    for seed in range(200):
        bloom = BloomFilter(capacity, fpr, layout=layout, seed=seed)
        bloom.update(range(capacity))
        found.append(bloom.contains_many(np.arange(10_000) + (capacity + seed * 10_000)).mean())
    assert np.mean(found) <= 1.05 * fpr + 4 * np.std(found) / sqrt(len(found))


@pytest.mark.slow
@layouts
@pytest.mark.parametrize(("fpr", "capacity"), [(1e-4, 24), (1e-5, 20), (1e-6, 16), (1e-6, 64)])
def test_rare_in_small_filters(layout, fpr, capacity):
    """Here the rates of filters differ most: an unlucky one among many makes the mean. 500 wrong answers."""
    filters = 500
    n = int(1 / fpr)
    found = []
    for seed in range(filters):
        bloom = BloomFilter(capacity, fpr, layout=layout, seed=seed)
        bloom.update(range(capacity))
        found.append(bloom.contains_many(np.arange(n) + (capacity + seed * n)).mean())
    assert np.mean(found) <= 1.05 * fpr + 4 * np.std(found) / sqrt(filters)


@layouts
def test_estimate(layout):
    """The estimate is what is measured: 1 % of 2,000,000, with a standard deviation of 140."""
    bloom = BloomFilter(CAPACITY, 0.01, layout=layout)
    for share in (0.5, 1):
        bloom.update(range(int(CAPACITY * share)))
        n = 2_000_000
        estimated = bloom.estimated_fpr() * n
        assert abs(wrong(bloom, KEYS["sequential"], n) - estimated) <= 4 * sqrt(estimated) + 0.01 * estimated


@schemes()
@layouts
@pytest.mark.parametrize("seeds", [(0, 0), (0, 7), (7, 7), (7, 0)], ids=str)
def test_keys_of_one_node(scheme, layout, seeds):
    """What a placement sees of a key says nothing to a filter, also of the same seed."""
    placement = scheme.make(10, seeds[0])
    keys = np.arange(1_500_000)
    keys = keys[placement.assign(keys) == 3]
    n = len(keys) // 5
    for fpr in (0.1, 0.01, 1e-4):
        bloom = BloomFilter(n, fpr, seed=seeds[1], layout=layout)
        bloom.update(keys[:n])
        # A fifth of the keys of 100,000, so that filters differ by sqrt(5) as much.
        limit = most(fpr, len(keys) - n, spread=0.03 * sqrt(CAPACITY / n))
        assert bloom.contains_many(keys[n:]).sum() <= limit


@layouts
def test_filter_of_what_another_filter_lets_through(layout):
    """Filters of different seeds are independent: two that promise 10 % let 1 % through."""
    first = BloomFilter(CAPACITY, 0.1, layout=layout)
    second = BloomFilter(CAPACITY, 0.1, layout=layout, seed=1)
    for bloom in (first, second):
        bloom.update(range(CAPACITY))
    others = np.arange(CAPACITY, 2_000_000)
    through = others[first.contains_many(others)]
    assert second.contains_many(through).sum() <= most(0.1, len(through))
