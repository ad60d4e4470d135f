"""The bytes of version 1: frozen, and laid out as they are described."""

import json
from pathlib import Path

import pytest
import xxhash

from coterie import HashRing, JumpHash
from tests.core import container
from tests.core.container import BYTES, INT, JUMP, NEGATIVE, RING, Node, number, parse, ring

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "containers_v1.json").read_text())
FROZEN = {name: bytes.fromhex(text) for name, text in VECTORS["containers"].items()}

NODES = {"cache-b": 2.5, "cache-a": 1, "é": 0.01, b"\xff": 1, 7: 1e-3, -1: 3, 2**63: 1}
MAKERS = {
    "ring": lambda: HashRing(NODES, vnodes=40, seed=2**64 - 1),
    "ring of one": lambda: HashRing(["a"]),
    "empty ring": lambda: HashRing(vnodes=1, seed=5),
    "shards": lambda: JumpHash(12, seed=3),
    "most shards": lambda: JumpHash(2**31 - 1, seed=2**64 - 1),
}


@pytest.mark.parametrize("name", MAKERS)
def test_frozen(name, level):
    made = MAKERS[name]()
    assert made.to_bytes() == FROZEN[name]
    read = type(made).from_bytes(FROZEN[name])
    assert read == made
    assert read.to_bytes() == FROZEN[name]
    assert read.nodes == made.nodes
    assert read.seed == made.seed


def test_answers_of_what_was_read():
    for name, make in MAKERS.items():
        if name != "empty ring":
            made, keys = make(), list(range(500))
            assert type(made).from_bytes(FROZEN[name]).assign(keys).tolist() == made.assign(keys).tolist()


@pytest.mark.parametrize("name", FROZEN)
def test_header(name):
    data = FROZEN[name]
    fields = container.HEADER.unpack(data[:64])
    magic, version, kind, flags, _, _, length, payload_sum, reserved, header_sum = fields
    assert (magic, version, flags, reserved) == (container.MAGIC, 1, 0, 0)
    assert kind == (JUMP if "shards" in name else RING)
    assert length == len(data) - 64
    assert payload_sum == xxhash.xxh3_64_intdigest(data[64:])
    assert header_sum == xxhash.xxh3_64_intdigest(data[:56])


def test_counts_and_seeds():
    assert [(parse(data).count, parse(data).seed) for data in FROZEN.values()] == [
        (7, 2**64 - 1),
        (1, 0),
        (0, 5),
        (12, 3),
        (2**31 - 1, 2**64 - 1),
    ]


def test_written_by_the_description():
    nodes = [
        Node(b"cache-a"),
        Node(b"cache-b", weight=2.5),
        Node("é".encode(), weight=0.01),
        Node(b"\xff", BYTES),
        number(2**63),
        number(7, weight=1e-3),
        number(-1, NEGATIVE, weight=3.0),
    ]
    assert ring(nodes, 40, seed=2**64 - 1).to_bytes() == FROZEN["ring"]
    assert ring([Node(b"a")]).to_bytes() == FROZEN["ring of one"]
    assert container.Container(JUMP, 12, 3).to_bytes() == FROZEN["shards"]


def test_equal_bytes_of_equal_rings():
    nodes = [f"node-{i}" for i in range(50)] + [b"blob", 5, -5, 2**64 - 1]
    want = HashRing(nodes).to_bytes()
    assert HashRing(nodes[::-1]).to_bytes() == want
    changed = HashRing(nodes[20:])
    changed.add_nodes(nodes[:21][:20])
    assert changed.to_bytes() == want


def test_signs_of_equal_bits():
    """-1 and 2**64-1 have the same key bytes; each comes back as itself."""
    for value, tag in ((-1, NEGATIVE), (2**64 - 1, INT), (-(2**63), NEGATIVE), (2**63, INT), (0, INT)):
        data = ring([number(value, tag)]).to_bytes()
        assert HashRing([value]).to_bytes() == data
        assert HashRing.from_bytes(data).nodes == (value,)
