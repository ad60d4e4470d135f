"""vectorclock: dicts that can be compared; they cannot be merged, nor count by themselves."""

from functools import partial

import vectorclock.vectorclock as library

from benchmarks.peers import adapter


class VectorClock(adapter.VectorClock):
    label = "vectorclock"
    exact = True

    def __init__(self, entries):
        self.clock = library.VectorClock(entries)

    def increment(self, id):
        self.clock.set_clock(id, self.clock.get_clock(id) + 1)

    def less(self, other):
        return self.clock.compare(other.clock, False) == -1

    def asking(self, what, other):
        return partial(self.clock.compare, other.clock, False) if what == "less" else None
