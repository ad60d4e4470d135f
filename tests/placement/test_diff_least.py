"""The least that must move, by a plain formula; and how near each scheme comes to it."""

from fractions import Fraction

import pytest

from benchmarks.baselines.keys import key_bytes
from coterie import HashRing, JumpHash, Maglev, Rendezvous, diff

HUNDRED = [f"cache-{i}" for i in range(100)]
CHANGES = {
    "joins": ({"a": 1, "b": 1}, {"a": 1, "b": 1, "c": 1}),
    "leaves": ({"a": 1, "b": 2, "c": 3}, {"a": 1, "c": 3}),
    "one for another": ({"a": 1, "b": 2, "c": 3}, {"a": 1, "d": 2, "c": 3}),
    "weight": ({"a": 1, "b": 1, "c": 1}, {"a": 1, "b": 4, "c": 1}),
    "weights": ({"a": 1, "b": 2, "c": 3}, {"a": 3, "b": 2, "c": 1}),
    "all others": ({"a": 1, "b": 2}, {"c": 3, "d": 4, "e": 5}),
    "scaled": ({"a": 1, "b": 2, "c": 4}, {"a": 1e-9, "b": 2e-9, "c": 4e-9}),
    "extreme": ({"a": 1e300, "b": 1e-300}, {"a": 1e-300, "b": 1e300}),
    "extreme to even": ({"a": 1e300, "b": 1e-300, "c": 1e300}, {"a": 1, "b": 1, "c": 1}),
    "largest": ({"a": 1.7e308, "b": 1.7e308}, {"a": 1.7e308, "b": 1.7e308, "c": 1.7e308}),
    "small": ({"a": 1e-300, "b": 1e-300}, {"a": 1e-300, "b": 2e-300}),
    "crossing names": ({"a": 1, b"b": 2, 3: 3}, {b"a": 3, "b": 1, b"\3" + bytes(7): 2, -1: 5}),
    "hundred and one": (dict.fromkeys(HUNDRED, 1), dict.fromkeys([*HUNDRED, "new"], 1)),
}
changes = pytest.mark.parametrize(("before", "after"), CHANGES.values(), ids=CHANGES)


def parts(weights):
    """What part of all keys each node should have, exactly."""
    total = sum(map(Fraction, weights.values()))
    return {key_bytes(node): Fraction(weight) / total for node, weight in weights.items()}


def least(before, after):
    """The sum of what nodes gain, exactly."""
    before = parts(before)
    return sum(max(0, part - before.get(node, 0)) for node, part in parts(after).items())


@changes
def test_plain_formula(before, after):
    for a, b in ((before, after), (after, before)):
        want = pytest.approx(float(least(a, b)), rel=1e-12, abs=1e-15)
        assert diff(Rendezvous(a), Rendezvous(b), samples=1).least == want
        assert diff(Maglev(a, table_size=211), Maglev(b, table_size=211)).least == want
        assert diff(Maglev(a, table_size=211), Rendezvous(b, seed=1), samples=1).least == want
        if max(*a.values(), *b.values()) <= 100:
            assert diff(HashRing(a, vnodes=10), HashRing(b, vnodes=10)).least == want


@changes
def test_it_lies_within_0_and_1(before, after):
    for a, b in ((before, after), (after, before)):
        assert 0 <= diff(Rendezvous(a), Rendezvous(b), samples=1).least <= 1


def test_of_many_disjoint_nodes_it_is_1():
    for n in range(1, 60):
        before, after = (Rendezvous([f"{side} {i}" for i in range(n + side)]) for side in (0, 1))
        least = diff(before, after, samples=1).least
        assert least == pytest.approx(1, abs=1e-12)
        assert least <= 1  # also where the rounded parts add up to more


@changes
def test_rendezvous_moves_no_less(before, after):
    for seed in range(3):
        change = diff(Rendezvous(before, seed=seed), Rendezvous(after, seed=seed), samples=2**17)
        assert change.share >= change.least - 5 * change.error


ONE_CHANGES = ["joins", "leaves", "weight", "scaled", "largest", "small", "hundred and one"]


@pytest.mark.parametrize("name", ONE_CHANGES)
def test_rendezvous_moves_the_least_when_one_node_changes(name):
    before, after = CHANGES[name]
    for seed in range(3):
        found = diff(Rendezvous(before, seed=seed), Rendezvous(after, seed=seed), samples=2**17)
        assert abs(found.share - found.least) <= 5 * found.error


@changes
def test_maglev_moves_no_less_but_for_its_slots(before, after):
    """Every node has a slot, and loads are even to a slot in each."""
    slots = 20011
    for seed in range(3):
        change = diff(Maglev(before, table_size=slots, seed=seed), Maglev(after, table_size=slots, seed=seed))
        assert change.share >= change.least - (len(before) + len(after)) / slots


@pytest.mark.parametrize("seed", range(3))
def test_maglev_moves_at_most_twice_the_least(seed):
    table = Maglev(HUNDRED, seed=seed)
    bigger, smaller = table.copy(), table.copy()
    bigger.add_node("new")
    smaller.remove_node("cache-50")
    for other in (bigger, smaller):
        for change in (diff(table, other), diff(other, table)):
            assert change.least == pytest.approx(1 / max(len(table), len(other)))
            assert 0.99 * change.least <= change.share <= 2 * change.least


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n", [2, 10, 100])
def test_the_ring_moves_the_load_of_the_node(seed, n):
    """That differs from the least by the ring's balance: some 8 % with 160 points."""
    ring = HashRing(HUNDRED[:n], seed=seed)
    bigger = ring.copy()
    bigger.add_node("new")
    change = diff(ring, bigger)
    assert change.least == pytest.approx(1 / (n + 1))
    assert 0.65 * change.least < change.share < 1.35 * change.least
    assert {flow.target for flow in change.flows} == {"new"}
    assert sum(flow.share for flow in change.flows) == pytest.approx(change.share)
    loads = {flow.source: flow.share for flow in diff(bigger, HashRing(["other"], seed=seed)).flows}
    assert loads["new"] == pytest.approx(change.share, rel=1e-12)


@pytest.mark.parametrize("cls", [HashRing, Rendezvous, Maglev])
def test_the_seed_does_not_matter(cls):
    before, after = CHANGES["weights"]
    want = diff(cls(before), cls(after), samples=1).least
    assert diff(cls(before, seed=1), cls(after, seed=2), samples=1).least == want


def test_smallest_weights_of_all():
    for cls in (HashRing, Rendezvous, Maglev):
        change = diff(cls({"a": 5e-324, "b": 5e-324}), cls({"a": 5e-324, "b": 1e-323}), samples=1)
        assert change.least == pytest.approx(1 / 6)


@pytest.mark.parametrize(("before", "after"), [(3, 4), (10, 7), (5, 5), (1, 2**31 - 1)])
def test_shards_move_the_least(before, after):
    change = diff(JumpHash(before), JumpHash(after))
    assert change.least == change.share
