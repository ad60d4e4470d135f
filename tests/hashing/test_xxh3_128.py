"""XXH3 of 128 bits equals xxHash's own, for every length, seed and kind of key, at every CPU level."""

import inspect
import tracemalloc

import numpy as np
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.baselines.keys import key_bytes
from coterie.hashing import xxh3_64, xxh3_128

SEEDS = [0, 1, 2**31, 2**32 - 1, 2**32, 2**63, 0x9E3779B97F4A7C15, 2**64 - 1]
DATA = np.random.default_rng(1).bytes((1 << 20) + 512)
# Around the ends of XXH3's stripes (64 bytes) and blocks (1024).
NEAR = (-65, -64, -63, -1, 0, 1, 63, 64, 65)
LONG = [near + size for size in (1024, 8192, 65536, 10**5, 2**20) for near in NEAR]

PLAIN = ["", "a", "user:42", "naïve", "€" * 9, "😀" * 400, b"", b"\0" * 300]
PLAIN += [0, -1, 2**63, 2**64 - 1, -(2**63), True]
NUMPY = [np.int8(-1), np.uint64(2**64 - 1), np.bool(True), np.str_("é"), np.bytes_(b"abc")]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_length(seed, level):
    for length in range(601):
        want = xxhash.xxh3_128_intdigest(DATA[:length], seed=seed)
        assert xxh3_128(DATA[:length], seed=seed) == want


@pytest.mark.parametrize("length", LONG)
def test_long(length, level):
    for seed in SEEDS:
        want = xxhash.xxh3_128_intdigest(DATA[:length], seed=seed)
        assert xxh3_128(DATA[:length], seed=seed) == want
        assert want % 2**64 == xxh3_64(DATA[:length], seed=seed)


@pytest.mark.parametrize("length", [0, 1, 3, 4, 8, 9, 16, 17, 128, 129, 240, 241, 1024, 1025, 5000])
def test_every_address(length, level):
    view = memoryview(DATA)
    for start in range(65):
        key = view[start : start + length]
        assert xxh3_128(key) == xxhash.xxh3_128_intdigest(key)


@given(st.binary(max_size=3000), st.integers(0, 2**64 - 1))
def test_anything(data, seed):
    want = xxhash.xxh3_128_intdigest(data, seed=seed)
    for same in data, bytearray(data), memoryview(data):
        assert xxh3_128(same, seed=seed) == want


@given(st.text(max_size=300), st.integers(0, 2**64 - 1))
def test_any_text(text, seed):
    assert xxh3_128(text, seed=seed) == xxhash.xxh3_128_intdigest(text.encode(), seed=seed)


@given(st.integers(-(2**63), 2**64 - 1), st.integers(0, 2**64 - 1))
def test_any_int(number, seed):
    assert xxh3_128(number, seed=seed) == xxhash.xxh3_128_intdigest(key_bytes(number), seed=seed)


def test_known_answers():
    """The first two are of xxHash's own test suite."""
    assert xxh3_128(b"") == 0x99AA06D3014798D86001C324468D497F
    assert xxh3_128(b"", seed=0x9E3779B1) == 0x92220AE55E14AB505444F7869C671AB0
    assert xxh3_128(b"").to_bytes(16, "big") == xxhash.xxh3_128_digest(b"")


@pytest.mark.parametrize("key", PLAIN + NUMPY, ids=lambda key: f"{type(key).__name__} {str(key)[:9]!r}")
def test_every_kind(key):
    plain = key.item() if isinstance(key, np.generic) else key
    assert xxh3_128(key, seed=5) == xxhash.xxh3_128_intdigest(key_bytes(plain), seed=5)


def test_subclasses():
    class Text(str):
        __slots__ = ()

    class Bytes(bytes):
        __slots__ = ()

    class Array(bytearray):
        __slots__ = ()

    assert xxh3_128(Text("ab")) == xxh3_128(Bytes(b"ab")) == xxh3_128(Array(b"ab")) == xxh3_128("ab")


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_nothing_is_copied(kind):
    data = kind(bytearray(DATA))
    tracemalloc.start()
    xxh3_128(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 16


@pytest.mark.parametrize(
    "key", [None, 1.5, ["a"], ("a",), {}, np.arange(3), object()], ids=lambda key: type(key).__name__
)
def test_no_keys(key):
    with pytest.raises(TypeError, match=r"is not (a|one) key: pass str, bytes or int"):
        xxh3_128(key)


def test_no_plain_views():
    view = memoryview(DATA)
    for other in view[::2], view[:64].cast("I"):
        with pytest.raises(TypeError, match="C-contiguous and of format B, b or c"):
            xxh3_128(other)
    view.release()
    with pytest.raises(ValueError, match="released"):
        xxh3_128(view)


@pytest.mark.parametrize("number", [2**64, -(2**63) - 1])
def test_ints_outside(number):
    with pytest.raises(OverflowError, match=r"-2\*\*63 \.\. 2\*\*64-1"):
        xxh3_128(number)


def test_lone_surrogates():
    with pytest.raises(UnicodeEncodeError):
        xxh3_128("\ud800")


def test_a_view_is_given_back():
    data = bytearray(b"abc")
    xxh3_128(memoryview(data))
    data.append(1)  # would raise BufferError


def test_arguments():
    assert str(inspect.signature(xxh3_128)) == "(data, /, *, seed=0)"
    with pytest.raises(TypeError):
        xxh3_128()
    with pytest.raises(TypeError):
        xxh3_128(data=b"")
    with pytest.raises(TypeError):
        xxh3_128(b"", 0, 0)
