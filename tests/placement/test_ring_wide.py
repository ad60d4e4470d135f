"""Rings of 2^15 nodes and more, whose owners are stored wider, and the way there and back."""

import pytest

from coterie import HashRing
from tests.placement.probes import check, check_replicas

WIDE = 2**15


@pytest.mark.parametrize("n", [WIDE - 2, WIDE - 1, WIDE, WIDE + 1])
def test_new(n, level):
    ring = HashRing(range(n), vnodes=1)
    check(ring)
    check_replicas(ring, 20, count=10)


def test_more_than_16_bits(level):
    check(HashRing(range(70_000), vnodes=1, seed=5))


def test_growing_and_shrinking():
    """32766 .. 32770 nodes and back, one at a time, at both ends of the order."""
    names = [f"node-{i:06}" for i in range(WIDE - 2)]
    ring = HashRing(names, vnodes=1)
    joining = ["zzz", "a", "node-016384-", b"bytes"]
    for node in joining:
        ring.add_node(node, 2)
        check(ring)
    assert ring == HashRing({**dict.fromkeys(names, 1), **dict.fromkeys(joining, 2)}, vnodes=1)
    for node in (*joining[:3], names[5], b"bytes"):
        ring.remove_node(node)
        check(ring)
    assert ring == HashRing([name for name in names if name != names[5]], vnodes=1)


def test_back_and_forth_over_the_border():
    ring = HashRing(range(WIDE - 1), vnodes=1)
    for node in (-7, "text", b"x"):
        ring.add_node(node, 3)
        assert len(ring) == WIDE
        check(ring)
        ring.set_weight(node, 300)
        check(ring)
        ring.set_weight(0, 9)
        ring.remove_node(node)
        check(ring)
        ring.set_weight(0, 1)
    assert ring == HashRing(range(WIDE - 1), vnodes=1)


def test_in_one_step():
    ring = HashRing(range(100), vnodes=1)
    ring.add_nodes(range(100, WIDE + 100))
    check(ring)
    assert ring == HashRing(range(WIDE + 100), vnodes=1)


@pytest.mark.slow
@pytest.mark.parametrize("vnodes", [2, 5, 16])
def test_new_with_more_points(vnodes):
    for n in (WIDE - 1, WIDE, 3 * WIDE):
        check(HashRing(range(n), vnodes=vnodes), bits=20)
