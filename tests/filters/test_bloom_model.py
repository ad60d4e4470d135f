"""The filter has the size, the bits and the answers of its plain model; at every CPU level."""

import random
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.baselines.filters.bloom_size import rate, size
from coterie import BloomFilter, digests
from coterie.hashing import xxh64
from tests.filters.blooms import LAYOUTS, SEEDS, bits, both, filled, layouts, shape

# Around the lanes, blocks and chunks of the kernels.
SIZES = [0, 1, 2, 3, 4, 5, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 1023, 1024, 1025]
SIZES += [2047, 2048, 2049, 4095, 4096, 4097]
KEYS = [f"user:{i}" for i in range(300)] + [b"\xff%d" % i for i in range(100)] + list(range(-50, 50))
ANY_KEY = st.one_of(
    st.text(st.characters(codec="utf-8")),
    st.binary(max_size=300),
    st.integers(-(2**63), 2**64 - 1),
    st.booleans(),
)
ENDS = [
    0,
    1,
    2**31,
    2**32 - 1,
    2**32,
    2**63,
    2**64 - 2**32,
    2**64 - 1,
]  # digests at the ends of what indexes them


def shuffled(keys):
    """The keys and half of them again, in no order: some are new and some are not."""
    keys = [*keys, *keys[::2]]
    random.Random(len(keys)).shuffle(keys)
    return keys


MANY = digests(shuffled(range(max(SIZES))))


# ---- sizes ----


def promises(layout):
    """Rates that a layout takes."""
    return [0.999, 0.5, 0.1, 0.03, 0.01, 1e-3, 1e-4, 1e-6] + [1e-9, 1e-11] * (layout != "block")


@layouts
def test_sizes(layout):
    for capacity in [*range(1, 40), 63, 64, 65, 99, 100, 101, 1000, 12345, 10**6]:
        for fpr in promises(layout):
            bloom = BloomFilter(capacity, fpr, layout=layout)
            z, probes = size(layout, capacity, fpr)
            assert (bloom.nbytes, shape(bloom)[1]) == (32 * z, probes), (capacity, fpr)
            assert bloom.bits_per_key == bloom.nbytes * 8 / capacity


@given(st.sampled_from(LAYOUTS), st.integers(1, 20_000), st.floats(-12, -1e-3))
def test_any_size(layout, capacity, power):
    fpr = min(max(10.0**power, 1e-7 if layout == "block" else 2e-12), 0.999)
    bloom = BloomFilter(capacity, fpr, layout=layout)
    z, probes = size(layout, capacity, fpr)
    assert (bloom.nbytes, shape(bloom)[1]) == (32 * z, probes)
    assert rate(layout, z, probes, capacity) <= fpr


@pytest.mark.slow
@layouts
def test_sizes_of_large_filters(layout):
    """Up to 256 MiB."""
    for capacity in (10**7, 3 * 10**7, 2**25 - 1, 2**25):
        for fpr in promises(layout)[:8]:
            z, _ = size(layout, capacity, fpr)
            if z <= 2**23:
                bloom = BloomFilter(capacity, fpr, layout=layout)
                assert bloom.nbytes == 32 * z, (capacity, fpr)


def test_auto():
    for fpr, layout in [(0.5, "block"), (1e-3, "block"), (np.nextafter(1e-3, 0), "pair"), (1e-6, "pair")]:
        bloom = BloomFilter(1000, fpr)
        assert bloom.layout == layout
        assert bloom == BloomFilter(1000, fpr, layout=layout)
        assert bloom.to_bytes() == BloomFilter(1000, fpr, layout="auto").to_bytes()


# ---- bits ----


@layouts
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("capacity", "fpr"), [(500, 0.3), (500, 0.01), (500, 1e-6), (5000, 0.001)])
def test_bits_and_answers(layout, seed, capacity, fpr, level):
    bloom, plain = both(capacity, fpr, seed, layout)
    batch = filled(KEYS[::2], capacity, fpr, seed=seed, layout=layout)
    for key in KEYS[::2]:
        bloom.add(key)
        plain.add(key)
    assert bits(bloom) == bits(batch) == plain.to_bits()
    want = [key in plain for key in KEYS]
    assert [key in bloom for key in KEYS] == want
    assert [bloom.contains(key) for key in KEYS] == want
    assert bloom.contains_many(KEYS).tolist() == want
    assert batch.contains_many(iter(KEYS)).tolist() == want


@layouts
def test_what_is_new(layout, level):
    """By whether a bit changed: in a small filter some new keys change none."""
    keys = shuffled(KEYS)
    bloom, plain = both(len(KEYS), 0.9, 3, layout)
    many = bloom.copy()
    want = [plain.add_new(key) for key in keys]
    assert [bloom.add_new(key) for key in keys] == want
    assert many.add_new_many(keys).tolist() == want
    assert bits(bloom) == bits(many) == plain.to_bits()
    assert 0 < sum(want) < len(KEYS)


@cache
def stages(capacity, fpr, layout):
    """Which keys are new when they are added one after the other; for each size of a batch the numbers of the
    bits that are then set, and which of all keys are then there."""
    plain = both(capacity, fpr, 5, layout)[1]
    new, after = [], {}
    for n in SIZES:
        new += [plain.add_digest(d) for d in MANY[len(new) : n].tolist()]
        after[n] = sorted(plain.bits), [plain.has_digest(d) for d in MANY.tolist()]
    return new, after


def bits_set(bloom):
    """The numbers of the bits that are set."""
    return np.flatnonzero(np.unpackbits(np.frombuffer(bits(bloom), np.uint8), bitorder="little")).tolist()


