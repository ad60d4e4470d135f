"""The one shape in which every contender is asked."""

import os
from functools import partial

from benchmarks import loops

OURS, VARIANT = "coterie", "variant"  # a table has one of ours; a variant is ours too, asked in another way
PLAIN, IDIOM, PEER = "plain", "idiom", "peer"
SECRET = bytes(range(16))  # of hashes that have one


class Contender:
    """One library. A method that a library has no call for is None, and its row is left out."""

    role = PEER
    label = ""
    kinds = ("str", "bytes", "int")  # of keys it takes
    exact = False  # answers as the plain baseline does; others only have to give valid answers
    limit = None  # keys of a loop or a batch, for those that loop in Python; None: all

    def ready(self, keys):
        """The keys of a batch in the shape that this library likes best, made outside of the timing."""
        keys = keys[: self.limit]
        return keys if self.limit is None or isinstance(keys, list) else keys.tolist()


def weights(nodes):
    """Node -> weight, for the contenders that are asked with weights: 1, 1.5, 2, 2.5 in turn."""
    return {node: 1 + i % 4 / 2 for i, node in enumerate(nodes)}


class Placement(Contender):
    """Nodes for keys, built over a tuple of names, or a number of shards for shard schemes."""

    def __init__(self, nodes):
        self.scheme = self.make(nodes)

    make = None  # make(nodes): the library's own object, nothing else
    get = None  # get(key): the node
    get_nodes = None  # get_nodes(key, n): n nodes
    add = remove = set_weight = None  # add(node), remove(node), set_weight(node, weight)
    copy = None  # copy(): an independent one
    dumps = None  # dumps(): its pickle

    def loop(self, keys):
        """The fastest way to ask for one key after another, as a call without arguments."""
        return partial(loops.fresh(loops.call), self.get, keys)

    def assign(self, keys):
        """The answers for a batch: an array of positions in the nodes, or a list of nodes."""
        get = self.get
        return [get(k) for k in keys]


class EveryNode(Placement):
    """A scheme that asks every node for every key: the more nodes, the fewer keys."""

    asks = 10_000  # nodes asked in a loop or a batch

    def __init__(self, nodes):
        super().__init__(nodes)
        self.limit = max(10, self.asks // len(nodes))


class Filter(Contender):
    """A Bloom filter for `capacity` keys, of which `fpr` of the others are found as well."""

    kinds = ("str", "bytes", "int", "array")  # an array of uint64; others make a list of it
    make = None  # make(capacity, fpr): the library's own object, nothing else
    nbytes = 0  # of the bits
    add = None  # add(key)
    save = None  # save(path): puts the filter into a file
    load = None  # load(path): the library's own object again

    def __init__(self, capacity, fpr):
        self.use(self.make(capacity, fpr))

    @classmethod
    def around(cls, filter):
        """The contender that asks this one, the library's own object."""
        new = cls.__new__(cls)
        new.use(filter)
        return new

    def use(self, filter):
        self.filter = filter

    def contains(self, key):
        return key in self.filter

    def asking(self, keys):
        """The fastest way to ask for one key after another, as a call without arguments."""
        return partial(loops.fresh(loops.contains), self.filter, keys)

    def adding(self, keys):
        """The same for adding them."""
        return partial(loops.fresh(loops.call), self.add, keys)

    def contains_many(self, keys):
        """The answers for a batch."""
        filter = self.filter
        return [k in filter for k in keys]

    def update(self, keys):
        """Adds a batch."""
        add = self.add
        for k in keys:
            add(k)


class Hash(Contender):
    """64-bit hashes of keys."""

    exact = True
    one = None  # one(key): the hash

    def loop(self, keys):
        return partial(loops.fresh(loops.call), self.one, keys)

    def many(self, keys):
        """The hashes of a batch."""
        one = self.one
        return [one(k) for k in keys]


def write(path, data):
    """Puts bytes into a file that outlasts a power cut."""
    with open(path, "wb", buffering=0) as file:
        file.write(data)
        os.fsync(file.fileno())


def sync(path):
    """Makes what another call wrote outlast a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class VectorClock(Contender):
    """A vector clock with these entries, str ids and counters."""

    increment = None  # increment(id)
    less = None  # less(other): whether this one is before the other, a contender of the class
    joined = None  # joined(other): a new object that knows what both know
    asking = None  # asking(what, other): how it asks that, "less", "joined" or "merge", without arguments


class ClockMatrix(Contender):
    """Many clocks, made of an array of counters; `slots` are the columns of their events."""

    def __init__(self, counts, slots=None):
        self.counts, self.slots = counts, slots

    pairwise = happened_before = merge_all = frontier = None
    compare = None  # compare(row): how each row stands to it, in the numbers of Relation
    live = None  # live(offsets): which rows of ragged groups are maximal


class Counter(Contender):
    """A counter that replicas count on, made as one of them, str."""

    increment = None  # increment(): one more
    state = None  # what another one merges
    value = None  # value(): what was counted
    merged = None  # merged(states), of the class: what is counted in all of them


class ReplicatedSet(Contender):
    """A set of str, with keys that one replica has added."""

    fill = None  # fill(keys): add them one by one
    len = None  # len(): how many there are
    bytes = None  # bytes(): all of it, for others
    load = None  # load(data): add what others have
    copy = None  # copy(): another one in the same state
    merged = None  # merged(other): the keys of both
    set = None  # what `in` may be asked of

    def merging(self, other):
        """What merges all that another has, again and again."""
        return partial(self.load, other.bytes())


class IntervalTreeClock(Contender):
    """Stamps of an interval tree clock, which stay as they are unless a method says something else."""

    make = None  # make(): the first one
    fork = None  # fork(stamp): two stamps
    event = None  # event(stamp): a stamp; the given one is not used again
    join = None  # join(stamp, other): the stamp, which knows what both know
    less = None  # less(stamp, other): whether it is before the other
    text = None  # text(stamp): "{id; history}", with tuples

    @classmethod
    def asking(cls, what, stamp, other):
        """How "event", "fork", "join" or "less" is asked without arguments, again and again."""
        return partial(getattr(cls, what), *((stamp, other) if what in ("join", "less") else (stamp,)))


class HybridClock(Contender):
    """A hybrid logical clock of the system's time."""

    now = None  # now(): the next stamp
    batch = None  # batch(n): so many of them
