"""The keys of all files of a command line as one stream, with progress for whoever watches."""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

import numpy as np

from coterie._cli.arrow import pyarrow
from coterie._cli.errors import Refused
from coterie._cli.keybatch import Batch, Source
from coterie._cli.keyfile import KeyFile
from coterie._cli.progress import Progress, format_bytes, format_rate
from coterie._cli.tablefile import TableFile
from coterie._cli.wanted import Wanted

MOST_WEIGHT = 1e300  # of all keys, so that no sum of copies overflows

HELP = """\
A key is the bytes of a line without its end (\\n or \\r\\n). Empty lines are
skipped and counted. A line that holds a NUL byte or is longer than 1 MiB is
refused. Gzip is recognised by its content. Files are read as a stream: memory
does not grow with them."""

COLUMN_HELP = """\
With --column NAME each KEYFILE is a table whose column NAME has the keys. It
is read in batches by pyarrow: pip install 'coterie[arrow]'. Nulls are skipped
and counted.
  Parquet  recognised by its content; a plain file, not a pipe. Keys keep
           their type: text, bytes, integers or bool, but no floats, dates or
           lists. The integer 7 is not the text "7", so 7 in a column of
           integers and 7 in CSV are two keys.
  CSV      everything else, plain or gzip. The first row names the columns;
           commas separate fields. A key is the text of its field as it is
           written: 007 stays 007. An empty field, also a quoted one, is a
           null. A row that is longer than 1 MiB is refused.
With --weight-column a key weighs what that column has in its row: a number
that is 0 or more, finite and not null. Shares, deviations and the least are
then of sums of weights. Sums of whole numbers are exact up to 2^53."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say where keys are."""
    add = parser.add_argument
    add("keyfiles", nargs="+", metavar="KEYFILE", help='keys, one a line; "-" is standard input')
    add("--column", metavar="NAME", help="KEYFILEs are tables, Parquet or CSV, see below; NAME has the keys")
    add("--weight-column", metavar="NAME", help="with --column: weigh each key by this column")


class KeyStream:
    """Making one looks at every file, so that a name that is wrong is refused before any is read."""

    def __init__(self, args: argparse.Namespace) -> None:
        if args.keyfiles.count("-") > 1:
            raise Refused("standard input (-) can be read only once")
        self.weight_column: str | None = args.weight_column
        self._is_table = args.column is not None
        self._files = _files(args)
        self._weight = 0.0
        self.keys = 0
        self.seconds = 0.0

    @contextmanager
    def reading(self, screen: TextIO | None) -> Iterator[Iterator[Batch]]:
        """The keys in batches. Progress is shown on `screen` and gone when the body ends."""
        start = time.monotonic()
        with Progress(screen, self._size()) as progress:
            yield self._batches(progress)
        self.seconds = time.monotonic() - start

    def _batches(self, progress: Progress) -> Iterator[Batch]:
        for file in self._files:
            for batch in file.batches():
                self._check_weight(batch)
                yield batch
                self.keys += len(batch)
                progress.update(self.bytes_read, self.keys)

    def _check_weight(self, batch: Batch) -> None:
        if batch.weights is not None:
            self._weight += float(np.sum(batch.weights))
            if self._weight > MOST_WEIGHT:
                raise Refused(f"column {self.weight_column}: the weights add up to more than {MOST_WEIGHT:g}")

    @property
    def bytes_read(self) -> int:
        return sum(file.bytes_read for file in self._files)

    @property
    def empty_lines(self) -> int:
        return sum(file.empty_lines for file in self._files)

    @property
    def nulls(self) -> int | None:
        """The rows without a key; None if keys are not of tables."""
        return sum(file.nulls for file in self._files) if self._is_table else None

    def summary(self) -> str:
        """How much was read, and how fast."""
        size, rate = format_bytes(self.bytes_read), format_rate(self.keys, self.seconds)
        return f"{self.keys:,} keys, {size} in {self.seconds:.2f} s: {rate}\n"

    def _size(self) -> int | None:
        """The bytes of all files, or None if that is unknown for one of them."""
        sizes = [file.size for file in self._files if file.size is not None]
        return sum(sizes) if len(sizes) == len(self._files) else None


def _files(args: argparse.Namespace) -> Sequence[Source]:
    if args.column is None:
        if args.weight_column is not None:
            raise Refused("--weight-column needs --column, which says where the keys are")
        return [KeyFile(path) for path in args.keyfiles]
    if args.column == args.weight_column:
        raise Refused(f"--weight-column: {args.column} has the keys")
    pyarrow()  # a missing one is refused before anything is read
    wanted = Wanted(args.column, args.weight_column)
    return [TableFile(path, wanted) for path in args.keyfiles]


def screen_for_progress(quiet: bool) -> TextIO | None:
    """Standard error, if a person watches it and wants to see progress."""
    return None if quiet or sys.stderr is None or not sys.stderr.isatty() else sys.stderr
