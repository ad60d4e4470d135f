"""The container format and what HashRing keeps in it, read and written by their description alone.

No code of Coterie is used. Tests forge bytes with it, under checksums that are right.
"""

import struct
from dataclasses import dataclass, replace

import xxhash

MAGIC = b"\x8aCOTERIE"
HEADER = struct.Struct("<8sHHIQQQQQQ")
RING, JUMP = 1, 2
STR, BYTES, INT, NEGATIVE = 0, 1, 2, 3


@dataclass(frozen=True)
class Container:
    """A header and its payload; a length or checksum that is None is the right one."""

    kind: int
    count: int
    seed: int = 0
    payload: bytes = b""
    magic: bytes = MAGIC
    version: int = 1
    flags: int = 0
    reserved: int = 0
    length: int | None = None
    payload_sum: int | None = None
    header_sum: int | None = None

    def to_bytes(self):
        length = len(self.payload) if self.length is None else self.length
        payload_sum = xxhash.xxh3_64_intdigest(self.payload) if self.payload_sum is None else self.payload_sum
        fields = (self.magic, self.version, self.kind, self.flags, self.count, self.seed, length, payload_sum)
        front = HEADER.pack(*fields, self.reserved, 0)[:56]
        header_sum = xxhash.xxh3_64_intdigest(front) if self.header_sum is None else self.header_sum
        return front + header_sum.to_bytes(8, "little") + self.payload

    def but(self, **changes):
        return replace(self, **changes)


def parse(data):
    """The container that the bytes hold, its length and checksums written out."""
    front, payload = data[:64], data[64:]
    magic, version, kind, flags, count, seed, length, payload_sum, reserved, header_sum = HEADER.unpack(front)
    sums = {"payload_sum": payload_sum, "header_sum": header_sum}
    return Container(kind, count, seed, payload, magic, version, flags, reserved, length, **sums)


def reseal(data):
    """The same bytes with the checksums that belong to them."""
    return parse(data).but(payload_sum=None, header_sum=None).to_bytes()


@dataclass(frozen=True)
class Node:
    """A stored node; a length that is None is the right one."""

    data: bytes
    tag: int = STR
    weight: float = 1.0
    length: int | None = None


def number(value, tag=INT, weight=1.0):
    """A stored int."""
    return Node((value % 2**64).to_bytes(8, "little"), tag, weight)


def ring_payload(nodes, vnodes=160):
    """vnodes; then of all nodes the weights, the lengths, the tags, the key bytes."""
    weights = b"".join(struct.pack("<d", node.weight) for node in nodes)
    lengths = [len(node.data) if node.length is None else node.length for node in nodes]
    tags = bytes(node.tag for node in nodes)
    numbers = struct.pack("<Q", vnodes) + weights + struct.pack(f"<{len(nodes)}I", *lengths)
    return numbers + tags + b"".join(node.data for node in nodes)


def ring(nodes, vnodes=160, **fields):
    """The container of a ring of these nodes."""
    return Container(**{"kind": RING, "count": len(nodes), "payload": ring_payload(nodes, vnodes)} | fields)


def ring_points(data):
    """How many points the ring in the bytes asks for, roughly; to leave out the huge ones."""
    container = parse(data)
    count, payload = container.count, container.payload
    if 8 + 13 * count > len(payload):
        return 0  # refused for another reason
    vnodes = int.from_bytes(payload[:8], "little")
    weights = struct.unpack_from(f"<{count}d", payload, 8)
    return sum(weight * vnodes for weight in weights if weight > 0)
