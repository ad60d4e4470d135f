"""The bytes of version 1 of rendezvous and Maglev: frozen, and laid out as they are described.

Those of rings and shards, and what is wrong with bytes, are in tests/core.
"""

import json
from pathlib import Path

import pytest

from coterie import DecodeError, Maglev, Rendezvous
from tests.core.container import BYTES, INT, NEGATIVE, Container, Node, number, parse, reseal, ring_payload

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "containers_v1_nodes.json").read_text())
FROZEN = {name: bytes.fromhex(text) for name, text in VECTORS["containers"].items()}
RENDEZVOUS, MAGLEV = 3, 4

NODES = {"cache-b": 2.5, "cache-a": 1, "é": 0.01, b"\xff": 1, 7: 1e-3, -1: 3, 2**63: 1}
STORED = [
    Node(b"cache-a"),
    Node(b"cache-b", weight=2.5),
    Node("é".encode(), weight=0.01),
    Node(b"\xff", BYTES),
    number(2**63, INT),
    number(7, weight=1e-3),
    number(-1, NEGATIVE, weight=3.0),
]
MAKERS = {
    "rendezvous": lambda: Rendezvous(NODES, seed=2**64 - 1),
    "rendezvous of one": lambda: Rendezvous(["a"]),
    "empty rendezvous": lambda: Rendezvous(seed=5),
    "maglev": lambda: Maglev(NODES, table_size=101, seed=2**64 - 1),
    "maglev of one": lambda: Maglev(["a"]),
    "empty maglev": lambda: Maglev(table_size=5_000_011, seed=5),
}


def rendezvous(nodes, **fields):
    """The container of these nodes: that of a ring, without the number of vnodes."""
    return Container(**{"kind": RENDEZVOUS, "count": len(nodes), "payload": ring_payload(nodes)[8:]} | fields)


def maglev(nodes, size, **fields):
    """The same with the table's size where a ring has its vnodes."""
    return Container(**{"kind": MAGLEV, "count": len(nodes), "payload": ring_payload(nodes, size)} | fields)


@pytest.mark.parametrize("name", MAKERS)
def test_frozen(name, level):
    made = MAKERS[name]()
    assert made.to_bytes() == FROZEN[name]
    read = type(made).from_bytes(FROZEN[name])
    assert read == made
    assert read.to_bytes() == FROZEN[name]
    assert read.nodes == made.nodes
    assert read.seed == made.seed
    if len(made):
        assert read.assign(range(500)).tolist() == made.assign(range(500)).tolist()


def test_every_vector_has_a_maker():
    assert FROZEN.keys() == MAKERS.keys()


def test_written_by_the_description():
    assert rendezvous(STORED, seed=2**64 - 1).to_bytes() == FROZEN["rendezvous"]
    assert rendezvous([Node(b"a")]).to_bytes() == FROZEN["rendezvous of one"]
    assert rendezvous([], seed=5).to_bytes() == FROZEN["empty rendezvous"]
    assert maglev(STORED, 101, seed=2**64 - 1).to_bytes() == FROZEN["maglev"]
    assert maglev([Node(b"a")], 65537).to_bytes() == FROZEN["maglev of one"]
    assert maglev([], 5_000_011, seed=5).to_bytes() == FROZEN["empty maglev"]


# ---- bytes that lie under checksums that are right ----


def refused(data, cls, message=""):
    with pytest.raises(DecodeError, match=f"not a {cls.__name__}: .*{message}"):
        cls.from_bytes(data)


@pytest.mark.parametrize("name", MAKERS)
def test_every_shorter_payload(name):
    cls, container = type(MAKERS[name]()), parse(FROZEN[name])
    for size in range(len(container.payload)):
        short = container.but(
            payload=container.payload[:size], length=None, payload_sum=None, header_sum=None
        )
        refused(short.to_bytes(), cls)
    longer = container.but(payload=container.payload + b"\0", length=None, payload_sum=None, header_sum=None)
    refused(longer.to_bytes(), cls)


@pytest.mark.parametrize("name", MAKERS)
def test_every_altered_byte(name):
    """Refused by a checksum; under one that is right, refused or read as what writes the same bytes."""
    cls = type(MAKERS[name]())
    for at in range(len(FROZEN[name])):
        for bits in (1, 0x80, 0xFF):
            data = bytearray(FROZEN[name])
            data[at] ^= bits
            refused(bytes(data), cls)
            if at < 40 or at >= 64:
                data = reseal(bytes(data))
                try:
                    read = cls.from_bytes(data)
                except DecodeError:
                    continue
                assert read.to_bytes() == data


@pytest.mark.parametrize("size", [0, 1, 4, 65536, 5_000_012, 2**31 - 1, 2**32 + 65537, 2**63, 2**64 - 1])
def test_size_of_a_table_that_is_not_allowed(size):
    for nodes in ([], [Node(b"a")]):
        refused(maglev(nodes, size).to_bytes(), Maglev, "table_size")


def test_more_nodes_than_slots():
    nodes = [Node(bytes([97 + i])) for i in range(4)]
    assert len(Maglev.from_bytes(maglev(nodes[:3], 3).to_bytes())) == 3
    refused(maglev(nodes, 3).to_bytes(), Maglev, "4 nodes")


@pytest.mark.parametrize("count", [1, 2**32, 2**63, 2**64 - 1])
def test_count_of_nodes(count):
    refused(rendezvous([], count=count).to_bytes(), Rendezvous, "too few bytes")
    refused(maglev([], 101, count=count).to_bytes(), Maglev, "too few bytes")


def test_order_and_duplicates():
    for nodes, message in (([Node(b"b"), Node(b"a")], "not in order"), ([Node(b"a"), Node(b"a")], "twice")):
        refused(rendezvous(nodes).to_bytes(), Rendezvous, message)
        refused(maglev(nodes, 101).to_bytes(), Maglev, message)


@pytest.mark.parametrize("weight", [0.0, -1.0, float("inf"), float("nan")])
def test_weight(weight):
    refused(rendezvous([Node(b"a", weight=weight)]).to_bytes(), Rendezvous, "node 0 has weight")
    refused(maglev([Node(b"a", weight=weight)], 101).to_bytes(), Maglev, "node 0 has weight")
