"""The file of `--out`: a key and its nodes on each line."""

import gzip
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import numpy as np

from coterie._cli.errors import Refused, refusing_os_errors
from coterie._cli.keybatch import Batch
from coterie._files import replacing


class Writer(Protocol):
    """What is asked of a file: to take bytes and tell how many."""

    def write(self, data: memoryview, /) -> int: ...


class Assignments:
    """Writes lines of a key and, after tabs, the names of its nodes."""

    def __init__(self, file: Writer, names: Sequence[str]) -> None:
        self._file = file
        self._fields = np.array([b"\t" + name.encode() for name in names], dtype=object)
        self._last_fields = self._fields + b"\n"

    def write(self, batch: Batch, positions: np.ndarray) -> None:
        """One line for each key; `positions` has a row for each key and a column for each of its nodes."""
        keys = batch.texts()
        replicas = positions.shape[1]
        step = replicas + 1
        pieces = [b""] * (len(keys) * step)
        pieces[::step] = keys
        for i in range(replicas):
            fields = self._last_fields if i == replicas - 1 else self._fields
            pieces[i + 1 :: step] = fields[positions[:, i]].tolist()
        rest = memoryview(b"".join(pieces))
        while rest:  # an unbuffered standard output may take less than it is given
            rest = rest[self._file.write(rest) :]


@contextmanager
def open_assignments(path: str, names: Sequence[str]) -> Iterator[Assignments]:
    """Open `path` for writing, "-" for standard output, gzip if it ends in .gz.

    A regular file appears whole when the body has ended well, and not at all otherwise.
    """
    if path == "-":
        if sys.stdout is None:
            raise Refused("standard output is closed")
        with refusing_os_errors("standard output"):
            yield Assignments(sys.stdout.buffer, names)
            sys.stdout.buffer.flush()
        return
    with refusing_os_errors(path), replacing(path) as file:
        if path.endswith(".gz"):
            with gzip.GzipFile("", "wb", compresslevel=3, fileobj=file, mtime=0) as zipped:
                yield Assignments(zipped, names)
        else:
            yield Assignments(file, names)
