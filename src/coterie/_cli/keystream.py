"""The keys of all files of a command line as one stream, with progress for whoever watches."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from coterie._cli.errors import Refused
from coterie._cli.keyfile import KeyFile
from coterie._cli.progress import Progress, format_bytes, format_rate

HELP = """\
A key is the bytes of a line without its end (\\n or \\r\\n). Empty lines are
skipped and counted. A line that holds a NUL byte or is longer than 1 MiB is
refused. Gzip is recognised by its content. Files are read as a stream: memory
does not grow with them."""


class KeyStream:
    """Making one looks at every file, so that a name that is wrong is refused before any is read."""

    def __init__(self, paths: list[str]) -> None:
        if paths.count("-") > 1:
            raise Refused("standard input (-) can be read only once")
        self._files = [KeyFile(path) for path in paths]
        self.keys = 0
        self.seconds = 0.0

    @contextmanager
    def reading(self, screen: TextIO | None) -> Iterator[Iterator[list[bytes]]]:
        """The keys in batches. Progress is shown on `screen` and gone when the body ends."""
        start = time.monotonic()
        with Progress(screen, self._size()) as progress:
            yield self._batches(progress)
        self.seconds = time.monotonic() - start

    def _batches(self, progress: Progress) -> Iterator[list[bytes]]:
        for file in self._files:
            for batch in file.batches():
                yield batch
                self.keys += len(batch)
                progress.update(self.bytes_read, self.keys)

    @property
    def bytes_read(self) -> int:
        return sum(file.bytes_read for file in self._files)

    @property
    def empty_lines(self) -> int:
        return sum(file.empty_lines for file in self._files)

    def summary(self) -> str:
        """How much was read, and how fast."""
        size, rate = format_bytes(self.bytes_read), format_rate(self.keys, self.seconds)
        return f"{self.keys:,} keys, {size} in {self.seconds:.2f} s: {rate}\n"

    def _size(self) -> int | None:
        """The bytes of all files, or None if that is unknown for one of them."""
        sizes = [file.size for file in self._files if file.size is not None]
        return sum(sizes) if len(sizes) == len(self._files) else None


def screen_for_progress(quiet: bool) -> TextIO | None:
    """Standard error, if a person watches it and wants to see progress."""
    return None if quiet or sys.stderr is None or not sys.stderr.isatty() else sys.stderr
