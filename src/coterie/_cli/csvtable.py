"""Tables in CSV, read here and parsed by pyarrow."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from coterie._cli.arrow import pyarrow
from coterie._cli.errors import Refused
from coterie._cli.parquettable import MAGIC as PARQUET
from coterie._cli.serving import Readable, Server
from coterie._cli.wanted import Wanted

BLOCK = 1 << 20  # bytes read at a time; a row may be as long


def batches(text: io.BufferedIOBase, name: str, wanted: Wanted) -> Iterator[Any]:
    """The wanted columns as record batches: keys are binary, weights double, and empty fields null."""
    file = io.BufferedReader(text, BLOCK)
    head = file.peek()
    if head.startswith(PARQUET):
        raise Refused(f"{name}: Parquet can be read from a plain file, not from gzip and not from a pipe")
    names = _header(name, head)
    wanted.check_names(name, names)
    if len(head) < BLOCK and len(head.splitlines()) == 1:
        return
    options = _options(wanted, single=len(names) == 1)
    pa = pyarrow()
    with Server(_Blocks(file)) as server:
        try:
            reader = server.run(lambda: pa.csv.open_csv(pa.PythonFile(server, "r"), **options))
            while (batch := server.run(lambda: next(reader, None))) is not None:
                yield batch
        except pa.ArrowInvalid as error:
            if "straddling" in str(error):
                raise Refused(f"{name}: a row is longer than {BLOCK} bytes") from error
            raise


class _Blocks:
    """Blocks that end in no carriage return.

    Arrow takes a line feed that starts a block for half of a line end if the block before ended in a carriage
    return, and drops it, also where both are in quotes.
    """

    def __init__(self, file: Readable) -> None:
        self._file = file
        self._held = b""

    def read(self, size: int, /) -> bytes:
        block = self._held + self._file.read(size - len(self._held))
        kept = block.rstrip(b"\r") or block
        self._held = block[len(kept) :]
        return kept


def _header(name: str, head: bytes) -> list[str]:
    """The names in the first row."""
    lines = io.StringIO(head.decode("utf-8-sig", "replace"), newline="")
    try:
        names = next(csv.reader(lines), [])
    except csv.Error as error:
        raise Refused(f"{name}: neither Parquet nor CSV: {error}") from error
    if not names:
        raise Refused(f"{name}: the first row is empty; it names the columns")
    return names


def _options(wanted: Wanted, single: bool) -> dict[str, Any]:
    pa = pyarrow()
    types = {wanted.key: pa.binary()}
    if wanted.weight is not None:
        types[wanted.weight] = pa.float64()
    return {
        "read_options": pa.csv.ReadOptions(block_size=BLOCK, use_threads=False),  # errors then tell the row
        "parse_options": pa.csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=not single),
        "convert_options": pa.csv.ConvertOptions(
            include_columns=wanted.names, column_types=types, null_values=[""], strings_can_be_null=True
        ),
    }
