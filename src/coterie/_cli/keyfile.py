"""Keys from files: one a line, plain or gzip, read as a stream."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from coterie._cli.errors import Refused
from coterie._cli.inputfile import InputFile

BLOCK = 1 << 20  # bytes read at a time
MAX_LINE = 1 << 20  # at least BLOCK, so that only the first line of a block can be longer


@dataclass(frozen=True)
class Lines:
    """A batch of keys that are lines."""

    keys: list[bytes]
    weights: None = None

    def __len__(self) -> int:
        return len(self.keys)

    def texts(self) -> list[bytes]:
        """The keys as they are written."""
        return self.keys


class KeyFile(InputFile):
    """A file of keys, or standard input for "-"."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.lines = 0
        self.empty_lines = 0
        self.nulls = 0  # lines have none

    def batches(self) -> Iterator[Lines]:
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

    def progress(self) -> str:
        return f"line {self.lines}"

    def _keys(self, lines: list[bytes]) -> Lines:
        keys = list(filter(None, lines))
        self.lines += len(lines)
        self.empty_lines += len(lines) - len(keys)
        return Lines(keys)

    def _blocks(self) -> Iterator[bytes]:
        with self.opened() as file, self.unpacked(file) as reader:
            while block := reader.read(BLOCK):
                yield block

    def _refuse_line(self, after: int, what: str) -> NoReturn:
        raise Refused(f"{self.name}, line {self.lines + after + 1}: {what}")
