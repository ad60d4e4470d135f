"""Bytes are canonical and complete: equal placements have equal bytes, which make an equal placement again.

The format itself, and damage to it, is tested with the containers in tests/core.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.baselines.keys import key_bytes
from coterie import DecodeError
from tests.placement.schemes import SCHEMES, schemes, state

NODES = st.one_of(st.text(st.characters(codec="utf-8")), st.binary(), st.integers(-(2**63), 2**64 - 1))
WEIGHTS = st.one_of(st.floats(0.0, 3, exclude_min=True), st.sampled_from([5e-324, 1e-9, 0.1 + 0.2, 100]))


@schemes()
@pytest.mark.parametrize("seed", [0, 1, 2**64 - 1])
@pytest.mark.parametrize("n", [1, 2, 9, 200])
def test_there_and_back(scheme, n, seed, level):
    placement = scheme.make(n, seed)
    read = scheme.cls.from_bytes(placement.to_bytes())
    assert type(read) is scheme.cls
    assert read == placement
    assert state(read) == state(placement)
    assert np.array_equal(read.assign_replicas(range(50), 3), placement.assign_replicas(range(50), 3))


@schemes("weights")
@given(
    weights=st.dictionaries(NODES, WEIGHTS, max_size=8),
    seed=st.integers(0, 2**64 - 1),
    data=st.data(),
)
def test_any(scheme, weights, seed, data):
    weights = dict({key_bytes(node): (node, weight) for node, weight in weights.items()}.values())
    options = data.draw(st.sampled_from([{}, scheme.options, *scheme.others]))
    placement = scheme.cls(weights, seed=seed, **options)
    read = scheme.cls.from_bytes(placement.to_bytes())
    assert read == placement
    assert dict(read.weights) == weights
    assert [type(node) for node in read.nodes] == [type(node) for node in placement.nodes]
    assert read.seed == seed
    assert {name: getattr(read, name) for name in options} == options
    assert read.to_bytes() == placement.to_bytes()
    assert not weights or read.assign(range(100)).tolist() == placement.assign(range(100)).tolist()


@schemes()
def test_what_was_read_can_be_changed(scheme):
    placement = scheme.make(6, seed=3)
    data = placement.to_bytes()
    read = scheme.cls.from_bytes(data)
    for changed in (read, placement):
        changed.add_node(scheme.newcomer(changed))
    assert state(read) == state(placement)
    assert read.to_bytes() != data
    assert scheme.cls.from_bytes(data) == scheme.make(6, seed=3)


@schemes()
def test_different_placements_have_different_bytes(scheme):
    several = [scheme.make(5), scheme.make(6), scheme.make(5, seed=1)]
    if "weights" in scheme.laws:
        several += [scheme.of(dict.fromkeys(scheme.members(5), weight)) for weight in (2, 1.0000000000000002)]
    several += [scheme.of(scheme.members(5), **options) for options in scheme.others]
    assert len({placement.to_bytes() for placement in several}) == len(several)
    for placement in several:
        assert sum(placement == other for other in several) == 1


@schemes(numbered=False)
def test_empty(scheme):
    placement = scheme.of([], seed=9)
    read = scheme.cls.from_bytes(placement.to_bytes())
    assert read == placement
    read.add_node("a")
    assert state(read) == state(scheme.of(["a"], seed=9))


@schemes()
def test_bytes_of_the_other_schemes(scheme):
    for other in SCHEMES:
        if other is not scheme:
            with pytest.raises(DecodeError, match=f"not a {scheme}: .*another structure"):
                scheme.cls.from_bytes(other.make(5).to_bytes())


@schemes()
def test_bytes_do_not_depend_on_the_process(scheme):
    """Nor on the hash seed, nor on what was there before."""
    placement = scheme.make(9)
    for _ in range(3):
        placement.remove_node(scheme.leavers(placement)[-1])
    assert (
        placement.to_bytes()
        == placement.copy().to_bytes()
        == scheme.cls.from_bytes(placement.to_bytes()).to_bytes()
    )
    assert type(placement.to_bytes()) is bytes
