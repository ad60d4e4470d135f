# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Dotted version vector sets."""

cimport cython

from cpython.object cimport Py_EQ, Py_NE
from libc.stdint cimport uint64_t

from coterie._core cimport as_iterator, shown
from coterie._stored cimport Stored, blank
from coterie.clocks._dot cimport dot_of
from coterie.clocks._encoded cimport siblings_of_bytes, siblings_to_bytes
from coterie.clocks._ids cimport BYTES_KIND, INT_KIND, MOST_COUNT, NO_KIND, STR_KIND, Kind, check_count, check_id, check_kinds
from coterie.clocks._order cimport holds
from coterie.clocks._vector cimport VectorClock, clock_of

from copy import deepcopy

from coterie.clocks._forms import siblings_of_json, siblings_to_json
from coterie.clocks._relation import Relation

cdef extern from "coterie/clocks/dense.h" nogil:
    enum:
        COTERIE_CONCURRENT

cdef tuple RELATIONS = tuple(Relation)


# What is known of the writes of one replica: how many there are, and the values of the latest, the newest first. The others
# were overwritten. It never changes.
@cython.final
@cython.auto_pickle(False)
@cython.freelist(16)
cdef class Writes:
    cdef uint64_t count
    cdef tuple live

    # How many are known to be overwritten.
    cdef uint64_t dropped(self) noexcept:
        return self.count - <uint64_t>len(self.live)


cdef Writes writes_of(uint64_t count, tuple live):
    cdef Writes writes = Writes.__new__(Writes)
    writes.count, writes.live = count, live
    return writes


