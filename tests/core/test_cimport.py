"""An outsider's extension works with the core by `cimport` alone: no headers of ours, no linking."""

import mmap
import os
from pathlib import Path

import numpy as np
import pytest

import coterie
from tests.outsiders import compiled

SOURCE = Path(__file__).with_name("outsider.pyx")


@pytest.fixture(scope="module")
def outsider(tmp_path_factory):
    return compiled(SOURCE, tmp_path_factory.mktemp("outsider"), ["__init__.py", "_core.pxd"])


KEYS = ["a", b"b", 5, "é", 2**64 - 1]


@pytest.mark.parametrize("key", KEYS)
def test_digest(outsider, key):
    assert outsider.digest_of(key) == coterie.digest(key)


@pytest.mark.parametrize("key", [None, 1.5, 2**64, "\ud800"], ids=ascii)
def test_digest_passes_errors_on(outsider, key):
    with pytest.raises((TypeError, OverflowError, UnicodeEncodeError)):
        outsider.digest_of(key)


def test_sink_without_result(outsider):
    assert outsider.count([]) == 0
    for size in (1, 1023, 1024, 1025, 5000):
        for keys in (list(range(size)), iter(range(size)), np.arange(size), ["x"] * size):
            assert outsider.count(keys) == size


def test_sink_sees_at_most_4096_digests(outsider):
    for keys in (range(10**5), np.arange(10**5), list(range(10**5))):
        assert 0 < outsider.largest_chunk(keys) <= 4096


def test_sink_with_result(outsider):
    want = [value % 2**32 for value in coterie.digests(KEYS).tolist()]
    for keys in (KEYS, iter(KEYS)):
        got = outsider.low_halves(keys)
        assert (got.dtype, got.view(np.uint32).tolist()) == (np.int32, want)


def test_sink_with_rows(outsider):
    rows = outsider.rows(KEYS, 3)
    assert (rows.dtype, rows.shape) == (np.uint64, (5, 3))
    assert rows.T.tolist() == [coterie.digests(KEYS).tolist()] * 3
    many = range(3000)
    assert outsider.rows((key for key in many), 3)[:, 2].tolist() == coterie.digests(many).tolist()
    assert outsider.rows([], 3).shape == (0, 3)
    assert outsider.rows(KEYS, 0).shape == (5, 0)


def test_sink_with_bools(outsider):
    got = outsider.are_odd(KEYS)
    want = [value % 2 == 1 for value in coterie.digests(KEYS).tolist()]
    assert (got.dtype, got.tolist()) == (np.bool_, want)


def test_hashed(outsider):
    digests = coterie.digests(KEYS)
    assert outsider.are_odd(digests, True).tolist() == outsider.are_odd(KEYS).tolist()
    with pytest.raises(TypeError, match="uint64"):
        outsider.are_odd([1], True)


def test_bad_key_in_a_batch(outsider):
    with pytest.raises(TypeError, match="float"):
        outsider.count([1, 1.5])


# ---- storage ----


def test_allocate(outsider):
    for size in (0, 1, 63, 64, 65, 1000, 4 << 20, (4 << 20) + 1):
        storage = outsider.Holder.allocate(size)
        assert storage.address % 64 == 0
        assert len(storage.export()) == storage.nbytes == size
        assert storage.is_writable


def test_allocate_too_much(outsider):
    for size in (2**62, 2**63, 2**64 - 1, 2**64 - 64):
        with pytest.raises(MemoryError):
            outsider.Holder.allocate(size)


def test_a_lone_holder_writes_in_place(outsider):
    a = outsider.Holder.allocate(100)
    before = a.address
    a.fill(7)
    assert a.address == before
    assert bytes(a.export()) == b"\7" * 100


def test_shared_storage_is_copied_before_a_write(outsider):
    a = outsider.Holder.allocate(100)
    a.fill(7)
    b = a.copy()
    assert b.address == a.address
    b.fill(8)
    assert b.address != a.address
    assert (bytes(a.export()), bytes(b.export())) == (b"\7" * 100, b"\x08" * 100)
    before = a.address
    a.fill(9)  # alone again
    assert a.address == before
    assert bytes(b.export()) == b"\x08" * 100


