"""Batches of every size around a chunk, a turn and a rest."""

import numpy as np
import pytest
import xxhash

from coterie import JumpHash, digests
from coterie.hashing import jump

NEAR = (-1, 0, 1)
SMALL = [*range(4), *(size + near for size in (8, 16, 32, 64, 1024, 2048, 4096) for near in NEAR)]
LARGE = [2**20 - 1, 2**20, *(size + near for size in (2**18 - 1024, 2**18, 2**19 - 1024) for near in NEAR)]
MOST = 2**20 + 1

MAKERS = {
    "ints": lambda i: i * i - 5,
    "large ints": lambda i: 2**63 + i,
    "texts": lambda i: f"user:{i}",
    "texts that are not ASCII": lambda i: f"ключ {i}",
    "blobs": lambda i: b"%d" % i,
    "kinds mixed": lambda i: (f"user:{i}", i, i + 1, b"%d" % i)[i % 4],
}


def bytes_of(key):
    if isinstance(key, int):
        return (key % 2**64).to_bytes(8, "little")
    return key.encode() if isinstance(key, str) else key


@pytest.fixture(scope="module", params=MAKERS)
def keys(request):
    """A list of keys of one kind, and their digests."""
    keys = [MAKERS[request.param](i) for i in range(MOST)]
    return keys, np.array([xxhash.xxh3_64_intdigest(bytes_of(key)) for key in keys], np.uint64)


def column_of(keys):
    """The narrowest array of the keys."""
    kinds = {type(key) for key in keys}
    return np.array(keys, object if kinds == set() or len(kinds) > 1 else None)


@pytest.mark.parametrize("size", SMALL)
def test_small(keys, size):
    keys, want = keys[0][:size], keys[1][:size].tolist()
    column = column_of(keys)
    for container in (keys, tuple(keys), iter(keys), column, column.astype(object)):
        assert digests(container).tolist() == want


def test_large(keys):
    keys, want = keys
    column = column_of(keys)
    for size in LARGE:
        assert np.array_equal(digests(keys[:size]), want[:size])
        assert np.array_equal(digests(column[:size]), want[:size])
    for container in (tuple(keys), iter(keys), column, column.astype(object), column[::-1].copy()[::-1]):
        assert np.array_equal(digests(container), want)


@pytest.mark.parametrize("size", [*SMALL, 2**18 + 1])
def test_rows(size):
    """An iterator of unknown length fills rows as a list does."""
    shards, keys = JumpHash(9), range(size)
    want = shards.assign_replicas(list(keys), 3)
    got = shards.assign_replicas((key for key in keys), 3)
    assert got.shape == (size, 3)
    assert np.array_equal(got, want)


@pytest.mark.parametrize("size", SMALL)
def test_answers_of_another_width(size):
    keys = list(range(size))
    want = [jump(key, 1000) for key in keys]
    for container in (keys, iter(keys), np.array(keys, np.uint64), np.array(keys, np.int16)):
        got = jump(container, 1000)
        assert (got.dtype, got.tolist()) == (np.int32, want)


def test_result_is_its_own_memory():
    for container in (["a"] * 5, iter(["a"] * 5), np.arange(5)):
        result = digests(container)
        assert result.flags.writeable
        assert result.flags.c_contiguous
        assert not np.shares_memory(result, container if isinstance(container, np.ndarray) else np.empty(0))


def test_an_array_is_left_as_it_was():
    keys = np.arange(5000, dtype=np.uint64)
    for function in (digests, lambda keys: JumpHash(5).assign(keys, hashed=True), lambda keys: jump(keys, 7)):
        function(keys)
        assert keys.tolist() == list(range(5000))
