"""Which entries of a vector clock go when it is pruned."""

from collections.abc import Mapping
from typing import Any


def pruned(
    ids: list[Any], times: Mapping[Any, float], now: float, small: int, big: int, young: float, old: float
) -> list[Any]:
    """The ids that go, the oldest first: by the rule of `riak_core`'s `vclock:prune`."""
    oldest_first = sorted(ids, key=lambda id: (times.get(id, 0), id))
    removed: list[Any] = []
    for id in oldest_first:
        left, age = len(ids) - len(removed), now - times.get(id, 0)
        if left <= small or age < young or not (left > big or age > old):
            break
        removed.append(id)
    return removed
