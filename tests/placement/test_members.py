"""Nodes come back as plain objects, in canonical order, whatever they were given as."""

from collections import Counter, UserDict
from enum import IntEnum, StrEnum
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.baselines.keys import key_bytes
from benchmarks.baselines.placement.ring import canonical
from tests.placement.schemes import SCHEMES, names, schemes, state

NODES = st.one_of(st.text(st.characters(codec="utf-8")), st.binary(), st.integers(-(2**63), 2**64 - 1))
MANY_NODES = st.lists(NODES, unique_by=key_bytes, max_size=40)


class Text(str):
    def __eq__(self, other):
        raise AssertionError("called")

    __hash__ = __str__ = __repr__ = __eq__


class Blob(bytes):
    def __eq__(self, other):
        raise AssertionError("called")

    __hash__ = __bytes__ = __repr__ = __eq__


class Number(int):
    def __eq__(self, other):
        raise AssertionError("called")

    __hash__ = __int__ = __index__ = __lt__ = __neg__ = __repr__ = __eq__


class Colour(StrEnum):
    RED = "red"


class Level(IntEnum):
    LOW = -3


PLAIN = [
    (Text("text"), "text"),
    (Text(""), ""),
    (np.str_("text"), "text"),
    (Colour.RED, "red"),
    (Blob(b"blob"), b"blob"),
    (np.bytes_(b"blob"), b"blob"),
    (bytearray(b"blob"), b"blob"),
    (memoryview(b"blob"), b"blob"),
    (memoryview(b"blob").cast("c"), b"blob"),
    (memoryview(bytearray(b"blob"))[1:3], b"lo"),
    (True, 1),
    (False, 0),
    (Number(7), 7),
    (Number(-7), -7),
    (Number(2**64 - 1), 2**64 - 1),
    (Number(-(2**63)), -(2**63)),
    (Level.LOW, -3),
    (np.True_, 1),
    (np.int8(-5), -5),
    (np.uint64(2**64 - 1), 2**64 - 1),
    (np.int64(-(2**63)), -(2**63)),
]


def same(one, other):
    return type(one) is type(other) and one == other


@schemes(numbered=False)
@pytest.mark.parametrize(("given", "plain"), PLAIN, ids=lambda value: type(value).__name__)
def test_plain(scheme, given, plain):
    want = scheme.of([plain, "x", b"y", 9])
    for placement in (
        scheme.of([given, "x", b"y", 9]),
        scheme.of(iter([9, given, "x", b"y"])),
        scheme.of(["x", b"y", 9]),
    ):
        if len(placement) == 3:
            placement.add_node(given)
        assert state(placement) == state(want)
        assert all(map(same, placement.nodes, want.nodes))
        assert given in placement
        assert type(placement["key"]) in (str, bytes, int)
        replicas = placement.get_nodes("key", 4)
        assert sorted(map(type, replicas), key=str) == sorted([type(plain), str, bytes, int], key=str)
        assert placement.get_nodes("key", 4, exclude=[given]) == [
            node for node in replicas if not same(node, plain)
        ]
        placement.remove_node(given)
        assert state(placement) == state(scheme.of(["x", b"y", 9]))


@schemes("weights")
@pytest.mark.parametrize(("given", "plain"), PLAIN, ids=lambda value: type(value).__name__)
def test_plain_in_weights(scheme, given, plain):
    placement = scheme.of([plain, "x"])
    placement.set_weight(given, 2)
    assert dict(placement.weights) == {plain: 2.0, "x": 1.0}
    assert all(type(node) in (str, bytes, int) for node in placement.weights)
    if isinstance(given, (np.generic, StrEnum, IntEnum, bool)):  # others have no hash
        assert scheme.of({given: 2, "x": 1}) == placement


@schemes(numbered=False)
def test_what_was_given_may_change(scheme):
    node = bytearray(b"blob")
    placement = scheme.of([node, memoryview(node)[:2], "x"])
    before = state(placement)
    node[:] = b"AAAA"
    node.clear()  # a BufferError if it were still held
    assert state(placement) == before


@schemes(numbered=False)
@given(nodes=MANY_NODES)
def test_canonical_order(scheme, nodes):
    placement = scheme.of(nodes)
    want = sorted(nodes, key=canonical)
    assert list(placement.nodes) == list(placement) == want
    assert all(map(same, placement.nodes, want))
    assert len(placement) == len(nodes)
    for node in nodes:
        assert node in placement
        assert key_bytes(node) in placement


@schemes("weights")
@given(nodes=MANY_NODES, data=st.data())
def test_weights_are_in_the_order_of_nodes(scheme, nodes, data):
    weights = {node: data.draw(st.floats(0.01, 10)) for node in nodes}
    placement = scheme.of(weights)
    assert list(placement.weights) == list(placement.nodes)
    assert dict(placement.weights) == weights


