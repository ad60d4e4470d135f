"""At capacity a counting filter says yes wrongly as often as it promised, and says when it is too full."""

from math import sqrt

import numpy as np
import pytest

from coterie import CapacityError, CapacityWarning, CountingBloomFilter
from tests.filters.countings import filled, lines, rates, state

CAPACITY = 100_000
KEYS = {
    "sequential": lambda first, n: np.arange(first, first + n),
    "every 2**20": lambda first, n: np.arange(first, first + n) << 20,
    "every 2**32": lambda first, n: np.arange(first, first + n).astype(np.uint64) << np.uint64(32),
    "negative": lambda first, n: -1 - np.arange(first, first + n),
    "texts": lambda first, n: [f"user:{i}" for i in range(first, first + n)],
}
WAYS = {
    "add": lambda counting, keys: [counting.add(key) for key in keys],
    "add_new": lambda counting, keys: [counting.add_new(key) for key in keys],
    "update": lambda counting, keys: counting.update(keys),
    "update an array": lambda counting, keys: counting.update(np.array(keys)),
    "update an iterator": lambda counting, keys: counting.update(iter(keys)),
    "update by one": lambda counting, keys: [counting.update([key]) for key in keys],
    "add_new_many": lambda counting, keys: counting.add_new_many(keys),
}


def add_all(counting, keys):
    """One key after the other."""
    for key in keys:
        counting.add(key)


ways = pytest.mark.parametrize("add", WAYS.values(), ids=WAYS)


def most(fpr, n):
    """The most wrong answers of n: 5 % more than promised, and 4 deviations of a binomial number.

    Its mean itself differs by up to 2 % between filters of 100,000 keys.
    """
    promised = fpr * n
    return 1.05 * promised + 4 * sqrt(promised + (0.02 * promised) ** 2)


@pytest.mark.parametrize("keys", KEYS.values(), ids=KEYS)
@pytest.mark.parametrize("fpr", [0.5, 0.1, 0.01, 0.0099, 1e-3, 1e-4, 1e-5])
def test_rate(keys, fpr):
    counting = CountingBloomFilter(CAPACITY, fpr)
    counting.update(keys(0, CAPACITY))
    assert counting.contains_many(keys(CAPACITY, 300_000)).sum() <= most(fpr, 300_000)


@pytest.mark.parametrize("fpr", [0.1, 0.01, 1e-3, 1e-4, 1e-5, 1e-6])
@pytest.mark.parametrize("seed", [0, 1])
def test_rate_of_random_digests(fpr, seed):
    """Of keys that came after as many others had left again."""
    random = np.random.default_rng(seed)
    counting = CountingBloomFilter(CAPACITY, fpr, seed=seed)
    first, second = (random.integers(2**64, size=CAPACITY, dtype=np.uint64) for _ in range(2))
    counting.update(first, hashed=True)
    counting.remove_many(first[1000:], hashed=True)
    counting.update(second[1000:], hashed=True)
    others = random.integers(2**64, size=2_000_000, dtype=np.uint64)
    wrong = counting.contains_many(others, hashed=True).sum()
    assert wrong <= most(fpr, len(others))
    estimated = counting.estimated_fpr() * len(others)
    assert abs(wrong - estimated) <= 4 * sqrt(estimated) + 0.01 * estimated + 1


@pytest.mark.parametrize("fpr", [0.5, 0.1, 0.01, 1e-3])
@pytest.mark.parametrize("capacity", [1, 2, 3, 8, 20, 33, 64, 200, 1000])
def test_rate_of_small_filters(fpr, capacity):
    """In the mean over many: one of them may be unlucky."""
    found = []
    for seed in range(100):
        counting = filled(range(capacity), capacity, fpr, seed=seed)
        found.append(counting.contains_many(np.arange(10_000) + (capacity + seed * 10_000)).mean())
    assert np.mean(found) <= 1.05 * fpr + 4 * np.std(found) / sqrt(len(found))


@pytest.mark.parametrize("fpr", [0.01, 1e-3])
def test_count(fpr):
    """An upper bound that is seldom too high: for most keys it takes several others to be so."""
    counting = filled(range(CAPACITY), CAPACITY, fpr)
    counting.update(range(1000))
    counts = np.array([counting.count(key) for key in range(3000)])
    assert (counts[:1000] >= 2).all()
    assert (counts[1000:] >= 1).all()
    assert (counts[:1000] == 2).mean() > 1 - 5 * fpr
    assert (counts[1000:] == 1).mean() > 1 - 5 * fpr


