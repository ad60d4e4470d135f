"""ClockMatrix as bytes and in files: one form, and nothing else is read."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import coterie
from coterie import ClockMatrix, DecodeError
from tests.clocks.vectors import IDS, MOST, flips

HEADER = 64

shapes = [(0, 0), (3, 0), (0, 2), (1, 1), (2, 3), (5, 70)]


def made(n, width, ids=None):
    return ClockMatrix(np.arange(n * width, dtype=np.uint64).reshape(n, width), ids)


def resealed(data, flags=None, count=None):
    """The bytes with the checksums that belong to them."""
    data = bytearray(data)
    if flags is not None:
        data[12:16] = flags.to_bytes(4, "little")
    if count is not None:
        data[16:24] = count.to_bytes(8, "little")
    data[32:40] = (len(data) - HEADER).to_bytes(8, "little")
    data[40:48] = coterie.digest(bytes(data[HEADER:])).to_bytes(8, "little")
    data[56:64] = coterie.digest(bytes(data[:56])).to_bytes(8, "little")
    return bytes(data)


@pytest.mark.parametrize("shape", shapes, ids=str)
def test_bytes_and_back(shape):
    m = made(*shape)
    data = m.to_bytes()
    for given_ in (data, bytearray(data), memoryview(data), b"x" + data):
        again = ClockMatrix.from_bytes(memoryview(given_)[len(given_) - len(data) :])
        assert again == m
        assert again.to_bytes() == data
    assert ClockMatrix(np.asfortranarray(m.counts)).to_bytes() == data


@pytest.mark.parametrize("kind", IDS)
def test_ids_in_their_order(kind):
    ids = [*IDS[kind][::-1]]
    m = made(2, 4, ids)
    assert ClockMatrix.from_bytes(m.to_bytes()).ids == tuple(ids)


def test_frozen_bytes():
    data = ClockMatrix([[1, 2], [3, MOST]], ["b", "ä"]).to_bytes()
    assert data.hex() == (
        "8a434f544552494501000a000100000002000000000000000000000000000000"
        "6000000000000000"
        + data[40:48].hex()
        + "0000000000000000"
        + data[56:64].hex()
        + "0200000000000000016202c3a4"
        + "00" * 51
        + "01000000000000000200000000000000"
        + "0300000000000000ffffffffffffff7f"
    )
    assert resealed(data) == data


def test_files(tmp_path):
    path = tmp_path / "clocks"
    m = made(1000, 7, list("abcdefg"))
    m.save(path)
    assert path.read_bytes() == m.to_bytes()
    mapped = ClockMatrix.open(path)
    assert mapped == m
    assert (mapped.compare(m.counts[5]) == m.compare(m.counts[5])).all()
    made(2, 2).save(path)
    assert mapped == m
    with pytest.raises(FileNotFoundError):
        ClockMatrix.open(tmp_path / "none")
    path.write_bytes(b"")
    with pytest.raises(DecodeError):
        ClockMatrix.open(path)


def test_truncated_and_flipped():
    data = made(2, 3, ["a", "bc", "ä"]).to_bytes()
    for size in range(len(data)):
        with pytest.raises(DecodeError):
            ClockMatrix.from_bytes(data[:size])
    with pytest.raises(DecodeError):
        ClockMatrix.from_bytes(data + b"\0")
    for flipped in flips(data):
        with pytest.raises(DecodeError):
            ClockMatrix.from_bytes(flipped)


def check_changed(data, flags=None, count=None):
    """DecodeError, or a matrix that has these very bytes."""
    data = resealed(data, flags, count)
    try:
        m = ClockMatrix.from_bytes(data)
    except DecodeError:
        return False
    assert m.to_bytes() == data
    return True


@pytest.mark.parametrize("kind", IDS)
def test_forged_with_checksums(kind):
    data = made(2, 3, sorted(IDS[kind])[:3]).to_bytes()
    assert check_changed(data)
    for size in range(HEADER, len(data)):
        assert not check_changed(data[:size])
    assert not check_changed(data + b"\0" * 64)
    for flipped in flips(data, HEADER):
        check_changed(flipped)
    for count in (0, 1, 3, 2**60, 2**61 + 2, 2**64 - 1):
        assert not check_changed(data, count=count)
    for flags in (0, 4, 2**31):
        assert not check_changed(data, flags=flags)
    assert not check_changed(made(3, 0).to_bytes(), count=2**64 - 1)
    assert not check_changed(made(3, 0).to_bytes(), count=2**61)
    for width in (0, 1, 2, 4, 2**32, 2**63, 2**64 - 1):
        assert not check_changed(data[:HEADER] + width.to_bytes(8, "little") + data[HEADER + 8 :])
    random_ = random.Random(kind)
    for _ in range(3000):
        changed = bytearray(data)
        for _ in range(random_.randint(1, 4)):
            changed[random_.randrange(HEADER, len(data))] = random_.choice([0, 1, 2, 127, 128, 255])
        check_changed(changed)


def test_what_is_no_such_matrix():
    data = made(1, 2, ["a", "b"]).to_bytes()
    head = data[: HEADER + 8]

    def payload(names, counters=(0, 1)):
        names = names + b"\0" * (-(8 + len(names)) % 64)
        return head + names + np.array(counters, "<u8").tobytes()

    assert check_changed(payload(b"\x01a\x01b"))
    for names in (
        b"\x01a\x01a",
        b"\x01a\x00",
        b"\x01a",
        b"\x01a\x01\xff",
        b"\x81\x00a\x01b",
        b"\x01a\xff\xff\x7f",
    ):
        assert not check_changed(payload(names))
    assert not check_changed(payload(b"\x01a\x01b", (0, MOST + 1)))
    for other in (coterie.BloomFilter(10).to_bytes(), coterie.HashRing(["a"]).to_bytes(), b""):
        with pytest.raises(DecodeError):
            ClockMatrix.from_bytes(other)
    with pytest.raises(TypeError):
        ClockMatrix.from_bytes("text")


@given(st.binary(max_size=200))
def test_arbitrary_bytes(data):
    with pytest.raises(DecodeError):
        ClockMatrix.from_bytes(data)
