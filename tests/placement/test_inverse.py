"""The tests' own tools do what they say."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.baselines.keys import digest, mix, splitmix64
from tests.placement.inverse import digest_at, key_at, key_of, node_with_point, point_of

WORDS = st.integers(0, 2**64 - 1)


@given(WORDS)
def test_key_of_a_digest(d):
    assert digest(key_of(d)) == d


@given(WORDS, st.integers(0, 2**28), WORDS)
def test_node_with_a_point(point, i, seed):
    salt = splitmix64(seed)
    assert point_of(node_with_point(point, salt, i), salt, i) == point


@given(WORDS, WORDS)
def test_key_at_a_place(w, seed):
    salt = splitmix64(seed)
    assert mix(digest(key_at(w, salt)), salt) == w
    assert digest_at(np.array([w], np.uint64), salt).tolist() == [digest_at(w, salt)]