# ---- too many keys ----


@rates
@ways
@pytest.mark.parametrize("capacity", [1, 2, 3, 10, 100, 1000])
@pytest.mark.parametrize("strict", [False, True])
def test_full_is_not_too_full(fpr, add, capacity, strict):
    """A warning would be an error here. The same keys again take no room."""
    for seed in range(5 if capacity < 100 else 1):
        counting = CountingBloomFilter(capacity, fpr, strict=strict, seed=seed)
        for _ in range(3):
            add(counting, list(range(capacity)))
        assert counting.contains_many(range(capacity)).all()


@rates
@ways
@pytest.mark.parametrize("capacity", [10, 100, 1000])
def test_too_full(fpr, add, capacity):
    """All is added, and one warning is enough."""
    counting = CountingBloomFilter(capacity, fpr)
    keys = list(range(capacity * 3 + 100))
    with pytest.warns(CapacityWarning, match=str(capacity)) as caught:
        add(counting, keys)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert counting.contains_many(keys).all()
    add(counting, list(range(capacity * 4)))


@rates
@pytest.mark.parametrize("capacity", [1, 10, 1000, 30_000])
def test_how_late_it_is_noticed(fpr, capacity):
    """As late as a number of keys can be told from the counters that they fill."""
    counting = CountingBloomFilter(capacity, fpr, strict=True)
    counting.update(range(capacity))
    with pytest.raises(CapacityError):
        add_all(counting, range(capacity, capacity + int(3 * sqrt(capacity)) + 10))


@rates
@ways
@pytest.mark.parametrize("capacity", [10, 100, 1000])
def test_strict(fpr, add, capacity):
    """Of a batch that does not fit nothing is added."""
    counting = CountingBloomFilter(capacity, fpr, strict=True)
    counting.update(range(capacity // 2))
    before = lines(counting)
    with pytest.raises(CapacityError, match=str(capacity)):
        add(counting, list(range(capacity * 3 + 100)))
    if add not in (WAYS["add"], WAYS["add_new"], WAYS["update by one"]):
        assert lines(counting) == before
    counting.update(range(capacity // 2))
    assert counting.contains_many(range(capacity // 2)).all()


@rates
def test_strict_leaves_all_as_it_was(fpr):
    counting = filled(range(100), 100, fpr, strict=True)
    for key in range(1000, 1300):
        before = state(counting)
        try:
            counting.add(key)
        except CapacityError:
            break
    assert state(counting) == before
    for call, argument in [(counting.add, key), (counting.add_new, key), (counting.update, [0, 1, key, 2])]:
        with pytest.raises(CapacityError):
            call(argument)
        assert state(counting) == before
    assert counting.add_new(0) is False
    assert counting.add(1) is None
    counting.remove_many([0, 1, *range(20)])
    assert counting.add(key) is None


@rates
def test_room_that_others_left(fpr):
    """Keys that have left take none, however many they were."""
    counting = CountingBloomFilter(100, fpr, strict=True)
    for first in range(0, 10_000, 100):
        counting.update(range(first, first + 100))
        counting.remove_many(range(first, first + 100))
    assert not counting


@rates
def test_sum_of_too_much(fpr):
    a, b = (filled(range(first, first + 1000), 1000, fpr) for first in (0, 1000))
    with pytest.warns(CapacityWarning):
        assert (a + b).contains_many(range(2000)).all()
    strict = filled(range(1000), 1000, fpr, strict=True)
    before = state(strict)
    with pytest.raises(CapacityError):
        strict += b
    assert state(strict) == before
    strict += strict  # the same keys


@rates
def test_full_to_the_brim(fpr):
    """No counter is left: a number of keys, and yes to all."""
    counting = CountingBloomFilter(20, fpr)
    with pytest.warns(CapacityWarning):
        counting.update(range(100_000))
    assert counting.fill_ratio == 1
    assert counting.estimated_fpr() == 1
    assert counting.approx_len() == 100_000
    assert "anything" in counting
    assert counting.count("anything") == 15
    assert CountingBloomFilter.from_bytes(counting.to_bytes()) == counting
    counting.discard_many(range(200_000))
    assert counting.fill_ratio == 1
