"""Which entries of a vector clock go when it is pruned."""

from collections.abc import Mapping
from numbers import Real
from typing import Any


def pruned(
    ids: list[Any], times: Mapping[Any, float], now: float, small: int, big: int, young: float, old: float
) -> list[Any]:
    """The ids that go, the oldest first: by the rule of `riak_core`'s `vclock:prune`."""
    for name, value in {"now": now, "small": small, "big": big, "young": young, "old": old}.items():
        check(value, name)
    for time in times.values():
        check(time, "a time of times")
    oldest_first = sorted(ids, key=lambda id: (times.get(id, 0), id))
    removed: list[Any] = []
    for id in oldest_first:
        left, age = len(ids) - len(removed), now - times.get(id, 0)
        if left <= small or age < young or not (left > big or age > old):
            break
        removed.append(id)
    return removed


def check(value: object, name: str) -> None:
    """TypeError for what is no number, ValueError for NaN, which has no place in an order."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name} is a {type(value).__name__}: pass a number")
    if value != value:
        raise ValueError(f"{name} is NaN: pass a number")
