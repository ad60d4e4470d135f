"""What a merge changed."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Changes:
    """What a merge changed in what users see. True if that is anything.

    Lists are in canonical order: by kind, then by canonical bytes.

    >>> from coterie import GCounter
    >>> a, b = GCounter(replica="a"), GCounter(replica="b")
    >>> b.increment(3)
    >>> changes = a.merge(b, changes=True)
    >>> changes.old, changes.new, bool(changes), bool(a.merge(b, changes=True))
    (0, 3, True, False)
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
