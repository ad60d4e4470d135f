"""The views of a replicated map."""

from collections.abc import Callable, ItemsView, Iterator, Mapping, ValuesView
from typing import Any


class Items(ItemsView[Any, Any]):
    """The keys with their values, each pair as it was at one time."""

    __slots__ = ("_walk",)

    def __init__(self, mapping: Mapping[Any, Any], walk: Callable[[], Iterator[Any]]) -> None:
        super().__init__(mapping)
        self._walk = walk

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        return self._walk()


class Values(ValuesView[Any]):
    """The values."""

    __slots__ = ("_walk",)

    def __init__(self, mapping: Mapping[Any, Any], walk: Callable[[], Iterator[Any]]) -> None:
        super().__init__(mapping)
        self._walk = walk

    def __iter__(self) -> Iterator[Any]:
        return self._walk()

    def __contains__(self, value: object) -> bool:
        return any(one is value or one == value for one in self)
