# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Sets of events."""

cimport cython

from cpython.object cimport Py_EQ, Py_NE
from libc.stdint cimport uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

from coterie._core cimport as_iterator, cpu_level_address, shown
from coterie._stored cimport Stored, blank
from coterie.clocks._counters cimport Counters, align, copies, is_plain, put_together, unify
from coterie.clocks._dot cimport Dot, as_dot
from coterie.clocks._encoded cimport ranges_of_bytes, ranges_to_bytes
from coterie.clocks._ids cimport MOST_COUNT, NO_KIND, Kind, check_id
from coterie.clocks._order cimport holds
from coterie.clocks._slots cimport Slots, slots_for
from coterie.clocks._vector cimport VectorClock

from coterie.clocks._forms import ranges_of_json, ranges_to_json
from coterie.clocks._relation import Relation

cdef extern from "coterie/clocks/dense.h" nogil:
    enum:
        COTERIE_CONCURRENT

cdef extern from "coterie/clocks/dots.h" nogil:
    int coterie_dots_has(const coterie_dots *dots, size_t slot, uint64_t counter)
    uint64_t coterie_dots_highest(const coterie_dots *dots, size_t slot)
    void coterie_dots_sort(coterie_range *ranges, size_t len)
    int coterie_dots_add(coterie_dots *dots, size_t slot, uint64_t counter)
    void coterie_dots_join(coterie_dots *dots, const coterie_dots *other, coterie_range *cloud, int level)
    int coterie_dots_relation(const coterie_dots *a, const coterie_dots *b, int level)
    size_t coterie_dots_ranges_room(const coterie_dots *dots)
    size_t coterie_dots_ranges(const coterie_dots *dots, coterie_range *out)
    size_t coterie_dots_missing(const coterie_dots *a, const coterie_dots *b, coterie_range *out)
    size_t coterie_dots_common(const coterie_dots *a, const coterie_dots *b, coterie_range *out)
    void coterie_dots_of_ranges(coterie_dots *dots, const coterie_range *ranges, size_t len)

cdef const int *LEVEL = cpu_level_address()
cdef tuple RELATIONS = tuple(Relation)


