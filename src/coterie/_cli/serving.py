"""Reading for a parser that runs in another thread."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Readable(Protocol):
    """What is asked of the file."""

    def read(self, size: int, /) -> bytes: ...


class Server:
    """A file for a parser in another thread, whose reads happen in the thread that waits for the parser.

    That is the main thread, so Ctrl-C is heard while a pipe is silent, and errors of reading are raised where
    they are handled. The parser may read ahead: what it asks for is read when it is next waited for.
    """

    closed = False

    def __init__(self, file: Readable) -> None:
        self._file = file
        self._thread = ThreadPoolExecutor(1)
        self._events: SimpleQueue[int | None] = SimpleQueue()  # a size to read, or None when a step is done
        self._blocks: SimpleQueue[bytes] = SimpleQueue()

    def run(self, step: Callable[[], T]) -> T:
        """The result of one step of the parser."""
        future = self._thread.submit(step)
        future.add_done_callback(lambda _: self._events.put(None))
        while (size := self._events.get()) is not None:
            self._blocks.put(self._file.read(size))
        return future.result()

    def read(self, size: int) -> bytes:
        """Asked by the parser, from whichever of its threads."""
        if self.closed:
            return b""
        self._events.put(size)
        return self._blocks.get()

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *exc: Any) -> None:
        self.closed = True
        self._blocks.put(b"")  # for a read that still waits
        self._thread.shutdown()
