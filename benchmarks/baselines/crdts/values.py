"""A value of which all concurrent writes stay."""

from benchmarks.baselines.crdts.elements import name
from benchmarks.baselines.crdts.events import PlainEvents


def write(register, replica, value):
    """A dict of what was seen of each replica, and one of events with their values, as programs hold it."""
    seen, values = register
    seen[replica] = seen.get(replica, 0) + 1
    values.clear()
    values[replica, seen[replica]] = value


def merge(register, other):
    """What both have, and what the other one never saw."""
    (seen, values), (other_seen, other_values) = register, other
    for event in [*values]:
        if event not in other_values and event[1] <= other_seen.get(event[0], 0):
            del values[event]
    for event, value in other_values.items():
        if event[1] > seen.get(event[0], 0):
            values[event] = value
    for replica, n in other_seen.items():
        seen[replica] = max(seen.get(replica, 0), n)


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
