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
EVEN = dict.fromkeys(OTHERS, 1)
pairs = pytest.mark.parametrize(("before", "after"), SAME + [pair[::-1] for pair in SAME], ids=repr)


@pytest.mark.parametrize("kind", MAKE)
@pairs
def test_another_name_moves_nothing(kind, before, after):
    """Though it stands at another place in the order of nodes: turns, too, go by key bytes."""
    old, new = MAKE[kind]({before: 2, **EVEN}), MAKE[kind]({after: 2, **EVEN})
    change = diff(old, new, samples=10**4)
    assert (change.share, change.least, change.flows) == (0, 0, ())
    assert not change.moved(range(1000)).any()
    assert change.exact == (kind != "rendezvous")
    for key in range(100):
        assert key_bytes(old[key]) == key_bytes(new[key])


@pytest.mark.parametrize("kind", MAKE)
@pairs
def test_no_node_sends_keys_to_itself(kind, before, after):
    """Though other keys move."""
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


KINDS = {
    "bytes": lambda i, text: text.encode(),
    "bytes and str": lambda i, text: text.encode() if i % 2 else text,
    "int": lambda i, text: int.from_bytes(text.encode(), "little"),
    "all kinds": lambda i, text: (text, text.encode(), int.from_bytes(text.encode(), "little"))[i % 3],
}


@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize("rename", KINDS.values(), ids=KINDS)
def test_all_nodes_by_another_name(kind, rename):
    """Of one kind, and of several, which changes their order."""
    before = {f"node {i:03}": 1 + i % 3 for i in range(20)}  # 8 bytes, as an int has
    after = {rename(i, node): weight for i, (node, weight) in enumerate(before.items())}
    change = diff(MAKE[kind](before), MAKE[kind](after), samples=10**4)
    assert (change.share, change.least, change.flows) == (0, 0, ())
    if kind != "rendezvous":
        assert change.exact
        assert [len(column) for column in change.ranges] == [0] * 5
