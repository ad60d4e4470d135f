"""A filter says once that it is too full, or refuses to become so; at its capacity it does neither."""

import operator
import pickle
import warnings

import numpy as np
import pytest

import coterie
from coterie import BloomFilter, CapacityError, CapacityWarning
from tests.filters.blooms import LAYOUTS, bits, filled, layouts, refuse, state

WAYS = {
    "add": lambda bloom, keys: [bloom.add(key) for key in keys],
    "add_new": lambda bloom, keys: [bloom.add_new(key) for key in keys],
    "update": lambda bloom, keys: bloom.update(keys),
    "update an array": lambda bloom, keys: bloom.update(np.array(keys)),
    "update an iterator": lambda bloom, keys: bloom.update(iter(keys)),
    "update by one": lambda bloom, keys: [bloom.update([key]) for key in keys],
    "add_new_many": lambda bloom, keys: bloom.add_new_many(keys),
}
ways = pytest.mark.parametrize("add", WAYS.values(), ids=WAYS)
CAPACITIES = [1, 2, 3, 10, 100, 1000, 5000]


def test_kinds_of_errors():
    assert issubclass(CapacityWarning, Warning)
    assert issubclass(CapacityError, Exception)
    assert coterie.CapacityWarning is coterie.filters.CapacityWarning
    assert coterie.CapacityError is coterie.filters.CapacityError


@layouts
@ways
@pytest.mark.parametrize("capacity", CAPACITIES)
@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("fpr", [0.5, 0.01])
def test_full_is_not_too_full(layout, add, capacity, strict, fpr):
    """A warning would be an error here. The same keys again change nothing."""
    for seed in range(5 if capacity < 100 else 1):
        bloom = BloomFilter(capacity, fpr, layout=layout, strict=strict, seed=seed)
        for _ in range(3):
            add(bloom, list(range(capacity)))
        assert bloom.contains_many(range(capacity)).all()


@layouts
@ways
@pytest.mark.parametrize("capacity", CAPACITIES)
def test_too_full(layout, add, capacity):
    """All is added, and one warning is enough."""
    bloom = BloomFilter(capacity, 1e-4, layout=layout)
    keys = list(range(capacity * 2 + 2))
    with pytest.warns(CapacityWarning, match=str(capacity)) as caught:
        add(bloom, keys)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert bloom.contains_many(keys).all()
    add(bloom, list(range(capacity * 3)))


