"""The counting filter has the size, the counters and the answers of its plain model; at every CPU level."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.baselines.filters import counting_size
from coterie import CountingBloomFilter, digests
from tests.filters.countings import RATES, SEEDS, both, filled, lines, numbers, rates, same

# Around the groups and chunks of the kernels.
SIZES = [0, 1, 2, 15, 16, 17, 31, 33, 64, 127, 129, 255, 257, 2047, 2049]
KEYS = [f"user:{i}" for i in range(200)] + [b"\xff%d" % i for i in range(100)] + list(range(-50, 50))
ANY_KEY = st.one_of(
    st.text(st.characters(codec="utf-8")), st.binary(max_size=300), st.integers(-(2**63), 2**64 - 1)
)
PROMISES = [0.999, 0.5, 0.1, 0.0101, 0.01, 0.0099, 1e-3, 1e-4, 0.99e-4, 1e-6, 1e-8, 0.99e-8, 1e-11, 1e-12]
ENDS = [0, 1, 2**31, 2**32 - 1, 2**32, 2**63, 2**64 - 2**32, 2**64 - 1]


def shuffled(keys):
    """The keys and half of them again, in no order."""
    keys = [*keys, *keys[::2]]
    random.Random(len(keys)).shuffle(keys)
    return keys


class Digest(bytes):
    """A key that the plain model does not hash again."""

    def __new__(cls, value):
        new = super().__new__(cls, int(value).to_bytes(8, "little"))
        new.value = int(value)
        return new


@pytest.fixture
def by_digest(monkeypatch):
    """The plain model takes digests for keys."""
    import benchmarks.baselines.filters.counting as plain

    monkeypatch.setattr(plain, "digest", lambda key: key.value)


# ---- sizes ----


@pytest.mark.parametrize("capacity", [*range(1, 20), 63, 64, 100, 101, 1000, 12345, 10**6])
def test_sizes(capacity):
    for fpr in PROMISES[: -1 if capacity > 10**5 else None]:
        columns = counting_size.columns_for(fpr)
        rows = counting_size.size(capacity, fpr, columns)
        counting = CountingBloomFilter(capacity, fpr)
        assert counting.nbytes == 64 * rows * columns, fpr
        assert counting.bits_per_key == counting.nbytes * 8 / capacity


@given(st.integers(1, 200_000), st.floats(-12, -1e-3))
def test_any_size(capacity, power):
    fpr = max(10.0**power, 2e-12)
    columns = counting_size.columns_for(fpr)
    rows = counting_size.size(capacity, fpr, columns)
    assert CountingBloomFilter(capacity, fpr).nbytes == 64 * rows * columns
    assert counting_size.rate(rows, columns, capacity) <= fpr


def test_bits_for_a_key():
    """A quarter of them would do for keys that never leave."""
    for fpr, most in [(0.1, 21), (0.01, 47), (1e-3, 63), (1e-4, 94), (1e-5, 101), (1e-6, 125)]:
        assert CountingBloomFilter(100_000, fpr).bits_per_key <= most


# ---- counters ----


@rates
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("capacity", [400, 5000])
def test_counters_and_answers(fpr, seed, capacity, level):
    counting, plain = both(capacity, fpr, seed)
    batch = filled(KEYS[::2], capacity, fpr, seed=seed)
    for key in KEYS[::2]:
        assert counting.add(key) is None
        plain.add(key)
    same(counting, plain)
    assert counting == batch
    want = [key in plain for key in KEYS]
    assert [key in counting for key in KEYS] == want
    assert [counting.contains(key) for key in KEYS] == want
    assert counting.contains_many(KEYS).tolist() == want
    assert batch.contains_many(iter(KEYS)).tolist() == want
    assert [counting.count(key) for key in KEYS] == [plain.count(key) for key in KEYS]
    for key in KEYS[::4]:
        assert counting.remove(key) is None
        plain.remove(key)
    batch.remove_many(KEYS[::4])
    same(counting, plain)
    same(batch, plain)


@pytest.mark.parametrize("fpr", [0.9, *RATES])
def test_many_times(fpr, level):
    """Until counters know no more how much they count."""
    counting, plain = both(len(KEYS), fpr, 3)
    many = counting.copy()
    rounds = [shuffled(KEYS) for _ in range(3)] + [KEYS[:20] * 14, shuffled(KEYS[:20] * 3)]
    for keys in rounds:
        want = [plain.add_new(key) for key in keys]
        assert [counting.add_new(key) for key in keys] == want
        assert many.add_new_many(keys).tolist() == want
        assert [many.count(key) for key in KEYS] == [plain.count(key) for key in KEYS]
    same(counting, plain)
    assert many.count(KEYS[0]) == 15
    for keys in rounds[::-1]:
        want = [plain.discard(key) for key in keys]
        assert [counting.contains(key) and counting.discard(key) is None for key in keys] == want
        assert many.discard_many(keys).tolist() == want
    same(counting, plain)
    same(many, plain)
    assert KEYS[0] in many
    assert many.discard_many(["another"]).tolist() == [plain.discard("another")]


@rates
@pytest.mark.parametrize("capacity", [6000, 200_000])
def test_sizes_of_batches(fpr, capacity, level, by_digest):
    """Of a filter that fits into the second cache, and of one that does not."""
    hashed = digests(shuffled(range(1500)))
    for n in SIZES if capacity == 6000 else SIZES[-3:]:
        counting, plain = both(capacity, fpr, 5)
        many = counting.copy()
        want = [plain.add_new(Digest(d)) for d in hashed[:n]]
        counting.update(hashed[:n], hashed=True)
        assert many.add_new_many(hashed[:n], hashed=True).tolist() == want
        same(counting, plain)
        same(many, plain)
        has = [Digest(d) in plain for d in hashed[-n - 50 :]]
        assert counting.contains_many(hashed[-n - 50 :], hashed=True).tolist() == has
        gone = [plain.discard(Digest(d)) for d in hashed[n // 2 :]]
        assert counting.discard_many(hashed[n // 2 :], hashed=True).tolist() == gone
        same(counting, plain)
        many.remove_many(hashed[:n], hashed=True)
        assert many == CountingBloomFilter(capacity, fpr, seed=5)


@rates
@pytest.mark.parametrize("capacity", [1, 30, 100_000])
def test_ends_of_digests(fpr, capacity, level, by_digest):
    counting, plain = both(capacity, fpr)
    for d in ENDS[:capacity]:
        counting.update(np.array([d], np.uint64), hashed=True)
        plain.add(Digest(d))
        same(counting, plain)
        want = [Digest(d) in plain for d in ENDS]
        assert counting.contains_many(np.array(ENDS, np.uint64), hashed=True).tolist() == want


@given(
    st.integers(40, 300),
    st.sampled_from([0.9, 0.1, *RATES]),
    st.integers(0, 2**64 - 1),
    st.lists(ANY_KEY, max_size=20),
    st.lists(ANY_KEY, max_size=20),
)
def test_anything(capacity, fpr, seed, keys, others):
    counting, plain = both(capacity, fpr, seed)
    assert counting.add_new_many(keys).tolist() == [plain.add_new(key) for key in keys]
    assert counting.contains_many(others).tolist() == [key in plain for key in others]
    assert [counting.count(key) for key in others] == [plain.count(key) for key in others]
    assert counting.discard_many(others).tolist() == [plain.discard(key) for key in others]
    same(counting, plain)


# ---- all of it ----


@rates
@pytest.mark.parametrize("capacity", [300, 20_000])
def test_sum(fpr, capacity, level):
    (a, plain_a), (b, plain_b) = (both(capacity, fpr, 7) for _ in range(2))
    for counting, plain, keys in [
        (a, plain_a, KEYS[:200] + KEYS[:5] * 9),
        (b, plain_b, KEYS[100:250] + KEYS[:5] * 7),
    ]:
        counting.update(keys)
        for key in keys:
            plain.add(key)
    total, plain = a + b, plain_a.sum(plain_b)
    same(total, plain)
    same(a, plain_a)
    same(b, plain_b)
    a += b
    same(a, plain)
    assert a.count(KEYS[0]) == 15


@rates
@pytest.mark.parametrize("n", [0, 1, 7, 100, 499])
def test_numbers(fpr, n, level):
    counting, plain = both(500, fpr, 9)
    counting.update(range(n))
    for key in range(n):
        plain.add(key)
    assert counting.fill_ratio == plain.fill_ratio()
    assert counting.estimated_fpr() == pytest.approx(plain.estimated_fpr(), rel=1e-12)
    assert counting.approx_len() == plain.approx_len()
    assert bool(counting) == (n > 0)


@rates
@pytest.mark.parametrize("share", [0.01, 0.5, 1])
def test_approximate_length(fpr, share):
    """Of distinct keys. At these rates the deviation is below a quarter of the root of their number."""
    n = int(20_000 * share)
    counting = filled(range(n), 20_000, fpr)
    counting.update(range(n))
    assert type(counting.approx_len()) is int
    assert abs(counting.approx_len() - n) <= 6 * n**0.5 / 4 + 1
    counting.remove_many(range(n))
    assert abs(counting.approx_len() - n) <= 6 * n**0.5 / 4 + 1
    counting.remove_many(range(n))
    assert counting.approx_len() <= 2  # of 8 keys that share a counter twice each, it stays


def test_seed_0_takes_digests_as_they_are(by_digest):
    hashed = np.array([5 << 32 | 1, 2**64 - 1], np.uint64)
    counting, plain = both(1000)
    counting.update(hashed, hashed=True)
    for d in hashed:
        plain.add(Digest(d))
    same(counting, plain)
    used = np.flatnonzero(np.frombuffer(lines(counting), np.uint8).reshape(-1, 64).any(1))
    assert used.tolist() == [0, numbers(counting)["lines"] - 1]
