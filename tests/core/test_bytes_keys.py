"""Bytes of every kind are themselves."""

import numpy as np
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from coterie import digest, digests

BLOBS = [b"", b"\0", b"a", b"\xff\xfe", b"a\0b", b"trailing\0", bytes(range(256)), b"x" * 100_000]


class Blob(bytes):
    pass


class Growing(bytearray):
    pass


@pytest.mark.parametrize("make", [bytes, Blob, np.bytes_, bytearray, Growing, memoryview])
@pytest.mark.parametrize("blob", BLOBS, ids=len)
def test_bytes(make, blob):
    want = xxhash.xxh3_64_intdigest(blob)
    assert digest(make(blob)) == want
    assert digests([make(blob)] * 3).tolist() == [want] * 3


@given(st.binary())
def test_any_bytes(blob):
    want = xxhash.xxh3_64_intdigest(blob)
    assert digest(blob) == digest(bytearray(blob)) == digest(memoryview(blob)) == want


def test_text_and_its_bytes_are_one_key():
    assert digest("a") == digest(b"a")


def test_int_and_its_bytes_are_one_key():
    assert digest(1) == digest(b"\1" + bytes(7))


@pytest.mark.parametrize("code", ["B", "b", "c"])
def test_memoryview_of_bytes(code):
    assert digest(memoryview(b"0123456789").cast(code)) == digest(b"0123456789")


def test_memoryview_slice():
    assert digest(memoryview(b"0123456789")[3:7]) == digest(b"3456")


def test_memoryview_of_more_dimensions():
    assert digest(memoryview(b"012345").cast("B", (2, 3))) == digest(b"012345")
    assert digest(memoryview(b"x").cast("B", ())) == digest(b"x")


def test_memoryview_of_a_writable_buffer():
    data = bytearray(b"0123")
    view = memoryview(data)
    assert digest(view) == digest(b"0123")
    data[0] = ord("x")
    assert digest(view) == digest(b"x123")


@pytest.mark.parametrize(
    "view",
    [
        memoryview(b"0123456789")[::2],
        memoryview(b"0123456789")[::-1],
        memoryview(bytes(8)).cast("I"),
        memoryview(bytes(8)).cast("Q"),
        memoryview(bytes(8)).cast("?"),
        memoryview(bytes(8)).cast("d"),
        memoryview(np.asfortranarray(np.zeros((2, 3), np.uint8))),
    ],
    ids=["strided", "reversed", "I", "Q", "?", "d", "Fortran order"],
)
def test_other_memoryviews_are_no_keys(view):
    for call in digest, lambda key: digests([key]):
        with pytest.raises(TypeError, match=r"memoryview is a key if .* of format B, b or c"):
            call(view)


def test_released_memoryview():
    view = memoryview(b"abc")
    view.release()
    for call in digest, lambda key: digests([key]):
        with pytest.raises(ValueError, match="released"):
            call(view)


def test_no_export_stays_behind():
    data = bytearray(b"abc")
    digest(data), digest(memoryview(data)), digests([data, memoryview(data)])
    data.append(1)  # a BufferError if a view were still there
