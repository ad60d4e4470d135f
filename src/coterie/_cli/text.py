"""Text for people: one line, safe to print, aligned by what a terminal shows."""

import math
import unicodedata
from collections.abc import Iterable
from typing import TextIO

UNSHOWABLE = {"Cc", "Cs", "Zl", "Zp"}  # controls, lone surrogates, line and paragraph separators


def is_showable(text: str) -> bool:
    """Whether the text stays on its line and can be encoded."""
    return all(unicodedata.category(char) not in UNSHOWABLE for char in text)


def showable(text: str) -> str:
    """The text with every character escaped that would break its line or cannot be encoded."""
    if is_showable(text):
        return text
    return "".join(c if is_showable(c) else c.encode("unicode_escape").decode() for c in text)


def width(text: str) -> int:
    """The columns that a terminal gives to the text: 2 for wide characters, 0 for combining marks."""
    if text.isascii():
        return len(text)
    return sum(_char_width(char) for char in text)


def _char_width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def shortened(text: str, columns: int) -> str:
    """The text with an ellipsis in its middle if it is wider than so many columns."""
    if width(text) <= columns:
        return text
    for kept in range(columns - 1, 0, -1):
        short = text[: kept - kept // 2] + "…" + text[len(text) - kept // 2 :]
        if width(short) <= columns:
            return short
    return "…"


def number_format(numbers: Iterable[float]) -> str:
    """The format that all of the numbers have: whole ones in full, others to seven digits of the largest."""
    numbers = list(numbers)
    largest = max(map(abs, numbers), default=0.0)
    if largest and not 1e-3 <= largest < 1e16:
        return ".6e"
    if all(float(number).is_integer() for number in numbers):
        return ",.0f"
    return f",.{max(0, 6 - math.floor(math.log10(largest)))}f"


def can_encode(stream: TextIO | None, text: str) -> bool:
    """Whether the stream's encoding has all characters of the text."""
    try:
        text.encode(getattr(stream, "encoding", None) or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def show(stream: TextIO | None, text: str) -> None:
    """Write the text at once, with every character escaped that the stream's encoding lacks."""
    if stream is None:
        return
    encoding = getattr(stream, "encoding", None) or "ascii"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()
