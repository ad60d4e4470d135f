# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Vector clocks."""

cimport cython

from cpython.object cimport Py_EQ, Py_NE
from libc.stdint cimport uint64_t

from coterie._core cimport cpu_level_address, shown
from coterie._stored cimport Stored, blank
from coterie.clocks._counters cimport Counters, align, copies, is_plain, put_together, unify
from coterie.clocks._dot cimport Dot
from coterie.clocks._encoded cimport counts_of_bytes, counts_to_bytes, entries_of_bytes, entries_to_bytes
from coterie.clocks._ids cimport (
    MOST_COUNT, NO_KIND, Kind, check_count, check_id, check_kinds, check_number, known_id,
)
from coterie.clocks._order cimport holds
from coterie.clocks._roster cimport Roster
from coterie.clocks._slots cimport Slots, slots_for

from collections.abc import Mapping

from coterie._errors import DecodeError
from coterie.clocks._forms import entries_of_json, entries_to_json
from coterie.clocks._prune import pruned
from coterie.clocks._relation import Relation

cdef extern from "Python.h":
    bint PyObject_TypeCheck(object, type)

cdef extern from "coterie/clocks/dense.h" nogil:
    enum:
        COTERIE_BEFORE
        COTERIE_CONCURRENT
    void (**coterie_dense_join)(uint64_t *a, const uint64_t *b, size_t n)
    void (**coterie_dense_meet)(uint64_t *a, const uint64_t *b, size_t n)
    int coterie_dense_any(const uint64_t *a, size_t start, size_t n)
    int coterie_dense_relation(const uint64_t *a, size_t a_len, const uint64_t *b, size_t b_len, int level)

cdef const int *LEVEL = cpu_level_address()
cdef tuple RELATIONS = tuple(Relation)


