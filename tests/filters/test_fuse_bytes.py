"""Bytes, files, shared memory and pickles of FuseFilter."""

import json
import multiprocessing.shared_memory
import os
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest

from coterie import DecodeError, FuseFilter, JumpHash

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
TABLE = 128
VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "fuse.json").read_text())["cases"]


def small():
    return FuseFilter(["a", "b", "c"], bits=16, seed=7)


def filters():
    for bits in (8, 16, 32):
        for n in (0, 1, 2, 5, 100, 3000):
            yield FuseFilter(range(n), bits=bits, seed=n)


# ---- bytes ----


def test_round_trip():
    for f in filters():
        again = FuseFilter.from_bytes(f.to_bytes())
        assert again == f
        assert (len(again), again.bits, again.seed) == (len(f), f.bits, f.seed)
        assert again.to_bytes() == f.to_bytes()
        assert again.contains_many(range(5000)).tolist() == f.contains_many(range(5000)).tolist()
        assert len(f.to_bytes()) == TABLE + f.nbytes


def test_layout():
    f = small()
    data = f.to_bytes()
    assert struct.unpack_from("<8sHHIQQQ", data) == (b"\x8aCOTERIE", 1, 8, 0, 3, 7, len(data) - 64)
    bits, attempt, segments, segment_bits, *rest = struct.unpack_from("<4I3Q", data, 64)
    assert (bits, (segments + 2 << segment_bits) * 2) == (16, f.nbytes)
    assert attempt < 256
    assert rest == [0, 0, 0]
    assert data[112:128] == bytes(16)


@pytest.mark.parametrize("make", [bytes, bytearray, memoryview, lambda data: np.frombuffer(data, np.uint8)])
def test_any_buffer(make):
    assert FuseFilter.from_bytes(make(small().to_bytes())) == small()


def test_bytes_that_change_later():
    data = bytearray(small().to_bytes())
    f = FuseFilter.from_bytes(data)
    data[:] = bytes(len(data))
    assert f == small()


def test_truncated():
    data = small().to_bytes()
    for size in range(len(data)):
        with pytest.raises(DecodeError, match="not a FuseFilter: the bytes end too early"):
            FuseFilter.from_bytes(data[:size])
        with pytest.raises(DecodeError, match="not a FuseFilter"):
            FuseFilter.from_buffer(data[:size])
    with pytest.raises(DecodeError, match="go on after their end"):
        FuseFilter.from_bytes(data + b"\0")


