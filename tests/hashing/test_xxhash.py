"""XXH3-64 and XXH64 equal xxHash's own, for every length and seed, at every CPU level."""

import numpy as np
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from coterie.hashing import xxh3_64, xxh64

SEEDS = [0, 1, 2**63, 2**64 - 1]
ODD_SEEDS = [2**31, 2**32 - 1, 2**32, 0x9E3779B97F4A7C15]
DATA = np.random.default_rng(1).bytes((1 << 20) + 512)
# Around the ends of XXH3's stripes (64 bytes), blocks (1024) and of what a vector or a page holds.
NEAR = (-65, -64, -63, -1, 0, 1, 63, 64, 65)
LONG = [near + size for size in (8192, 65536, 10**5, 2**18, 2**20) for near in NEAR]

FUNCTIONS = {"xxh3_64": (xxh3_64, xxhash.xxh3_64_intdigest), "xxh64": (xxh64, xxhash.xxh64_intdigest)}


@pytest.fixture(params=FUNCTIONS)
def function(request):
    """Our function and xxHash's."""
    return FUNCTIONS[request.param]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_length(function, seed, level):
    ours, theirs = function
    keys = [DATA[:length] for length in range(4097)]
    want = [theirs(key, seed=seed) for key in keys]
    assert [ours(key, seed=seed) for key in keys] == want
    assert ours(keys, seed=seed).tolist() == want


@pytest.mark.parametrize("seed", ODD_SEEDS)
def test_other_seeds(function, seed, level):
    ours, theirs = function
    for length in range(300):
        assert ours(DATA[:length], seed=seed) == theirs(DATA[:length], seed=seed)


@pytest.mark.parametrize("length", LONG)
def test_long(function, length, level):
    ours, theirs = function
    for seed in (0, 2**64 - 1):
        assert ours(DATA[:length], seed=seed) == theirs(DATA[:length], seed=seed)


@pytest.mark.parametrize("length", [0, 1, 3, 4, 8, 9, 16, 17, 128, 129, 240, 241, 1024, 1025, 5000, 2**20])
def test_every_address(function, length, level):
    ours, theirs = function
    view = memoryview(DATA)
    for start in range(65):
        key = view[start : start + length]
        assert ours(key) == theirs(key)


@given(st.binary(max_size=3000), st.integers(0, 2**64 - 1))
def test_anything(data, seed):
    for ours, theirs in FUNCTIONS.values():
        assert ours(data, seed=seed) == theirs(data, seed=seed)


@pytest.mark.parametrize("seed", SEEDS + ODD_SEEDS)
def test_integers(function, seed, level):
    """Columns of ints are hashed many at a time; all sizes around a vector."""
    ours, theirs = function
    column = np.random.default_rng(2).integers(0, 2**64, 200, np.uint64)
    want = [theirs(int(key).to_bytes(8, "little"), seed=seed) for key in column]
    for size in [*range(70), 127, 128, 129, 200]:
        assert ours(column[:size], seed=seed).tolist() == want[:size]
        assert ours(column[:size].tolist(), seed=seed).tolist() == want[:size]
    assert ours(column[1:], seed=seed).tolist() == want[1:]
    assert ours(column[::-1], seed=seed).tolist() == want[::-1]


def test_known_answers():
    """Of xxHash's own documentation and test suite."""
    assert xxh3_64(b"") == 0x2D06800538D394C2
    assert xxh64(b"") == 0xEF46DB3751D8E999


def test_same_value_of_every_kind(function):
    ours, _ = function
    assert ours("é", seed=5) == ours("é".encode(), seed=5) == ours(bytearray("é".encode()), seed=5)
    assert ours(1, seed=5) == ours(b"\1" + bytes(7), seed=5) == ours(True, seed=5)
