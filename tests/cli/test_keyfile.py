"""Keys are read from files exactly, whatever the blocks, the line ends and the compression."""

import gzip
import io
import os
import sys
from pathlib import Path
from threading import Thread

import pytest

from coterie._cli import keyfile
from coterie._cli.errors import Refused
from coterie._cli.keyfile import KeyFile

CONTENTS = {
    b"": [],
    b"a": [b"a"],
    b"a\n": [b"a"],
    b"a\nb": [b"a", b"b"],
    b"a\r\nbc\r\n": [b"a", b"bc"],
    b"a\r\nbc\n\r\nd": [b"a", b"bc", b"d"],
    b"\n\na\n\n\nb\n\n": [b"a", b"b"],
    b"\r\n": [],
    b"a\r\r\nb\rc\r": [b"a\r", b"b\rc\r"],
    b" a \n\tb\n": [b" a ", b"\tb"],
    "ä\n鍵\n".encode(): ["ä".encode(), "鍵".encode()],
    b"\xff\xfe\n\x80": [b"\xff\xfe", b"\x80"],
    b"\x1f\n\x8b\n": [b"\x1f", b"\x8b"],
    b"key-%d\n" * 50 % tuple(range(50)): [b"key-%d" % i for i in range(50)],
}


@pytest.fixture
def write(tmp_path):
    def write(data, name="keys"):
        path = tmp_path / name
        path.write_bytes(data)
        return str(path)

    return write


def read(path):
    file = KeyFile(path)
    return [key for batch in file.batches() for key in batch.keys], file


@pytest.mark.parametrize("block", [1, 2, 3, 7, keyfile.BLOCK])
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_contents(write, monkeypatch, block, pack):
    monkeypatch.setattr(keyfile, "BLOCK", block)
    for data, keys in CONTENTS.items():
        packed = pack(data)
        found, file = read(write(packed))
        assert found == keys
        assert file.bytes_read == file.size == len(packed)
        assert file.lines == data.count(b"\n") + (not data.endswith(b"\n") and data != b"")
        assert file.empty_lines == file.lines - len(keys)


def test_many_blocks(write):
    keys = [b"key-%d" % i * (i % 5 + 1) for i in range(200_000)]
    data = b"\r\n".join(keys)
    assert len(data) > 3 * keyfile.BLOCK
    for packed in (data, gzip.compress(data, 1)):
        assert read(write(packed))[0] == keys


def test_memory_is_bounded_by_the_block(write):
    """A gzip file that unpacks to much more than a block comes in batches of about a block."""
    data = b"0123456789abcde\n" * (1 << 18)
    sizes = [16 * len(batch) for batch in KeyFile(write(gzip.compress(data))).batches()]
    assert sum(sizes) == len(data)
    assert max(sizes) <= keyfile.BLOCK + 16


def test_gzip_of_several_members(write):
    assert read(write(gzip.compress(b"a\nb") + gzip.compress(b"c\nd\n")))[0] == [b"a", b"bc", b"d"]


@pytest.mark.parametrize("block", [4, 16])
def test_longest_line(write, monkeypatch, block):
    monkeypatch.setattr(keyfile, "BLOCK", block)
    monkeypatch.setattr(keyfile, "MAX_LINE", 16)
    longest = b"x" * 16
    assert read(write(b"a\n" + longest + b"\nb\n" + longest))[0] == [b"a", longest, b"b", longest]
    for data in (b"a\n\n" + longest + b"x\nb\n", b"a\n\n" + longest + b"x"):
        path = write(data)
        with pytest.raises(Refused) as error:
            read(path)
        assert str(error.value) == f"{path}, line 3: longer than 16 bytes"


@pytest.mark.parametrize("block", [1, 5, keyfile.BLOCK])
def test_nul(write, monkeypatch, block):
    monkeypatch.setattr(keyfile, "BLOCK", block)
    path = write(b"a\nb\n\ncd\0e\nf\n")
    with pytest.raises(Refused) as error:
        read(path)
    assert str(error.value) == f"{path}, line 4: a NUL byte; keys are lines of text"


def test_gzip_cut_short(write):
    data = gzip.compress(b"".join(b"key-%d\n" % i for i in range(1000)))
    for size in (2, 5, 10, len(data) // 2, len(data) - 8, len(data) - 1):
        path = write(data[:size])
        with pytest.raises(Refused, match=r"gzip data is cut short after line \d+$"):
            read(path)


def test_gzip_damaged(write):
    data = gzip.compress(b"".join(b"key-%d\n" % i for i in range(1000)))
    middle = len(data) // 2
    damaged = [
        data[:middle] + bytes(64) + data[middle + 64 :],
        data[:-8] + bytes(8),
        b"\x1f\x8b\x07" + data[3:],
        data + b"trailing",
    ]
    for bad in damaged:
        path = write(bad)
        with pytest.raises(Refused, match="gzip data is damaged after line") as error:
            read(path)
        assert str(error.value).startswith(path)


def test_no_such_file(tmp_path):
    path = str(tmp_path / "none")
    with pytest.raises(Refused) as error:
        KeyFile(path)
    assert str(error.value) == f"{path}: No such file or directory"


def test_directory(tmp_path):
    with pytest.raises(Refused, match=r": Is a directory$"):
        KeyFile(str(tmp_path))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_no_permission(write):
    path = write(b"a\n")
    os.chmod(path, 0)
    with pytest.raises(Refused, match=r": Permission denied$"):
        KeyFile(path)


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="needs a file that opens but cannot be read")
def test_read_error():
    with pytest.raises(Refused, match=r"^/proc/self/mem: "):
        read("/proc/self/mem")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_named_pipe_is_opened_once(tmp_path):
    path = str(tmp_path / "pipe")
    os.mkfifo(path)
    writer = Thread(target=Path(path).write_bytes, args=(b"a\nb\n",), daemon=True)
    writer.start()
    found, file = read(path)
    writer.join()
    assert (found, file.size) == ([b"a", b"b"], None)


def test_stdin(monkeypatch):
    for data in (b"a\r\nb", gzip.compress(b"a\nb\n")):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        found, file = read("-")
        assert found == [b"a", b"b"]
        assert (file.name, file.size, file.bytes_read) == ("standard input", None, len(data))


def test_stdin_from_a_file_has_a_size(write, monkeypatch):
    with open(write(b"a\nb\n")) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        found, file = read("-")
    assert (found, file.size) == ([b"a", b"b"], 4)


def test_stdin_closed(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(Refused, match=r"^standard input is closed$"):
        KeyFile("-")


class OneByteAtATime(io.RawIOBase):
    def __init__(self, data):
        self._data = io.BytesIO(data)

    def readable(self):
        return True

    def readinto(self, buffer):
        return self._data.readinto(memoryview(buffer)[:1])


def test_slow_pipe_is_recognised_as_gzip(monkeypatch):
    slow = io.BufferedReader(OneByteAtATime(gzip.compress(b"a\nb\n")))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(slow))
    assert read("-")[0] == [b"a", b"b"]
