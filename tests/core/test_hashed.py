"""Digests come back with hashed=True: one-dimensional uint64 arrays and nothing else."""

import numpy as np
import pytest

from coterie import HashRing, JumpHash, digests
from tests.containers import layouts

KEYS = [f"user:{i}" for i in range(5000)]
SCHEMES = {
    "ring": HashRing(["a", "b", "c"]),
    "seeded ring": HashRing(["a", "b", "c"], seed=2**64 - 1),
    "shards": JumpHash(12),
    "seeded shards": JumpHash(12, seed=5),
}


@pytest.fixture(params=SCHEMES)
def scheme(request):
    return SCHEMES[request.param]


def test_same_answers(scheme, level):
    hashed = digests(KEYS)
    assert np.array_equal(scheme.assign(hashed, hashed=True), scheme.assign(KEYS))
    assert np.array_equal(scheme.assign_replicas(hashed, 3, hashed=True), scheme.assign_replicas(KEYS, 3))


def test_not_hashed_they_are_int_keys(scheme):
    hashed = digests(KEYS)
    assert np.array_equal(scheme.assign(hashed), scheme.assign(hashed.tolist()))
    assert not np.array_equal(scheme.assign(hashed), scheme.assign(KEYS))


def test_every_layout(scheme):
    want = scheme.assign(KEYS)
    for order in "<>":
        for name, array in layouts(digests(KEYS).astype(order + "u8")):
            assert np.array_equal(scheme.assign(array, hashed=True), want), (order, name)
            assert np.array_equal(scheme.assign_replicas(array, 1, hashed=True)[:, 0], want), (order, name)


@pytest.mark.parametrize(
    "keys",
    [
        [1, 2],
        (1, 2),
        iter([1, 2]),
        5,
        "a",
        None,
        np.array([1, 2]),
        np.array([1, 2], np.uint32),
        np.array([1.0, 2.0]),
        np.array([1, 2], object),
        np.array(["a"]),
        np.array([1, 2], "m8[s]"),
        np.array([[1, 2]], np.uint64),
        np.array(5, np.uint64),
        np.ma.array([1, 2], np.uint64),
        np.empty(0),
    ],
    ids=repr,
)
def test_anything_else_is_refused(scheme, keys):
    with pytest.raises(TypeError, match=r"one-dimensional|masked"):
        scheme.assign(keys, hashed=True)
    with pytest.raises(TypeError, match=r"one-dimensional|masked"):
        scheme.assign_replicas(keys, 2, hashed=True)


def test_empty(scheme):
    assert scheme.assign(np.empty(0, np.uint64), hashed=True).tolist() == []


def test_hashed_is_a_keyword(scheme):
    with pytest.raises(TypeError):
        scheme.assign(digests(KEYS), True)
