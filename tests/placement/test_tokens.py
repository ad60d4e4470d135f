"""A key's token: its digest, mixed with the seed. It alone decides where the key lives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.baselines.keys import digest, mix, splitmix64
from coterie import digests
from tests.placement.inverse import digest_at, key_at
from tests.placement.schemes import SCHEMES, schemes

SEEDS = [0, 1, 2**63, 2**64 - 1]
SIZES = [0, 1, 7, 8, 9, 63, 64, 65, 4095, 4096, 4097, 10_000]
KEYS = [f"user:{i}" for i in range(100)] + [b"\xff", "", -1, 2**64 - 1, "é" * 300]


@schemes()
@pytest.mark.parametrize("seed", SEEDS)
def test_mixed_digests(scheme, seed, level):
    placement = scheme.make(5, seed)
    want = [mix(digest(key), splitmix64(seed)) for key in KEYS]
    assert placement.tokens(KEYS).tolist() == want
    assert placement.tokens(digests(KEYS), hashed=True).tolist() == want
    assert placement.tokens(key for key in KEYS).tolist() == want


@schemes()
def test_sizes(scheme):
    placement = scheme.make(5, seed=7)
    want = np.array([mix(digest(key), splitmix64(7)) for key in range(max(SIZES))], np.uint64)
    for size in SIZES:
        assert np.array_equal(placement.tokens(np.arange(size)), want[:size])
        assert np.array_equal(placement.tokens(list(range(size))), want[:size])


@schemes()
@given(st.lists(st.integers(0, 2**64 - 1), min_size=1), st.integers(0, 2**64 - 1))
def test_of_keys_chosen_by_their_tokens(scheme, tokens, seed):
    placement, salt = scheme.make(3, seed), splitmix64(seed)
    assert placement.tokens([key_at(token, salt) for token in tokens]).tolist() == tokens
    hashed = digest_at(np.array(tokens, np.uint64), salt)
    assert placement.tokens(hashed, hashed=True).tolist() == tokens


@schemes()
def test_of_one_seed_are_equal(scheme):
    """Whatever the scheme, the nodes, and whether there are any."""
    want = scheme.make(5, seed=9).tokens(KEYS).tolist()
    for other in SCHEMES:
        assert other.make(8, seed=9).tokens(KEYS).tolist() == want
        assert other.make(5, seed=8).tokens(KEYS).tolist() != want
    if not scheme.numbered:
        assert scheme.of([], seed=9).tokens(KEYS).tolist() == want


@schemes()
def test_stay_when_nodes_change(scheme):
    placement = scheme.make(5, seed=9)
    want = placement.tokens(KEYS).tolist()
    placement.add_node(scheme.newcomer(placement))
    assert placement.tokens(KEYS).tolist() == want
    placement.__init__(scheme.members(4), seed=3)
    assert placement.tokens(KEYS).tolist() == scheme.make(1, seed=3).tokens(KEYS).tolist() != want


@schemes()
def test_decide_where_keys_live(scheme):
    """One token, one place: with another seed, the key of another digest takes it."""
    placement = scheme.make(20, seed=3)
    tokens = placement.tokens(KEYS)
    again = digest_at(tokens, splitmix64(3))
    assert np.array_equal(again, digests(KEYS))
    assert np.array_equal(placement.assign(again, hashed=True), placement.assign(KEYS))
