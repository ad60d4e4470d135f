"""Coterie itself."""

import operator
import pickle
from functools import partial
from pathlib import Path

import numpy as np

import coterie
from benchmarks import loops
from benchmarks.peers import adapter
from coterie.hashing import jump, siphash13


class Members(adapter.Placement):
    """A scheme of named nodes."""

    role = label = adapter.OURS
    exact = True

    def __init__(self, nodes):
        super().__init__(nodes)
        scheme = self.scheme
        self.get, self.get_nodes, self.assign = scheme.get_node, scheme.get_nodes, scheme.assign
        self.add, self.remove, self.set_weight = scheme.add_node, scheme.remove_node, scheme.set_weight
        self.copy = scheme.copy
        self.dumps = partial(pickle.dumps, scheme, protocol=5)

    def loop(self, keys):
        return partial(loops.fresh(loops.subscript), self.scheme, keys)


class Ring(Members):
    make = coterie.HashRing


class Rendezvous(Members):
    make = coterie.Rendezvous


class WeightedRendezvous(Rendezvous):
    role, label = adapter.VARIANT, "coterie, weights"

    @staticmethod
    def make(nodes):
        return coterie.Rendezvous(adapter.weights(nodes))


class Maglev(Members):
    make = coterie.Maglev


class Jump(adapter.Placement):
    role = label = adapter.OURS
    exact = True
    make = coterie.JumpHash

    def __init__(self, n):
        super().__init__(n)
        self.get, self.assign = self.scheme.get_node, self.scheme.assign

    def loop(self, keys):
        return partial(loops.fresh(loops.subscript), self.scheme, keys)


class RawJump(adapter.Placement):
    """The paper's function on integers."""

    role = label = adapter.OURS
    exact = True
    make = int

    def __init__(self, n):
        super().__init__(n)
        self.get = lambda key: jump(key, n)

    def loop(self, keys):
        return partial(loops.fresh(loops.call_with), jump, keys, self.scheme)

    def assign(self, keys):
        return jump(keys, self.scheme)


class Bloom(adapter.Filter):
    role = label = adapter.OURS
    exact = True
    layout, key = "auto", None

    @classmethod
    def make(cls, capacity, fpr):
        return coterie.BloomFilter(capacity, fpr, layout=cls.layout, key=cls.key)

    def use(self, filter):
        super().use(filter)
        self.nbytes, self.save = filter.nbytes, filter.save
        self.add, self.update, self.contains_many = filter.add, filter.update, filter.contains_many

    def load(self, path):
        return coterie.BloomFilter.from_bytes(Path(path).read_bytes())


class MappedBloom(Bloom):
    role, label = adapter.VARIANT, "coterie, mapped"

    def load(self, path):
        return coterie.BloomFilter.open(path)


class BlockBloom(Bloom):
    role, label, layout = adapter.VARIANT, "coterie, block", "block"


class PairBloom(Bloom):
    role, label, layout = adapter.VARIANT, "coterie, pair", "pair"


class ClassicBloom(Bloom):
    role, label, layout = adapter.VARIANT, "coterie, classic", "classic"


class KeyedBloom(Bloom):
    role, label, key = adapter.VARIANT, "coterie, key=", bytes(range(16))


class Digest(adapter.Hash):
    role = label = adapter.OURS
    one = staticmethod(coterie.digest)
    many = staticmethod(coterie.digests)


class Unkeyed(Digest):
    """Beside a hash with a secret."""

    role, label = adapter.VARIANT, "coterie, xxh3_64"


class SipHash(adapter.Hash):
    role = label = adapter.OURS

    @staticmethod
    def one(key):
        return siphash13(key, adapter.SECRET)

    def loop(self, keys):
        return partial(loops.fresh(loops.call_with), siphash13, keys, adapter.SECRET)

    def many(self, keys):
        return siphash13(keys, adapter.SECRET)


class Column(Digest):
    """The digests of a container that `ready` makes."""

    role = adapter.VARIANT


class InOrder(Column):
    """A list in order of allocation, whatever the order of the keys."""

    label = "coterie, list in order"

    def ready(self, keys):
        return [str(k.encode(), "ascii") for k in keys]


class Shuffled(Column):
    label = "coterie, list, shuffled"


class Out(Column):
    """An array, with room for the answer that is made once."""

    label = "coterie, out="

    def ready(self, keys):
        self.out = np.empty(len(keys), np.uint64)
        return np.array(keys, np.uint64)

    def many(self, keys):
        return coterie.digests(keys, out=self.out)


class VectorClock(adapter.VectorClock):
    role = label = adapter.OURS
    exact = True

    def __init__(self, entries):
        self.use(coterie.VectorClock(entries))

    def use(self, clock):
        self.clock, self.increment = clock, clock.increment

    def less(self, other):
        return self.clock < other.clock

    def asking(self, what, other):
        a, b = self.clock, other.clock
        return {
            "less": partial(operator.lt, a, b),
            "joined": partial(operator.or_, a, b),
            "merge": partial(b.merge, a),
        }[what]

    def joined(self, other):
        return (self.clock | other.clock).to_dict()


class OtherOrder(VectorClock):
    """A clock whose ids came in another order than those of the clock that it is compared with."""

    role, label = adapter.VARIANT, "coterie, ids in another order"

    def __init__(self, entries):
        clock = coterie.VectorClock()
        for id, count in sorted(entries.items(), key=lambda item: item[0][::-1]):
            clock.advance(id, count)
        self.use(clock)


class Counter(adapter.Counter):
    role = label = adapter.OURS
    exact = True

    def __init__(self, replica):
        self.state = coterie.PNCounter(replica=replica)
        self.increment = self.state.increment

    def value(self):
        return self.state.value

    @staticmethod
    def merged(states):
        counter = coterie.PNCounter()
        counter.merge_many(states)
        return counter.value


