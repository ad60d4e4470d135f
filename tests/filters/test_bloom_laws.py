"""What every Bloom filter promises: nothing that was added is missing, and filters add up."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie import BloomFilter, digests
from tests.containers import forms
from tests.filters.blooms import LAYOUTS, SEEDS, bits, filled, layouts, state
from tests.filters.test_bloom_model import ANY_KEY

KEYS = [f"user:{i}" for i in range(3000)]
SAMPLES = {
    "texts": ["a", "é" * 40, "", "user:17", "twelve bytes", "thirteen byte", "a"],
    "blobs": [b"a", b"", b"x" * 300, b"\xff\xfe"],
    "small": [0, 1, 1, 0],
    "ints": [0, 5, 127, 5],
    "large ints": [2**64 - 1, 2**63, 0],
    "negative": [-1, -(2**63), 2**63 - 1],
    "mixed": ["a", b"b", 3, -3, "", b""],
    "none": [],
    "many": list(range(5000)),
}
PAIRS = st.tuples(
    st.sampled_from(LAYOUTS),
    st.sampled_from([0.9, 0.3, 0.01, 1e-7]),
    st.sampled_from(SEEDS),
    st.lists(ANY_KEY, max_size=15),
    st.lists(ANY_KEY, max_size=15),
)


def two(pair):
    """Two filters of one shape, and the keys of each."""
    layout, fpr, seed, left, right = pair
    options = {"layout": layout, "seed": seed}
    return filled(left, 40, fpr, **options), filled(right, 40, fpr, **options), left, right


# ---- no false negatives ----


@layouts
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("fpr", [0.9, 0.1, 1e-2, 1e-4, 1e-6])
def test_what_was_added_is_found(layout, seed, fpr, level):
    bloom = filled(KEYS, len(KEYS), fpr, layout=layout, seed=seed)
    assert bloom.contains_many(KEYS).all()
    assert all(key in bloom for key in KEYS)


@given(PAIRS)
def test_whatever_was_added_is_found(pair):
    a, _, left, right = two(pair)
    assert all(key in a for key in left)
    for key in right:
        a.add(key)
        assert key in a
        assert a.add_new(key) is False
    assert all(key in a for key in left + right)
    assert a.contains_many(left + right).all()


@given(PAIRS)
def test_new_is_what_was_not_there(pair):
    bloom, _, _, right = two(pair)
    for key in right:
        there = key in bloom
        assert bloom.add_new(key) is not there


def test_an_empty_filter_has_nothing():
    bloom = BloomFilter(10)
    assert not bloom
    assert not bloom.contains_many(KEYS).any()
    assert "a" not in bloom
    assert (bloom.approx_len(), bloom.fill_ratio, bloom.estimated_fpr()) == (0, 0, 0)


@layouts
def test_cleared(layout):
    bloom = filled(KEYS, 3000, layout=layout, seed=3)
    assert bloom
    assert bloom.clear() is None
    assert not bloom
    assert bloom == BloomFilter(3000, layout=layout, seed=3)
    assert state(bloom) == state(BloomFilter(3000, layout=layout, seed=3))
    bloom.update(KEYS)
    assert bloom == filled(KEYS, 3000, layout=layout, seed=3)


# ---- one key, many keys, any container ----


@layouts
@pytest.mark.parametrize("keys", SAMPLES.values(), ids=SAMPLES)
def test_every_container(layout, keys):
    one_by_one = BloomFilter(6000, 0.5, layout=layout, seed=5)
    new = [one_by_one.add_new(key) for key in keys]
    others = keys[1:] + keys[:1] if len(keys) < 1000 else list(range(4000, 9000))
    some = filled(keys[::2], 6000, 0.5, layout=layout, seed=5)
    for name, container in forms(keys):
        bloom = BloomFilter(6000, 0.5, layout=layout, seed=5)
        assert bloom.update(container) is None
        assert bloom == one_by_one, name
    for name, container in forms(keys):
        answers = BloomFilter(6000, 0.5, layout=layout, seed=5).add_new_many(container)
        assert (answers.dtype, answers.tolist()) == (bool, new), name
    for name, container in forms(others):
        answers = some.contains_many(container)
        assert (answers.dtype, answers.tolist()) == (bool, [key in some for key in others]), name


class Once:
    """An iterable that is no iterator, and can be read once."""

    def __init__(self, keys):
        self.keys = iter(keys)

    def __iter__(self):
        return self.keys


class Stream:
    """An Arrow stream that can be read once."""

    def __init__(self, keys):
        self.columns = [pytest.importorskip("pyarrow").chunked_array([keys[:2], keys[2:]])]

    def __arrow_c_stream__(self, requested_schema=None):
        return self.columns.pop().__arrow_c_stream__(requested_schema)


def reader(keys):
    """An Arrow stream that is an iterator too, of something else."""
    pa = pytest.importorskip("pyarrow")
    return pa.Table.from_pydict({"key": keys}).to_reader()


@pytest.mark.parametrize("make", [Once, Stream, reader, iter])
@pytest.mark.parametrize("strict", [False, True])
def test_keys_that_can_be_read_once(make, strict):
    keys = [1, 2, 3, 2]
    bloom, many = (BloomFilter(100, 1e-6, strict=strict) for _ in range(2))
    bloom.update(make(keys))
    assert bloom == filled(keys, 100, 1e-6)
    assert bloom.contains_many(make([5, *keys])).tolist() == [False, True, True, True, True]
    assert many.add_new_many(make(keys)).tolist() == [True, True, True, False]
    assert many == bloom


@layouts
def test_digests_stand_for_keys(layout, level):
    hashed = digests(KEYS)
    for seed in SEEDS:
        options = {"layout": layout, "seed": seed}
        bloom = filled(KEYS[:2000], 3000, 0.2, **options)
        by_digests = BloomFilter(3000, 0.2, **options)
        by_digests.update(hashed[:2000], hashed=True)
        assert bits(bloom) == bits(by_digests)
        answers = bloom.contains_many(hashed, hashed=True)
        assert np.array_equal(answers, bloom.contains_many(KEYS))
        new = by_digests.add_new_many(hashed, hashed=True)
        assert np.array_equal(new, bloom.add_new_many(KEYS))
        assert not new[:2000].any()


def test_one_key_is_one_key():
    """Whatever it is written as."""
    for same in (
        ["a", b"a", bytearray(b"a"), np.str_("a"), memoryview(b"a")],
        [1, True, np.int8(1), (1).to_bytes(8, "little"), np.bool_(True)],
        [-1, 2**64 - 1, np.int64(-1)],
    ):
        for first in same:
            bloom = BloomFilter(10, 1e-6)
            bloom.add(first)
            assert all(key in bloom for key in same)
            assert not any(bloom.add_new(key) for key in same)
            assert bloom.approx_len() == 1


def test_answers_go_where_they_are_wanted():
    bloom = filled(KEYS[:1000], 3000, 1e-9)
    want = bloom.contains_many(KEYS)
    out = np.ones(len(KEYS), bool)
    assert bloom.contains_many(KEYS, out=out) is out
    assert np.array_equal(out, want)
    assert bloom.copy().add_new_many(KEYS, out=out) is out
    assert np.array_equal(out, ~want)


def test_nulls():
    keys = ["a", None, "b", None, "c"]
    bloom = BloomFilter(100, 1e-6)
    bloom.update(keys, nulls="skip")
    assert bloom == filled(["a", "b", "c"], fpr=1e-6)
    assert bloom.contains_many(keys, nulls="skip").tolist() == [True, False, True, False, True]
    assert bloom.contains_many(keys, nulls=True).tolist() == [True] * 5
    bloom = BloomFilter(100, 1e-6)
    assert bloom.add_new_many(keys, nulls="skip").tolist() == [True, False, True, False, True]
    assert bloom == filled(["a", "b", "c"], fpr=1e-6)


# ---- two filters ----


@given(PAIRS)
def test_union_is_the_filter_of_both(pair):
    a, b, left, right = two(pair)
    before = bits(a), bits(b)
    union = a | b
    both = a.copy()
    both.update(right)
    assert bits(union) == bits(both)
    assert union == both == b | a
    assert (bits(a), bits(b)) == before
    assert union.contains_many(left + right).all()
    assert a <= union
    assert b <= union


@given(PAIRS)
def test_intersection_has_what_both_have(pair):
    a, b, left, right = two(pair)
    before = bits(a), bits(b)
    common = a & b
    assert (bits(a), bits(b)) == before
    assert common == b & a
    assert common <= a
    assert common <= b
    keys = left + right
    assert (common.contains_many(keys) >= (a.contains_many(keys) & b.contains_many(keys))).all()
    assert all(key in common for key in left if key in right)


@given(PAIRS)
def test_in_place(pair):
    a, b, _, _ = two(pair)
    union, common = a | b, a & b
    other = b.copy()
    same, again = a, a.copy()
    a |= b
    again &= b
    assert a is same
    assert a == union
    assert again == common
    assert b == other


@given(PAIRS)
def test_order_is_that_of_bits(pair):
    a, b, _, _ = two(pair)
    left, right = (int.from_bytes(bits(bloom), "little") for bloom in (a, b))
    within, around = left & ~right == 0, right & ~left == 0
    assert (a <= b) is within
    assert (a >= b) is around
    assert (a < b) is (within and left != right)
    assert (a > b) is (around and left != right)
    assert (a == b) is (left == right)
    assert (a != b) is (left != right)


@given(PAIRS)
def test_algebra(pair):
    a, b, _, _ = two(pair)
    empty = a.copy()
    empty.clear()
    assert a | a == a & a == a
    assert a | empty == a
    assert a & empty == empty
    assert (a | b) & a == a == (a & b) | a
    assert empty <= a <= a
    assert not a < a


@layouts
def test_with_itself(layout):
    bloom = filled(KEYS, 3000, layout=layout)
    want = bloom.copy()
    bloom |= bloom
    assert bloom == want
    bloom &= bloom
    assert bloom == want
    bloom |= want
    assert bits(bloom) == bits(want)


@layouts
def test_copies_live_on_their_own(layout):
    bloom = filled(["a"], layout=layout, seed=9)
    copied = bloom.copy()
    assert type(copied) is BloomFilter
    assert copied == bloom
    assert state(copied) == state(bloom)
    before = state(bloom)
    copied.update(KEYS[:50])
    assert state(bloom) == before
    bloom.clear()
    assert copied.contains_many(["a", *KEYS[:50]]).all()


@layouts
def test_order_of_insertion(layout):
    want = filled(KEYS[:100], layout=layout)
    assert filled(KEYS[99::-1], layout=layout) == want
    one_by_one = BloomFilter(100, layout=layout)
    for key in KEYS[50:100] + KEYS[:50]:
        one_by_one.add(key)
    assert one_by_one == want
    assert bits(one_by_one) == bits(want)


@pytest.mark.parametrize("layout", ["block", "pair"])
@pytest.mark.parametrize("spread", ["even", "few regions", "one block"])
def test_however_a_batch_is_cut(layout, spread, level):
    """A large one goes region by region through the filter."""
    hashed = np.random.default_rng(3).integers(2**64, size=1_200_000, dtype=np.uint64)
    if spread == "few regions":
        hashed[100_000:] >>= np.uint64(6)
    elif spread == "one block":
        hashed[100_000:] &= np.uint64(2**32 - 1)
    options = {"capacity": 4_000_000, "fpr": 0.01, "layout": layout}
    want = BloomFilter(**options)
    for first in range(0, len(hashed), 50_000):
        want.update(hashed[first : first + 50_000], hashed=True)
    whole = BloomFilter(**options)
    whole.update(hashed, hashed=True)
    assert whole == want
    in_turns = BloomFilter(**options)
    in_turns.update(hashed[:700_000], hashed=True)
    in_turns.update(hashed[700_000:], hashed=True)
    assert in_turns == want


@pytest.mark.parametrize("seed", [0, 5])
def test_a_large_list_goes_as_a_large_array(seed):
    n = 1_000_000
    options = {"capacity": 4_000_000, "seed": seed}
    bloom = filled(list(range(n)), **options)
    assert bloom == filled(np.arange(n), **options) == filled(iter(range(n)), **options)
    assert bloom.contains_many(np.arange(n)).all()
    assert abs(bloom.approx_len() - n) < 0.01 * n


@layouts
def test_seeds_make_other_filters(layout):
    """Which keys one wrongly has says nothing of which another has."""
    found = [
        filled(range(2000), 2000, 0.1, layout=layout, seed=seed).contains_many(range(2000, 22_000))
        for seed in SEEDS
    ]
    for i, a in enumerate(found):
        for b in found[:i]:
            # 0.1 * 0.1 of 20,000 are 200, with a standard deviation of 14.
            assert (a & b).sum() < 200 + 6 * 14
