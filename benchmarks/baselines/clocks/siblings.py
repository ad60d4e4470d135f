"""Siblings of a key in the plainest form: the writes that are live, and those that were seen."""


class PlainSiblings:
    """`live` maps dots to values; `seen` is a set of dots. Both grow with all that ever was."""

    def __init__(self):
        self.live, self.seen = {}, set()

    def copy(self):
        """Another one in the same state."""
        new = PlainSiblings()
        new.live, new.seen = dict(self.live), set(self.seen)
        return new

    def discard(self, context):
        """Drop what a set of dots covers."""
        before = len(self.live)
        self.live = {dot: value for dot, value in self.live.items() if dot not in context}
        self.seen |= context
        return before - len(self.live)

    def put(self, value, context, replica):
        """Write a value; its dot."""
        self.discard(context)
        dot = (replica, 1 + max((n for id, n in self.seen if id == replica), default=0))
        self.live[dot] = value
        self.seen.add(dot)
        return dot

    def merge(self, other):
        """Keep what both have, and what the other has not seen."""
        both = {dot: value for dot, value in self.live.items() if dot in other.live or dot not in other.seen}
        both |= {dot: value for dot, value in other.live.items() if dot not in self.seen}
        self.live, self.seen = both, self.seen | other.seen
