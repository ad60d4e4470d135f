"""Payloads that lie under checksums that are right."""

import math
import struct
import subprocess
import sys

import pytest

from coterie import DecodeError, HashRing, JumpHash
from tests.core.container import BYTES, INT, JUMP, NEGATIVE, STR, Container, Node, number, ring, ring_payload

A, B = Node(b"a"), Node(b"b")


def refused(container, message=""):
    with pytest.raises(DecodeError, match=f"not a HashRing: .*{message}"):
        HashRing.from_bytes(container.to_bytes())


def test_the_forger_works():
    nodes = [A, B, Node(b"\xff", BYTES), number(5), number(-5, NEGATIVE)]
    assert HashRing.from_bytes(ring(nodes).to_bytes()) == HashRing(["a", "b", b"\xff", 5, -5])


COUNTS = [0, 1, 3, 4, 2**31, 2**32, 2**32 + 2, 2**60, 2**63, 2**64 - 1, (2**64 - 8) // 13 + 1]


@pytest.mark.parametrize("count", COUNTS)
def test_count(count):
    refused(ring([A, B], count=count))


@pytest.mark.parametrize("length", [0, 2, 3, 1000, 2**31, 2**32 - 1, 2**32 - 13])
def test_length_of_a_node(length):
    refused(ring([Node(b"a", length=length), B]), "")
    refused(ring([A, Node(b"b", length=length)]), "ends beyond|after the last")


def test_lengths_that_wrap_around():
    refused(ring([Node(b"a", length=2**32 - 1), Node(b"b", length=3)]), "beyond")


@pytest.mark.parametrize("weight", [math.nan, math.inf, -math.inf, 0.0, -0.0, -1.0, -5e-324], ids=str)
def test_weight(weight):
    refused(ring([A, Node(b"b", weight=weight)]), "node 1 has weight")


@pytest.mark.parametrize("bits", [0x7FF0000000000001, 0xFFF8000000000000, 0x7FFFFFFFFFFFFFFF])
def test_every_kind_of_nan(bits):
    weight = struct.unpack("<d", struct.pack("<Q", bits))[0]
    refused(ring([Node(b"a", weight=weight)]), "node 0 has weight nan")


def test_smallest_weight():
    assert HashRing.from_bytes(ring([Node(b"a", weight=5e-324)]).to_bytes()).weights == {"a": 5e-324}


@pytest.mark.parametrize(
    "nodes",
    [
        [B, A],
        [Node(b"ab"), A],
        [number(2), number(1)],
        [Node(b"a", BYTES), B],
        [number(5), A],
        [number(5), Node(b"a", BYTES)],
        [number(-1, NEGATIVE), number(5)],
        [number(1), number(256)],
    ],
    ids=str,
)
def test_order(nodes):
    refused(ring(nodes), "not in order")


@pytest.mark.parametrize(
    "nodes",
    [
        [A, A],
        [A, B, A],
        [A, Node(b"a", BYTES)],
        [number(5), number(5)],
        [Node(bytes(8)), number(0)],
        [Node(b"\xff" * 8, BYTES), number(-1, NEGATIVE)],
        [number(2**64 - 1), number(-1, NEGATIVE)],
        [number(-1, NEGATIVE), number(2**64 - 1)],
        [Node(b""), Node(b"", BYTES)],
    ],
    ids=str,
)
def test_duplicates(nodes):
    refused(ring(nodes), "is there twice")


NO_TEXT = [b"\xff", b"a\x80", b"\xc3", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"]


@pytest.mark.parametrize("data", NO_TEXT, ids=repr)
def test_text_that_is_none(data):
    refused(ring([Node(data, STR)]), "node 0 is no text")
    assert HashRing.from_bytes(ring([Node(data, BYTES)]).to_bytes()).nodes == (data,)


@pytest.mark.parametrize("value", [0, 1, 2**63 - 1])
def test_negative_int_that_is_none(value):
    refused(ring([number(value, NEGATIVE)]), "no negative int")


@pytest.mark.parametrize("tag", [INT, NEGATIVE])
@pytest.mark.parametrize("size", [0, 1, 7, 9, 16])
def test_int_of_another_size(tag, size):
    refused(ring([Node(b"\xff" * size, tag)]), "no known kind")


def test_every_unknown_tag():
    for tag in range(4, 256):
        refused(ring([Node(bytes(8), tag)]), "no known kind")
        refused(ring([Node(b"\xff" * 8, tag)]), "no known kind")


@pytest.mark.parametrize("vnodes", [0, 2**28 + 1, 2**31, 2**32 + 160, 2**63, 2**64 - 1])
def test_vnodes(vnodes):
    refused(ring([A], vnodes), r"vnodes is \d+: pass 1 \.\. 2\*\*28")
    refused(ring([], vnodes), r"vnodes is \d+: pass 1 \.\. 2\*\*28")


@pytest.mark.parametrize("size", range(8))
def test_no_room_for_vnodes(size):
    refused(ring([], payload=bytes([1]) * size), "end too early")


def test_every_truncated_payload():
    payload = ring_payload([A, Node(b"longer than one", BYTES), number(5), number(-5, NEGATIVE)])
    for size in range(len(payload)):
        refused(ring([], count=4, payload=payload[:size]))


def test_trailing_bytes():
    for more in (b"\0", b"more", bytes(13), bytes(100)):
        refused(ring([], count=2, payload=ring_payload([A, B]) + more), "after the last node")


@pytest.mark.parametrize("count", [2**31, 2**32, 2**32 + 5, 2**63, 2**64 - 1])
def test_number_of_shards(count):
    with pytest.raises(DecodeError, match=r"not a JumpHash: .*2\*\*31-1"):
        JumpHash.from_bytes(Container(JUMP, count).to_bytes())


def test_payload_of_shards():
    with pytest.raises(DecodeError, match="not a JumpHash: "):
        JumpHash.from_bytes(Container(JUMP, 5, payload=b"\0").to_bytes())


HUGE = {
    "one node": ring([Node(b"a", weight=2.0)], 2**28),
    "one weight": ring([Node(b"a", weight=1e300)]),
    "a weight beyond every number of points": ring([Node(b"a", weight=1.7e308)], 2**28),
    "the last of many": ring([Node(bytes([97 + i]), weight=2.0**25 / 160) for i in range(9)]),
    "all equal": ring([Node(bytes([97 + i])) for i in range(3)], 2**27),
    "one point too many": ring([Node(b"a", weight=1.0), Node(b"b", weight=1e-9)], 2**28),
}
LIMITED = """
import resource, sys
from coterie import DecodeError, HashRing
data = bytes.fromhex(sys.argv[1])
with open("/proc/self/statm") as file:
    room = int(file.read().split()[0]) * resource.getpagesize() + (64 << 20)
resource.setrlimit(resource.RLIMIT_AS, (room, room))
try:
    HashRing.from_bytes(data)
except DecodeError as error:
    print(error)
"""


@pytest.mark.parametrize("container", HUGE.values(), ids=HUGE)
def test_too_many_points(container):
    refused(container, r"points.*2\*\*28")


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory by RLIMIT_AS")
@pytest.mark.parametrize("name", ["one node", "the last of many"])
def test_too_many_points_are_refused_before_memory_is_taken(name):
    command = [sys.executable, "-c", LIMITED, HUGE[name].to_bytes().hex()]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert "at most 2**28" in result.stdout, result.stderr
