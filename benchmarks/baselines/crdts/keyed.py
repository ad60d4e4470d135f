"""Sets and maps as dicts, and as all changes that are known, the greatest of which stays."""

from time import time_ns

from benchmarks.baselines.crdts.elements import name


def write(entries, replica, key, value):
    """A dict of times, replicas and values by keys, as programs hold it: a value is written now."""
    entries[key] = max(time_ns(), entries[key][0] + 1 if key in entries else 0), replica, value


def merge(entries, other):
    """The later write of each key."""
    for key, entry in other.items():
        if key not in entries or entry[:2] > entries[key][:2]:
            entries[key] = entry


class Changes:
    """Changes are tuples that begin with the name of a key."""

    def __init__(self):
        self.known, self.pending = set(), set()

    def do(self, change, *, noted=True):
        """A change of one's own; if it says nothing new it is not passed on."""
        self.known.add(change)
        if noted:
            self.pending.add(change[0])

    def of(self, key):
        """What is known of a key."""
        return [change[1:] for change in self.known if change[0] == key]

    def keys(self):
        """Those of which anything is known."""
        return {change[0] for change in self.known}

    def part(self, keys):
        """What is known of some keys."""
        return {change for change in self.known if change[0] in keys}

    def take_pending(self):
        """What is known of the keys that changed."""
        keys, self.pending = self.pending, set()
        return self.part(keys)

    def state(self):
        """What each key has."""
        return {key: self.entry(key) for key in self.keys()}

    def visible(self):
        """What each key that is there has."""
        return {key: entry for key, entry in self.state().items() if self.shows(entry)}


class PlainGSet(Changes):
    """Changes are (key,)."""

    def entry(self, key):
        """Nothing but that it is there."""
        return bool(self.of(key))

    def shows(self, entry):
        """Whether it is seen."""
        return entry


class PlainTwoPhaseSet(Changes):
    """Changes are (key, whether it is removed)."""

    def entry(self, key):
        """Whether it was removed."""
        return max(removed for (removed,) in self.of(key))

    def shows(self, entry):
        """Whether it is seen."""
        return not entry


class PlainLWWSet(Changes):
    """Changes are (key, whether it is removed, stamp)."""

    def __init__(self, bias):
        super().__init__()
        self.bias = bias

    def entry(self, key):
        """The last stamps of additions and of removals."""
        return tuple(
            max((stamp for removal, stamp in self.of(key) if removal == which), default=0)
            for which in (False, True)
        )

    def shows(self, entry):
        """Whether it is seen."""
        added, removed = entry
        return added > removed or (added == removed and self.bias == "add")


class PlainLWWMap(Changes):
    """Changes are (key, stamp, replica, value), a removal's value is ()."""

    def entry(self, key):
        """The write that stays."""
        return max(
            self.of(key), key=lambda write: (*write[:2], write[2] != (), write[2] and name(write[2][0]))
        )

    def shows(self, entry):
        """Whether it is seen."""
        return entry[2] != ()
