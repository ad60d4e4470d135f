"""How two states of knowledge stand to each other."""

from enum import IntEnum


class Relation(IntEnum):
    """How one clock stands to another: `a.compare(b) is Relation.BEFORE` means a < b.

    >>> from coterie.clocks import Relation
    >>> Relation.BEFORE.flipped
    <Relation.AFTER: 2>
    """

    EQUAL = 0
    """Both know the same."""
    BEFORE = 1
    """The other knows all that the one knows, and more."""
    AFTER = 2
    """The one knows all that the other knows, and more."""
    CONCURRENT = 3
    """Each knows something that the other does not."""

    @property
    def flipped(self) -> "Relation":
        """The same, seen from the other side: BEFORE and AFTER swap."""
        return Relation(self >> 1 | (self & 1) << 1)