@cython.auto_pickle(False)
@cython.no_gc  # slots refer to plain ids alone: there are no cycles
cdef class CausalContext(Counters):
    """CausalContext(clock=None, dots=(), /)\n--\n
    Any set of events: for each replica all up to one, and ranges beyond gaps.

    clock: a VectorClock all of whose events are in it, or None.
    dots: an iterable of further ones, as Dots.

    Always compact: equal sets are equal objects with equal bytes, in whatever order the events came. a <= b: a is a subset
    of b. All ids are of one kind, else TypeError. Methods are atomic: any thread may use a context at any time. Constant
    time for one event, but for a search among the ranges; one that begins or closes a gap also moves the ranges behind it, 24
    bytes each. Linear in replicas and ranges for two contexts.

    Almeida, Shoker and Baquero, "Delta State Replicated Data Types", 2018, call it a causal context; version vectors with
    exceptions are the same (Malkhi and Terry, "Concise Version Vectors in WinFS", 2005).

    >>> from coterie import CausalContext, Dot, VectorClock
    >>> seen = CausalContext(VectorClock({"a": 2}), [Dot("a", 4)])
    >>> seen.cloud, seen.vector["a"], seen.add(Dot("a", 3))
    ([('a', 4, 4)], 2, True)
    >>> seen == CausalContext(VectorClock({"a": 4}))
    True
    """

    def __init__(self, clock=None, dots=(), /):
        cdef CausalContext made = CausalContext.__new__(CausalContext)
        cdef Dot dot
        cdef Slots before
        if clock is not None:
            if not isinstance(clock, VectorClock):
                raise TypeError(f"clock is a {type(clock).__name__}: pass a VectorClock or None")
            made.join(<VectorClock>clock)
        for item in as_iterator(dots, "dots", "an iterable of Dots"):
            dot = as_dot(item)
            made.put(dot.replica, dot.count)
        with cython.critical_section(self):
            before = self.slots  # lives until the section has ended
            self.become(made)

    def __dealloc__(self):
        free(self.beyond)

    # ---- its sets ----

    cdef coterie_dots dots(self) noexcept:
        cdef coterie_dots dots
        dots.prefix, dots.n, dots.cloud, dots.len = self.counts, self.n, self.beyond, self.beyond_len
        return dots

    cdef int reserve_cloud(self, size_t len) except -1:
        cdef size_t room = max(len, 2 * self.beyond_room)
        cdef coterie_range *cloud
        if len > self.beyond_room:
            cloud = room_for(room)
            put_ranges(cloud, self.beyond, self.beyond_len)
            free(self.beyond)
            self.beyond, self.beyond_room = cloud, room
        return 0

    cdef int become(self, Counters other) except -1:
        cdef coterie_dots dots = dots_of(other)
        self.reserve_cloud(dots.len)
        Counters.become(self, other)
        put_ranges(self.beyond, dots.cloud, dots.len)
        self.beyond_len = dots.len
        return 0

    cdef Kind kind(self) noexcept:
        return self.slots.kind if self.beyond_len else Counters.kind(self)

    cdef size_t entries(self) noexcept:
        return Counters.entries(self) + self.beyond_len

    cdef void mark(self, Py_ssize_t *places) noexcept:
        cdef size_t i
        Counters.mark(self, places)
        for i in range(self.beyond_len):
            places[self.beyond[i].slot] = -1

    cdef bint all_placed(self, const Py_ssize_t *places) noexcept:
        cdef size_t i
        for i in range(self.beyond_len):
            if places[self.beyond[i].slot] < 0:
                return False
        return True

    cdef bint replace(self, const Py_ssize_t *places) noexcept:
        cdef size_t i, len = 0
        cdef bint more
        for i in range(self.beyond_len):
            if places[self.beyond[i].slot] >= 0:
                self.beyond[len] = self.beyond[i]
                self.beyond[len].slot = places[self.beyond[i].slot]
                len += 1
        more = len < self.beyond_len
        self.beyond_len = len
        coterie_dots_sort(self.beyond, len)
        return more

    cdef uint64_t put(self, object id, uint64_t counter) except? 0xffffffffffffffff:
        cdef Slots slots
        cdef Kind kind
        cdef Py_ssize_t slot
        cdef coterie_dots dots
        cdef uint64_t wanted
        cdef bint done, new
        while True:
            slots = self.standing()
            slot = slots.find(id) if is_plain(id, slots.kind) else -1
            with cython.critical_section(self):
                done = self.slots is slots and 0 <= slot < <Py_ssize_t>self.n
                if done:
                    self.reserve_cloud(self.beyond_len + 1)
                    dots = self.dots()
                    wanted = counter or coterie_dots_highest(&dots, slot) + 1
                    if wanted <= MOST_COUNT:
                        new = coterie_dots_add(&dots, slot, wanted)
                        self.beyond_len = dots.len
                        return wanted if new else 0
            if done:
                raise OverflowError(f"an event of {shown(id)} with counter 2**63-1 is known: there is none after it")
            id = check_id(id, &kind)
            self.make_slot(id, kind)

    cdef bint has(self, object id, Kind kind, uint64_t counter) except -1:
        cdef Slots slots
        cdef Py_ssize_t slot
        cdef coterie_dots dots
        cdef CausalContext context = self
        while True:
            slots = context.standing()
            if slots.kind != kind:
                return False
            slot = slots.find(id)
            if slot < 0:
                return False
            with cython.critical_section(context):
                if context.slots is slots:
                    dots = context.dots()
                    return coterie_dots_has(&dots, slot, counter)
            context = self.still()

    cdef int join(self, Counters other) except -1:
        cdef coterie_dots mine, theirs
        cdef coterie_range *cloud
        while True:
            with cython.critical_section(self, other):
                if self.slots is other.slots:
                    theirs = dots_of(other)
                    cloud = room_for(self.beyond_len + theirs.len)
                    self.grow(theirs.n)
                    mine = self.dots()
                    coterie_dots_join(&mine, &theirs, cloud, LEVEL[0])
                    free(self.beyond)
                    self.beyond, self.beyond_room, self.beyond_len = cloud, self.beyond_len + theirs.len, mine.len
                    return 0
            if not unify(self, other):
                other = other.still()
                put_together(self, other)

    cdef int relation(self, CausalContext other) except -1:
        cdef coterie_dots mine, theirs
        cdef CausalContext a, b
        while True:
            with cython.critical_section(self, other):
                if self.slots is other.slots:
                    mine, theirs = self.dots(), other.dots()
                    return coterie_dots_relation(&mine, &theirs, LEVEL[0])
            if not unify(self, other):
                a, b = copies(self, other)
                return align(a, b) | a.relation(b)

    cdef tuple listed(self, bint all):
        cdef CausalContext context = self.still()
        cdef coterie_dots dots = context.dots()
        cdef coterie_range *found
        if not all:
            return sorted_ranges(context.slots, dots.n, dots.cloud, dots.len), context.slots.kind
        found = room_for(coterie_dots_ranges_room(&dots))
        try:
            return sorted_ranges(context.slots, dots.n, found, coterie_dots_ranges(&dots, found)), context.slots.kind
        finally:
            free(found)

    cdef Counters empty(self):
        return CausalContext.__new__(CausalContext)

    cdef CausalContext duplicate(self):
        # What a subclass adds is copied too.
        return self.still() if type(self) is CausalContext else <CausalContext>Stored.copy(self)

    # ---- one event ----

    def __contains__(self, dot):
        cdef Dot event
        if not isinstance(dot, Dot):
            raise TypeError(f"dot is a {type(dot).__name__}: pass a Dot")
        event = <Dot>dot
        return self.has(event.replica, event.kind, event.count)

    def add(self, dot, /):
        """Add an event; True if it was not there."""
        cdef Dot event = as_dot(dot)
        return self.put(event.replica, event.count) != 0

    def next_dot(self, id, /):
        """The next event of a replica, which is in it from now on: one more than the greatest that is, whatever gaps there
        are. OverflowError if that is 2**63-1."""
        return Dot(id, self.put(id, 0))

    # ---- all of it ----

    @property
    def vector(self):
        """The events before the gaps, as a VectorClock."""
        cdef VectorClock clock = VectorClock.__new__(VectorClock)
        with cython.critical_section(self):
            clock.become(self)
        return clock

    @property
    def cloud(self):
        """The events beyond the gaps: a list of `(id, first, last)`, both included, in the order of ids and counters."""
        return self.listed(False)[0]

    def ranges(self):
        """All of it as such a list."""
        return self.listed(True)[0]

    def __bool__(self):
        cdef bint any
        with cython.critical_section(self):
            any = self.kind() != NO_KIND
        return any

    def __repr__(self):
        cloud = self.listed(False)[0]
        if not cloud:
            return f"{type(self).__name__}({self.vector or ''})"
        return f"<{type(self).__name__} of {self.vector!r} and {cloud!r}>"

    # ---- two contexts ----

    def merge(self, other, /):
        """Add all events of another context, or of a VectorClock."""
        self.join(as_dots(other, True))

    def __or__(self, other):
        cdef CausalContext new
        if not isinstance(other, CausalContext | VectorClock):
            return NotImplemented
        new = self.duplicate()
        new.join(<Counters>other)
        return new

    def __ior__(self, other):
        if not isinstance(other, CausalContext | VectorClock):
            return NotImplemented
        self.join(<Counters>other)
        return self

    def __and__(self, other):
        """The events that are in both: a new context."""
        cdef CausalContext new, context
        cdef coterie_dots mine, theirs, both
        cdef coterie_range *ranges
        cdef size_t len
        if not isinstance(other, CausalContext):
            return NotImplemented
        new, context = self.duplicate(), <CausalContext>other
        while True:
            with cython.critical_section(new, context):
                if new.slots is context.slots:
                    mine, theirs = new.dots(), context.dots()
                    ranges = room_for(coterie_dots_ranges_room(&mine) + coterie_dots_ranges_room(&theirs))
                    len = coterie_dots_common(&mine, &theirs, ranges)
                    new.beyond_len = 0
                    new.reserve_cloud(len)
                    memset(new.counts, 0, new.n * sizeof(uint64_t))
                    both = new.dots()
                    coterie_dots_of_ranges(&both, ranges, len)
                    new.beyond_len = both.len
                    free(ranges)
                    return new
            if not unify(new, context):
                context = context.still()
                align(new, context)

    def missing(self, other, /):
        """The events that are in another context, or known to a VectorClock, and not here: a list of `(id, first, last)`,
        both included, in the order of ids and counters."""
        cdef Counters events = as_dots(other, True), mine, theirs
        cdef coterie_dots known, wanted
        cdef coterie_range *found
        unify(self, events)
        mine, theirs = copies(self, events)
        if not unify(mine, theirs):
            mine.project(theirs.slots, theirs.n)
        known, wanted = dots_of(mine), dots_of(theirs)
        found = room_for(coterie_dots_ranges_room(&known) + coterie_dots_ranges_room(&wanted))
        try:
            return sorted_ranges(theirs.slots, theirs.n, found, coterie_dots_missing(&known, &wanted, found))
        finally:
            free(found)

    def compare(self, other, /):
        """How this context stands to another: a Relation. BEFORE means that it is a proper subset."""
        return RELATIONS[self.relation(<CausalContext>as_dots(other, False))]

    def concurrent(self, other, /):
        """Whether each of two contexts has an event that the other has not."""
        return self.relation(<CausalContext>as_dots(other, False)) == COTERIE_CONCURRENT

    __hash__ = None

    def __richcmp__(self, other, int op):
        cdef CausalContext context
        cdef Kind mine, theirs
        cdef int relation
        if not isinstance(other, CausalContext):
            return NotImplemented
        context = <CausalContext>other
        if op == Py_EQ or op == Py_NE:
            with cython.critical_section(self, context):
                mine = theirs = NO_KIND
                if self.slots.kind != context.slots.kind:
                    mine, theirs = self.kind(), context.kind()
            relation = self.relation(context) if mine == theirs else COTERIE_CONCURRENT
            return holds(op, relation)
        return holds(op, self.relation(context))

    # ---- copies and bytes ----

    cdef int share(self, Stored other) except -1:
        cdef CausalContext context = <CausalContext?>other
        cdef Slots before
        with cython.critical_section(self, context):
            before = self.slots  # lives until the section has ended
            self.become(context)
        return 0

    def copy(self):
        """An independent context with the same events."""
        return self.duplicate()

    def __reduce_ex__(self, protocol):
        return unpickled, (type(self), self.to_bytes()), self.__getstate__()

    def to_bytes(self):
        """The context as bytes; equal contexts have equal bytes."""
        ranges, kind = self.listed(True)
        return ranges_to_bytes(ranges, <Kind>kind)

    @classmethod
    def from_bytes(cls, data, /, *, max_entries=65536):
        """The context that `to_bytes` wrote.

        data: bytes, bytearray or memoryview.
        max_entries: the most ids and ranges of the cloud that are accepted.

        DecodeError if the bytes are anything else.
        """
        return handed_over(cls, ranges_of_bytes(data, max_entries))

    def to_json(self):
        """The context as JSON: `{"v":1,"k":"str","c":{"a":[[1,2],[4,4]]}}`, the ranges of each id; without `k` if it is
        empty. Counters above 2**53-1 are strings; ids that are ints are decimal, bytes hexadecimal."""
        return ranges_to_json(*self.listed(True))

    @classmethod
    def from_json(cls, text, /, *, max_entries=65536):
        """The context that `to_json` wrote. text: str, or bytes in UTF-8. DecodeError if it is anything else."""
        return handed_over(cls, ranges_of_json(text, max_entries, "CausalContext"))


