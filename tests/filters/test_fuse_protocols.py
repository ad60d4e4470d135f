"""FuseFilter among Python's protocols: what it refuses, copies, subclasses, threads, Ctrl-C."""

import copy
import inspect
import pickle
import sys

import numpy as np
import pytest

import coterie
from coterie import FuseFilter, HashRing, digests
from tests.interrupt import assert_stops
from tests.threads.race import run, while_changing

WAYS = {
    "copy()": lambda f: f.copy(),
    "copy.copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "bytes": lambda f: type(f).from_bytes(f.to_bytes()),
    "pickle": lambda f: pickle.loads(pickle.dumps(f)),
}


# ---- errors ----


@pytest.mark.parametrize("bits", [0, 7, 9, 24, 64, -8, 2**70])
def test_bad_bits(bits):
    with pytest.raises(ValueError, match=r"bits is .*: pass 8, 16 or 32"):
        FuseFilter(["a"], bits=bits)


@pytest.mark.parametrize("bits", ["8", 8.0, None])
def test_bits_of_another_type(bits):
    with pytest.raises(TypeError, match="bits"):
        FuseFilter(["a"], bits=bits)


@pytest.mark.parametrize("seed", [-1, 2**64, "1", None])
def test_bad_seeds(seed):
    with pytest.raises(ValueError if isinstance(seed, int) else TypeError, match="seed"):
        FuseFilter(["a"], seed=seed)


@pytest.mark.parametrize(
    "keys", ["text", b"bytes", 5, None, {"a": 1}, np.zeros(3), np.eye(2, dtype=int), [1.5], [None]]
)
def test_bad_keys(keys):
    with pytest.raises(TypeError):
        FuseFilter(keys)
    with pytest.raises(TypeError):
        FuseFilter([1]).contains_many(keys)


@pytest.mark.parametrize("key", [None, 1.5, ["a"], ("a",), {}, object()])
def test_bad_key(key):
    for f in (FuseFilter([]), FuseFilter(["a"])):
        with pytest.raises(TypeError):
            key in f  # noqa: B015
        with pytest.raises(TypeError):
            f.contains(key)


def test_other_errors():
    with pytest.raises(OverflowError):
        FuseFilter([2**64])
    with pytest.raises(UnicodeEncodeError):
        FuseFilter(["\ud800"])
    with pytest.raises(ValueError, match="nulls"):
        FuseFilter(["a"], nulls="drop")
    with pytest.raises(ValueError, match="no answers"):
        FuseFilter(["a"], nulls=5)
    with pytest.raises(TypeError, match="hashed"):
        FuseFilter([1, 2], hashed=True)
    with pytest.raises(TypeError):
        FuseFilter()
    with pytest.raises(TypeError):
        FuseFilter([], 8)
    with pytest.raises(TypeError):
        FuseFilter([1]).contains_many([1], out=np.empty(1, np.uint8).view(np.int8))


def test_an_error_leaves_it_as_it_was():
    f = FuseFilter(["a"], seed=3)
    for keys, options in ((["a", 1.5], {}), (["b"], {"bits": 9}), (["b"], {"seed": -1}), (broken(), {})):
        with pytest.raises((TypeError, ValueError, ZeroDivisionError)):
            f.__init__(keys, **options)
        assert f == FuseFilter(["a"], seed=3)


def broken():
    yield from range(5000)
    raise ZeroDivisionError


# ---- protocols ----


def test_not_iterable():
    f = FuseFilter(["a"])
    for call in (list, iter, sorted, reversed, lambda f: f["a"], lambda f: [*f]):
        with pytest.raises(TypeError):
            call(f)
    assert not hasattr(f, "__iter__")


def test_not_hashable():
    with pytest.raises(TypeError, match="unhashable"):
        hash(FuseFilter([]))
    assert FuseFilter.__hash__ is None


def test_equality():
    f = FuseFilter(["a", "b"])
    assert f == f.copy() == FuseFilter(["b", "a"])
    assert (f != FuseFilter(["b", "a"])) is False
    sets = map(FuseFilter, (["a"], ["a", "c"], ["a", "b", "c"], []))
    alike = FuseFilter(["a", "b"], seed=1), FuseFilter(["a", "b"], bits=16)
    for other in (*sets, *alike, None, {"a", "b"}, HashRing(["a"])):
        assert f != other
        assert (f == other) is False


def test_no_order():
    with pytest.raises(TypeError):
        FuseFilter([1]) < FuseFilter([1, 2])  # noqa: B015