@cython.auto_pickle(False)
cdef class DottedVersionVectorSet(Stored):
    """DottedVersionVectorSet()\n--\n
    The siblings of one key in a store of replicas: values that were written without knowing of each other, and what is
    known of all others, so that no concurrent write is lost and none that was overwritten comes back.

    A reader gets `values` and the `context`, and whoever writes passes the context of what it read: what that has seen is
    replaced, all else stays as siblings. A client with an old context, however often it writes, makes one sibling for
    each write, and no more: they go when someone writes who has seen them.

    A replica keeps its set of a key as long as it may write it again, a set without values too: one that begins anew gives
    dots that it gave before, and loses what others wrote.

    a <= b: merging a into b would leave b as it is. Values are compared by their dots alone. All ids are of one kind, else
    TypeError. Methods are atomic: any thread may use a set at any time. Linear in replicas and siblings.

    Almeida, Baquero, Gonçalves, Preguiça and Fonte, "Scalable and Accurate Causality Tracking for Eventually Consistent
    Stores", 2014.

    >>> from coterie import DottedVersionVectorSet
    >>> cart = DottedVersionVectorSet()
    >>> cart.put("milk", None, "A")
    Dot('A', 1)
    >>> seen = cart.context()
    >>> cart.put("bread", None, "B"), cart.put("milk, eggs", seen, "A")
    (Dot('B', 1), Dot('A', 2))
    >>> cart.values()
    ['milk, eggs', 'bread']
    """

    cdef dict state  # ids and their Writes; never changed, so that a set goes from one to the next in one step

    def __cinit__(self):
        self.state = {}

    # ---- states ----

    cdef dict now(self):
        with cython.critical_section(self):
            return self.state

    # Go from one state to the next; False, and nothing is done, if it is another one by now.
    cdef bint advance(self, dict before, dict after) noexcept:
        cdef bint same
        with cython.critical_section(self):
            same = self.state is before
            if same:
                self.state = after
        return same

    # ---- reading ----

    def context(self):
        """All that was seen of the key, as a VectorClock: hand it out with every read."""
        cdef dict state = self.now()
        ids = sorted(state)
        return clock_of(ids, kind_of(state), [(<Writes>state[id]).count for id in ids])

    def values(self):
        """The siblings, as a list in the order of their dots."""
        cdef list values = []
        cdef dict state = self.now()
        for id in sorted(state):
            values.extend(reversed((<Writes>state[id]).live))
        return values

    def siblings(self):
        """The same with their dots: a list of pairs `(Dot, value)`."""
        cdef list siblings = []
        cdef dict state = self.now()
        cdef Kind kind = kind_of(state)
        cdef Writes writes
        cdef Py_ssize_t i
        for id in sorted(state):
            writes = state[id]
            for i in range(len(writes.live) - 1, -1, -1):
                siblings.append((dot_of(id, kind, writes.count - <uint64_t>i), writes.live[i]))
        return siblings

    def __len__(self):
        cdef Py_ssize_t n = 0
        for writes in self.now().values():
            n += len((<Writes>writes).live)
        return n

    def __iter__(self):
        return iter(self.values())

    __reversed__ = None

    def entries(self):
        """All that it consists of: a list of `(id, counter, values)`, the newest value first, of all replicas that have
        written, in the order of ids. The k-th newest value has the dot (id, counter - k)."""
        cdef dict state = self.now()
        return [(id, (<Writes>state[id]).count, list((<Writes>state[id]).live)) for id in sorted(state)]

    @classmethod
    def from_entries(cls, entries, /):
        """The set of such entries. ValueError for more values than the counter, and ids that stand there twice."""
        cdef dict state = {}
        cdef Kind kind, first = NO_KIND
        cdef uint64_t count
        for entry in as_iterator(entries, "entries", "an iterable of (id, counter, values)"):
            try:
                id, counter, values = () if isinstance(entry, (str, bytes)) else entry  # text is no triple
            except (TypeError, ValueError):
                raise TypeError(f"entries holds {shown(entry)}: pass triples of an id, a counter and values") from None
            id, count = check_id(id, &kind), check_count(counter)
            live = tuple(as_iterator(values, "values", "an iterable of them, the newest first"))
            check_kinds(first, kind)
            first = kind
            if id in state:
                raise ValueError(f"id {shown(id)} stands there twice")
            if <uint64_t>len(live) > count:
                raise ValueError(f"{shown(id)} has {len(live)} values and counter {count}: pass at most as many values")
            state[id] = writes_of(count, live)
        state = {id: writes for id, writes in state.items() if (<Writes>writes).count}
        return made(cls, state)

    # ---- writing ----

    def put(self, value, context, replica, /):
        """Write a value; its Dot.

        context: what the writer has read, as a VectorClock; None or an empty one if that is nothing. The siblings that it
            covers are replaced, the others stay.
        replica: the id of the replica that writes. It never writes under this id elsewhere.

        OverflowError if the replica has written 2**63-1 times.
        """
        cdef VectorClock clock = as_context(context)
        cdef Kind kind
        cdef dict before, after
        cdef Writes own
        cdef uint64_t count
        replica = check_id(replica, &kind)
        while True:
            before = self.now()
            after = covered(before, clock)
            check_kinds(kind_of(after), kind)
            own = after.get(replica)
            count = 0 if own is None else own.count
            if count == MOST_COUNT:
                raise OverflowError(f"{shown(replica)} has written 2**63-1 times: it writes no more")
            if after is before:
                after = before.copy()
            after[replica] = writes_of(count + 1, (value,) if own is None else (value, *own.live))
            if self.advance(before, after):
                return dot_of(replica, kind, count + 1)

    def discard(self, context, /):
        """Remove the siblings that a context covers, as a delete does; how many there were."""
        cdef VectorClock clock = as_context(context)
        cdef dict before, after
        while True:
            before = self.now()
            after = covered(before, clock)
            if after is before or self.advance(before, after):
                return live_in(before) - live_in(after)

    def merge(self, other, /):
        """Take over what another set knows: siblings stay that both have, or that one has and the other has not seen.

        ValueError if they have two unequal values under one dot: a replica id was used twice. Only for that are values
        compared, by `==`; where it raises, as for arrays, or a value does not equal itself, as NaN, the dot alone decides.
        """
        cdef dict before, after, theirs = as_set(other).now()
        cdef set same = None
        while True:
            before = self.now()
            check_kinds(kind_of(before), kind_of(theirs))
            after = joined(before, theirs, same)
            if after is before or self.advance(before, after):
                return
            same = set() if same is None else same  # from now on: it costs more than the first attempt

    def sync(self, other, /):
        """The same as `merge`, under the name that the paper gives it."""
        self.merge(other)

    def __or__(self, other):
        if not isinstance(other, DottedVersionVectorSet):
            return NotImplemented
        new = self.copy()
        new.merge(other)
        return new

    def __ior__(self, other):
        if not isinstance(other, DottedVersionVectorSet):
            return NotImplemented
        self.merge(other)
        return self

    # ---- two sets ----

    cdef int relation(self, DottedVersionVectorSet other) except -1:
        cdef dict mine = self.now(), theirs = other.now()
        if mine is theirs:
            return 0
        check_kinds(kind_of(mine), kind_of(theirs))
        return (not within(theirs, mine)) | (not within(mine, theirs)) << 1

    def compare(self, other, /):
        """How this set stands to another: a Relation. BEFORE means self < other."""
        return RELATIONS[self.relation(as_set(other))]

    def concurrent(self, other, /):
        """Whether each of two sets knows something that the other does not."""
        return self.relation(as_set(other)) == COTERIE_CONCURRENT

    __hash__ = None

    def __richcmp__(self, other, int op):
        cdef DottedVersionVectorSet siblings
        cdef Kind mine, theirs
        cdef int relation
        if not isinstance(other, DottedVersionVectorSet):
            return NotImplemented
        siblings = <DottedVersionVectorSet>other
        if op == Py_EQ or op == Py_NE:
            relation = self.relation(siblings) if kind_of(self.now()) == kind_of(siblings.now()) else COTERIE_CONCURRENT
            return holds(op, relation)
        return holds(op, self.relation(siblings))

    def __repr__(self):
        n = len(self)
        return f"<{type(self).__name__} of {n} sibling{'' if n == 1 else 's'}>"

    # ---- copies and bytes ----

    cdef int share(self, Stored other) except -1:
        cdef DottedVersionVectorSet siblings = <DottedVersionVectorSet?>other
        with cython.critical_section(siblings):
            self.state = siblings.state
        return 0

    def copy(self):
        """An independent set of the same siblings. The values themselves are not copied. Constant time."""
        cdef DottedVersionVectorSet new
        if type(self) is not DottedVersionVectorSet:
            return Stored.copy(self)
        new = DottedVersionVectorSet.__new__(DottedVersionVectorSet)
        new.share(self)
        return new

    def __deepcopy__(self, memo):
        cdef DottedVersionVectorSet new = Stored.__deepcopy__(self, memo)
        cdef dict state = new.now()
        new.state = {id: writes_of((<Writes>writes).count, deepcopy((<Writes>writes).live, memo)) for id, writes in state.items()}
        return new

    def __reduce_ex__(self, protocol):
        return unpickled, (type(self), self.entries()), self.__getstate__()

    def to_bytes(self):
        """The set as bytes; equal sets have equal bytes. TypeError unless all values are str or bytes."""
        cdef dict state = self.now()
        return siblings_to_bytes([(id, (<Writes>state[id]).count, (<Writes>state[id]).live) for id in sorted(state)],
                                 kind_of(state))

    @classmethod
    def from_bytes(cls, data, /, *, max_entries=65536):
        """The set that `to_bytes` wrote.

        data: bytes, bytearray or memoryview.
        max_entries: the most ids and values that are accepted.

        DecodeError if the bytes are anything else.
        """
        return cls.from_entries(siblings_of_bytes(data, max_entries))

    def to_json(self):
        """The set as JSON: `{"v":1,"k":"str","c":{"A":[2,["milk, eggs"]]}}`, of each id its counter and its values, the
        newest first. TypeError unless all values are str."""
        cdef dict state = self.now()
        return siblings_to_json(self.entries(), kind_of(state))

    @classmethod
    def from_json(cls, text, /, *, max_entries=65536):
        """The set that `to_json` wrote. text: str, or bytes in UTF-8. DecodeError if it is anything else."""
        return cls.from_entries(siblings_of_json(text, max_entries, "DottedVersionVectorSet"))


