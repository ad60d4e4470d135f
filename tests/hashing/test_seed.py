"""A seed is an int in 0 .. 2**64-1, for functions and placements alike."""

import numpy as np
import pytest

from coterie import HashRing, JumpHash, Maglev, Rendezvous
from coterie.hashing import xxh3_64, xxh3_128, xxh64

CALLS = {
    "xxh3_64": lambda seed: xxh3_64(["a"], seed=seed),
    "xxh3_64 of one key": lambda seed: xxh3_64("a", seed=seed),
    "xxh3_128": lambda seed: xxh3_128("a", seed=seed),
    "xxh64": lambda seed: xxh64(["a"], seed=seed),
    "xxh64 of one key": lambda seed: xxh64("a", seed=seed),
    "ring": lambda seed: HashRing(["a"], seed=seed),
    "rendezvous": lambda seed: Rendezvous(["a"], seed=seed),
    "maglev": lambda seed: Maglev(["a"], seed=seed),
    "shards": lambda seed: JumpHash(3, seed=seed),
}


class Indexable:
    def __index__(self):
        return 5


@pytest.fixture(params=CALLS)
def call(request):
    return CALLS[request.param]


@pytest.mark.parametrize("seed", [-1, 2**64, -(2**63), 10**5000], ids=["-1", "2**64", "-2**63", "10**5000"])
def test_outside(call, seed):
    with pytest.raises(ValueError, match=r"seed .*0 \.\. 2\*\*64-1"):
        call(seed)


@pytest.mark.parametrize("seed", [1.0, "5", None, b"5", [1], np.float64(1)], ids=repr)
def test_of_another_type(call, seed):
    with pytest.raises(TypeError):
        call(seed)


@pytest.mark.parametrize("function", [xxh3_64, xxh3_128, xxh64])
def test_whatever_is_an_int(function):
    want = function("a", seed=5)
    for seed in (np.int8(5), np.uint64(5), Indexable()):
        assert function("a", seed=seed) == want
    assert function("a", seed=True) == function("a", seed=1)


@pytest.mark.parametrize("function", [xxh3_64, xxh64])
def test_keyword_only(function):
    with pytest.raises(TypeError):
        function("a", 5)
    assert function("a") == function("a", seed=0)
