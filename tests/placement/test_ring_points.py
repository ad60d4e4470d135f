"""Points that coincide, and keys that lie exactly on a point, beside it or at the ends of the circle."""

import itertools

import pytest

from benchmarks.baselines.keys import key_bytes, splitmix64
from benchmarks.baselines.placement.ring import HashRing as PlainRing
from coterie import HashRing
from tests.placement.inverse import key_at, node_with_point, point_of
from tests.placement.probes import check, check_replicas

SEEDS = [0, 1, 2**64 - 1]
ENDS = [0, 1, 2, 2**32, 2**63 - 1, 2**63, 2**64 - 2, 2**64 - 1]


@pytest.fixture(params=SEEDS)
def seed(request):
    return request.param


def text_node(point, salt):
    """A text of 8 bytes, one of whose points is the given one."""
    for i in itertools.count():
        data = key_bytes(node_with_point(point, salt, i))
        try:
            return data.decode(), i
        except UnicodeDecodeError:
            pass


def sharing(point, salt):
    """Nodes of every kind with one point in common, and how many points they need: it is the last of each."""
    text, i = text_node(point, salt)
    nodes = {node_with_point(point, salt, number): number + 1 for number in (0, 1, 2, 5)}
    signed = node_with_point(point, salt, 7)
    nodes[signed - 2**64 if signed >= 2**63 else signed] = 8
    nodes[key_bytes(node_with_point(point, salt, 3))] = 4
    nodes[text] = i + 1
    return nodes


@pytest.mark.parametrize("point", [12345 << 40, *ENDS], ids=hex)
def test_equal_points_are_in_the_order_of_key_bytes(point, seed, level):
    salt = splitmix64(seed)
    nodes = sharing(point, salt)
    assert len(nodes) == 7
    assert {type(node) for node in nodes} == {str, bytes, int}
    assert all(point_of(node, salt, number - 1) == point for node, number in nodes.items())
    ring = HashRing(nodes, vnodes=1, seed=seed)
    check(ring)
    check_replicas(ring, 7, count=100)
    order = sorted(nodes, key=key_bytes)
    assert ring[key_at(point, salt)] == order[0]
    assert ring.get_nodes(key_at(point, salt), 7) == order


def test_equal_points_by_changes(seed):
    """Adding, removing and weighing nodes one at a time ends where a new ring begins."""
    point = 0xABCDEF << 40
    salt = splitmix64(seed)
    nodes = sharing(point, salt)
    order = sorted(nodes, key=key_bytes)
    for arrivals in itertools.islice(itertools.permutations(nodes.items()), 0, 5040, 241):
        ring, there = HashRing({"other": 3}, vnodes=1, seed=seed), []
        for node, number in arrivals:
            ring.add_node(node, number)
            there.append(node)
            assert ring.get_nodes(key_at(point, salt), len(there)) == sorted(there, key=key_bytes)
        check(ring)
        for node, number in arrivals:
            ring.set_weight(node, number + 2)
            assert ring.get_nodes(key_at(point, salt), 7) == order
            ring.set_weight(node, number - 1 or 1e-3)  # without the point in common, unless it is the first
            check(ring)
            ring.set_weight(node, number)
        check(ring)
        for node, _ in arrivals:
            ring.remove_node(node)
            there.remove(node)
            want = sorted(there, key=key_bytes)
            assert ring.get_nodes(key_at(point, salt), 8)[: len(want)] == want
            check(ring)


def test_many_points_in_common(seed):
    """Node B has ten points of ten other nodes, and the other way round."""
    salt = splitmix64(seed)
    points = [point_of("hub", salt, i) for i in range(40)]
    nodes = {node_with_point(point, salt, j): j + 1 for j, point in zip(range(40), points, strict=True)}
    ring = HashRing({"hub": 40, **nodes}, vnodes=1, seed=seed)
    check(ring)
    check_replicas(ring, 41)
    changed = HashRing(nodes, vnodes=1, seed=seed)
    check(changed)
    changed.add_node("hub", 40)
    assert changed == ring
    check(changed)
    changed.set_weight("hub", 20)
    check(changed)
    changed.set_weight("hub", 60)
    check(changed)
    changed.remove_node("hub")
    check(changed)


@pytest.mark.parametrize("ends", [[0], [2**64 - 1], [0, 2**64 - 1], ENDS], ids=str)
def test_points_at_the_ends_of_the_circle(ends, seed, level):
    salt = splitmix64(seed)
    nodes = [node_with_point(point, salt) for point in ends]
    ring = HashRing(nodes, vnodes=1, seed=seed)
    check(ring, bits=14)
    for point, node in zip(ends, nodes, strict=True):
        assert ring[key_at(point, salt)] == node
    for node in nodes:
        ring.add_node("between", 5)
        check(ring)
        ring.remove_node(node)
        check(ring)
        ring.remove_node("between")
        ring.add_node(node)
        check(ring)


def test_a_key_belongs_to_the_next_point(seed, level):
    """At a point: to it. One above: to the next. Behind the last: to the first."""
    salt = splitmix64(seed)
    ring = HashRing(range(50), vnodes=3, seed=seed)
    plain = PlainRing(range(50), 3, seed)
    pairs = list(zip(plain.points, plain.owners, strict=True))
    for (before, _), (point, owner) in zip([pairs[-1], *pairs], pairs, strict=False):
        for w in (point, point - 1, before + 1):
            assert ring[key_at(w, salt)] == owner
            assert ring.assign([key_at(w, salt)]).tolist() == [owner]
    for w in (pairs[-1][0] + 1, 2**64 - 1, 0, 1, pairs[0][0] - 1):
        assert ring[key_at(w, salt)] == pairs[0][1]
        assert ring.get_nodes(key_at(w, salt), 1) == [pairs[0][1]]


def test_all_points_in_the_last_entry(seed):
    salt = splitmix64(seed)
    nodes = [node_with_point(2**64 - 1 - i, salt) for i in range(200)]
    ring = HashRing(nodes, vnodes=1, seed=seed)
    check(ring)
    check_replicas(ring, 200)
    assert ring.get_nodes(key_at(2**64 - 3, salt), 4) == [nodes[2], nodes[1], nodes[0], nodes[199]]
