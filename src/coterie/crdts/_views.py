"""The views of a replicated map.

It brings `_entries`, which lists the bytes of keys and values; `_content`, which counts the changes of what
is in it; and `_element`, which makes a key or a value of bytes.
"""

from collections.abc import Callable, ItemsView, Iterator, ValuesView
from typing import Any


def keys_of(of: Any) -> Iterator[Any]:
    """The keys, unless they change."""
    return _walk(of, lambda entry: of._element(entry[0]), *of._entries(0, 1))


def values_of(of: Any) -> Iterator[Any]:
    """The values."""
    return _walk(of, lambda entry: of._element(entry[1]), *of._entries(0, 1))


def items_of(of: Any) -> Iterator[tuple[Any, Any]]:
    """The keys with their values."""
    return _walk(of, lambda entry: (of._element(entry[0]), of._element(entry[1])), *of._entries(0, 1))


def _walk(
    of: Any, read: Callable[[Any], Any], entries: list[tuple[bytes, bytes]], start: int, content: int
) -> Iterator[Any]:
    most = 8  # at first one: the next ones may be far
    while entries:
        for entry in entries:
            if of._content() != content:
                raise RuntimeError("the map changed during iteration")
            yield read(entry)
        most = min(2 * most, 4096)
        entries, start, now = of._entries(start, most)
        if now != content:
            raise RuntimeError("the map changed during iteration")


class Items(ItemsView[Any, Any]):
    """The keys with their values, each pair as it was at one time."""

    __slots__ = ("_of",)

    def __init__(self, of: Any) -> None:
        super().__init__(of)
        self._of = of

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        return items_of(self._of)


class Values(ValuesView[Any]):
    """The values."""

    __slots__ = ("_of",)

    def __init__(self, of: Any) -> None:
        super().__init__(of)
        self._of = of

    def __iter__(self) -> Iterator[Any]:
        return values_of(self._of)

    def __contains__(self, value: object) -> bool:
        return any(one is value or one == value for one in self)
