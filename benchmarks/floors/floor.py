"""What a floor is."""

from collections.abc import Callable
from typing import NamedTuple


class Floor(NamedTuple):
    label: str
    run: Callable[[], object]
    per: float  # keys, calls or operations in one run
