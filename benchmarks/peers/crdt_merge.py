"""crdt-merge: dicts of counts, copied by each merge."""

from functools import partial

import crdt_merge as library

from benchmarks.peers import adapter


class Counter(adapter.Counter):
    label = "crdt-merge"
    exact = True

    def __init__(self, replica):
        self.state = library.PNCounter()
        self.increment = partial(self.state.increment, replica)

    def value(self):
        return self.state.value

    @staticmethod
    def merged(states):
        counter = library.PNCounter()
        for state in states:
            counter = counter.merge(state)
        return counter.value
