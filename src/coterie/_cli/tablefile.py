"""Keys from tables: a column of a Parquet or CSV file, read as a stream."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from coterie._cli import csvtable, parquettable
from coterie._cli.arrow import refusing_arrow_errors
from coterie._cli.columnbatch import ColumnBatch
from coterie._cli.inputfile import InputFile
from coterie._cli.wanted import Wanted


class TableFile(InputFile):
    """A table, or standard input for "-". Parquet is recognised by its content; all else is CSV."""

    def __init__(self, path: str, wanted: Wanted) -> None:
        super().__init__(path)
        self.rows = 0
        self.nulls = 0
        self.empty_lines = 0  # they are no rows
        self._wanted = wanted

    def batches(self) -> Iterator[ColumnBatch]:
        """The keys in order, some thousand at a time. Rows whose key is null are left out."""
        with self.opened() as file, refusing_arrow_errors(self.name):
            if parquettable.is_parquet(file):
                yield from self._parquet(file)
            else:
                yield from self._csv(file)

    def progress(self) -> str:
        return f"row {self.rows}"

    def _parquet(self, file: BinaryIO) -> Iterator[ColumnBatch]:
        table = parquettable.opened(file, self.name, self._wanted)
        all_rows = table.metadata.num_rows
        for batch in parquettable.batches(table, self._wanted):
            columns = self._columns(batch, first_row=1)
            self.bytes_read = (self.size or 0) * self.rows // all_rows  # as if every row had the same size
            yield columns

    def _csv(self, file: BinaryIO) -> Iterator[ColumnBatch]:
        with self.unpacked(file) as text:
            for batch in csvtable.batches(text, self.name, self._wanted):
                yield self._columns(batch, first_row=2)  # the header is row 1

    def _columns(self, batch: Any, first_row: int) -> ColumnBatch:
        weights = None if self._wanted.weight is None else batch.column(self._wanted.weight)
        columns = ColumnBatch(self.name, self.rows + first_row, batch.column(self._wanted.key), weights)
        self.rows += batch.num_rows
        self.nulls += batch.num_rows - len(columns)
        return columns