@cython.auto_pickle(False)
@cython.no_gc  # slots refer to plain ids alone: there are no cycles
cdef class VectorClock(Counters):
    """VectorClock(entries=(), /)\n--\n
    Who knew what: for each replica the number of its events that are known.

    entries: a mapping of ids to counters, or an iterable of pairs of them. Ids are str or bytes of 1 .. 1024 bytes, or ints
        0 .. 2**64-1, all of one kind: `"1"`, `b"1"` and `1` are three replicas. Counters are 0 .. 2**63-1; 0 is the same
        as no entry.

    a <= b: b knows all that a knows; a < b: and more. Two clocks that both know something which the other does not are
    concurrent: neither `<=` holds, so `not a < b` does not mean that a comes after b. Clocks that know the same are equal.

    TypeError for bad types and when kinds of ids are mixed, ValueError for bad values, OverflowError for a counter above
    2**63-1. Methods are atomic: any thread may use a clock at any time. Constant time for one id, linear in the number of
    replicas for two clocks, with a vector instruction for several of them once both have met.

    `VersionVector` is the same class: whether an entry counts events or versions is the caller's business.

    Fidge, "Timestamps in Message-Passing Systems That Preserve the Partial Ordering", and Mattern, "Virtual Time and Global
    States of Distributed Systems", both 1988; as version vectors Parker et al., "Detection of Mutual Inconsistency in
    Distributed Systems", 1983.

    >>> from coterie import VectorClock
    >>> a = VectorClock({"x": 1})
    >>> b = a.copy()
    >>> b.increment("y")
    1
    >>> a < b, a | b == b, a.missing(b)
    (True, True, [('y', 1, 1)])
    """

    def __init__(self, entries=(), /):
        cdef VectorClock made = made_of(entries)
        cdef Slots before
        with cython.critical_section(self):
            before = self.slots  # lives until the section has ended
            self.become(made)

    cdef uint64_t put(self, object id, uint64_t least, uint64_t more) except? 0:
        cdef Slots slots
        cdef Kind kind
        cdef Py_ssize_t slot
        cdef uint64_t count
        cdef bint done
        while True:
            slots = self.standing()
            slot = slots.find(id) if is_plain(id, slots.kind) else -1
            with cython.critical_section(self):
                done = self.slots is slots and 0 <= slot < <Py_ssize_t>self.n
                if done:
                    count = max(self.counts[slot], least)
                    if count <= MOST_COUNT - more:
                        count += more
                        self.counts[slot] = count
                        return count
            if done:
                refuse_more(id)
            id = check_id(id, &kind)
            self.make_slot(id, kind)

    cdef tuple listed(self):
        cdef VectorClock clock = self.still()
        cdef Slots slots = clock.slots
        cdef Py_ssize_t slot, n = clock.n
        cdef tuple names
        if 8 * clock.entries() < <size_t>len(slots.ids):  # others may have many ids there: don't sort those
            entries = sorted([(slots.id_at(slot), clock.counts[slot]) for slot in range(n) if clock.counts[slot]])
            return [id for id, _ in entries], [count for _, count in entries], slots.kind
        names = slots.first(n)
        order = [slot for slot in slots.order() if slot < n and clock.counts[slot]]
        return [names[slot] for slot in order], [clock.counts[slot] for slot in order], slots.kind

    # ---- one id ----

    def increment(self, id, /):
        """Count an event of a replica; how many there are now. OverflowError if there were 2**63-1."""
        return self.put(id, 0, 1)

    def advance(self, id, counter, /):
        """Know the events of a replica up to `counter`: nothing changes if more are known."""
        self.put(id, check_count(counter), 0)

    def dot(self, id, /):
        """The latest event of a replica, as a Dot. KeyError if none is known."""
        cdef uint64_t count = self.get(id)
        if count == 0:
            raise KeyError(id)
        return Dot(id, count)

    def __getitem__(self, id):
        """How many events of a replica are known: `clock[id]`; 0 if it is not there."""
        return self.get(id)

    def __contains__(self, item):
        """Whether a replica has an entry; of a Dot, whether that event is known."""
        cdef Kind kind
        cdef uint64_t least = 1
        if isinstance(item, Dot):
            item, least = (<Dot>item).replica, (<Dot>item).count
        item = known_id(item, &kind)
        return kind != NO_KIND and self.get(item) >= least

    def retire(self, id, into, /):
        """Remove the entry of a replica that has left, and count an event of another, which stands for it.

        KeyError if the one has no entry, ValueError if both are the same. Lossy: clocks that still have the entry become
        concurrent. All replicas have to agree on it.
        """
        cdef Slots slots
        cdef Py_ssize_t slot, other
        cdef Kind kind
        cdef bint full
        into = check_id(into, &kind)
        while True:
            if self.get(id) == 0:
                raise KeyError(id)
            id = check_id(id, &kind)
            if id == into:
                raise ValueError(f"into is {shown(into)} too: pass another replica")
            self.put(into, 0, 0)  # or an error, for an id of another kind
            slots = self.standing()
            slot, other = slots.find(id), slots.find(into)
            with cython.critical_section(self):
                full = False
                if (self.slots is slots and 0 <= slot < <Py_ssize_t>self.n and 0 <= other < <Py_ssize_t>self.n
                        and self.counts[slot]):
                    full = self.counts[other] == MOST_COUNT
                    if not full:
                        self.counts[slot] = 0
                        self.counts[other] += 1
                        return
            if full:
                refuse_more(into)

    # ---- two clocks ----

    cdef int relation(self, VectorClock other) except -1:
        cdef VectorClock mine, theirs
        while True:
            with cython.critical_section(self, other):
                if self.slots is other.slots:
                    return coterie_dense_relation(self.counts, self.n, other.counts, other.n, LEVEL[0])
            if not unify(self, other):
                mine, theirs = copies(self, other)
                return align(mine, theirs) | mine.relation(theirs)

    cdef int join(self, VectorClock other) except -1:
        while True:
            with cython.critical_section(self, other):
                if self.slots is other.slots:
                    self.grow(other.n)
                    coterie_dense_join[LEVEL[0]](self.counts, other.counts, other.n)
                    return 0
            if not unify(self, other):
                other = other.still()
                put_together(self, other)

    # Drops the entries that do not exceed those of another clock; of one that no one else has.
    cdef int subtract(self, VectorClock other) except -1:
        cdef size_t i
        while True:
            with cython.critical_section(self, other):
                if self.slots is other.slots:
                    for i in range(min(self.n, other.n)):
                        if self.counts[i] <= other.counts[i]:
                            self.counts[i] = 0
                    return 0
            if not unify(self, other):
                other = other.still()
                other.project(self.slots, self.n)

    def merge(self, other, /):
        """Know all that another clock knows: the greater of both for each replica."""
        self.join(as_clock(other))

    def merge_within(self, other, max_jump, /):
        """Merge, but ValueError, and nothing changed, if that raises any entry by more than `max_jump`.

        A counter that was forged, or grew without reason, would otherwise stay in all clocks for ever.
        """
        cdef VectorClock clock = as_clock(other), mine
        cdef uint64_t most = check_number(max_jump, "max_jump", MOST_COUNT), jump = 0
        cdef Slots slots
        cdef size_t slot = 0
        while jump == 0:
            with cython.critical_section(self, clock):
                slots = self.slots
                if slots is clock.slots:
                    jump = self.jump(clock, most, &slot)
                    if jump == 0:
                        self.grow(clock.n)
                        coterie_dense_join[LEVEL[0]](self.counts, clock.counts, clock.n)
                        return
            if jump == 0 and not unify(self, clock):
                mine, clock = self.still(), clock.still()
                slots = clock.slots
                mine.project(slots, clock.n)  # first of all, since a refused one leaves nothing
                jump = mine.jump(clock, most, &slot)
                if jump == 0:
                    put_together(self, clock)
        raise ValueError(f"the entry of {shown(slots.id_at(slot))} would rise by {jump}, and at most {most} are allowed")

    cdef uint64_t jump(self, VectorClock other, uint64_t most, size_t *slot) noexcept:
        cdef uint64_t before
        cdef size_t i
        for i in range(other.n):
            before = self.counts[i] if i < self.n else 0
            if other.counts[i] > before and other.counts[i] - before > most:
                slot[0] = i
                return other.counts[i] - before
        return 0

    def __or__(self, other):
        cdef VectorClock new
        if not isinstance(other, VectorClock):
            return NotImplemented
        new = self.duplicate()
        new.join(<VectorClock>other)
        return new

    def __ior__(self, other):
        if not isinstance(other, VectorClock):
            return NotImplemented
        self.merge(other)
        return self

    def __and__(self, other):
        """What both know: the lesser of both for each replica, a new clock."""
        cdef VectorClock new, clock
        cdef size_t n
        if not isinstance(other, VectorClock):
            return NotImplemented
        new, clock = self.duplicate(), <VectorClock>other
        while True:
            with cython.critical_section(new, clock):
                if new.slots is clock.slots:
                    n = min(new.n, clock.n)
                    coterie_dense_meet[LEVEL[0]](new.counts, clock.counts, n)
                    new.n = n
                    return new
            if not unify(new, clock):
                clock = clock.still()
                align(new, clock)

    def without(self, other, /):
        """The entries that exceed those of another clock, as they are here: a new clock."""
        cdef VectorClock new
        as_clock(other)
        new = self.duplicate()
        new.subtract(<VectorClock>other)
        return new

    def missing(self, other, /):
        """What another clock knows and this one does not: a list of `(id, first, last)`, both included, in the order of
        ids."""
        cdef VectorClock clock = as_clock(other), mine, theirs
        unify(self, clock)
        mine, theirs = copies(self, clock)
        theirs.subtract(mine)
        ids, counts, _ = theirs.listed()
        return [(id, mine.get(id) + 1, count) for id, count in zip(ids, counts)]

    def compare(self, other, /):
        """How this clock stands to another: a Relation. BEFORE means self < other."""
        return RELATIONS[self.relation(as_clock(other))]

    def concurrent(self, other, /):
        """Whether each of two clocks knows something that the other does not."""
        return self.relation(as_clock(other)) == COTERIE_CONCURRENT

    def dominates(self, other, /):
        """Whether this clock knows all that another one knows: self >= other."""
        return self.relation(as_clock(other)) & COTERIE_BEFORE == 0

    __hash__ = None

    def __richcmp__(self, other, int op):
        cdef VectorClock clock
        cdef Kind mine, theirs
        cdef int relation
        if not PyObject_TypeCheck(other, VectorClock):
            return NotImplemented
        clock = <VectorClock>other
        if op == Py_EQ or op == Py_NE:
            with cython.critical_section(self, clock):
                mine = theirs = NO_KIND
                if self.slots.kind != clock.slots.kind:
                    mine, theirs = self.kind(), clock.kind()
            relation = self.relation(clock) if mine == theirs else COTERIE_CONCURRENT
            return holds(op, relation)
        return holds(op, self.relation(clock))

    # ---- pruning ----

    def prune(self, times, now, /, *, small=50, big=50, young=20, old=86400):
        """Remove the entries of replicas that were heard of longest ago, as Riak does; their ids, the oldest first.

        times: a mapping of ids to the seconds at which they were last heard of; 0 for those that are not in it.
        now: the same for the present.

        Entries go in the order of (time, id): none as long as there are at most `small`, or the oldest is younger than
        `young`; otherwise it goes if there are more than `big`, or it is older than `old`.

        Lossy: a clock that was pruned may seem concurrent to one that it follows, and values come back as siblings. So
        never prune clocks that still travel; nothing is pruned unless you say so.

        >>> from coterie import VectorClock
        >>> before = VectorClock({"a": 1, "b": 1})
        >>> after = before.copy()
        >>> after.increment("b")
        2
        >>> after.prune({"b": 90_000}, 90_000, small=1, big=1)
        ['a']
        >>> before < after, before.concurrent(after)
        (False, True)
        """
        cdef Slots slots
        cdef Py_ssize_t slot
        cdef list places
        cdef dict heard = {}  # each time is asked for once
        cdef bint same = False
        if not isinstance(times, Mapping):
            raise TypeError(f"times is a {type(times).__name__}: pass a mapping of ids to seconds")
        while not same:
            slots = self.standing()
            ids = self.listed()[0]
            for id in ids:
                if id not in heard:
                    heard[id] = times.get(id, 0)
            removed = pruned(ids, heard, now, small, big, young, old)
            places = [slots.find(id) for id in ids]
            gone = [slots.find(id) for id in removed]
            with cython.critical_section(self):
                same = self.slots is slots and self.entries() == <size_t>len(ids)
                for slot in places:  # the same ids: their counters may have grown
                    same = same and 0 <= slot < <Py_ssize_t>self.n and self.counts[slot]
                if same:
                    for slot in gone:
                        self.counts[slot] = 0
        return removed

    # ---- all entries ----

    def __len__(self):
        cdef size_t entries
        with cython.critical_section(self):
            entries = self.entries()
        return entries

    def __bool__(self):
        cdef bint any
        with cython.critical_section(self):
            any = coterie_dense_any(self.counts, 0, self.n)
        return any

    def __iter__(self):
        return iter(self.listed()[0])

    __reversed__ = None

    def items(self):
        """The pairs of ids and counters, as a list in the order of ids: ints by value, bytes bytewise, text by code
        point."""
        ids, counts, _ = self.listed()
        return list(zip(ids, counts))

    def to_dict(self):
        """The same as a dict."""
        return dict(self.items())

    def __repr__(self):
        entries = self.to_dict()
        return f"{type(self).__name__}({entries or ''})"

    # ---- copies and bytes ----

    cdef int share(self, Stored other) except -1:
        cdef VectorClock clock = <VectorClock?>other
        cdef Slots before
        with cython.critical_section(self, clock):
            before = self.slots  # lives until the section has ended
            self.become(clock)
        return 0

    cdef Counters empty(self):
        return VectorClock.__new__(VectorClock)

    cdef VectorClock duplicate(self):
        # What a subclass adds is copied too.
        return self.still() if type(self) is VectorClock else <VectorClock>Stored.copy(self)

    def copy(self):
        """An independent clock that knows the same."""
        return self.duplicate()

    def __reduce_ex__(self, protocol):
        return unpickled, (type(self), self.to_bytes()), self.__getstate__()

    def to_bytes(self, *, roster=None):
        """The clock as bytes; equal clocks have equal bytes.

        roster: a Roster that has all ids of the clock, else ValueError: the bytes then hold its digest and counters alone,
            and only who has the roster can read them.
        """
        ids, counts, kind = self.listed()
        if roster is None:
            return entries_to_bytes(ids, kind, counts)
        return rostered(ids, kind, counts, as_roster(roster))

    @classmethod
    def from_bytes(cls, data, /, *, max_entries=65536, roster=None):
        """The clock that `to_bytes` wrote.

        data: bytes, bytearray or memoryview.
        max_entries: the most entries that are accepted.
        roster: that of the bytes, if they were written with one.

        DecodeError if the bytes are anything else.
        """
        ids, kind, counts = (entries_of_bytes(data, max_entries) if roster is None
                             else of_roster(data, as_roster(roster), max_entries))
        return handed_over(cls, clock_of(ids, kind, counts))

    def to_json(self):
        """The clock as JSON: `{"v":1,"k":"str","c":{"a":3}}`, without `k` if it is empty. Counters above 2**53-1 are
        strings; ids that are ints are decimal, bytes hexadecimal."""
        ids, counts, kind = self.listed()
        return entries_to_json(ids, kind, counts)

    @classmethod
    def from_json(cls, text, /, *, max_entries=65536):
        """The clock that `to_json` wrote. text: str, or bytes in UTF-8. DecodeError if it is anything else."""
        return handed_over(cls, made_of(entries_of_json(text, max_entries, "VectorClock")))


