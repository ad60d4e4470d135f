"""A filter that grows has the slices and answers of its plain model, and keeps its promise at every size."""

from itertools import accumulate, pairwise
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie import CapacityError, ScalableBloomFilter
from tests.containers import forms
from tests.filters.slices import filled, refuse, scalable, slices, state
from tests.filters.test_bloom_model import ANY_KEY, KEYS, shuffled
from tests.placement.errors import NO_INTEGERS, called


def same(bloom, plain):
    """The filter has the slices of the model, bit by bit."""
    found = slices(bloom.to_bytes())
    assert bloom.slices == len(found) == len(plain.slices)
    for (row, bits), one, keys in zip(found, plain.slices, plain.keys, strict=True):
        layout, probes, fpr, blocks, capacity, taken, first, last, _ = row
        assert (layout, probes) == {"block": (0, 8), "pair": (1, 16)}[one.layout]
        assert (fpr, blocks, capacity, taken, first, last) == (one.fpr, one.z, one.capacity, keys, 0, 0)
        assert bits == one.to_bits()
    assert bloom.capacity == sum(one.capacity for one in plain.slices)
    assert bloom.approx_len() == pytest.approx(plain.approx_len(), abs=1)
    assert bloom.estimated_fpr() == pytest.approx(plain.estimated_fpr(), abs=1e-15)


@pytest.mark.parametrize("seed", [0, 2**64 - 1])
@pytest.mark.parametrize(
    ("fpr", "options"),
    [
        (0.01, {}),
        (0.9, {}),
        (0.5, {"tightening": 0.5}),
        (1e-3, {"growth": 3}),
        (1e-6, {"growth": 16}),
        (0.1, {"tightening": 0.99}),
    ],
)
@pytest.mark.parametrize("capacity", [1, 10, 100, 10_000])
def test_model(capacity, fpr, options, seed, level):
    bloom, plain = scalable(capacity, fpr, seed=seed, **options)
    keys = shuffled(KEYS)
    assert [bloom.add_new(key) for key in keys] == [plain.add_new(key) for key in keys]
    same(bloom, plain)
    at_once = filled(ScalableBloomFilter, keys, capacity, fpr, seed=seed, **options)
    assert at_once == bloom
    asked = [*keys, *range(1000, 1500)]
    want = [key in plain for key in asked]
    assert [key in bloom for key in asked] == want
    assert bloom.contains_many(asked).tolist() == want


@given(st.integers(1, 20), st.sampled_from([0.9, 0.2, 1e-3]), st.lists(ANY_KEY, max_size=60))
def test_whatever_was_added_is_found(capacity, fpr, keys):
    bloom, plain = scalable(capacity, fpr)
    assert bloom.add_new_many(keys).tolist() == [plain.add_new(key) for key in keys]
    assert bloom.contains_many(keys).all()
    assert bloom.add_new_many(keys).sum() == 0
    same(bloom, plain)


