"""A filter that forgets has the answers of its plain model; it forgets no key early and none late."""

import warnings
from datetime import timedelta
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie import CapacityWarning, RotatingBloomFilter, ScalableBloomFilter
from tests.containers import forms
from tests.filters.slices import Clock, filled, refuse, rotating, slices, state
from tests.filters.test_bloom_model import ANY_KEY, KEYS, shuffled
from tests.placement.errors import NO_INTEGERS, called

NAN, INF = float("nan"), float("inf")
generations = pytest.mark.parametrize("parts", [1, 2, 3, 8, 16])


def same(bloom, plain):
    """The filter has the generations of the model, bit by bit."""
    found = slices(bloom.to_bytes())
    assert len(found) == len(plain.kept)
    for (row, bits), kept in zip(found, plain.kept, strict=True):
        _, _, fpr, blocks, _, taken, first, last, _ = row
        assert (fpr, blocks, taken) == (kept.bloom.fpr, kept.bloom.z, kept.keys)
        if kept.keys:
            assert (first, last) == (kept.first, kept.last)
        assert bits == kept.bloom.to_bits()
    assert bloom.estimated_fpr() == pytest.approx(plain.estimated_fpr(), abs=1e-15)


@generations
@pytest.mark.parametrize("seed", [0, 2**64 - 1])
@pytest.mark.parametrize("fpr", [0.9, 0.01, 1e-6])
@pytest.mark.parametrize("capacity", [1, 10, 100, 10_000])
def test_model(capacity, fpr, parts, seed, level):
    bloom, plain = rotating(capacity, fpr, generations=parts, seed=seed)
    keys = shuffled(KEYS)
    assert [bloom.add_new(key) for key in keys] == [plain.add_new(key) for key in keys]
    same(bloom, plain)
    at_once = filled(RotatingBloomFilter, keys, capacity, fpr, generations=parts, seed=seed)
    assert at_once == bloom
    asked = [*keys, *range(1000, 1500)]
    want = [key in plain for key in asked]
    assert [key in bloom for key in asked] == want
    assert bloom.contains_many(asked).tolist() == want


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "ask", "many", "rotate"]),
        st.lists(ANY_KEY, min_size=1, max_size=4),
        st.sampled_from([0, 0, 0, 1, 3, 7, 30, -4]),
    ),
    max_size=60,
)


@given(st.integers(1, 20), st.sampled_from([0.9, 0.2, 1e-3]), st.integers(1, 4), st.booleans(), STEPS)
def test_any_steps(capacity, fpr, parts, timed, steps):
    """Also with a clock that steps back."""
    clock = Clock()
    options = {"window": 10, "clock": clock} if timed else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CapacityWarning)
        bloom, plain = rotating(capacity, fpr, generations=parts, **options)
        for do, keys, passed in steps:
            clock.now += passed
            if do == "add":
                assert [bloom.add_new(key) for key in keys] == [plain.add_new(key) for key in keys]
            elif do == "many":
                assert bloom.add_new_many(keys).tolist() == [plain.add_new(key) for key in keys]
            elif do == "rotate":
                assert bloom.rotate() is plain.rotate() is None
            assert bloom.contains_many(keys).tolist() == [key in bloom for key in keys]


