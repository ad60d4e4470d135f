"""Constructors refuse bad arguments, and say which, what it was and what is allowed."""

import numpy as np
import pytest

from coterie import HashRing, JumpHash
from tests.placement.errors import NO_INTEGERS, called, refuse
from tests.placement.schemes import schemes, state


@schemes()
@pytest.mark.parametrize("seed", [-1, 2**64, -(2**70), 10**30])
def test_seed_out_of_range(scheme, seed):
    with pytest.raises(ValueError, match=rf"seed.*{seed}.*0 \.\. 2\*\*64-1"):
        scheme.make(5, seed)


@schemes()
@pytest.mark.parametrize("seed", NO_INTEGERS, ids=called)
def test_seed_that_is_no_integer(scheme, seed):
    with pytest.raises(TypeError, match=f"seed.*{type(seed).__name__}"):
        scheme.make(5, seed)


@schemes()
def test_seeds_of_every_kind_of_integer(scheme):
    class Index:
        def __index__(self):
            return 7

    assert (
        scheme.make(5, Index())
        == scheme.make(5, np.int8(7))
        == scheme.make(5, np.uint64(7))
        == scheme.make(5, 7)
    )
    assert scheme.make(5, True).seed == 1
    assert type(scheme.make(5, True).seed) is int


@schemes()
def test_failing_init_leaves_what_was_there(scheme):
    placement = scheme.make(5, seed=9)
    bad = [(0, {"seed": 3}), (2**31, {"seed": 3})] if scheme.numbered else [((), {"vnodes": 0, "seed": 3})]
    bad += [
        (scheme.members(3), {"seed": -1}),
        (scheme.members(3), {"seed": "x"}),
        (None, {"seed": 3}),
        (1.5, {}),
    ]
    if not scheme.numbered:
        bad += [(["a", "a"], {"seed": 3}), (["a", None], {"seed": 3}), ("abc", {}), ({"a": 0}, {"seed": 3})]
    for first, options in bad:
        before = state(placement)
        with pytest.raises((TypeError, ValueError)):
            placement.__init__(first, **options)
        assert state(placement) == before


@schemes()
def test_init_again(scheme):
    placement = scheme.make(5, seed=9)
    kept = placement.copy()
    fresh = scheme.cls(scheme.members(7), seed=3)
    placement.__init__(scheme.members(7), seed=3)
    assert placement == fresh
    assert state(placement) == state(fresh)
    assert state(kept) == state(scheme.make(5, seed=9))


@pytest.mark.parametrize("vnodes", [0, -1, -(2**70), 2**28 + 1, 2**31, 2**63, 2**64 + 160])
def test_vnodes_out_of_range(vnodes):
    for nodes in ((), ["a"]):
        with pytest.raises(ValueError, match=rf"vnodes.*{vnodes}.*1 \.\. 2\*\*28"):
            HashRing(nodes, vnodes=vnodes)


@pytest.mark.parametrize("vnodes", NO_INTEGERS, ids=called)
def test_vnodes_that_are_no_integer(vnodes):
    with pytest.raises(TypeError, match=f"vnodes.*{type(vnodes).__name__}"):
        HashRing(["a"], vnodes=vnodes)


@pytest.mark.parametrize(
    ("weights", "vnodes"),
    [
        ({"a": 2**62}, 160),
        ({"a": 1e300}, 160),
        ({"a": 1.7e308}, 2**28),
        ({"a": 2**28 + 1}, 1),
        ({"a": 1, "b": 2**28}, 1),
        ({"a": 2**27, "b": 2**27, "c": 1e-9}, 1),
        (dict.fromkeys("abcdefgh", 2.0**25) | {"z": 1}, 1),
        ({"a": 1.0000001}, 2**28),
        ({"a": 1, "b": 1}, 2**28),
    ],
    ids=str,
)
def test_too_many_points(weights, vnodes):
    """Refused before any memory is taken."""
    match = r"points.*2\*\*28"
    with pytest.raises(ValueError, match=match):
        HashRing(weights, vnodes=vnodes)
    ring = HashRing({"x": 1e-3, "y": 1e-3}, vnodes=vnodes if vnodes < 2**20 else 160)
    if vnodes < 2**20:
        refuse(ring, ValueError, match, ring.add_nodes, weights)
    refuse(ring, ValueError, match, ring.add_node, "z", 2**62)
    refuse(ring, ValueError, match, ring.set_weight, "y", 2**62)
    refuse(ring, ValueError, match, ring.set_weight, "y", 1e308)


def test_constructor_arguments():
    assert HashRing(nodes=["a"]) == HashRing(["a"])
    assert JumpHash(n=5) == JumpHash(5)
    for call in (
        lambda: HashRing(["a"], 160),
        lambda: HashRing(["a"], weights=[1]),
        lambda: JumpHash(),
        lambda: JumpHash(5, 1),
        lambda: JumpHash(5, vnodes=1),
    ):
        with pytest.raises(TypeError):
            call()


@pytest.mark.parametrize("n", [0, -1, 2**31, 2**32 + 5, 2**64, -(10**30)])
def test_shards_out_of_range(n):
    with pytest.raises(ValueError, match=rf"\bn\b.*{n}.*1 \.\. 2\*\*31-1"):
        JumpHash(n)


@pytest.mark.parametrize("n", NO_INTEGERS, ids=called)
def test_shards_that_are_no_integer(n):
    with pytest.raises(TypeError, match=rf"\bn\b.*{type(n).__name__}"):
        JumpHash(n)
