"""Tables in Parquet, read by pyarrow."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from coterie._cli.arrow import pyarrow
from coterie._cli.wanted import Wanted

MAGIC = b"PAR1"
ROWS = 1 << 16  # of a batch
BUFFER = 1 << 20  # bytes of a column that are read at a time


def is_parquet(file: BinaryIO) -> bool:
    """Whether the file starts as Parquet does. A pipe is not asked: Parquet is read from its end."""
    if not file.seekable():
        return False
    start = file.tell()
    magic = file.read(len(MAGIC))
    file.seek(start)
    return magic == MAGIC


def opened(file: BinaryIO, name: str, wanted: Wanted) -> Any:
    """The ParquetFile, whose wanted columns are keys and weights."""
    table = pyarrow().parquet.ParquetFile(file, buffer_size=BUFFER, pre_buffer=False)
    schema = table.schema_arrow
    wanted.check_names(name, schema.names)
    key, weight = schema.field(wanted.key).type, None
    if pyarrow().types.is_dictionary(key):
        key = key.value_type
    if wanted.weight is not None:
        weight = str(schema.field(wanted.weight).type)
    wanted.check_types(name, str(key), weight)
    return table


def batches(table: Any, wanted: Wanted) -> Iterator[Any]:
    """The wanted columns as record batches."""
    batches: Iterator[Any] = table.iter_batches(ROWS, columns=wanted.names, use_threads=False)
    return batches