@schemes(numbered=False)
def test_order_is_by_kind_then_bytes(scheme):
    nodes = [
        "",
        "A",
        "a",
        "a\0",
        "aa",
        "é",
        "￿",
        "😀",
        b"",
        b"\0",
        b"b",
        b"\xff",
        0,
        256,
        1,
        2**63 - 1,
        2**63,
        -1,
    ]
    placement = scheme.of(nodes[1:8] + nodes[9:])
    want = [*("A", "a", "a\0", "aa", "é", "￿", "😀"), *(b"\0", b"b", b"\xff")]
    want += sorted([0, 256, 1, 2**63 - 1, 2**63, -1], key=key_bytes)
    assert list(placement.nodes) == want
    assert placement.nodes[-1] == -1
    assert 2**64 - 1 in placement


@schemes(numbered=False)
def test_minus_one_and_the_largest_stay_what_they_are(scheme):
    """They have the same key bytes, so they place alike, but they are not equal."""
    negative, large = scheme.of([-1, "x"]), scheme.of([2**64 - 1, "x"])
    assert negative.nodes == ("x", -1)
    assert large.nodes == ("x", 2**64 - 1)
    assert negative != large
    assert negative.to_bytes() != large.to_bytes()
    assert np.array_equal(negative.assign(range(100)), large.assign(range(100)))
    text, blob = scheme.of(["a", "x"]), scheme.of([b"a", "x"])
    assert text != blob


@schemes("weights")
def test_kinds_of_nodes_do_not_count(scheme):
    """A node written as text, as bytes or as an int has the same keys, and the same replicas follow it."""
    texts = {f"node-{i:03}": 1 + i % 3 for i in range(40)}
    nodes = {
        node: [node, node.encode(), int.from_bytes(node.encode(), "little")][i % 3]
        for i, node in enumerate(texts)
    }
    want, placement = scheme.of(texts), scheme.of({nodes[node]: weight for node, weight in texts.items()})
    for key in range(300):
        assert placement[key] == nodes[want[key]]
        assert placement.get_nodes(key, 40) == [nodes[node] for node in want.get_nodes(key, 40)]


@schemes(numbered=False)
@pytest.mark.parametrize(
    "make",
    [
        tuple,
        iter,
        lambda nodes: (node for node in nodes),
        dict.fromkeys,
        lambda nodes: dict.fromkeys(nodes, 1),
        lambda nodes: dict.fromkeys(nodes).keys(),
        set,
        lambda nodes: np.array(nodes, object),
    ],
)
def test_containers_of_nodes(scheme, make):
    nodes = make(names(9))
    if isinstance(nodes, dict) and None in nodes.values():
        nodes = nodes.keys()
    assert scheme.of(nodes) == scheme.make(9)


@schemes(numbered=False)
def test_arrays_of_nodes(scheme):
    assert scheme.of(np.arange(5)) == scheme.of(range(5))
    assert scheme.of(np.arange(-2, 3, dtype=">i2")) == scheme.of(range(-2, 3))
    assert scheme.of(np.array(["a", "bc"])) == scheme.of(["a", "bc"])
    assert scheme.of(np.array([b"a", b"bc"])) == scheme.of([b"a", b"bc"])
    assert scheme.of(np.array(["a", "bc"], np.dtypes.StringDType())) == scheme.of(["a", "bc"])


@schemes(numbered=False)
def test_a_placement_is_an_iterable_of_nodes(scheme):
    assert scheme.of(scheme.make(7)) == scheme.make(7)


@schemes("weights")
def test_another_placement_as_nodes(scheme):
    """The word changes, nothing else."""
    for other in SCHEMES:
        if "weights" in other.laws:
            assert scheme.of(other.of({"a": 2, b"b": 3, 7: 1}).weights) == scheme.of({"a": 2, b"b": 3, 7: 1})
            assert scheme.of(other.make(7)) == scheme.make(7)


@schemes("weights")
def test_mappings_of_every_kind(scheme):
    want = scheme.of({"a": 2, b"b": 3, 7: 1})
    for make in (UserDict, MappingProxyType, Counter):
        assert scheme.of(make({"a": 2, b"b": 3, 7: 1})) == want
    assert scheme.of(want.weights) == want


@schemes(numbered=False)
def test_long_nodes(scheme):
    nodes = ["x" * 10**6, b"\xff" * 10**6, "é" * 300, "y" * 241, "z" * 17]
    placement = scheme.of(nodes)
    assert set(placement.nodes) == set(nodes)
    assert type(placement).from_bytes(placement.to_bytes()) == placement
    plain = scheme.plain(placement)
    assert [placement[key] for key in range(50)] == [plain.get_node(key) for key in range(50)]
