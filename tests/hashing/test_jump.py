"""The raw jump function: the paper's answers, one and many, at every CPU level."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.baselines.hashing.jump import jump as plain_jump
from coterie.hashing import jump
from tests.containers import forms

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "jump.json").read_text())["cases"]
SIZES = [0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 1023, 1024, 1025]
COUNTS = [1, 2, 3, 10, 100, 1000, 65537, 2**30, 2**31 - 2, 2**31 - 1]
KEYS = np.random.default_rng(1).integers(0, 2**64, 1025, np.uint64)
EDGES = [0, 1, 2**31, 2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1, -1, -(2**63)]


def test_paper(level):
    for key, n, bucket in VECTORS:
        assert jump(key, n) == bucket
        assert jump([key], n).tolist() == [bucket]
    for n in {n for _, n, _ in VECTORS}:
        rows = [(key, bucket) for key, count, bucket in VECTORS if count == n]
        keys = np.array([key for key, _ in rows], np.uint64)
        assert jump(keys, n).tolist() == [bucket for _, bucket in rows]


@pytest.mark.parametrize("n", COUNTS)
def test_plain(n, level):
    want = [plain_jump(int(key), n) for key in KEYS]
    assert [jump(int(key), n) for key in KEYS] == want
    for size in SIZES:
        assert jump(KEYS[:size], n).tolist() == want[:size]
    assert jump(KEYS[1:], n).tolist() == want[1:]  # not aligned to a vector


@pytest.mark.parametrize("n", COUNTS)
def test_edges(n, level):
    want = [plain_jump(key, n) for key in EDGES]
    assert [jump(key, n) for key in EDGES] == want
    assert jump(EDGES, n).tolist() == want


@given(st.integers(-(2**63), 2**64 - 1), st.integers(1, 2**31 - 1))
def test_anything(key, n):
    assert jump(key, n) == plain_jump(key, n) == jump(np.array([key]), n)[0]


def test_every_count_up_to_a_thousand(level):
    """A key moves to the new bucket or stays."""
    keys = KEYS[:300]
    before = jump(keys, 1)
    assert not before.any()
    for n in range(2, 1000):
        after = jump(keys, n)
        moved = after != before
        assert (after[moved] == n - 1).all()
        before = after


@pytest.mark.parametrize("n", [1, 1000, 2**31 - 1])
def test_levels_agree_on_many(n, level):
    keys = np.random.default_rng(3).integers(0, 2**64, 20_001, np.uint64)
    assert jump(keys, n).tolist() == [jump(key, n) for key in keys.tolist()]


def test_every_container(level):
    for keys in ([1, -5, 7], [2**64 - 1, 0], [0, 1, 1]):
        want = [plain_jump(key, 1000) for key in keys]
        for name, container in forms(keys):
            got = jump(container, 1000)
            assert (got.dtype, got.tolist()) == (np.int32, want), name


def test_balance():
    """Loads of 2^20 keys on 50 buckets: the sum of squares is chi-square with 49 degrees of freedom, of which
    p = 1e-4 is 94.6."""
    keys = np.arange(2**20, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    loads = np.bincount(jump(keys, 50), minlength=50)
    mean = len(keys) / 50
    assert ((loads - mean) ** 2 / mean).sum() < 94.6


BAD_COUNTS = [0, -1, 2**31, 2**32 + 5, 2**63, 2**64, -(2**63), 10**30, -(10**30), 10**5000, False]


@pytest.mark.parametrize("n", BAD_COUNTS, ids=lambda n: f"{n:x}"[:20])
@pytest.mark.parametrize("keys", [5, [5], np.array([5])], ids=["int", "list", "array"])
def test_bad_n(keys, n):
    with pytest.raises(ValueError, match=r"n .*1 \.\. 2\*\*31-1"):
        jump(keys, n)


@pytest.mark.parametrize("n", [1.0, "5", None, [1], np.float64(1)], ids=repr)
def test_n_of_another_type(n):
    with pytest.raises(TypeError):
        jump(5, n)


def test_n_of_every_kind_of_int():
    assert jump(5, np.int64(100)) == jump(5, np.uint8(100)) == jump(5, 100)
    assert jump(5, True) == 0


def test_arguments():
    for arguments in ((), (5,), (5, 5, 5)):
        with pytest.raises(TypeError):
            jump(*arguments)
    with pytest.raises(TypeError):
        jump(5, n=5)