def unpickled(cls, data, /):
    ids, kind, counts = entries_of_bytes(data, len(data))
    return handed_over(cls, clock_of(ids, kind, counts))


cdef Roster as_roster(object value):
    if not isinstance(value, Roster):
        raise TypeError(f"roster is a {type(value).__name__}: pass a Roster")
    return <Roster>value


cdef bytes rostered(list ids, Kind kind, list counts, Roster roster):
    cdef list all = [0] * len(roster.all)
    for id, count in zip(ids, counts):
        at = roster.position.get(id) if kind == roster.kind else None
        if at is None:
            raise ValueError(f"the roster does not have {shown(id)}: leave it out, or make one with all ids")
        all[at] = count
    return counts_to_bytes(roster.mark, all)


cdef tuple of_roster(object data, Roster roster, object max_entries):
    cdef uint64_t most = check_number(max_entries, "max_entries", <uint64_t>-1)
    cdef list counts = counts_of_bytes(data, roster.mark, len(roster.all))
    filled = [(id, count) for id, count in zip(roster.all, counts) if count]
    if <uint64_t>len(filled) > most:
        raise DecodeError("not a VectorClock: it has more entries than max_entries")
    return [id for id, _ in filled], roster.kind, [count for _, count in filled]


# A clock of the class with what was read, without its `__init__`, as copies are made.
cdef object handed_over(object cls, VectorClock clock):
    if cls is VectorClock:
        return clock
    new = blank(cls, VectorClock)
    (<VectorClock>new).share(clock)
    return new


