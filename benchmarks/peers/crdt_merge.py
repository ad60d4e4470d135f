"""crdt-merge: dicts of counts or of registers, copied by each merge."""

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


class LWWMap(adapter.Contender):
    label = "crdt-merge"
    exact = True

    def __init__(self, keys=(), replica="a"):
        self.map, self.replica = library.LWWMap(), replica
        for key in keys:
            self.write(key)

    def len(self):
        return len(self.map.value)

    def write(self, key):
        self.map.set(key, key, node_id=self.replica)

    def merged(self, other):
        return self.map.merge(other.map).value
