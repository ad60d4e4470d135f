"""The plain Python baselines."""

import copy
import operator
import pickle
import time
from functools import partial

from benchmarks import loops
from benchmarks.baselines.clocks import clock_matrix, itc, vector
from benchmarks.baselines.clocks.bloom import cells_of
from benchmarks.baselines.clocks.buffer import PlainBuffer
from benchmarks.baselines.clocks.context import PlainContext, ranges
from benchmarks.baselines.clocks.hybrid import PlainHybridClock
from benchmarks.baselines.clocks.matrix import PlainMatrixClock
from benchmarks.baselines.clocks.siblings import PlainSiblings
from benchmarks.baselines.crdts import counters, keyed, register, values
from benchmarks.baselines.filters import bloom
from benchmarks.baselines.hashing.jump import jump
from benchmarks.baselines.hashing.siphash import siphash
from benchmarks.baselines.keys import digest, key_bytes
from benchmarks.baselines.placement import jump as jump_hash
from benchmarks.baselines.placement import maglev, rendezvous, ring
from benchmarks.peers import adapter

LABEL = "plain Python"
LIMIT = 20_000


class Members(adapter.Placement):
    """Each change builds a new scheme and leaves this one as it was, so that taking it back is nothing."""

    role, label, exact, limit = adapter.PLAIN, LABEL, True, LIMIT

    def __init__(self, nodes):
        super().__init__(nodes)
        self.get, self.get_nodes = self.scheme.get_node, self.scheme.get_nodes
        self.copy = partial(copy.deepcopy, self.scheme)
        self.dumps = partial(pickle.dumps, self.scheme, protocol=5)

    def add(self, node):
        if node not in self.scheme.nodes:
            self.make([*self.scheme.nodes, node])

    def remove(self, node):
        if node in self.scheme.nodes:
            self.make([other for other in self.scheme.nodes if other != node])

    def set_weight(self, node, weight):
        if weight != 1:
            self.make(dict.fromkeys(self.scheme.nodes, 1) | {node: weight})


class Ring(Members):
    make = ring.HashRing


class Maglev(Members):
    make = maglev.Maglev


class Rendezvous(Members, adapter.EveryNode):
    make = rendezvous.Rendezvous
    asks = LIMIT


class WeightedRendezvous(Rendezvous):
    @staticmethod
    def make(nodes):
        return rendezvous.Rendezvous(adapter.weights(nodes))


class Jump(adapter.Placement):
    role, label, exact, limit = adapter.PLAIN, LABEL, True, LIMIT
    make = jump_hash.JumpHash

    def __init__(self, n):
        super().__init__(n)
        self.get, self.get_nodes = self.scheme.get_node, self.scheme.get_nodes


class RawJump(adapter.Placement):
    role, label, exact, limit = adapter.PLAIN, LABEL, True, LIMIT
    make = int

    def __init__(self, n):
        super().__init__(n)
        self.get = lambda key: jump(key, n)

    def loop(self, keys):
        return partial(loops.fresh(loops.call_with), jump, keys, self.scheme)


class Bloom(adapter.Filter):
    role, label, exact, limit = adapter.PLAIN, LABEL, True, LIMIT
    make = bloom.BloomFilter

    def use(self, filter):
        super().use(filter)
        self.add = filter.add


class Digest(adapter.Hash):
    role, label, limit = adapter.PLAIN, LABEL, LIMIT
    one = staticmethod(digest)


class SipHash(adapter.Hash):
    role, label, limit = adapter.PLAIN, LABEL, LIMIT // 10

    @staticmethod
    def one(key):
        return siphash(key_bytes(key), adapter.SECRET)


class VectorClock(adapter.VectorClock):
    """A dict."""

    role, label, exact = adapter.PLAIN, LABEL, True

    def __init__(self, entries):
        self.clock = dict(entries)
        self.increment = partial(vector.increment, self.clock)

    def less(self, other):
        return vector.less(self.clock, other.clock)

    def asking(self, what, other):
        a, b = self.clock, other.clock
        return {
            "less": partial(vector.less, a, b),
            "joined": partial(vector.merge, a, b),
            "merge": partial(vector.merge_into, b, a),
        }[what]

    def joined(self, other):
        return vector.merge(self.clock, other.clock)


class Counter(adapter.Counter):
    """A dict, which can only grow."""

    role, label, exact = adapter.PLAIN, LABEL, True

    def __init__(self, replica):
        self.state = {}
        self.increment = partial(counters.increment, self.state, replica)

    def value(self):
        return sum(self.state.values())

    @staticmethod
    def merged(states):
        counts = {}
        for state in states:
            counters.merge(counts, state)
        return sum(counts.values())


class ORSet(adapter.ReplicatedSet):
    """A set, which only grows: Python's own."""

    role, label, exact = adapter.PLAIN, "set", True

    def __init__(self, keys=(), replica="a"):
        self.set = set(keys)
        self.len, self.load = self.set.__len__, self.set.update

    def fill(self, keys):
        loops.call(self.set.add, keys)

    def bytes(self):
        return self.set  # what it loads

    def copy(self):
        return ORSet(self.set)

    def merged(self, other):
        return self.set | other.set


