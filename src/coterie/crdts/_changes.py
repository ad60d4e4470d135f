"""What a merge changed."""

from collections.abc import Sequence
from typing import Any

from coterie._types import Codec
from coterie.crdts._elements import of_bytes


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

    __slots__ = {
        "_differs": "",
        "added": "Elements or keys that came: a list.",
        "changed": "Keys that show another value.",
        "new": "The value after.",
        "old": "The value before, of counters, registers and flags; else None.",
        "removed": "Elements or keys that went.",
    }

    def __init__(
        self,
        added: Sequence[Any] = (),
        removed: Sequence[Any] = (),
        changed: Sequence[Any] = (),
        old: Any = None,
        new: Any = None,
        *,
        differs: bool = False,
    ) -> None:
        self.added, self.removed, self.changed = list(added), list(removed), list(changed)
        self.old, self.new = old, new
        self._differs = differs or bool(added or removed or changed)

    @classmethod
    def of_bytes(cls, came: list[bytes], went: list[bytes], codec: Codec | None) -> "Changes":
        """Those of a set, of the bytes of its elements."""
        return cls([of_bytes(data, codec) for data in came], [of_bytes(data, codec) for data in went])

    def __bool__(self) -> bool:
        return self._differs

    def _parts(self) -> tuple[Any, ...]:
        return self.added, self.removed, self.changed, self.old, self.new, self._differs

    def __eq__(self, other: object) -> bool:
        return self._parts() == other._parts() if isinstance(other, Changes) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        names = ("added", "removed", "changed", "old", "new")
        return f"Changes({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"