@layouts
@pytest.mark.parametrize("capacity", [10_000, 6_000_000], ids=["near", "far"])
def test_sizes_of_batches(layout, capacity, level):
    """Of a filter that fits into the cache, and of one of which lines are fetched before they are needed."""
    new, after = stages(capacity, 0.2, layout)
    for n in SIZES if capacity < 10**6 else SIZES[-7:]:
        blooms = [BloomFilter(capacity, 0.2, seed=5, layout=layout) for _ in range(3)]
        blooms[0].update(MANY[:n], hashed=True)
        assert blooms[1].add_new_many(MANY[:n], hashed=True).tolist() == new[:n]
        blooms[2].update(MANY[: n // 2], hashed=True)
        blooms[2].update(MANY[n // 2 : n], hashed=True)
        assert blooms[0] == blooms[1] == blooms[2]
        for asked in (n, len(MANY)):
            assert blooms[0].contains_many(MANY[:asked], hashed=True).tolist() == after[n][1][:asked]
        assert bits_set(blooms[0]) == after[n][0]


@layouts
@pytest.mark.parametrize("capacity", [1, 30, 1000, 100_000])
def test_ends_of_digests(layout, capacity, level):
    bloom, plain = both(capacity, 0.01, 0, layout)
    for d in ENDS[:capacity]:
        bloom.update(np.array([d], np.uint64), hashed=True)
        plain.add_digest(d)
        assert bits(bloom) == plain.to_bits(), hex(d)
        assert bloom.contains_many(np.array(ENDS, np.uint64), hashed=True).tolist() == [
            plain.has_digest(d) for d in ENDS
        ]


@given(
    st.sampled_from(LAYOUTS),
    st.integers(20, 300),
    st.sampled_from([0.9, 0.1, 1e-3, 1e-7]),
    st.integers(0, 2**64 - 1),
    st.lists(ANY_KEY, max_size=20),
    st.lists(ANY_KEY, max_size=20),
)
def test_anything(layout, capacity, fpr, seed, keys, others):
    bloom, plain = both(capacity, fpr, seed, layout)
    assert bloom.add_new_many(keys).tolist() == [plain.add_new(key) for key in keys]
    assert bits(bloom) == plain.to_bits()
    assert bloom.contains_many(others).tolist() == [key in plain for key in others]
    assert [key in bloom for key in others] == [key in plain for key in others]


# ---- two filters ----


@layouts
@pytest.mark.parametrize("capacity", [20, 1000, 40_000])
def test_union_and_intersection(layout, capacity, level):
    (a, plain_a), (b, plain_b) = (both(capacity, 0.3, 7, layout) for _ in range(2))
    for key in KEYS[: capacity // 2]:
        a.add(key)
        plain_a.add(key)
    for key in KEYS[capacity // 4 : capacity * 3 // 4]:
        b.add(key)
        plain_b.add(key)
    union, intersection = plain_a.union(plain_b), plain_a.intersection(plain_b)
    assert bits(a | b) == union.to_bits()
    assert bits(a & b) == intersection.to_bits()
    assert (a | b).contains_many(KEYS).tolist() == [key in union for key in KEYS]
    assert (a & b).contains_many(KEYS).tolist() == [key in intersection for key in KEYS]


# ---- numbers ----


@layouts
@pytest.mark.parametrize("n", [0, 1, 7, 100, 499])
def test_numbers(layout, n, level):
    bloom, plain = both(500, 0.01, 9, layout)
    bloom.update(range(n))
    for key in range(n):
        plain.add(key)
    assert bloom.fill_ratio == plain.fill_ratio()
    assert bloom.estimated_fpr() == pytest.approx(plain.estimated_fpr(), rel=1e-9, abs=1e-300)
    assert bool(bloom) == (n > 0)


@layouts
@pytest.mark.parametrize("share", [0.001, 0.1, 0.5, 1])
def test_approximate_length(layout, share):
    """At capacity half of some 210,000 bits are set, with a standard deviation below 200, and a key sets 4
    new ones or more: 50 keys are one standard deviation, 1.5 % of 20,000 are six. Fewer are counted better.
    """
    n = int(20_000 * share)
    bloom = filled(range(n), 20_000, layout=layout)
    assert type(bloom.approx_len()) is int
    assert abs(bloom.approx_len() - n) <= 0.015 * n


# ---- Parquet ----


def test_blocks_of_parquet():
    """What Parquet's own test file of 32 blocks holds: the blocks of four texts by XXH64."""
    capacity = next(n for n in range(1, 2000) if size("block", n, 0.01)[0] == 32)
    bloom = BloomFilter(capacity, 0.01, layout="block")
    bloom.update(xxh64(["hello", "parquet", "bloom", "filter"]), hashed=True)
    words = np.frombuffer(bits(bloom), "<u4").reshape(32, 8)
    used = np.flatnonzero(words.any(1)).tolist()
    assert used == [4, 5, 7, 10]
    assert all(word.bit_count() == 1 for word in words[used].ravel().tolist())


@settings(max_examples=20)
@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=50))
def test_seed_0_takes_digests_as_they_are(hashed):
    bloom, plain = both(100, 0.01, layout="block")
    bloom.update(np.array(hashed, np.uint64), hashed=True)
    for d in hashed:
        plain.add_digest(d)
    blocks = {(d >> 32) * (bloom.nbytes // 32) >> 32 for d in hashed}
    assert {bit // 256 for bit in plain.bits} == blocks
    assert bits(bloom) == plain.to_bits()
