"""A value of which all concurrent writes stay."""

from benchmarks.baselines.crdts.elements import name
from benchmarks.baselines.crdts.events import PlainEvents


class PlainMVRegister(PlainEvents):
    """Events are writes."""

    def set(self, replica, value):
        """A write; the events that it made and dropped."""
        return self.make(replica, value, self.live())

    def clear(self):
        """The events that it dropped."""
        return self.drop(self.live())

    def shown(self):
        """The values, each once, by kind and order."""
        return sorted({name(self.log[event]) for event in self.live()})