def test_numbers():
    f = FuseFilter(range(1000), bits=16, seed=9)
    assert (f.bits, f.seed, f.fpr, len(f), bool(f)) == (16, 9, 2**-16, 1000, True)
    assert f.bits_per_key == f.nbytes * 8 / 1000 < 23
    for name in ("bits", "seed", "fpr", "nbytes", "bits_per_key"):
        with pytest.raises(AttributeError):
            setattr(f, name, 1)


def test_repr():
    assert repr(FuseFilter([])) == "<FuseFilter of 0 keys, bits=8, seed=0>"
    assert repr(FuseFilter([1], bits=32, seed=5)) == "<FuseFilter of 1 key, bits=32, seed=5>"
    assert str(FuseFilter(range(70))) == "<FuseFilter of 70 keys, bits=8, seed=0>"


def test_signatures():
    assert (
        str(inspect.signature(FuseFilter))
        == "(keys, *, bits=8, seed=0, key=None, hashed=False, nulls='raise')"
    )
    many = inspect.signature(FuseFilter.contains_many)
    assert str(many) == "(self, keys, /, *, hashed=False, nulls='raise', out=None)"
    names = {name for name in dir(FuseFilter) if not name.startswith("_")}
    assert names == {
        *("contains", "contains_many", "bits", "seed", "fpr", "nbytes", "bits_per_key", "copy"),
        *("to_bytes", "from_bytes", "save", "open", "from_buffer", "verify"),
    }
    assert all(inspect.getdoc(getattr(FuseFilter, name)) for name in names)


# ---- copies ----


@pytest.mark.parametrize("make", WAYS.values(), ids=WAYS)
def test_copies(make):
    f = FuseFilter(range(100), bits=16, seed=1)
    copied = make(f)
    assert copied is not f
    assert copied == f
    f.__init__(["other"])
    assert copied == FuseFilter(range(100), bits=16, seed=1)


class Named(FuseFilter):
    """A subclass with a constructor of its own."""

    def __init__(self, name, keys):
        super().__init__(keys)
        self.name = name


@pytest.mark.parametrize("make", WAYS.values(), ids=WAYS)
def test_subclasses(make):
    f = Named("leaked", ["a", "b"])
    copied = make(f)
    assert type(copied) is Named
    assert copied == f
    assert "a" in copied
    if make is not WAYS["bytes"]:
        assert copied.name == "leaked"


@pytest.mark.parametrize("make", WAYS.values(), ids=WAYS)
def test_without_init(make):
    for f in (FuseFilter.__new__(FuseFilter), make(FuseFilter.__new__(FuseFilter))):
        assert f == FuseFilter([])
        assert "a" not in f
        assert not f.contains("a")
        assert f.contains_many(["a", 1]).tolist() == [False, False]
        assert (len(f), bool(f), f.bits, f.seed, f.nbytes) == (0, False, 8, 0, 0)
        f.verify()


# ---- threads ----


def test_readers_of_one_that_is_made_anew():
    """They see one set or the other."""
    sets = [range(3000), range(3000, 6001), []]
    states = [FuseFilter(keys, seed=i) for i, keys in enumerate(sets)]
    f, asked = states[0].copy(), np.arange(20_000)
    answers = {state.contains_many(asked).tobytes() for state in states}
    stored = {state.to_bytes() for state in states}

    def change():
        for i in (1, 2, 0) * 20:
            f.__init__(sets[i], seed=i)

    def read():
        assert f.contains_many(asked).tobytes() in answers
        assert f.to_bytes() in stored
        assert len(f.copy()) in (3000, 3001, 0)
        assert (5 in f) in (True, False)

    while_changing(change, read, read)


def test_made_in_many_threads():
    keys = digests(range(50_000))
    expected = FuseFilter(keys, hashed=True)

    def make():
        for _ in range(5):
            f = FuseFilter(keys, hashed=True)
            assert f == expected
            assert expected.contains_many(keys, hashed=True).all()

    run(make, make, make)


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
def test_interrupt():
    assert_stops("""
import numpy as np
import coterie
keys = np.random.default_rng(1).integers(2**64, size=10_000_000, dtype=np.uint64)
keys[1:100] = keys[0]  # so that they are sorted too
print("ready", flush=True)
try:
    while True:
        coterie.FuseFilter(keys, hashed=True)
except KeyboardInterrupt:
    print("stopped", flush=True)
""")


def test_exported():
    assert coterie.FuseFilter is coterie.filters.FuseFilter is FuseFilter
