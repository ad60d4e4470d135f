"""Sets of additions and removals that are known, with a tombstone for each event that was dropped."""

from benchmarks.baselines.crdts.elements import name
from benchmarks.baselines.crdts.events import PlainEvents


class PlainORSet(PlainEvents):
    """Events are additions."""

    def of(self, element):
        """Those of an element."""
        return {event for event in self.live() if name(self.log[event]) == name(element)}

    def add(self, replica, element):
        """An addition; the events that it made and dropped."""
        return self.make(replica, element, self.of(element))

    def discard(self, element):
        """A removal; the events that it dropped."""
        return self.drop(self.of(element))

    def clear(self):
        """The removal of all."""
        return self.drop(self.live())

    def shown(self):
        """What is in it."""
        return {name(self.log[event]) for event in self.live()}


class PlainRemoveWinsSet(PlainEvents):
    """Events are additions and removals: an element, and whether it was added."""

    def of(self, element):
        """Those of an element."""
        return {event for event in self.live() if name(self.log[event][0]) == name(element)}

    def add(self, replica, element):
        """An addition; the events that it made and dropped."""
        return self.make(replica, (element, True), self.of(element))

    def discard(self, replica, element):
        """A removal, the same way."""
        return self.make(replica, (element, False), self.of(element))

    def shown(self):
        """What is in it: what has events, all of them additions."""
        marks = [(name(self.log[event][0]), self.log[event][1]) for event in self.live()]
        return {element for element, added in marks} - {element for element, added in marks if not added}
