"""What a merge changed."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, repr=True)
class Changes:
    """What a merge changed in what users see. True if that is anything.

    Lists are in canonical order: by kind, then by canonical bytes.
    """

    added: list[Any] = field(default_factory=list)
    """Elements or keys that came."""
    removed: list[Any] = field(default_factory=list)
    """Elements or keys that went."""
    changed: list[Any] = field(default_factory=list)
    """Keys that show another value."""
    old: Any = None
    """The value before, of counters, registers and flags."""
    new: Any = None
    """The value after."""
    differs: bool = False
    """The same as `bool`."""

    def __bool__(self) -> bool:
        return self.differs
