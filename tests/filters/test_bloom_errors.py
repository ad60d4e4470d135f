"""What a Bloom filter does not take; a call that raises leaves the filter as it was."""

import operator
from decimal import Decimal

import numpy as np
import pytest

from coterie import BloomFilter, HashRing
from tests.filters.blooms import KEY, filled, layouts, refuse, state
from tests.placement.errors import BAD_KEYS, NO_INTEGERS, ONE_KEY, called

NAN = float("nan")
bad_keys = pytest.mark.parametrize(("bad", "error"), BAD_KEYS, ids=called)


# ---- construction ----


@pytest.mark.parametrize("capacity", [0, -1, -(2**64), 2**63, 2**64, 10**30])
def test_capacity_out_of_range(capacity):
    with pytest.raises(ValueError, match="capacity"):
        BloomFilter(capacity)


@pytest.mark.parametrize("capacity", NO_INTEGERS, ids=called)
def test_capacity_of_another_kind(capacity):
    with pytest.raises(TypeError, match="capacity"):
        BloomFilter(capacity)


def test_no_capacity():
    with pytest.raises(TypeError):
        BloomFilter()
    with pytest.raises(TypeError):
        BloomFilter(["a", "b"])


def test_capacities_of_all_kinds_of_integers():
    for capacity in (5, np.int8(5), np.uint64(5), True):
        assert BloomFilter(capacity).capacity == int(capacity)
        assert type(BloomFilter(capacity).capacity) is int
    assert BloomFilter(capacity=5, fpr=0.1) == BloomFilter(5, 0.1)


@pytest.mark.parametrize(
    "fpr", [0, 1, 0.0, 1.0, -0.01, 1.5, 2, NAN, float("inf"), -float("inf"), 5e-324, 10**400]
)
def test_rate_out_of_range(fpr):
    with pytest.raises(ValueError, match="fpr"):
        BloomFilter(100, fpr)


@pytest.mark.parametrize("fpr", ["0.01", b"0.01", None, [0.01], 1j, {}])
def test_rate_of_another_kind(fpr):
    with pytest.raises(TypeError, match="fpr"):
        BloomFilter(100, fpr)


def test_rates_of_all_kinds_of_numbers():
    for fpr in (0.25, np.float64(0.25), np.float32(0.25), Decimal("0.25")):
        assert BloomFilter(100, fpr) == BloomFilter(100, 0.25)
        assert type(BloomFilter(100, fpr).fpr) is float


@pytest.mark.parametrize(
    ("capacity", "fpr", "layout"),
    [
        (100, 0.9e-12, "pair"),
        (100, 0.9e-12, "classic"),
        (100, 1e-300, "auto"),
        (100, 0.99e-7, "block"),
        (2**40, 1e-6, "auto"),
        (2**40, 0.01, "block"),
        (2**40, 0.01, "classic"),
        (2**36, 1e-9, "pair"),
    ],
)
def test_promises_that_cannot_be_kept(capacity, fpr, layout):
    with pytest.raises(ValueError, match=r"fpr|capacity|layout"):
        BloomFilter(capacity, fpr, layout=layout)


def test_promises_that_just_can_be_kept():
    for fpr, layout in [(1e-12, "pair"), (1e-12, "classic"), (1e-7, "block"), (np.nextafter(1, 0), "auto")]:
        assert BloomFilter(100, fpr, layout=layout).fpr == fpr


@pytest.mark.parametrize("layout", ["", "Block", "blocks", "auto ", "bloom", "\0", "é"])
def test_unknown_layout(layout):
    with pytest.raises(ValueError, match="layout"):
        BloomFilter(100, layout=layout)


@pytest.mark.parametrize("layout", [None, 0, b"block", ["block"], np.array(["auto", "block"])], ids=called)
def test_layout_of_another_kind(layout):
    with pytest.raises((TypeError, ValueError), match="layout"):
        BloomFilter(100, layout=layout)


@pytest.mark.parametrize("seed", [-1, 2**64, 10**30])
def test_seed_out_of_range(seed):
    with pytest.raises((ValueError, OverflowError), match="seed"):
        BloomFilter(100, seed=seed)


@pytest.mark.parametrize("seed", NO_INTEGERS, ids=called)
def test_seed_of_another_kind(seed):
    with pytest.raises(TypeError, match="seed"):
        BloomFilter(100, seed=seed)


