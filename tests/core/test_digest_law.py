"""Every container gives each key the digest that the key has alone, at every CPU level."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.baselines import keys as baseline
from coterie import digest, digests
from coterie.hashing import xxh3_64, xxh64
from tests.containers import forms

INTS = st.integers(-(2**63), 2**64 - 1)
# Of three lengths: what XXH3 does in one step, in a few, and by its long loop.
TEXTS = st.text(max_size=20) | st.text(min_size=100, max_size=150) | st.text("aé€😀", min_size=250)
BLOBS = st.binary(max_size=20) | st.binary(min_size=200, max_size=600)

SAMPLES = {
    "nothing": [],
    "bits": [0, 1, 1, 0, 1],
    "small ints": [0, 1, -1, 127, -128, 5],
    "ints of 16 bits": [-(2**15), 2**15 - 1, 0],
    "ints of 32 bits": [-(2**31), 2**31 - 1, 2**30, -(2**30)],
    "unsigned ints of 32 bits": [2**32 - 1, 0, 2**31],
    "ints of 64 bits": [-(2**63), 2**63 - 1, 2**60, -(2**60)],
    "unsigned ints of 64 bits": [2**64 - 1, 2**63, 0],
    "ints of all sizes": [-(2**63), 2**64 - 1, 0],
    "texts": ["a", "", "user:42", "naïve", "€", "😀", "x" * 17, "y" * 241, "a\0b", "é" * 200],
    "texts with NULs behind": ["a\0", "\0"],
    "blobs": [b"a", b"", b"\0a", b"\xff" * 17, b"x" * 300],
    "blobs with NULs behind": [b"a\0", b"\0"],
    "kinds mixed": [1, "a", b"b", 2, 3, "é", True, -5, 2**64 - 1, "x" * 300, b"y" * 300],
    "ints between texts": ["a", 1, "b", 2, 3, "c"],
}


@pytest.mark.parametrize("keys", SAMPLES.values(), ids=SAMPLES)
def test_digest_law(keys, level):
    want = [baseline.digest(key) for key in keys]
    assert [digest(key) for key in keys] == want
    for name, container in forms(keys):
        got = digests(container)
        assert (got.dtype, got.ndim, got.tolist()) == (np.uint64, 1, want), name


@pytest.mark.parametrize("keys", SAMPLES.values(), ids=SAMPLES)
@pytest.mark.parametrize("function", [xxh3_64, xxh64])
def test_seeded_hashes(keys, function, level):
    for seed in (0, 2**64 - 1):
        want = [function(key, seed=seed) for key in keys]
        for name, container in forms(keys):
            assert function(container, seed=seed).tolist() == want, name


def test_set():
    keys = {"a", b"b", 5, 7, "long enough to be more than sixteen bytes"}
    for container in (keys, frozenset(keys)):
        assert digests(container).tolist() == [digest(key) for key in container]


@given(st.lists(INTS | TEXTS | BLOBS | st.booleans(), max_size=60))
def test_any_mixture(keys):
    want = [baseline.digest(key) for key in keys]
    in_array = np.empty(len(keys), object)
    in_array[:] = keys
    for container in (keys, tuple(keys), iter(keys), in_array):
        assert digests(container).tolist() == want
    assert digests(in_array[::-1]).tolist() == want[::-1]


@given(st.lists(INTS, max_size=40) | st.lists(TEXTS, max_size=40) | st.lists(BLOBS, max_size=40))
def test_any_keys_of_one_kind(keys):
    want = [baseline.digest(key) for key in keys]
    for name, container in forms(keys):
        assert digests(container).tolist() == want, name
