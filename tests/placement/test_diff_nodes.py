"""A node is its key bytes, whatever it is called before and after."""

import itertools

import pytest

from benchmarks.baselines.keys import key_bytes
from coterie import HashRing, Maglev, Rendezvous, diff

MAKE = {
    "ring": lambda nodes: HashRing(nodes, vnodes=20),
    "rendezvous": Rendezvous,
    "maglev": lambda nodes: Maglev(nodes, table_size=101),
}
SAME = [
    ("a", b"a"),
    ("é", "é".encode()),
    (5, b"\5" + bytes(7)),
    (-1, b"\xff" * 8),
    (-1, 2**64 - 1),
    (-(2**63), 2**63),
    (2**63 + 1, -(2**63) + 1),
    (int.from_bytes(b"8 bytes!", "little"), "8 bytes!"),
]
ALIKE = ["5", 5, 5 * 2**8, b"5\0", "5 ", ""]
OTHERS = ["m", b"n", 77, -78]
pairs = pytest.mark.parametrize(("before", "after"), SAME + [pair[::-1] for pair in SAME], ids=repr)


@pytest.mark.parametrize("kind", ["ring", "rendezvous"])
@pairs
def test_another_name_moves_nothing(kind, before, after):
    """Though it stands at another place in the order of nodes."""
    change = diff(MAKE[kind]([before, *OTHERS]), MAKE[kind]([after, *OTHERS]), samples=10**4)
    assert (change.share, change.least, change.flows) == (0, 0, ())
    assert not change.moved(range(1000)).any()


@pytest.mark.parametrize("kind", MAKE)
@pairs
def test_no_node_sends_keys_to_itself(kind, before, after):
    """Not even in Maglev, where the order of nodes is that of their turns."""
    change = diff(MAKE[kind]([before, *OTHERS, 1]), MAKE[kind]([after, *OTHERS, 2]), samples=10**4)
    assert all(key_bytes(flow.source) != key_bytes(flow.target) for flow in change.flows)
    assert {before, 1} & {flow.source for flow in change.flows}
    assert change.least == pytest.approx(1 / 6)
    alone = diff(MAKE[kind]([before]), MAKE[kind]([after]), samples=100)
    assert (alone.share, alone.least, alone.flows) == (0, 0, ())


@pytest.mark.parametrize("kind", MAKE)
@pairs
def test_flows_name_nodes_as_their_placement_does(kind, before, after):
    change = diff(MAKE[kind]({before: 5, "x": 1}), MAKE[kind]({after: 1, "x": 5}), samples=10**4)
    assert change.flows[0][:2] == (before, "x")
    assert type(change.flows[0].source) is type(before)
    back = diff(MAKE[kind]({after: 1, "x": 5}), MAKE[kind]({before: 5, "x": 1}), samples=10**4)
    assert back.flows[0][:2] == ("x", before)
    assert type(back.flows[0].target) is type(before)


@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize(("a", "b"), [*itertools.combinations(ALIKE, 2)], ids=repr)
def test_names_that_only_look_alike(kind, a, b):
    change = diff(MAKE[kind]([a]), MAKE[kind]([b]), samples=100)
    assert change.share == change.least == 1
    assert [flow[:2] for flow in change.flows] == [(a, b)]


@pytest.mark.parametrize("kind", MAKE)
def test_all_nodes_by_another_name(kind):
    """Of one kind: their order stays."""
    before = {f"node-{i}": 1 + i % 3 for i in range(20)}
    after = {node.encode(): weight for node, weight in before.items()}
    change = diff(MAKE[kind](before), MAKE[kind](after), samples=10**4)
    assert (change.share, change.least, change.flows) == (0, 0, ())