def test_options_have_names():
    for arguments in [(100, 0.01, 5), (100, 0.01, 5, KEY)]:
        with pytest.raises(TypeError):
            BloomFilter(*arguments)
    with pytest.raises(TypeError):
        BloomFilter(100, probes=5)


# ---- keys ----


@layouts
@bad_keys
def test_bad_key(layout, bad, error):
    bloom = filled(["a", "b"], layout=layout)
    for call in (bloom.add, bloom.add_new, bloom.contains, bloom.__contains__):
        refuse(bloom, error, "", call, bad)


@layouts
@bad_keys
@pytest.mark.parametrize("at", [0, 1, 63, 64, 2047, 2048, 2999])
@pytest.mark.parametrize("make", [list, tuple])
def test_bad_key_in_a_batch(layout, bad, error, at, make):
    """Nothing of the batch was added, wherever the key stands."""
    bloom = filled(["a", "b"], 5000, layout=layout)
    keys = [f"user:{i}" for i in range(3000)]
    keys[at] = bad
    for call in (bloom.update, bloom.add_new_many, bloom.contains_many):
        before = state(bloom)
        with pytest.raises(error) as info:
            call(make(keys))
        assert state(bloom) == before
        assert f"key number {at} of the batch" in "".join(info.value.__notes__)


@layouts
@pytest.mark.parametrize("at", [0, 1, 2048, 99_999])
def test_bad_key_in_an_array(layout, at):
    bloom = filled(["a"], 5000, layout=layout)
    objects = np.arange(100_000).astype(object)
    objects[at] = 1.5
    refuse(bloom, TypeError, "", bloom.update, objects)
    refuse(bloom, TypeError, "", bloom.add_new_many, objects)
    texts = np.full(100_000, "a")
    texts[at] = "\ud800"
    refuse(bloom, UnicodeEncodeError, "", bloom.update, texts)


@layouts
@pytest.mark.parametrize("n", [0, 1, 100, 3000])
def test_iterator_that_fails(layout, n):
    """What it gave before is held back until it ends, or 2**20 keys are there."""

    def failing():
        yield from range(n)
        raise ZeroDivisionError("no more")

    bloom = filled(["a"], 5000, layout=layout)
    refuse(bloom, ZeroDivisionError, "no more", bloom.update, failing())
    refuse(bloom, ZeroDivisionError, "no more", bloom.add_new_many, failing())
    refuse(bloom, ZeroDivisionError, "no more", bloom.contains_many, failing())


def test_iterator_that_fails_late():
    """Whole portions of 2**20 keys were added, and nothing else."""

    def failing(n):
        yield from range(n)
        raise ZeroDivisionError("no more")

    for n in (2**20 - 1, 2**20 + 5):
        bloom = BloomFilter(2**21, 1e-4)
        with pytest.raises(ZeroDivisionError):
            bloom.update(failing(n))
        whole = n // 2**20 * 2**20
        assert bloom.contains_many(np.arange(whole)).all()
        want = BloomFilter(2**21, 1e-4)
        want.update(np.arange(whole))
        assert bloom == want


@pytest.mark.parametrize("key", ONE_KEY, ids=called)
def test_one_key_is_no_batch(key):
    bloom = filled(["a"])
    for call in (bloom.update, bloom.add_new_many, bloom.contains_many):
        refuse(bloom, TypeError, "keys", call, key)


@pytest.mark.parametrize("keys", [None, 1.5, {"a": 1}, np.array([[1, 2]]), np.array([1.5])], ids=called)
def test_no_batch(keys):
    bloom = filled(["a"])
    for call in (bloom.update, bloom.add_new_many, bloom.contains_many):
        refuse(bloom, TypeError, "", call, keys)


def test_array_without_dimensions():
    bloom = filled(["a"])
    for call in (bloom.update, bloom.add_new_many, bloom.contains_many):
        refuse(bloom, TypeError, "0 dimensions", call, np.array(5))


@pytest.mark.parametrize("keys", [[1, 2], np.arange(3), np.arange(3.0), "a", iter([1])], ids=called)
def test_no_digests(keys):
    bloom = filled(["a"])
    for call in (bloom.update, bloom.add_new_many, bloom.contains_many):
        refuse(bloom, TypeError, "", call, keys, hashed=True)


def test_nulls():
    bloom = filled(["a"])
    for nulls in ("drop", "", None, 1.5, 2, -1):
        for call in (bloom.update, bloom.add_new_many, bloom.contains_many):
            refuse(bloom, (ValueError, TypeError), "nulls", call, ["b"], nulls=nulls)
    refuse(bloom, ValueError, "nulls", bloom.update, ["b"], nulls=0)
    refuse(bloom, TypeError, "", bloom.update, ["b", None])


