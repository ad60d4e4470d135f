"""What a counting filter does not take; a call that raises leaves the filter as it was."""

from decimal import Decimal

import numpy as np
import pytest

from coterie import CountingBloomFilter
from tests.filters.countings import filled, refuse, state
from tests.placement.errors import BAD_KEYS, NO_INTEGERS, ONE_KEY, called

NAN = float("nan")
bad_keys = pytest.mark.parametrize(("bad", "error"), BAD_KEYS, ids=called)


def singles(counting):
    """The calls that take one key."""
    return (
        counting.add,
        counting.add_new,
        counting.contains,
        counting.__contains__,
        counting.remove,
        counting.discard,
        counting.count,
    )


def batches(counting):
    """The calls that take many."""
    return (
        counting.update,
        counting.add_new_many,
        counting.contains_many,
        counting.remove_many,
        counting.discard_many,
        counting.count_many,
    )


class Unknown:
    """Neither true nor false."""

    def __bool__(self):
        raise TypeError("neither")


# ---- construction ----


@pytest.mark.parametrize("capacity", [0, -1, -(2**64), 2**63, 2**64, 10**30])
def test_capacity_out_of_range(capacity):
    with pytest.raises(ValueError, match="capacity"):
        CountingBloomFilter(capacity)


@pytest.mark.parametrize("capacity", NO_INTEGERS, ids=called)
def test_capacity_of_another_kind(capacity):
    with pytest.raises(TypeError, match="capacity"):
        CountingBloomFilter(capacity)


@pytest.mark.parametrize("fpr", [0, 1, 0.0, 1.0, -0.01, 1.5, 2, NAN, float("inf"), 10**400, 5e-324])
def test_rate_out_of_range(fpr):
    with pytest.raises(ValueError, match="fpr"):
        CountingBloomFilter(100, fpr)


@pytest.mark.parametrize("fpr", ["0.01", b"0.01", None, [0.01], 1j, {}])
def test_rate_of_another_kind(fpr):
    with pytest.raises(TypeError, match="fpr"):
        CountingBloomFilter(100, fpr)


def test_rates_of_all_kinds_of_numbers():
    for fpr in (0.25, np.float64(0.25), np.float32(0.25), Decimal("0.25")):
        assert CountingBloomFilter(100, fpr) == CountingBloomFilter(100, 0.25)
        assert type(CountingBloomFilter(100, fpr).fpr) is float


@pytest.mark.parametrize(
    ("capacity", "fpr"), [(100, 0.9e-12), (100, 1e-300), (2**40, 1e-6), (2**40, 0.01), (2**36, 1e-9)]
)
def test_promises_that_cannot_be_kept(capacity, fpr):
    with pytest.raises(ValueError, match=r"fpr|capacity"):
        CountingBloomFilter(capacity, fpr)


def test_promises_that_just_can_be_kept():
    for fpr in (1e-12, np.nextafter(1, 0)):
        assert CountingBloomFilter(100, fpr).fpr == fpr


@pytest.mark.parametrize("seed", [-1, 2**64, 10**30])
def test_seed_out_of_range(seed):
    with pytest.raises((ValueError, OverflowError), match="seed"):
        CountingBloomFilter(100, seed=seed)


@pytest.mark.parametrize("seed", NO_INTEGERS, ids=called)
def test_seed_of_another_kind(seed):
    with pytest.raises(TypeError, match="seed"):
        CountingBloomFilter(100, seed=seed)


def test_options_have_names():
    with pytest.raises(TypeError):
        CountingBloomFilter(100, 0.01, 5)
    with pytest.raises(TypeError):
        CountingBloomFilter(100, probes=5)
    with pytest.raises(TypeError):
        CountingBloomFilter()


def test_failing_again():
    """An __init__ that fails leaves the filter as it was."""
    counting = filled(["a"], key=bytes(range(16)))
    for arguments in ((0,), (100, 2), (2**40, 1e-6)):
        refuse(counting, ValueError, "", counting.__init__, *arguments)
    refuse(counting, ValueError, "key", counting.__init__, 100, key=b"short")
    refuse(counting, TypeError, "key", counting.__init__, 100, key=5)
    refuse(counting, TypeError, "seed", counting.__init__, 100, seed="1")
    refuse(counting, TypeError, "neither", counting.__init__, 100, strict=Unknown())
    assert "a" in counting
    counting.update(["b"])  # by a lock that nobody holds
    counting.__init__(50, strict=True)
    assert counting == CountingBloomFilter(50)


# ---- keys ----


@bad_keys
def test_bad_key(bad, error):
    counting = filled(["a", "b"])
    for call in singles(counting):
        refuse(counting, error, "", call, bad)


