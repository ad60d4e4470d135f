"""One line on a terminal that tells how far a stream has come."""

import time
from shutil import get_terminal_size
from typing import Any, TextIO

INTERVAL = 0.1  # seconds between updates
CLEAR = "\r\x1b[K"


class Progress:
    """Shows bytes read, of `total` if it is known, and keys per second. Leaves nothing behind."""

    def __init__(self, stream: TextIO | None, total: int | None) -> None:
        self._stream = stream
        self._total = total
        self._start = self._next = time.monotonic()

    def update(self, bytes_read: int, keys: int) -> None:
        """Show the state, unless the last update was a moment ago."""
        now = time.monotonic()
        if self._stream is None or now < self._next:
            return
        self._next = now + INTERVAL
        line = self.line(bytes_read, keys, now - self._start)
        self._stream.write(CLEAR + line[: get_terminal_size().columns - 1])
        self._stream.flush()

    def line(self, bytes_read: int, keys: int, seconds: float) -> str:
        """The text of one update."""
        read = format_bytes(bytes_read)
        if self._total:
            read = f"{bytes_read / self._total:6.1%}  {read} of {format_bytes(self._total)}"
        return f"{read}  {keys:,} keys  {format_rate(keys, seconds)}"

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *exc: Any) -> None:
        if self._stream is not None:
            self._stream.write(CLEAR)
            self._stream.flush()


def format_bytes(count: int) -> str:
    """A size in decimal units: 999 B, 1.0 kB, 2.5 GB."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def format_rate(keys: int, seconds: float) -> str:
    """Keys per second, in millions where there are any."""
    rate = keys / max(seconds, 1e-9)
    return f"{rate / 1e6:.1f} million keys/s" if rate >= 1e6 else f"{rate:,.0f} keys/s"