@pytest.mark.parametrize(
    ("n", "capacity"), [(0, 1), (1, 1), (700, 1), (2049, 50), (4097, 4096), (20_000, 2000)]
)
@pytest.mark.parametrize("options", [{}, {"window": 5, "clock": lambda: 1.0}], ids=["counted", "timed"])
@pytest.mark.filterwarnings("ignore::coterie.CapacityWarning")
def test_every_container(n, capacity, options, level):
    keys = list(range(n // 2)) + list(range(n - n // 2))
    one_by_one = RotatingBloomFilter(capacity, 0.3, seed=5, **options)
    new = [one_by_one.add_new(key) for key in keys]
    for name, container in forms(keys):
        bloom = RotatingBloomFilter(capacity, 0.3, seed=5, **options)
        assert bloom.update(container) is None
        assert bloom == one_by_one, name
        assert bloom.to_bytes() == one_by_one.to_bytes(), name
    for name, container in forms(keys):
        bloom = RotatingBloomFilter(capacity, 0.3, seed=5, **options)
        assert bloom.add_new_many(container).tolist() == new, name
        assert bloom == one_by_one, name


# ---- the last keys ----


@generations
@pytest.mark.parametrize("capacity", [1, 7, 100, 1001])
def test_the_last_keys_are_found(capacity, parts):
    bloom = RotatingBloomFilter(capacity, 1e-9, generations=parts)
    share = -(-capacity // parts)
    for key in range(5 * capacity + 20):
        bloom.add(key)
        last = range(max(0, key - capacity + 1), key + 1)
        assert bloom.contains_many(np.array(last)).all()
        assert max(key - share * (parts + 1), -1) not in bloom
    assert bloom.approx_len() <= share * (parts + 1) * 1.1 + 5


def test_keys_that_come_again():
    bloom = RotatingBloomFilter(100, 1e-9)
    for key in range(1000):
        bloom.update(["old", "older"])
        bloom.add(key)
    assert "old" in bloom
    assert not bloom.add_new("older")
    for _ in range(1000):
        assert bloom.add_new("same") is (_ == 0)
    assert "old" in bloom  # one key counts once
    for key in range(150, 300):
        bloom.add(key)
    assert "old" not in bloom


def test_rotated_by_hand():
    bloom = RotatingBloomFilter(100, 1e-9, generations=3)
    for hour in range(10):
        bloom.add(hour)
        assert bloom.rotate() is None
        assert [old in bloom for old in range(hour + 1)] == [old > hour - 3 for old in range(hour + 1)]
    for _ in range(3):
        bloom.rotate()
    assert not bloom


# ---- the last seconds ----


@generations
def test_a_window(parts):
    """Never early, whatever comes; late by one generation at most."""
    clock = Clock(100.0)
    bloom = RotatingBloomFilter(50, 1e-9, window=10, generations=parts, clock=clock)
    added = {}
    random = np.random.default_rng(parts)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CapacityWarning)
        for key in range(3000):
            clock.now += float(
                random.choice([0, 0, 0, 0.01, 0.3, 2, 25], p=[0.5, 0.1, 0.1, 0.15, 0.1, 0.04, 0.01])
            )
            again = int(random.integers(key + 1))
            bloom.add(again if key % 5 == 0 else key)
            added[again if key % 5 == 0 else key] = clock.now
            asked = np.array(list(added))[-400:]
            age = clock.now - np.array(list(added.values()))[-400:]
            found = bloom.contains_many(asked)
            assert found[age < 10].all()
            assert not found[age >= 10 + 10 / parts + 1e-9].any()


def test_a_window_is_exact_for_lookups():
    clock = Clock()
    bloom = RotatingBloomFilter(100, 1e-9, window=timedelta(minutes=1), clock=clock)
    assert bloom.window == 60
    bloom.add("a")
    clock.now = 20
    bloom.add("b")
    clock.now = 79.9
    assert ("a" in bloom, "b" in bloom, bool(bloom)) == (True, True, True)
    clock.now = 80
    assert ("a" in bloom, "b" in bloom, bool(bloom)) == (False, False, False)
    assert (bloom.approx_len(), bloom.estimated_fpr()) == (0, 0)
    assert bloom.contains_many(["a", "b"]).tolist() == [False, False]
    assert bloom.add_new("a")
    clock.now = 139
    assert not bloom.add_new("a")
    clock.now = 139 + 59
    assert "a" in bloom
    clock.now = 1e9
    assert bloom.add_new("a")


def test_time_begins_with_the_first_key():
    clock = Clock()
    bloom = RotatingBloomFilter(100, 1e-9, window=10, clock=clock)
    clock.now = 1000
    bloom.add("a")
    clock.now = 1004
    bloom.add("b")  # still in the first generation
    assert len(slices(bloom.to_bytes())) == 1
    clock.now = 1005
    bloom.add("c")
    assert len(slices(bloom.to_bytes())) == 2
    for _ in range(100):
        bloom.rotate()
    assert len(slices(bloom.to_bytes())) == 3


def test_clock_that_steps_back():
    clock = Clock(1000)
    bloom = RotatingBloomFilter(100, 1e-9, window=10, clock=clock)
    bloom.add("a")
    clock.now = 500
    assert "a" in bloom
    bloom.add("b")
    clock.now = 1009
    assert ("a" in bloom, "b" in bloom) == (True, True)
    clock.now = 1010
    assert ("a" in bloom, "b" in bloom) == (False, False)
    clock.now = 500
    bloom.clear()
    bloom.add("a")
    clock.now = 510
    assert "a" not in bloom


@pytest.mark.parametrize("reading", [NAN, INF, -INF, "5", None])
def test_clock_that_says_nothing(reading):
    clock = Clock()
    bloom = RotatingBloomFilter(100, window=10, clock=clock)
    bloom.add("a")
    before = bloom.to_bytes()
    clock.now = reading
    calls = [bloom.add, bloom.add_new, bloom.contains]
    for call in [lambda: bloom.update(["b"]), lambda: bloom.contains_many(["a"]), bloom.rotate, bloom.clear]:
        with pytest.raises((ValueError, TypeError)):
            call()
    for call in calls:
        with pytest.raises((ValueError, TypeError)):
            call("b")
    with pytest.raises((ValueError, TypeError)):
        RotatingBloomFilter(100, window=10, clock=clock)
    clock.now = 0.0
    assert bloom.to_bytes() == before


def test_clock_that_fails():
    def clock():
        if fails:
            raise ZeroDivisionError("no time")
        return 1

    fails = False
    bloom = RotatingBloomFilter(10, window=10, clock=clock)
    bloom.add("a")
    fails = True
    for call in (bloom.add, bloom.contains):
        with pytest.raises(ZeroDivisionError):
            call("b")
    fails = False
    assert "b" not in bloom
    bloom.add("b")


def test_the_system_clock():
    bloom = RotatingBloomFilter(100, window=0.05)
    bloom.add("a")
    assert "a" in RotatingBloomFilter.from_bytes(filled(RotatingBloomFilter, ["a"], 100, window=5).to_bytes())
    while "a" in bloom:
        pass
    assert bloom.add_new("a")


# ---- the promise ----


def most(fpr, n):
    """Of n other keys, 5 % more than promised, and four standard deviations of their number."""
    return 1.05 * fpr * n + 4 * sqrt(fpr * n) + 4


@generations
@pytest.mark.parametrize("fpr", [0.3, 0.01, 1e-4])
def test_rate(fpr, parts):
    others = np.arange(2**40, 2**40 + 400_000)
    bloom = RotatingBloomFilter(5000, fpr, generations=parts)
    for first in range(0, 20_000, 500):
        bloom.update(np.arange(first, first + 500))
        assert bloom.contains_many(others).sum() <= most(fpr, len(others))
    seen = bloom.contains_many(others).mean()
    assert bloom.estimated_fpr() == pytest.approx(seen, abs=5 * sqrt(seen / len(others)))
    assert bloom.approx_len() == pytest.approx(
        bloom.contains_many(np.arange(20_000)).sum(), rel=0.1 + 2 * fpr
    )


@generations
@pytest.mark.parametrize("bursts", [1, 3, 100])
def test_rate_of_a_window(parts, bursts):
    """The keys of a window may come at any time of it."""
    clock = Clock()
    others = np.arange(2**40, 2**40 + 400_000)
    bloom = RotatingBloomFilter(3000, 0.01, window=60, generations=parts, clock=clock)
    each = 3000 // bursts
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for burst in range(4 * bursts):
            clock.now = 60.0 * burst / bursts
            bloom.update(np.arange(burst * each, burst * each + each))
            if burst % max(1, bursts // 10) == 0:
                assert bloom.contains_many(others).sum() <= most(0.01, len(others))


def test_more_than_promised():
    """Nothing is forgotten, memory grows, and one warning says so."""
    clock = Clock()
    bloom = RotatingBloomFilter(1000, 0.01, window=60, clock=clock)
    for first in range(0, 1500, 100):
        bloom.update(np.arange(first, first + 100))
    with pytest.warns(CapacityWarning, match="more than 1000 keys came in 60"):
        bloom.update(np.arange(1500, 3000))
    assert bloom.estimated_fpr() < 0.03
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        bloom.update(np.arange(3000, 200_000))
        bloom.add("a")
    assert bloom.contains_many(np.arange(200_000)).all()
    assert len(slices(bloom.to_bytes())) == 64
    assert bloom.estimated_fpr() > 0.3
    again = RotatingBloomFilter.from_bytes(bloom.to_bytes(), clock=clock)
    assert again == bloom
    with pytest.warns(CapacityWarning):
        again.add("b")
    clock.now = 61
    assert bloom.add_new(1)
    assert len(slices(bloom.to_bytes())) == 1
    bloom.clear()
    with pytest.warns(CapacityWarning):
        [bloom.add(key) for key in range(3000)]


# ---- what it is, and what it does not take ----


def test_properties():
    bloom = RotatingBloomFilter(1000)
    assert (bloom.capacity, bloom.fpr, bloom.window, bloom.generations) == (1000, 0.01, None, 2)
    assert repr(bloom) == "<RotatingBloomFilter for 1000 keys at 0.01>"
    assert (bool(bloom), bloom.approx_len(), bloom.estimated_fpr()) == (False, 0, 0)
    bits = bloom.bits_per_key
    bloom.update(range(5000))
    assert bloom.bits_per_key == bits == bloom.nbytes * 8 / 1000
    timed = RotatingBloomFilter(1000, window=5)
    assert (timed.window, type(timed.window)) == (5, float)
    assert repr(timed) == "<RotatingBloomFilter for 1000 keys in 5.0 s at 0.01>"
    for name in ("capacity", "fpr", "window", "generations", "seed", "nbytes", "bits_per_key"):
        with pytest.raises(AttributeError):
            setattr(bloom, name, 1)


def test_memory():
    """What the docstring says."""
    for fpr, bits in [(0.01, [24.4, 19.9, 18.4]), (1e-6, [72, 56, 49])]:
        for parts, want in zip([1, 2, 4], bits, strict=True):
            assert RotatingBloomFilter(10**6, fpr, generations=parts).bits_per_key == pytest.approx(
                want, rel=0.01
            )


def test_cleared():
    bloom = filled(RotatingBloomFilter, range(1000), 10, seed=3)
    assert bloom.clear() is None
    assert state(bloom) == state(RotatingBloomFilter(10, seed=3))


@pytest.mark.filterwarnings("ignore::coterie.CapacityWarning")
def test_equal():
    bloom = filled(RotatingBloomFilter, range(100), 10)
    assert bloom == filled(RotatingBloomFilter, range(100), 10)
    others = [
        {"seed": 1},
        {"generations": 3},
        {"window": 5},
        {"key": bytes(16)},
        {"fpr": 0.011},
        {"capacity": 11},
    ]
    for other in others:
        assert bloom != filled(RotatingBloomFilter, range(100), **({"capacity": 10} | other))
    assert bloom != filled(RotatingBloomFilter, range(101), 10)
    with pytest.raises(TypeError):
        hash(bloom)
    with pytest.raises(TypeError):
        bloom | bloom


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        *(("capacity", bad) for bad in (0, -1, 2**40 + 1, 2**64)),
        *(("generations", bad) for bad in (-2, 0, 17, 2**64)),
        *(("fpr", bad) for bad in (0, 1, -0.5, 1.5, NAN, INF, 1e-13)),
        ("seed", -1),
        ("seed", 2**64),
        ("key", b"short"),
        *(("window", bad) for bad in (0, -1, NAN, INF, timedelta(0), timedelta(days=-1))),
        ("clock", float),
    ],
)
def test_out_of_range(name, bad):
    with pytest.raises((ValueError, OverflowError), match=name):
        RotatingBloomFilter(**({"capacity": 100} | {name: bad}))


@pytest.mark.parametrize("name", ["capacity", "generations", "seed"])
@pytest.mark.parametrize("bad", NO_INTEGERS, ids=called)
def test_no_integer(name, bad):
    with pytest.raises(TypeError, match=name):
        RotatingBloomFilter(**({"capacity": 100} | {name: bad}))


@pytest.mark.parametrize(
    ("name", "bad"), [("fpr", "0.5"), ("fpr", None), ("window", "5"), ("window", [5]), ("clock", 5)]
)
def test_of_another_kind(name, bad):
    with pytest.raises(TypeError, match=name):
        RotatingBloomFilter(100, **({"window": 5} | {name: bad}))


def test_bad_keys_change_nothing():
    clock = Clock()
    bloom = filled(RotatingBloomFilter, range(10), 12, window=10, clock=clock)
    for call in (bloom.add, bloom.add_new, bloom.contains):
        refuse(bloom, TypeError, "", call, 1.5)
    for call in (bloom.update, bloom.add_new_many, bloom.contains_many):
        refuse(bloom, TypeError, "", call, ["new", 1.5])


def test_a_clock_that_raises_when_a_batch_ends():
    """The keys are there, so the answers are given, and time stands still."""
    readings = iter([1.0, 2.0, OSError("no clock"), 3.0])

    def clock():
        reading = next(readings)
        if isinstance(reading, Exception):
            raise reading
        return reading

    seen = RotatingBloomFilter(100, window=10, clock=clock)
    assert seen.add_new_many([1, 2, 3]).all()
    assert 2 in seen


@pytest.mark.parametrize("said", ["now", None, 10**400, float("nan")])
def test_clocks_that_say_no_number(said):
    with pytest.raises((TypeError, ValueError, OverflowError), match="clock says"):
        RotatingBloomFilter(10, window=5, clock=lambda: said)


def test_windows_without_end():
    with pytest.raises(ValueError, match="window is"):
        RotatingBloomFilter(10, window=10**400)
    with pytest.raises(ValueError, match="tightening is"):
        ScalableBloomFilter(10, tightening=10**400)
