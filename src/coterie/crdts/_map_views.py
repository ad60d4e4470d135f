"""The views of a map of children.

As those of `collections.abc`, but iteration begins when it is asked for, and keys that go then are a change.
"""

from collections.abc import ItemsView, Iterator, KeysView, ValuesView
from typing import Any


def _pairs(of: Any, keys: Iterator[Any]) -> Iterator[tuple[Any, Any]]:
    for key in keys:
        child = of.get(key)
        if child is None:
            raise RuntimeError("the keys changed during iteration")
        yield key, child


class Keys(KeysView[Any]):
    """The keys that are there."""

    __slots__ = ("_of",)

    def __init__(self, of: Any) -> None:
        super().__init__(of)
        self._of = of

    def __iter__(self) -> Iterator[Any]:
        return iter(self._of)


class Items(ItemsView[Any, Any]):
    """The keys with their children."""

    __slots__ = ("_of",)

    def __init__(self, of: Any) -> None:
        super().__init__(of)
        self._of = of

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        return _pairs(self._of, iter(self._of))


class Values(ValuesView[Any]):
    """The children."""

    __slots__ = ("_of",)

    def __init__(self, of: Any) -> None:
        super().__init__(of)
        self._of = of

    def __iter__(self) -> Iterator[Any]:
        return (child for _, child in _pairs(self._of, iter(self._of)))

    def __contains__(self, value: object) -> bool:
        return any(child == value for child in self)
