"""Changes as events that are known, with a tombstone for each that was dropped."""


class PlainEvents:
    """Events are (replica, number); `log` has what each stands for, for all that take part."""

    def __init__(self, log):
        self.log, self.known, self.gone = log, set(), set()

    def live(self):
        """The events that stand."""
        return self.known - self.gone

    def make(self, replica, what, dropped):
        """A new event instead of others; all of them."""
        event = replica, 1 + max((n for by, n in self.known if by == replica), default=0)
        self.log[event] = what
        self.known.add(event)
        self.gone |= dropped
        return {event} | dropped

    def drop(self, events):
        """Drop some; which those are."""
        self.gone |= events
        return events

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
