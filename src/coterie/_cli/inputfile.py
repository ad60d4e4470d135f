"""A file that is read once as a stream: its size, how much of it is read, and what is under gzip."""

import gzip
import io
import os
import stat
import sys
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, BinaryIO

from coterie._cli.errors import Refused, refusing_os_errors

GZIP_MAGIC = b"\x1f\x8b"


class InputFile:
    """A file, or standard input for "-". What can be checked without reading is checked at once."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.name = "standard input" if path == "-" else path
        self.size = self._stdin_size() if path == "-" else self._file_size()
        self.bytes_read = 0  # of the file itself, so compressed ones for gzip

    def progress(self) -> str:
        """How far reading has come, for messages: "line 7"."""
        raise NotImplementedError

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """The bytes as they are stored, not counted."""
        with refusing_os_errors(self.name), self._open() as file:
            yield file

    @contextmanager
    def unpacked(self, file: BinaryIO) -> Iterator[io.BufferedIOBase]:
        """What is in an opened file, counted as it is read. Gzip is recognised by its content."""
        reader = io.BufferedReader(_Counted(file, self))
        if reader.peek(2)[:2] != GZIP_MAGIC:
            yield reader
            return
        try:
            yield gzip.GzipFile(fileobj=reader)
        except EOFError:
            raise Refused(f"{self.name}: gzip data is cut short after {self.progress()}") from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise Refused(f"{self.name}: gzip data is damaged after {self.progress()}: {error}") from None

    def _open(self) -> AbstractContextManager[BinaryIO]:
        return nullcontext(sys.stdin.buffer) if self.path == "-" else open(self.path, "rb")

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
    """A reader that fills the whole buffer if it can and adds what it read to the input file's count."""

    def __init__(self, file: BinaryIO, owner: InputFile) -> None:
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