class ORSet(adapter.ReplicatedSet):
    role = label = adapter.OURS
    exact = True
    make = coterie.ORSet

    def __init__(self, keys=(), replica="a", made=None):
        self.set = self.make(keys, replica=replica) if made is None else made
        self.len, self.bytes, self.load = self.set.__len__, self.set.to_bytes, self.set.update_from

    def fill(self, keys):
        loops.call(self.set.add, keys)

    def copy(self):
        return type(self)(made=self.set.fork())

    def merged(self, other):
        return self.set | other.set

    def merging(self, other):
        return partial(self.set.merge, other.set)


class RemoveWinsSet(ORSet):
    make = coterie.RemoveWinsSet


class MVRegister(adapter.Contender):
    role = label = adapter.OURS
    exact = True

    def __init__(self, replica):
        self.state = coterie.MVRegister(replica=replica)
        self.set = self.state.set

    def merging(self, other):
        return partial(self.state.merge, other.state)

    def values(self):
        return self.state.values


class Flag(adapter.Contender):
    role = label = adapter.OURS
    exact = True

    def __init__(self, replica):
        self.state = coterie.EnableWinsFlag(replica=replica)
        self.enable = self.state.enable

    def value(self):
        return self.state.value


class ORMap(adapter.Contender):
    role = label = adapter.OURS
    exact = True

    def __init__(self, keys=(), replica="a"):
        self.map = coterie.ORMap(replica=replica)
        for key in keys:
            self.map.counter(key).increment()

    def counting(self, key):
        return self.map.counter(key).increment

    def value(self, key):
        return int(self.map.counter(key))

    def merged(self, other):
        made = self.map.fork()
        made.merge(other.map)
        return made


class Register(adapter.Contender):
    role = label = adapter.OURS
    exact = True

    def __init__(self, replica):
        self.state = coterie.LWWRegister(replica=replica)
        self.set = self.state.set

    def merging(self, other):
        return partial(self.state.merge, other.state)

    def value(self):
        return self.state.value


class LWWMap(adapter.Contender):
    role = label = adapter.OURS
    exact = True

    def __init__(self, keys=(), replica="a"):
        self.map = coterie.LWWMap(((key, key) for key in keys), replica=replica)
        self.len = self.map.__len__

    def write(self, key):
        self.map[key] = key

    def merged(self, other):
        made = self.map.fork()
        made.merge(other.map)
        return made


class HybridClock(adapter.HybridClock):
    role = label = adapter.OURS
    exact = True

    def __init__(self):
        self.clock = coterie.HLC(max_drift=None)
        self.now, self.batch = self.clock.now, self.clock.now_batch


class Context(adapter.Contender):
    role = label = adapter.OURS
    exact = True
    joined, ranges = operator.or_, coterie.CausalContext.ranges

    @staticmethod
    def dots(pairs):
        return [coterie.Dot(id, counter) for id, counter in pairs]

    @staticmethod
    def made(dots):
        context = coterie.CausalContext()
        for dot in dots:
            context.add(dot)
        return context


class Siblings(adapter.Contender):
    role = label = adapter.OURS
    exact = True
    make = coterie.DottedVersionVectorSet

    @staticmethod
    def context(siblings):
        return siblings.context()

    @staticmethod
    def values(siblings):
        return siblings.values()


class MatrixClock(adapter.Contender):
    role = label = adapter.OURS
    exact = True

    def __init__(self, members, entries):
        self.clock, self.known = coterie.MatrixClock(members), coterie.VectorClock(entries)
        self.frontier = self.clock.frontier

    def update(self, member):
        self.clock.update(member, self.known)

    def least(self):
        return self.frontier().to_dict()


class ClockMatrix(adapter.ClockMatrix):
    role = label = adapter.OURS
    exact = True

    def __init__(self, counts, slots=None):
        super().__init__(counts, slots)
        m = coterie.ClockMatrix(counts)
        self.pairwise, self.compare, self.live = m.pairwise, m.compare, m.maximal
        self.merge_all, self.frontier = m.merge_all, m.frontier
        self.happened_before = partial(m.happened_before, slots)


class IntervalTreeClock(adapter.IntervalTreeClock):
    role = label = adapter.OURS
    exact = True
    make = coterie.IntervalTreeClock

    @staticmethod
    def fork(stamp):
        return stamp.fork()

    @staticmethod
    def event(stamp):
        return stamp.event()

    @staticmethod
    def join(stamp, other):
        return stamp | other.peek()

    @staticmethod
    def less(stamp, other):
        return stamp < other

    @staticmethod
    def text(stamp):
        return f"{{{stamp.id}; {stamp.history}}}"

    @classmethod
    def asking(cls, what, stamp, other):
        if what == "less":
            return partial(operator.lt, stamp, other)
        return partial(cls.join, stamp, other) if what == "join" else getattr(stamp, what)


class BloomClock(adapter.Contender):
    role = label = adapter.OURS
    exact = True

    def __init__(self, cells, hashes):
        self.clock = coterie.BloomClock(cells, hashes)
        self.add = self.clock.add

    def counts(self):
        return self.clock.cells.tolist()


class Buffer(adapter.Contender):
    role = label = adapter.OURS
    exact = True

    @staticmethod
    def messages(n):
        buffer = coterie.CausalBuffer("a")
        return [buffer.send(number) for number in range(n)]

    @staticmethod
    def receive_all(messages):
        """What is delivered, number by number."""
        buffer = coterie.CausalBuffer(max_pending=len(messages))
        return [done.payload for message in messages for done in buffer.receive(message)]