class ORMap(adapter.Contender):
    """A dict of ints: what one process has."""

    role, label, exact = adapter.PLAIN, "dict", True

    def __init__(self, keys=(), replica="a"):
        self.map = dict.fromkeys(keys, 1)

    def counting(self, key):
        def increment(n=1):
            self.map[key] = self.map.get(key, 0) + n

        return increment

    def value(self, key):
        return self.map.get(key, 0)

    def merged(self, other):
        return self.map | other.map


class Register(adapter.Contender):
    """A list of a time, a replica and a value."""

    role, label, exact = adapter.PLAIN, LABEL, True

    def __init__(self, replica):
        self.state = [0, "", None]
        self.set = partial(register.write, self.state, replica)

    def merging(self, other):
        return partial(register.merge, self.state, other.state)

    def value(self):
        return self.state[2]


class MVRegister(adapter.Contender):
    """A dict of what was seen of each replica, and one of events with their values."""

    role, label, exact = adapter.PLAIN, LABEL, True

    def __init__(self, replica):
        self.state = {}, {}
        self.set = partial(values.write, self.state, replica)

    def merging(self, other):
        return partial(values.merge, self.state, other.state)

    def values(self):
        return sorted({*self.state[1].values()})


class Flag(adapter.Contender):
    """The same, without values."""

    role, label, exact = adapter.PLAIN, LABEL, True

    def __init__(self, replica):
        self.state = {}, {}
        self.enable = partial(values.write, self.state, replica, None)

    def value(self):
        return len(self.state[1]) > 0


class LWWMap(adapter.Contender):
    """A dict of times, replicas and values."""

    role, label, exact = adapter.PLAIN, LABEL, True

    def __init__(self, keys=(), replica="a"):
        self.map, self.replica = {}, replica
        self.len = self.map.__len__
        for key in keys:
            self.write(key)

    def write(self, key):
        keyed.write(self.map, self.replica, key, key)

    def merged(self, other):
        made = dict(self.map)
        keyed.merge(made, other.map)
        return made


class HybridClock(adapter.HybridClock):
    role, label, exact = adapter.PLAIN, LABEL, True

    def __init__(self):
        self.now = PlainHybridClock(time.time_ns).now


class Context(adapter.Contender):
    role, label, exact = adapter.PLAIN, LABEL, True
    dots = list

    @staticmethod
    def made(dots):
        context = PlainContext()
        for dot in dots:
            context.add(dot)
        return context

    @staticmethod
    def joined(a, b):
        new = a.copy()
        new.merge(b)
        return new

    @staticmethod
    def ranges(context):
        return ranges(context.dots())


class DotSet(adapter.Contender):
    role, label, exact = adapter.IDIOM, "a set of tuples", True
    dots = list
    joined, ranges = operator.or_, staticmethod(ranges)

    @staticmethod
    def made(dots):
        context = set()
        for dot in dots:
            context.add(dot)
        return context


class Siblings(adapter.Contender):
    role, label, exact = adapter.PLAIN, LABEL, True
    make = PlainSiblings

    @staticmethod
    def context(siblings):
        return set(siblings.seen)

    @staticmethod
    def values(siblings):
        return [siblings.live[dot] for dot in sorted(siblings.live)]


class MatrixClock(adapter.Contender):
    role, label, exact = adapter.PLAIN, LABEL, True

    def __init__(self, members, entries):
        self.clock, self.known = PlainMatrixClock(members), dict(entries)
        self.frontier = self.least = self.clock.frontier

    def update(self, member):
        self.clock.update(member, self.known)


class ClockMatrix(adapter.ClockMatrix):
    role, label, exact = adapter.PLAIN, LABEL, True

    def __init__(self, counts, slots=None):
        super().__init__(counts.tolist(), slots)

    def pairwise(self):
        return clock_matrix.pairwise(self.counts)

    def happened_before(self):
        return clock_matrix.happened_before(self.counts, self.slots.tolist())

    def compare(self, row):
        return clock_matrix.compare(self.counts, row.tolist())

    def live(self, offsets):
        return clock_matrix.maximal(self.counts, offsets.tolist())


class IntervalTreeClock(adapter.IntervalTreeClock):
    """Pairs of an id and a history."""

    role, label, exact = adapter.PLAIN, LABEL, True

    @staticmethod
    def make():
        return 1, 0

    @staticmethod
    def fork(stamp):
        return [(id, stamp[1]) for id in itc.split(stamp[0])]

    @staticmethod
    def event(stamp):
        return stamp[0], itc.event(*stamp)

    @staticmethod
    def join(stamp, other):
        return stamp[0], itc.join(stamp[1], other[1])

    @staticmethod
    def less(stamp, other):
        return itc.leq(stamp[1], other[1]) and stamp[1] != other[1]

    @staticmethod
    def text(stamp):
        return f"{{{stamp[0]}; {stamp[1]}}}"


class BloomClock(adapter.Contender):
    role, label, exact = adapter.PLAIN, LABEL, True

    def __init__(self, cells, hashes):
        self.shape, self.cells = (cells, hashes), [0] * cells

    def add(self, key):
        for cell in cells_of(key, *self.shape):
            self.cells[cell] += 1

    def counts(self):
        return list(self.cells)


class Buffer(adapter.Contender):
    role, label, exact = adapter.PLAIN, LABEL, True

    @staticmethod
    def messages(n):
        return [("a", {"a": number + 1}, number) for number in range(n)]

    @staticmethod
    def receive_all(messages):
        buffer = PlainBuffer()
        return [payload for message in messages for *_, payload in buffer.receive(message)]