cdef VectorClock as_clock(object value):
    if not isinstance(value, VectorClock):
        raise TypeError(f"other is a {type(value).__name__}: pass a VectorClock")
    return <VectorClock>value


cdef int refuse_more(object id) except -1:
    raise OverflowError(f"the counter of {shown(id)} is 2**63-1: it counts no further")


cdef VectorClock clock_of(list ids, Kind kind, list counts):
    cdef VectorClock clock = VectorClock.__new__(VectorClock)
    cdef size_t i, n = len(ids)
    if n:
        clock.reserve(n)
        clock.slots, clock.n = slots_for(tuple(ids), kind), n
        for i in range(n):
            clock.counts[i] = counts[i]
    return clock


# A new clock with the entries of a constructor's argument.
cdef VectorClock made_of(object entries):
    cdef VectorClock clock
    cdef dict counts = {}
    cdef Kind kind, first = NO_KIND
    cdef uint64_t count
    if isinstance(entries, VectorClock):
        clock = VectorClock.__new__(VectorClock)
        clock.share(<VectorClock>entries)
        return clock
    if isinstance(entries, Mapping):
        entries = entries.items()
    try:
        entries = iter(entries)
    except TypeError:
        raise TypeError(f"entries is a {type(entries).__name__}: pass a mapping of ids to counters, or pairs") from None
    for pair in entries:
        try:
            id, counter = () if isinstance(pair, (str, bytes)) else pair  # text is no pair
        except (TypeError, ValueError):
            raise TypeError(f"entries holds {shown(pair)}: pass pairs of an id and a counter") from None
        id, count = check_id(id, &kind), check_count(counter)
        check_kinds(first, kind)
        first = kind
        if id in counts:
            raise ValueError(f"id {shown(id)} stands there twice")
        counts[id] = count
    ids = sorted([id for id in counts if counts[id]])
    return clock_of(ids, first, [counts[id] for id in ids])