@layouts
@ways
@pytest.mark.parametrize("capacity", CAPACITIES)
def test_strict(layout, add, capacity):
    """Of a batch that does not fit nothing is added."""
    bloom = BloomFilter(capacity, 1e-4, layout=layout, strict=True)
    bloom.update(range(capacity // 2))
    before = bits(bloom)
    with pytest.raises(CapacityError, match=str(capacity)):
        add(bloom, list(range(capacity * 2 + 2)))
    if add in (WAYS["update"], WAYS["update an array"], WAYS["add_new_many"], WAYS["update an iterator"]):
        assert bits(bloom) == before
    assert bloom.approx_len() <= capacity * 1.1 + 1
    bloom.update(range(capacity // 2))
    assert bloom.contains_many(range(capacity // 2)).all()


@layouts
def test_strict_leaves_all_as_it_was(layout):
    bloom = filled(range(100), 100, 1e-6, layout=layout, strict=True)
    before = state(bloom)
    for key in range(1000, 1100):
        try:
            bloom.add(key)
        except CapacityError:
            break
        before = state(bloom)
    assert state(bloom) == before
    for call in (bloom.add, bloom.add_new):
        with pytest.raises(CapacityError):
            call(key)
    assert state(bloom) == before
    assert bloom.add_new(0) is False
    assert bloom.add(1) is None


@layouts
def test_what_is_there_is_always_welcome(layout):
    """Also in a filter that is full: it takes no room."""
    for strict in (False, True):
        bloom = filled(range(1000), 1000, 1e-4, layout=layout, strict=strict)
        for _ in range(5):
            bloom.update(range(1000))
            bloom.update([5] * 3000)
            bloom.add_new_many(list(range(1000)) * 3)
            for key in range(1000):
                bloom.add(key)
        assert bloom == filled(range(1000), 1000, 1e-4, layout=layout)


@layouts
def test_one_key_many_times(layout):
    bloom = BloomFilter(1, layout=layout, strict=True)
    bloom.update(["a"] * 10_000)
    bloom.update(np.full(10_000, "a"))
    assert bloom == filled(["a"], 1, layout=layout)


@layouts
def test_warnings_as_errors(layout):
    """The warning comes when the keys are in: they are not lost by it."""
    bloom = BloomFilter(10, 1e-4, layout=layout)
    with pytest.raises(CapacityWarning):
        bloom.update(range(100))
    assert bloom.contains_many(range(100)).all() or not bloom


@layouts
def test_every_filter_warns_for_itself(layout):
    first = BloomFilter(10, layout=layout)
    with pytest.warns(CapacityWarning):
        first.update(range(100))
    with pytest.warns(CapacityWarning):
        filled(range(100), 10, layout=layout)
    first.clear()
    first.update(range(10))
    assert first == filled(range(10), 10, layout=layout)


@layouts
def test_reading_never_warns(layout):
    with pytest.warns(CapacityWarning):
        bloom = filled(range(100), 10, layout=layout)
    for read in (bloom.copy(), pickle.loads(pickle.dumps(bloom)), BloomFilter.from_bytes(bloom.to_bytes())):
        assert read == bloom
        assert read.contains_many(range(100)).all()
        assert read.approx_len() > 10


@layouts
@pytest.mark.parametrize("fpr", [0.9, 0.5, 0.01])
def test_bounds_that_turn_into_counts(layout, fpr):
    """The same keys twice, then others: no more than fit, however the first ones were counted. Of many keys
    in few bits that is known least."""
    for seed in range(50):
        bloom = BloomFilter(1000, fpr, layout=layout, seed=seed)
        bloom.update(range(500))
        bloom.update(range(500))
        bloom.update(range(500, 1000))
        assert bloom.contains_many(range(1000)).all()


@layouts
@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("fpr", [0.9, 0.5, 0.01])
def test_union_that_fits_just(layout, strict, fpr):
    """How many keys two filters have in common can only be estimated: in doubt they fit."""
    for seed in range(50):
        options = {"capacity": 1000, "fpr": fpr, "layout": layout, "seed": seed, "strict": strict}
        a, b = filled(range(500), **options), filled(range(400, 1000), **options)
        union = a | b
        union |= a
        union.update(range(1000))
        a |= b
        assert a == union


@layouts
def test_union_that_changes_nothing(layout):
    """Also not how many keys there are."""
    for n in (1, 100, 990):
        a, b = filled(range(n), 1000, layout=layout), filled(range(n // 2), 1000, layout=layout)
        before = state(a)
        a |= b
        a |= a
        assert state(a) == before


@layouts
def test_strict_union(layout):
    options = {"capacity": 1000, "layout": layout, "strict": True}
    a, b = filled(range(1000), **options), filled(range(1000, 2000), **options)
    refuse(a, CapacityError, "1000", operator.ior, a, b)
    refuse(a, CapacityError, "1000", operator.or_, a, b)


@layouts
def test_union_of_what_fits(layout):
    for strict in (False, True):
        a = filled(range(500), 1000, layout=layout, strict=strict)
        b = filled(range(400, 900), 1000, layout=layout, strict=strict)
        assert (a | b).contains_many(range(900)).all()
        a |= b
        for _ in range(20):
            a |= b
            a |= a
        a.update(range(900))
        assert a.contains_many(range(900)).all()


def united(a, b):
    """The union, with all keys added to it once more: it knows at the latest then."""
    union = a | b
    union.update(range(2000))
    return union


@layouts
def test_union_of_too_much(layout):
    a, b = (filled(range(first, first + 1000), 1000, layout=layout) for first in (0, 1000))
    with pytest.warns(CapacityWarning):
        union = united(a, b)
    assert union.contains_many(range(2000)).all()


@layouts
def test_approximate_length_of_what_is_too_full(layout):
    """Also when no bit is left: a number, and no fewer than were added a little before."""
    last = 0
    bloom = BloomFilter(100, 0.01, layout=layout)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CapacityWarning)
        for n in (100, 200, 400, 1000, 10_000, 100_000):
            bloom.update(range(n))
            assert type(bloom.approx_len()) is int
            assert bloom.approx_len() >= last
            last = bloom.approx_len()
    assert bloom.fill_ratio == 1
    assert bloom.estimated_fpr() == 1
    assert last > 400
    assert "anything" in bloom
    assert BloomFilter.from_bytes(bloom.to_bytes()) == bloom


def test_rates_grow_beyond_the_promise():
    """One half of what is promised at half the capacity and less; more than promised when too full."""
    for layout in LAYOUTS:
        bloom = BloomFilter(1000, 0.01, layout=layout)
        rates = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CapacityWarning)
            for n in (500, 1000, 2000, 4000):
                bloom.update(range(n))
                rates.append(bloom.estimated_fpr())
        assert rates == sorted(rates)
        assert rates[0] < 0.005
        assert rates[1] < 0.0125  # of this one filter
        assert rates[2] > 0.02


@pytest.mark.parametrize("mode", ["r+", "c"])
def test_keys_that_came_again_before_the_file_was_opened(mode, tmp_path):
    """How many they were only a bound said: no reason to warn."""
    bloom = BloomFilter(1000)
    for _ in range(9):
        bloom.update(np.arange(100))
    bloom.save(tmp_path / "bloom")
    opened = BloomFilter.open(tmp_path / "bloom", mode)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        opened.update(np.arange(500))
        for key in range(500, 900):
            opened.add(key)
    with pytest.warns(CapacityWarning):
        opened.update(np.arange(2000))
