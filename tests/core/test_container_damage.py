"""Damaged bytes are refused: every one of them, wherever the damage is."""

import random

import pytest

from coterie import DecodeError, HashRing, JumpHash
from tests.core.container import JUMP, RING, Container, Node, ring

GOOD = {
    "ring": (HashRing, HashRing({"a": 1, "é": 2, b"\xff": 0.5, 7: 1, -1: 1}, vnodes=3, seed=9).to_bytes()),
    "empty ring": (HashRing, HashRing().to_bytes()),
    "shards": (JumpHash, JumpHash(12, seed=9).to_bytes()),
}


@pytest.fixture(params=GOOD)
def good(request):
    """A class and the bytes of an object of it."""
    return GOOD[request.param]


def refused(kind, data, message=""):
    with pytest.raises(DecodeError, match=f"not a {kind.__name__}: .*{message}"):
        kind.from_bytes(data)


def test_every_truncation(good):
    kind, data = good
    for length in range(len(data)):
        refused(kind, data[:length])


def test_every_flipped_bit(good):
    kind, data = good
    for at in range(len(data)):
        for bit in range(8):
            damaged = bytearray(data)
            damaged[at] ^= 1 << bit
            refused(kind, damaged)


def test_every_byte_replaced_by_the_extremes(good):
    kind, data = good
    for at in range(len(data)):
        for value in {0, 255} - {data[at]}:
            refused(kind, data[:at] + bytes([value]) + data[at + 1 :])


def test_every_byte_left_out_or_doubled(good):
    kind, data = good
    for at in range(len(data)):
        refused(kind, data[:at] + data[at + 1 :])
        refused(kind, data[:at] + data[at : at + 1] + data[at:])


@pytest.mark.parametrize("more", [b"\0", b"\xff", b"\n", bytes(64)], ids=repr)
def test_trailing_bytes(good, more):
    kind, data = good
    refused(kind, data + more, "go on after their end")


def test_two_in_a_row(good):
    kind, data = good
    refused(kind, data + data, "go on after their end")


def test_empty(good):
    refused(good[0], b"", "end too early")


def test_of_another_structure():
    refused(HashRing, GOOD["shards"][1], "another structure")
    refused(JumpHash, GOOD["ring"][1], "another structure")


@pytest.mark.parametrize("kind", [0, 3, 255, 256, 257, 65535])
def test_unknown_kind(kind):
    for cls in (HashRing, JumpHash):
        refused(cls, Container(kind, 1, payload=b"").to_bytes(), "another structure")


@pytest.mark.parametrize("version", [0, 2, 256, 257, 65535])
def test_version(version):
    refused(JumpHash, Container(JUMP, 5, version=version).to_bytes(), "newer version")
    refused(HashRing, ring([Node(b"a")], version=version).to_bytes(), "newer version")


@pytest.mark.parametrize("field", ["flags", "reserved"])
def test_every_flag(field):
    for bit in range(32 if field == "flags" else 64):
        refused(JumpHash, Container(JUMP, 5, **{field: 1 << bit}).to_bytes(), "flags")
        refused(HashRing, ring([Node(b"a")], **{field: 1 << bit}).to_bytes(), "flags")


@pytest.mark.parametrize("length", [0, 1, 21, 23, 64, 2**31, 2**32, 2**63, 2**64 - 1, 2**64 - 64, 2**64 - 42])
def test_length_that_is_not_that_of_the_payload(length):
    refused(HashRing, ring([Node(b"a")], length=length).to_bytes(), "bytes (end too early|go on)")


OTHER_MAGIC = [b"\x8acoterie", b"\x89COTERIE", b"\x8aCOTERIF", b"\x89PNG\r\n\x1a\n", bytes(8)]


@pytest.mark.parametrize("magic", OTHER_MAGIC, ids=repr)
def test_magic(magic):
    refused(JumpHash, Container(JUMP, 5, magic=magic).to_bytes(), "not Coterie's")


def test_checksum_of_another_payload():
    refused(HashRing, ring([Node(b"a")], payload_sum=5).to_bytes(), "checksum")
    refused(HashRing, ring([Node(b"a")], header_sum=5).to_bytes(), "checksum")


def test_garbage():
    source = random.Random(1)
    for length in [*range(130), 1000, 100_000]:
        for _ in range(5):
            data = source.randbytes(length)
            refused(HashRing, data)
            refused(JumpHash, data)
            refused(HashRing, GOOD["ring"][1][:8] + data)
            refused(HashRing, Container(RING, source.getrandbits(64), payload=data).to_bytes())


def test_files_are_checked_too(good, tmp_path):
    kind, data = good
    for damaged in (b"", data[:-1], data + b"\0", data[:40] + b"?" + data[41:]):
        (tmp_path / "file").write_bytes(damaged)
        with pytest.raises(DecodeError, match=f"not a {kind.__name__}: "):
            kind.open(tmp_path / "file")


def test_no_half_made_object(good):
    """A subclass sees no object of which only a part was read."""
    kind, data = good
    made = []

    class Watching(kind):
        def __new__(cls, *arguments, **options):
            made.append(cls)
            return super().__new__(cls, *arguments, **options)

    for at in range(0, len(data), 5):
        with pytest.raises(DecodeError):
            Watching.from_bytes(data[:at])
    assert made == []
    assert type(Watching.from_bytes(data)) is Watching
