"""Bytes are read from any contiguous buffer, at any address, and from nothing else."""

import mmap
from array import array

import numpy as np
import pytest

from coterie import HashRing, JumpHash

MADE = {"ring": HashRing({"a": 1, b"b": 2.5, 7: 1}, seed=3), "shards": JumpHash(12, seed=3)}


@pytest.fixture(params=MADE)
def made(request):
    return MADE[request.param]


def mapped(data):
    pages = mmap.mmap(-1, len(data))
    pages[:] = data
    return pages


MAKERS = {
    "bytes": bytes,
    "bytearray": bytearray,
    "memoryview": memoryview,
    "read-only memoryview": lambda data: memoryview(bytearray(data)).toreadonly(),
    "array.array": lambda data: array("B", data),
    "ndarray": lambda data: np.frombuffer(data, np.uint8),
    "writable ndarray": lambda data: np.frombuffer(data, np.uint8).copy(),
    "mmap": mapped,
    "memoryview of two dimensions": lambda data: memoryview(data).cast("B", (1, len(data))),
    "memoryview of another format": lambda data: memoryview(data).cast("b"),
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_buffers(made, make):
    read = type(made).from_bytes(make(made.to_bytes()))
    assert read == made
    assert read.to_bytes() == made.to_bytes()


@pytest.mark.parametrize("address", range(65))
def test_addresses(made, address):
    data = made.to_bytes()
    raw = np.zeros(len(data) + 128, np.uint8)
    start = -raw.ctypes.data % 64 + address
    raw[start : start + len(data)] = np.frombuffer(data, np.uint8)
    assert type(made).from_bytes(raw[start : start + len(data)]) == made


def test_the_buffer_may_change_afterwards(made):
    data = bytearray(made.to_bytes())
    read = type(made).from_bytes(data)
    want = read.assign(["a", "b", "c"]).tolist()
    data[:] = bytes(len(data))
    data.clear()  # a BufferError if it were still held
    assert read == made
    assert read.assign(["a", "b", "c"]).tolist() == want


@pytest.mark.parametrize(
    "make",
    [
        lambda data: memoryview(bytes(2) * len(data))[::2],
        lambda data: memoryview(data)[::-1],
        lambda data: np.frombuffer(data, np.uint8)[::-1],
        lambda data: np.zeros((len(data), 2), np.uint8)[:, 0],
    ],
)
def test_buffers_with_gaps(made, make):
    with pytest.raises((BufferError, ValueError), match="contiguous"):
        type(made).from_bytes(make(made.to_bytes()))


@pytest.mark.parametrize("thing", ["text", 5, None, [1, 2], 1.5, object(), ["a"]], ids=repr)
def test_no_buffer(made, thing):
    with pytest.raises(TypeError, match=r"bytes-like|buffer"):
        type(made).from_bytes(thing)


def test_released_memoryview(made):
    view = memoryview(made.to_bytes())
    view.release()
    with pytest.raises(ValueError, match="released"):
        type(made).from_bytes(view)


def test_arguments(made):
    for arguments in ((), (b"", b"")):
        with pytest.raises(TypeError):
            type(made).from_bytes(*arguments)
    with pytest.raises(TypeError):
        type(made).from_bytes(data=b"")