@pytest.mark.parametrize(
    ("out", "error"),
    [
        (np.empty(2, np.uint8), TypeError),
        (np.empty(2, np.int32), TypeError),
        ([False, False], TypeError),
        (np.empty(3, bool), ValueError),
        (np.empty(1, bool), ValueError),
        (np.empty((2, 1), bool), ValueError),
        (np.empty(4, bool)[::2], ValueError),
        (np.frombuffer(b"\0\0", bool), ValueError),
    ],
    ids=called,
)
def test_out_that_does_not_fit(out, error):
    bloom = filled(["a"])
    for call in (bloom.contains_many, bloom.add_new_many):
        for keys in (["b", "c"], np.arange(2)):
            refuse(bloom, error, "out", call, keys, out=out)


def test_out_among_the_keys():
    bloom = filled(["a"])
    keys = np.zeros(16, bool)
    for call in (bloom.contains_many, bloom.add_new_many):
        refuse(bloom, ValueError, "overlaps", call, keys, out=keys)


def test_wrong_arguments():
    bloom = filled(["a"])
    for call in (bloom.add, bloom.add_new, bloom.contains):
        refuse(bloom, TypeError, "", call)
        refuse(bloom, TypeError, "", call, "b", "c")
        refuse(bloom, TypeError, "", call, key="b")
    refuse(bloom, TypeError, "", bloom.update)
    refuse(bloom, TypeError, "", bloom.update, ["b"], True)
    refuse(bloom, TypeError, "", bloom.update, ["b"], out=np.empty(1, bool))
    refuse(bloom, TypeError, "", bloom.contains_many, ["b"], True)
    refuse(bloom, TypeError, "", bloom.copy, 1)
    refuse(bloom, TypeError, "", bloom.clear, 1)


# ---- two filters ----

OPERATORS = [operator.or_, operator.and_, operator.ior, operator.iand]
ORDERS = [operator.le, operator.lt, operator.ge, operator.gt]
OTHERS = {
    "layout": lambda: filled(["a"], 100, layout="pair"),
    "size": lambda: filled(["a"], 1000),
    "rate": lambda: filled(["a"], 100, 1e-3),
    "seed": lambda: filled(["a"], seed=1),
    "key": lambda: filled(["a"], key=KEY),
    "probes": lambda: filled(["a"], 100, 0.011, layout="classic"),
}


@pytest.mark.parametrize("combine", OPERATORS + ORDERS, ids=lambda combine: combine.__name__)
@pytest.mark.parametrize("make", OTHERS.values(), ids=OTHERS)
def test_filters_of_another_shape(combine, make):
    bloom, other = filled(["a"]), make()
    before = state(other)
    refuse(bloom, ValueError, "", combine, bloom, other)
    refuse(bloom, ValueError, "", combine, other, bloom)
    assert state(other) == before
    assert (bloom == other) is False
    assert (bloom != other) is True


@pytest.mark.parametrize("combine", OPERATORS + ORDERS, ids=lambda combine: combine.__name__)
@pytest.mark.parametrize("other", [None, 5, "a", {"a"}, ["a"], HashRing(["a"])], ids=called)
def test_no_filters(combine, other):
    bloom = filled(["a"])
    refuse(bloom, TypeError, "", combine, bloom, other)
    with pytest.raises(TypeError):
        combine(other, bloom)
    assert (bloom == other) is False
    assert (bloom != other) is True


@pytest.mark.parametrize("name", ["capacity", "fpr", "seed", "layout", "strict", "nbytes", "fill_ratio"])
def test_properties_are_read_only(name):
    bloom = filled(["a"])
    with pytest.raises(AttributeError):
        setattr(bloom, name, getattr(bloom, name))
    with pytest.raises(AttributeError):
        delattr(bloom, name)
    with pytest.raises(AttributeError):
        bloom.other = 5


def test_a_bad_key_of_an_iterator_is_found():
    """Its position is that in a portion, and the error says where that begins."""
    bloom = BloomFilter(2**21)
    with pytest.raises(TypeError) as caught:
        bloom.update(iter([*range(2**20), 7, 3.5]))
    notes = " ".join(caught.value.__notes__)
    assert "key number 1 of the batch" in notes
    assert "key number 1048576 of the iterator" in notes
    assert bloom.contains_many(np.arange(2**20)).all()