def unpickled(cls, entries, /):
    return cls.from_entries(entries)


cdef object made(object cls, dict state):
    new = blank(cls, DottedVersionVectorSet)
    (<DottedVersionVectorSet>new).state = state
    return new


cdef Kind kind_of(dict state) noexcept:
    for id in state:
        return STR_KIND if isinstance(id, str) else BYTES_KIND if isinstance(id, bytes) else INT_KIND
    return NO_KIND


cdef VectorClock as_context(object value):
    if value is not None and not isinstance(value, VectorClock):
        raise TypeError(f"context is a {type(value).__name__}: pass a VectorClock or None")
    return None if value is None else (<VectorClock>value).still()  # others may change it


cdef DottedVersionVectorSet as_set(object value):
    if not isinstance(value, DottedVersionVectorSet):
        raise TypeError(f"other is a {type(value).__name__}: pass a DottedVersionVectorSet")
    return <DottedVersionVectorSet>value


cdef Py_ssize_t live_in(dict state) noexcept:
    cdef Py_ssize_t n = 0
    for writes in state.values():
        n += len((<Writes>writes).live)
    return n


# The state without what a context has seen, which counts as seen from then on. The same object if that changes nothing.
cdef dict covered(dict state, VectorClock clock):
    cdef dict after = state
    cdef Writes writes
    cdef size_t others
    cdef uint64_t seen
    if clock is None:
        return state
    check_kinds(kind_of(state), clock.kind())
    others = clock.entries()
    for id, found in state.items():
        writes, seen = found, clock.get(id)
        others -= seen != 0
        if seen <= writes.dropped():
            continue
        if after is state:
            after = state.copy()
        if seen >= writes.count:
            after[id] = writes_of(seen, ())
        else:
            after[id] = writes_of(writes.count, writes.live[:<Py_ssize_t>(writes.count - seen)])
    if others:
        if after is state:
            after = state.copy()
        ids, counts, _ = clock.listed()
        for id, count in zip(ids, counts):
            if id not in state:
                after[id] = writes_of(count, ())
    return after


