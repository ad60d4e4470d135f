"""Sets of additions and removals that are known, with a tombstone for each event that was removed."""

from benchmarks.baselines.crdts.elements import name


class PlainORSet:
    """Events are (replica, number); `log` has the element of each, for all that take part."""

    def __init__(self, log):
        self.log, self.known, self.gone = log, set(), set()

    def live(self):
        """The events whose elements are in it."""
        return self.known - self.gone

    def of(self, element):
        """Those of an element."""
        return {event for event in self.live() if name(self.log[event]) == name(element)}

    def add(self, replica, element):
        """An addition; the events that it made and dropped."""
        dropped = self.of(element)
        event = replica, 1 + max((n for by, n in self.known if by == replica), default=0)
        self.log[event] = element
        self.known.add(event)
        self.gone |= dropped
        return {event} | dropped

    def discard(self, element):
        """A removal; the events that it dropped."""
        dropped = self.of(element)
        self.gone |= dropped
        return dropped

    def part(self, events):
        """What is known of some events."""
        return events & self.known, events & self.gone

    def beyond(self, other):
        """The least that the other lacks."""
        return self.part((self.known - other.known) | (other.live() & self.gone))

    def merge(self, part):
        """Know what another knows."""
        self.known |= part[0]
        self.gone |= part[1]

    def elements(self):
        """What is in it."""
        return {name(self.log[event]) for event in self.live()}