def test_a_holder_that_let_go_does_not_count(outsider):
    a = outsider.Holder.allocate(100)
    b = a.copy()
    b.drop()
    before = a.address
    a.fill(1)
    assert a.address == before


def test_exported_storage_is_copied_before_a_write(outsider):
    a = outsider.Holder.allocate(100)
    a.fill(7)
    view = a.export()
    before = a.address
    a.fill(8)
    assert a.address != before
    assert (bytes(view), bytes(a.export())) == (b"\7" * 100, b"\x08" * 100)
    a = outsider.Holder.allocate(100)
    a.export().release()
    before = a.address
    a.fill(8)
    assert a.address == before


def test_exports_are_read_only(outsider):
    a = outsider.Holder.allocate(100)
    view = a.export()
    assert view.readonly
    assert (view.format, view.nbytes, view.contiguous) == ("B", 100, True)
    assert not np.frombuffer(view, np.uint8).flags.writeable
    with pytest.raises(TypeError):
        view[0] = 1
    with pytest.raises(BufferError, match="read-only"):
        a.export_writable()


def test_an_export_keeps_the_bytes_alive(outsider):
    a = outsider.Holder.allocate(1 << 20)
    a.fill(5)
    array = np.frombuffer(a.export(), np.uint8)
    del a
    junk = [outsider.Holder.allocate(1 << 20) for _ in range(20)]
    for storage in junk:
        storage.fill(6)
    assert (array == 5).all()


def aligned(data, address):
    """The same bytes `address` bytes after a multiple of 64."""
    raw = np.zeros(len(data) + 128, np.uint8)
    start = -raw.ctypes.data % 64 + address
    raw[start : start + len(data)] = np.frombuffer(data, np.uint8)
    return raw[start : start + len(data)]


def test_borrow(outsider):
    buffer = aligned(b"0123456789", 0)
    a = outsider.Holder.borrow(buffer)
    assert a.address == buffer.ctypes.data
    assert not a.is_writable
    assert bytes(a.export()) == b"0123456789"
    a.fill(7)
    assert bytes(buffer) == b"0123456789"
    assert bytes(a.export()) == b"\7" * 10


@pytest.mark.parametrize("address", [1, 8, 32, 63])
def test_borrow_copies_what_is_not_aligned(outsider, address):
    buffer = aligned(b"0123456789", address)
    a = outsider.Holder.borrow(buffer)
    assert a.address % 64 == 0
    assert bytes(a.export()) == b"0123456789"
    buffer[:] = 0
    assert bytes(a.export()) == b"0123456789"


def test_borrow_holds_and_lets_go(outsider):
    for address in (0, 1):
        data = bytearray(300)
        start = -np.frombuffer(data, np.uint8).ctypes.data % 64 + address
        a = outsider.Holder.borrow(memoryview(data)[start : start + 100])
        if address == 0:
            with pytest.raises(BufferError):
                data.append(1)
        del a
        data.append(1)


def test_borrow_refuses(outsider):
    for thing in ("text", 5, None):
        with pytest.raises(TypeError):
            outsider.Holder.borrow(thing)
    with pytest.raises((BufferError, ValueError)):
        outsider.Holder.borrow(memoryview(b"0123")[::2])
    assert bytes(outsider.Holder.borrow(b"").export()) == b""


def test_map(outsider, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 5000)
    a = outsider.Holder.map(path)
    assert a.address % mmap.PAGESIZE == 0
    assert not a.is_writable
    assert bytes(a.export()) == b"x" * 5000
    b = a.copy()
    b.fill(7)
    assert path.read_bytes() == b"x" * 5000
    os.replace(path, tmp_path / "elsewhere")
    assert bytes(a.export()) == b"x" * 5000


def test_map_of_nothing(outsider, tmp_path):
    (tmp_path / "file").touch()
    assert outsider.Holder.map(tmp_path / "file").nbytes == 0
    with pytest.raises(FileNotFoundError):
        outsider.Holder.map(tmp_path / "none")
    with pytest.raises(IsADirectoryError):
        outsider.Holder.map(tmp_path)
