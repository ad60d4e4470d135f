"""Arguments that only a ring has, and refuses."""

import pytest

from coterie import HashRing
from tests.placement.errors import NO_INTEGERS, called, refuse


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