def unpickled(cls, data, /):
    return handed_over(cls, ranges_of_bytes(data, 2 * len(data)))


# A context of the class with ranges that are sorted and compact.
cdef object handed_over(object cls, tuple ranges_and_kind):
    cdef list ranges = ranges_and_kind[0]
    cdef Kind kind = ranges_and_kind[1]
    cdef coterie_dots dots
    cdef coterie_range *given
    cdef size_t i, n = len(ranges)
    cdef list ids = list(dict.fromkeys([id for id, _, _ in ranges]))
    cdef CausalContext context = CausalContext.__new__(CausalContext), new
    if n:
        context.slots = slots_for(tuple(ids), kind)
        context.grow(len(ids))
        context.reserve_cloud(n)
        given = room_for(n)
        places = {id: at for at, id in enumerate(ids)}
        for i in range(n):
            given[i].slot, given[i].first, given[i].last = places[ranges[i][0]], ranges[i][1], ranges[i][2]
        dots = context.dots()
        coterie_dots_of_ranges(&dots, given, n)
        context.beyond_len = dots.len
        free(given)
    if cls is CausalContext:
        return context
    new = <CausalContext>blank(cls, CausalContext)
    new.share(context)  # its `__new__` may have filled it
    return new


cdef coterie_dots dots_of(Counters counters) noexcept:
    cdef coterie_dots dots
    if isinstance(counters, CausalContext):
        return (<CausalContext>counters).dots()
    dots.prefix, dots.n, dots.cloud, dots.len = counters.counts, counters.n, NULL, 0
    return dots


cdef coterie_range *room_for(size_t len) except NULL:
    cdef coterie_range *ranges = <coterie_range *>malloc(max(len, 1) * sizeof(coterie_range))
    if ranges is NULL:
        raise MemoryError(f"no memory for {len} ranges")
    return ranges


cdef void put_ranges(coterie_range *out, const coterie_range *ranges, size_t len) noexcept:
    if len:  # without ranges there may be no memory
        memcpy(out, ranges, len * sizeof(coterie_range))


cdef list sorted_ranges(Slots slots, size_t n, const coterie_range *ranges, size_t len):
    cdef tuple ids = slots.first(n)
    cdef size_t i
    return sorted([(ids[ranges[i].slot], ranges[i].first, ranges[i].last) for i in range(len)])


cdef Counters as_dots(object value, bint clocks):
    if isinstance(value, CausalContext) or (clocks and isinstance(value, VectorClock)):
        return <Counters>value
    raise TypeError(f"other is a {type(value).__name__}: pass a CausalContext{' or a VectorClock' if clocks else ''}")