def test_flipped_bits():
    data = bytearray(small().to_bytes())
    for bit in range(8 * len(data)):
        data[bit // 8] ^= 1 << bit % 8
        with pytest.raises(DecodeError, match="not a FuseFilter"):
            FuseFilter.from_bytes(data)
        if bit < 8 * TABLE:
            with pytest.raises(DecodeError, match="not a FuseFilter"):
                FuseFilter.from_buffer(bytes(data))
        else:
            f = FuseFilter.from_buffer(bytes(data))
            assert f != small()
            f.contains_many(range(100))
            with pytest.raises(DecodeError, match="checksum"):
                f.verify()
        data[bit // 8] ^= 1 << bit % 8
    assert FuseFilter.from_bytes(data) == small()


def test_other_structures():
    with pytest.raises(DecodeError, match="another structure"):
        FuseFilter.from_bytes(JumpHash(5).to_bytes())
    with pytest.raises(DecodeError, match="not a JumpHash"):
        JumpHash.from_bytes(small().to_bytes())
    for data in (b"", b"hello", bytes(1000)):
        with pytest.raises(DecodeError, match="not a FuseFilter"):
            FuseFilter.from_bytes(data)
    for data in ("text", None, 5, [1]):
        with pytest.raises(TypeError):
            FuseFilter.from_bytes(data)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(len(vector["keys"])))
def test_frozen(level, vector):
    """What was once written is read for ever; and so far, the same is written still."""
    data = bytes.fromhex(vector["bytes"])
    f = FuseFilter.from_bytes(data)
    assert (f.bits, f.seed, len(f)) == (vector["bits"], vector["seed"], len(vector["keys"]))
    assert f.contains_many(vector["keys"]).all()
    assert [i for i in range(2000) if i in f] == vector["found"]
    assert FuseFilter(vector["keys"], bits=f.bits, seed=f.seed).to_bytes() == data


# ---- files ----


@pytest.mark.parametrize("as_path", [str, os.fsencode, lambda path: path], ids=["str", "bytes", "Path"])
def test_files(tmp_path, as_path):
    path = as_path(tmp_path / "filter")
    for f in filters():
        f.save(path)
        opened = FuseFilter.open(path)
        opened.verify()
        assert opened == f
        assert opened.contains_many(range(5000)).tolist() == f.contains_many(range(5000)).tolist()
        assert opened.to_bytes() == f.to_bytes()


def test_a_map_outlives_its_file(tmp_path):
    path = tmp_path / "filter"
    small().save(path)
    opened = FuseFilter.open(path)
    FuseFilter(["x"]).save(path)
    assert opened == small()
    path.unlink()
    opened.verify()
    assert opened == small()
    opened.save(path)
    assert FuseFilter.open(path) == FuseFilter.open(path, mode="r") == small()


def test_open_reads_no_table(tmp_path):
    """In constant time: a damaged table is found by `verify` alone."""
    path = tmp_path / "filter"
    f = FuseFilter(range(100_000))
    f.save(path)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    opened = FuseFilter.open(path)
    with pytest.raises(DecodeError, match="checksum"):
        opened.verify()
    assert opened != f
    assert opened.copy() == opened


def test_bad_files(tmp_path):
    (tmp_path / "empty").touch()
    (tmp_path / "text").write_text("hello")
    (tmp_path / "other").write_bytes(JumpHash(5).to_bytes())
    (tmp_path / "short").write_bytes(small().to_bytes()[:-1])
    (tmp_path / "long").write_bytes(small().to_bytes() + b"more")
    for name in ("empty", "text", "other", "short", "long"):
        with pytest.raises(DecodeError, match="not a FuseFilter: "):
            FuseFilter.open(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        FuseFilter.open(tmp_path / "missing")
    with pytest.raises(TypeError):
        FuseFilter.open(5)
    for mode in ("r+", "c", None, "rb"):
        with pytest.raises(ValueError, match='pass "r"'):
            FuseFilter.open(tmp_path / "short", mode)


# ---- shared memory ----


def test_shared_memory():
    data = small().to_bytes()
    memory = multiprocessing.shared_memory.SharedMemory(create=True, size=len(data) + 1000)
    try:
        memory.buf[: len(data)] = data
        f = FuseFilter.from_buffer(memory.buf)
        f.verify()
        assert f == small()
        assert f.to_bytes() == data
        assert pickle.loads(pickle.dumps(f, 5)) == f
        with pytest.raises(BufferError):
            memory.close()  # it is in use
        del f
        memory.close()
    finally:
        memory.unlink()


@pytest.mark.parametrize("shift", [0, 1, 2, 3, 7, 64])
@pytest.mark.parametrize("bits", [8, 16, 32])
def test_a_buffer_anywhere(shift, bits):
    f = FuseFilter(range(1000), bits=bits)
    buffer = bytearray(bytes(shift) + f.to_bytes() + b"more")
    shared = FuseFilter.from_buffer(memoryview(buffer)[shift:])
    assert shared == f
    assert shared.contains_many(range(3000)).tolist() == f.contains_many(range(3000)).tolist()
    assert all(key in shared for key in range(1000))
    with pytest.raises(BufferError):
        buffer.extend(b"even more")
    before = bytes(buffer)
    shared.copy().verify()
    assert bytes(buffer) == before  # never written to


def test_a_buffer_that_others_write_to():
    """Answers may be wrong then; nothing worse happens."""
    buffer = bytearray(FuseFilter(range(100), bits=32).to_bytes())
    shared = FuseFilter.from_buffer(buffer)
    buffer[:] = b"\xff" * len(buffer)
    shared.contains_many(range(1000))
    assert len(shared) == 100
    with pytest.raises(DecodeError):
        shared.verify()


# ---- pickles ----


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_pickle(protocol):
    for f in filters():
        assert pickle.loads(pickle.dumps(f, protocol)) == f


def test_pickle_out_of_band():
    f = FuseFilter(range(10_000))
    buffers = []
    data = pickle.dumps(f, 5, buffer_callback=buffers.append)
    assert len(data) < 200
    assert sum(buffer.raw().nbytes for buffer in buffers) == len(f.to_bytes())
    assert pickle.loads(data, buffers=buffers) == f
    assert pickle.loads(data, buffers=[bytearray(buffer) for buffer in buffers]) == f
    with pytest.raises(DecodeError):
        pickle.loads(data, buffers=[bytes(buffer)[:-1] for buffer in buffers])