# Both states. The same object as `mine` if that has it all. `same`: the dots whose values were compared, or None. They are not
# compared again, so that a merge comes to its end whatever a comparison does to the sets.
cdef dict joined(dict mine, dict theirs, set same):
    cdef dict after = mine
    cdef Writes a, b, both
    for id, writes in theirs.items():
        b, a = writes, mine.get(id)
        if a is b:
            continue
        both = b if a is None else joined_writes(id, a, b, same)
        if both is not a:
            if after is mine:
                after = mine.copy()
            after[id] = both
    return after


cdef Writes joined_writes(object id, Writes a, Writes b, set same):
    cdef Writes newer, older
    cdef uint64_t dropped = max(a.dropped(), b.dropped()), i
    newer, older = (a, b) if a.count >= b.count else (b, a)
    for i in range(dropped + 1, older.count + 1):  # those that both have
        mine, others = newer.live[<Py_ssize_t>(newer.count - i)], older.live[<Py_ssize_t>(older.count - i)]
        if mine is others or (same is not None and (id, i) in same):
            continue
        if differ(mine, others):
            raise ValueError(f"two values have the dot ({shown(id)}, {i}): a replica id was used twice")
        if same is not None:
            same.add((id, i))
    if a.count == newer.count and a.dropped() == dropped:
        return a
    return writes_of(newer.count, newer.live[:<Py_ssize_t>(newer.count - dropped)] if newer.count > dropped else ())


# Whether two values are unequal, and comparing them tells.
cdef bint differ(object one, object other) except -1:
    try:
        return not one == other and one == one and other == other
    except Exception:
        return False


# Whether merging the one into the other leaves that as it is.
cdef bint within(dict one, dict other) except -1:
    cdef Writes a, b
    for id, writes in one.items():
        a, b = writes, other.get(id)
        if b is None or a.count > b.count or a.dropped() > b.dropped():
            return False
    return True
