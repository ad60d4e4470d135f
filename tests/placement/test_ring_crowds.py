"""Nodes chosen so that their points crowd together: rings stay right, and are built as quickly."""

import random
from functools import cache

import pytest

from benchmarks.baselines.keys import splitmix64
from coterie import HashRing
from tests.placement.inverse import key_at, node_with_point
from tests.placement.probes import check, check_replicas, places

WIDE = 2**15


@cache
def crowd(n, prefix, seed=0, step=1):
    """n int nodes whose points number 0 follow each other from `prefix` on, shuffled."""
    salt = splitmix64(seed)
    nodes = [node_with_point(prefix + step * i, salt) for i in range(n)]
    random.Random(1).shuffle(nodes)
    return nodes


@pytest.mark.parametrize("prefix", [0, 0x123456789A << 24, 0xFFFFFFFFFF << 24], ids=hex)
@pytest.mark.parametrize("n", [2, 5, 63, 64, 65, 66, 300, 5000])
def test_crowd(n, prefix, level):
    ring = HashRing(crowd(n, prefix), vnodes=1)
    check(ring)
    check_replicas(ring, 3, count=10)


@pytest.mark.parametrize("n", [WIDE - 1, WIDE, WIDE + 1, 40_000])
def test_crowd_of_more_than_an_entry_counts(n, level):
    ring = HashRing(crowd(n, 0x5555555555 << 24), vnodes=1)
    check(ring)
    check_replicas(ring, 5, count=10)


def test_entries_behind_a_crowd():
    """A narrow ring counts points from the first of 64 entries on, up to 2^15: here the first entry holds as
    many, and those of the others have larger numbers."""
    nodes = WIDE - 1
    group = 64 - 12  # 2 points a node and 4 entries a point make 2^18 entries, 2^12 groups
    ring = HashRing(crowd(nodes, 0x123 << group), vnodes=2)
    check(ring, bits=18)
    check_replicas(ring, 5, count=10)


@pytest.mark.parametrize("shift", [18, 24, 30, 36, 40, 46])
def test_crowds_of_all_widths(shift):
    """Spread over less than an entry, an entry, a group and more."""
    check(HashRing(crowd(3000, 0x77 << 56, step=2**shift // 3000 * 256), vnodes=1))


def test_crowds_among_others():
    nodes = crowd(500, 1 << 63) + crowd(500, 0) + crowd(500, 2**64 - 500) + list(range(500))
    ring = HashRing(nodes, vnodes=3)
    check(ring, bits=14)
    check_replicas(ring, 50, count=10)


def test_changes_within_a_crowd():
    nodes = crowd(2000, 0xABC << 52)
    ring = HashRing(nodes, vnodes=1)
    for node in nodes[::400]:
        ring.remove_node(node)
        check(ring)
        ring.set_weight(nodes[1], 1 + node % 3)
        check(ring)
        ring.add_node("stranger", 5)
        ring.add_node(node, 2)
        check(ring)
        ring.remove_node("stranger")
    assert ring == HashRing(ring.weights, vnodes=1)


def test_crowd_of_nodes_with_other_points_too():
    for vnodes in (2, 3, 20):
        check(HashRing(crowd(1000, 0xABC << 52), vnodes=vnodes, seed=0))


def test_scalar_answers_in_a_crowd():
    n, prefix = 1000, 0xABC << 52
    ring = HashRing(crowd(n, prefix), vnodes=1)
    for i in [*range(0, n, 37), n - 1]:
        want = node_with_point(prefix + i, splitmix64(0))
        assert ring[key_at(prefix + i, splitmix64(0))] == want
    assert ring[key_at(prefix + n, splitmix64(0))] == node_with_point(prefix, splitmix64(0))
    assert len(places(range(n), 3)) == 3 * (n + 8)