@pytest.mark.parametrize(
    ("n", "capacity"), [(0, 1), (1, 1), (700, 1), (2049, 50), (4097, 4096), (20_000, 2000)]
)
def test_every_container(n, capacity, level):
    keys = list(range(n // 2)) + list(range(n - n // 2))
    one_by_one = ScalableBloomFilter(capacity, 0.3, seed=5)
    new = [one_by_one.add_new(key) for key in keys]
    for name, container in forms(keys):
        bloom = ScalableBloomFilter(capacity, 0.3, seed=5)
        assert bloom.update(container) is None
        assert bloom == one_by_one, name
        assert bloom.to_bytes() == one_by_one.to_bytes(), name
    for name, container in forms(keys):
        bloom = ScalableBloomFilter(capacity, 0.3, seed=5)
        assert bloom.add_new_many(container).tolist() == new, name
        assert bloom == one_by_one, name


# ---- the promise ----


def most(fpr, n):
    """Of n other keys, 5 % more than promised, and four standard deviations of their number."""
    return 1.05 * fpr * n + 4 * sqrt(fpr * n) + 4


def room(bloom):
    """How many keys the newest slice still takes."""
    row, _ = slices(bloom.to_bytes())[-1]
    return row[4] - row[5]


@pytest.mark.parametrize("fpr", [0.5, 0.1, 0.01, 1e-3, 1e-5])
@pytest.mark.parametrize(("growth", "tightening"), [(2, 0.85), (4, 0.85), (2, 0.5)])
def test_rate_at_every_size(fpr, growth, tightening):
    """Just before and after each step, and half way, up to 11 slices."""
    bloom = ScalableBloomFilter(64, fpr, growth=growth, tightening=tightening)
    others = np.arange(2**40, 2**40 + 300_000)
    added = 0
    while bloom.slices < (11 if growth == 2 else 6):
        assert bloom.contains_many(others).sum() <= most(fpr, len(others))
        for most_left in (bloom.capacity // 4, 0):
            while (left := room(bloom)) > most_left:  # some keys seem to be there already
                bloom.update(np.arange(added, added + left - most_left))
                added += left - most_left
            assert bloom.contains_many(others).sum() <= most(fpr, len(others))
        count = bloom.slices
        while bloom.slices == count:
            bloom.add(added)
            added += 1
    assert bloom.contains_many(np.arange(added)).all()
    assert bloom.approx_len() == pytest.approx(added, rel=0.01 if fpr < 0.2 else 0.05)
    seen = bloom.contains_many(others).mean()
    chance = 5 * sqrt(max(seen, 1e-5) / len(others))
    assert bloom.estimated_fpr() == pytest.approx(seen, abs=chance + 0.05 * fpr * seen)


@pytest.mark.parametrize("fpr", [0.9, 0.01, 1e-6])
def test_rates_add_up(fpr):
    bloom = filled(ScalableBloomFilter, range(20_000), 10, fpr)
    rows = [row for row, _ in slices(bloom.to_bytes())]
    rates = [row[2] for row in rows]
    assert sum(rates) == pytest.approx(fpr * (1 - 0.85 ** len(rates)))
    assert sum(rates) < fpr
    assert all(after / before == pytest.approx(0.85) for before, after in pairwise(rates))
    assert [row[4] for row in rows] == list(accumulate(rates[1:], lambda keys, _: 2 * keys, initial=10))


def test_memory():
    """What the docstring says."""
    for fpr, bits in [(0.01, {1: 15.8, 4: 16.4, 10: 18.0}), (1e-6, {1: 40.8, 4: 42.2, 10: 46.1})]:
        bloom, added = ScalableBloomFilter(1024, fpr), 0
        while bloom.slices <= 10:
            if bloom.slices in bits:
                assert bloom.bits_per_key == pytest.approx(bits[bloom.slices], abs=0.1)
            more = 1 + room(bloom)
            bloom.update(np.arange(added, added + more))
            added += more


# ---- what it is ----


def test_properties():
    bloom = ScalableBloomFilter()
    assert (bloom.capacity, bloom.fpr, bloom.growth, bloom.tightening) == (1024, 0.01, 2, 0.85)
    assert (bloom.seed, bloom.slices) == (0, 1)
    assert repr(bloom) == "<ScalableBloomFilter of 1 slice for 1024 keys at 0.01>"
    assert (bool(bloom), bloom.approx_len(), bloom.estimated_fpr()) == (False, 0, 0)
    bloom.update(range(2000))
    assert repr(bloom) == "<ScalableBloomFilter of 2 slices for 3072 keys at 0.01>"
    assert bloom
    assert bloom.bits_per_key == bloom.nbytes * 8 / bloom.capacity
    for name in ("capacity", "fpr", "growth", "tightening", "seed", "slices", "nbytes", "bits_per_key"):
        with pytest.raises(AttributeError):
            setattr(bloom, name, 1)


def test_cleared():
    bloom = filled(ScalableBloomFilter, range(1000), 10, seed=3)
    assert bloom.slices > 5
    assert bloom.clear() is None
    assert state(bloom) == state(ScalableBloomFilter(10, seed=3))
    bloom.update(range(1000))
    assert bloom == filled(ScalableBloomFilter, range(1000), 10, seed=3)


def test_equal():
    bloom = filled(ScalableBloomFilter, range(100), 10)
    assert bloom == filled(ScalableBloomFilter, [*range(100), 5, 7], 10)
    others = [
        {"seed": 1},
        {"growth": 3},
        {"tightening": 0.8},
        {"key": bytes(16)},
        {"fpr": 0.011},
        {"capacity": 11},
    ]
    for other in others:
        assert bloom != filled(ScalableBloomFilter, range(100), **({"capacity": 10} | other))
    assert bloom != filled(ScalableBloomFilter, range(101), 10)
    assert bloom != filled(ScalableBloomFilter, reversed(range(100)), 10)  # the first slice has other keys
    assert filled(ScalableBloomFilter, range(9), 10) == filled(ScalableBloomFilter, reversed(range(9)), 10)
    assert bloom != 5
    with pytest.raises(TypeError):
        hash(bloom)
    with pytest.raises(TypeError):
        bloom | bloom
    with pytest.raises(TypeError):
        bloom <= bloom  # noqa: B015


# ---- what it does not take ----


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        *(("capacity", bad) for bad in (0, -1, 2**40 + 1, 2**64)),
        *(("growth", bad) for bad in (-2, 0, 1, 17, 2**64)),
        *(
            (name, bad)
            for name in ("fpr", "tightening")
            for bad in (0, 1, -0.5, 1.5, float("nan"), float("inf"))
        ),
        ("seed", -1),
        ("seed", 2**64),
        ("fpr", 1e-13),
        ("tightening", 1 - 1e-15),
        ("key", b"short"),
    ],
)
def test_out_of_range(name, bad):
    with pytest.raises((ValueError, OverflowError), match=name):
        ScalableBloomFilter(**{name: bad})


@pytest.mark.parametrize("name", ["capacity", "growth", "seed"])
@pytest.mark.parametrize("bad", NO_INTEGERS, ids=called)
def test_no_integer(name, bad):
    with pytest.raises(TypeError, match=name):
        ScalableBloomFilter(**{name: bad})


@pytest.mark.parametrize("name", ["fpr", "tightening"])
@pytest.mark.parametrize("bad", ["0.5", None, [0.5], 1j])
def test_no_number(name, bad):
    with pytest.raises(TypeError, match=name):
        ScalableBloomFilter(**{name: bad})


def test_no_further_slice():
    """The rate of the third would be below what digests can keep; what is there stays."""
    bloom = ScalableBloomFilter(10, 6e-12, tightening=0.5)
    bloom.update(range(30))
    assert bloom.slices == 2
    for call in (bloom.add, bloom.add_new):
        refuse(bloom, CapacityError, "2 slices", call, "new")
    for call in (bloom.update, bloom.add_new_many):
        for keys in (["new", "newer"], np.arange(30, 50), iter(["new"])):
            refuse(bloom, CapacityError, "2 slices", call, keys)
    assert not bloom.add_new(5)
    assert not bloom.add_new_many(range(30)).any()
    assert bloom.contains_many(range(30)).all()
    assert "new" not in bloom
    half = ScalableBloomFilter(10, 6e-12, tightening=0.5)
    with pytest.raises(CapacityError):
        half.update(np.arange(100))
    assert half == bloom
    bloom.clear()
    bloom.add("new")
    assert "new" in bloom