@bad_keys
@pytest.mark.parametrize("at", [0, 1, 63, 64, 2047, 2048, 2999])
@pytest.mark.parametrize("make", [list, tuple])
def test_bad_key_in_a_batch(bad, error, at, make):
    """Nothing of the batch was done, wherever the key stands."""
    keys = [f"user:{i}" for i in range(3000)]
    counting = filled(keys, 5000)
    keys[at] = bad
    for call in batches(counting):
        before = state(counting)
        with pytest.raises(error) as info:
            call(make(keys))
        assert state(counting) == before
        assert f"key number {at} of the batch" in "".join(info.value.__notes__)


@pytest.mark.parametrize("n", [0, 1, 100, 3000])
def test_iterator_that_fails(n):
    def failing():
        yield from range(n)
        raise ZeroDivisionError("no more")

    counting = filled(range(3000), 5000)
    for call in batches(counting):
        refuse(counting, ZeroDivisionError, "no more", call, failing())


def test_removing_from_an_iterator_is_all_or_nothing():
    """However long it is."""

    def failing(n):
        yield from range(n)
        raise ZeroDivisionError("no more")

    counting = filled(np.arange(2**20 + 5), 2**21, 0.1)
    before = counting.copy()
    with pytest.raises(ZeroDivisionError):
        counting.remove_many(failing(2**20 + 5))
    assert counting == before
    counting.remove_many(iter(range(2**20 + 5)))
    assert not counting


@pytest.mark.parametrize("key", ONE_KEY, ids=called)
def test_one_key_is_no_batch(key):
    counting = filled(["a"])
    for call in batches(counting):
        refuse(counting, TypeError, "keys", call, key)


@pytest.mark.parametrize("keys", [None, 1.5, {"a": 1}, np.array([[1, 2]]), np.array([1.5])], ids=called)
def test_no_batch(keys):
    counting = filled(["a"])
    for call in batches(counting):
        refuse(counting, TypeError, "", call, keys)


@pytest.mark.parametrize("keys", [[1, 2], np.arange(3), np.arange(3.0), "a", iter([1])], ids=called)
def test_no_digests(keys):
    counting = filled(["a"])
    for call in batches(counting):
        refuse(counting, TypeError, "", call, keys, hashed=True)


def test_nulls():
    counting = filled(["a", "b"])
    for nulls in ("drop", "", None, 1.5, 2, -1):
        for call in batches(counting):
            if call != counting.count_many or nulls not in (2, -1):
                refuse(counting, (ValueError, TypeError), "nulls", call, ["b"], nulls=nulls)
    for call in (counting.update, counting.remove_many):
        refuse(counting, ValueError, "nulls", call, ["b"], nulls=0)
    for call in batches(counting):
        refuse(counting, TypeError, "", call, ["b", None])


@pytest.mark.parametrize(
    ("out", "error"),
    [
        (np.empty(2, np.uint8), TypeError),
        ([False, False], TypeError),
        (np.empty(3, bool), ValueError),
        (np.empty((2, 1), bool), ValueError),
        (np.empty(4, bool)[::2], ValueError),
        (np.frombuffer(b"\0\0", bool), ValueError),
    ],
    ids=called,
)
def test_out_that_does_not_fit(out, error):
    counting = filled(["b", "c"])
    for call in (counting.contains_many, counting.add_new_many, counting.discard_many):
        refuse(counting, error, "out", call, ["b", "c"], out=out)


def test_out_among_the_keys():
    counting = filled([0])
    keys = np.zeros(16, bool)
    for call in (counting.contains_many, counting.add_new_many, counting.discard_many):
        refuse(counting, ValueError, "overlaps", call, keys, out=keys)


def test_wrong_arguments():
    counting = filled(["b"])
    for call in singles(counting)[:3] + singles(counting)[4:]:
        refuse(counting, TypeError, "", call)
        refuse(counting, TypeError, "", call, "b", "c")
        refuse(counting, TypeError, "", call, key="b")
    for call in batches(counting):
        refuse(counting, TypeError, "", call)
        refuse(counting, TypeError, "", call, ["b"], True)
    for call in (counting.update, counting.remove_many):
        refuse(counting, TypeError, "", call, ["b"], out=np.empty(1, bool))


@pytest.mark.parametrize("name", ["capacity", "fpr", "seed", "strict", "nbytes", "fill_ratio"])
def test_properties_are_read_only(name):
    counting = filled(["a"])
    with pytest.raises(AttributeError):
        setattr(counting, name, getattr(counting, name))
    with pytest.raises(AttributeError):
        counting.other = 5
