"""Keys from files: one a line, plain or gzip, read as a stream."""

import gzip
import io
import os
import stat
import sys
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, BinaryIO, NoReturn

from coterie._cli.errors import Refused, refusing_os_errors

BLOCK = 1 << 20  # bytes read at a time
MAX_LINE = 1 << 20  # at least BLOCK, so that only the first line of a block can be longer
GZIP_MAGIC = b"\x1f\x8b"


class KeyFile:
    """A file of keys, or standard input for "-". What can be checked without reading is checked at once."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.name = "standard input" if path == "-" else path
        self.size = self._stdin_size() if path == "-" else self._file_size()
        self.bytes_read = 0  # of the file itself, so compressed ones for gzip
        self.lines = 0
        self.empty_lines = 0

    def batches(self) -> Iterator[list[bytes]]:
        """The keys in order, some thousand at a time. A key is a line without its \\n or \\r\\n."""
        rest = b""
        for block in self._blocks():
            nul = block.find(b"\0")
            if nul >= 0:
                self._refuse_line(block.count(b"\n", 0, nul), "a NUL byte; keys are lines of text")
            text = rest + block
            if b"\r" in text:
                text = text.replace(b"\r\n", b"\n")
            lines = text.split(b"\n")
            if len(lines[0]) > MAX_LINE:
                self._refuse_line(0, f"longer than {MAX_LINE} bytes")
            rest = lines.pop()
            yield self._keys(lines)
        if rest:
            yield self._keys([rest])

    def _keys(self, lines: list[bytes]) -> list[bytes]:
        keys = list(filter(None, lines))
        self.lines += len(lines)
        self.empty_lines += len(lines) - len(keys)
        return keys

    def _blocks(self) -> Iterator[bytes]:
        with refusing_os_errors(self.name), self._open() as file:
            reader = io.BufferedReader(_Counted(file, self))
            if reader.peek(2)[:2] != GZIP_MAGIC:
                while block := reader.read(BLOCK):
                    yield block
                return
            try:
                unzipped = gzip.GzipFile(fileobj=reader)
                while block := unzipped.read(BLOCK):
                    yield block
            except EOFError:
                raise Refused(f"{self.name}: gzip data is cut short after line {self.lines}") from None
            except (gzip.BadGzipFile, zlib.error) as error:
                raise Refused(f"{self.name}: gzip data is damaged after line {self.lines}: {error}") from None

    def _open(self) -> AbstractContextManager[BinaryIO]:
        return nullcontext(sys.stdin.buffer) if self.path == "-" else open(self.path, "rb")

    def _refuse_line(self, after: int, what: str) -> NoReturn:
        raise Refused(f"{self.name}, line {self.lines + after + 1}: {what}")

    def _stdin_size(self) -> int | None:
        if sys.stdin is None:
            raise Refused("standard input is closed")
        try:
            return _regular_size(os.fstat(sys.stdin.fileno()))
        except OSError:
            return None

    def _file_size(self) -> int | None:
        with refusing_os_errors(self.name):
            info = os.stat(self.path)
            if stat.S_ISDIR(info.st_mode):
                raise Refused(f"{self.name}: Is a directory")
            if not os.access(self.path, os.R_OK):
                raise Refused(f"{self.name}: Permission denied")
        return _regular_size(info)


class _Counted(io.RawIOBase):
    """A reader that fills the whole buffer if it can and adds what it read to the key file's count."""

    def __init__(self, file: BinaryIO, owner: KeyFile) -> None:
        self._file: Any = file
        self._owner = owner

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count: int = self._file.readinto(buffer)
        self._owner.bytes_read += count
        return count


def _regular_size(info: os.stat_result) -> int | None:
    return info.st_size if stat.S_ISREG(info.st_mode) else None
