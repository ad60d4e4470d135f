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
        "_codec": "",
        "_differs": "",
        "_lists": "",
        "_values": "",
    }

    def __init__(
        self,
        added: Sequence[bytes] = (),
        removed: Sequence[bytes] = (),
        changed: Sequence[bytes] = (),
        codec: Codec | None = None,
        *,
        old: Any = None,
        new: Any = None,
        differs: bool = False,
    ) -> None:
        """Lists are of the bytes of elements or keys, sorted.

        They are read when they are asked for; so are old and new if they are bytes of a value, or a list of
        those.
        """
        self._lists = list(added), list(removed), list(changed)
        self._codec = codec
        self._values = old, new
        self._differs = differs or any(self._lists)

    def _read(self, value: Any) -> Any:
        if isinstance(value, bytes):
            return of_bytes(value, self._codec) if value else None
        return list(map(self._read, value)) if isinstance(value, list) else value

    @property
    def added(self) -> list[Any]:
        """Elements or keys that came."""
        return list(map(self._read, self._lists[0]))

    @property
    def removed(self) -> list[Any]:
        """Elements or keys that went."""
        return list(map(self._read, self._lists[1]))

    @property
    def changed(self) -> list[Any]:
        """Keys that show another value."""
        return list(map(self._read, self._lists[2]))

    @property
    def old(self) -> Any:
        """The value before, of counters, registers and flags; else None."""
        return self._read(self._values[0])

    @property
    def new(self) -> Any:
        """The value after."""
        return self._read(self._values[1])

    def __bool__(self) -> bool:
        return self._differs

    def _parts(self) -> tuple[Any, ...]:
        return *self._lists, *self._values, self._differs

    def __eq__(self, other: object) -> bool:
        return self._parts() == other._parts() if isinstance(other, Changes) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        names = ("added", "removed", "changed", "old", "new")
        return f"Changes({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"
