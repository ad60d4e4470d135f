# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Counters of replicas, on slots that many objects share."""

cimport cython

from cpython.bytes cimport PyBytes_CheckExact
from cpython.long cimport PyLong_CheckExact
from cpython.unicode cimport PyUnicode_CheckExact
from libc.stdint cimport uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy, memset

from coterie._core cimport cpu_level_address
from coterie._stored cimport Stored
from coterie.clocks._ids cimport BYTES_KIND, INT_KIND, NO_KIND, STR_KIND, Kind, check_id, check_kinds
from coterie.clocks._slots cimport NO_SLOTS, Slots, slots_for

cdef extern from "coterie/clocks/dense.h" nogil:
    enum:
        COTERIE_EQUAL
        COTERIE_BEFORE
        COTERIE_AFTER
    void (**coterie_dense_count)(const uint64_t *a, size_t n, size_t *filled)
    int coterie_dense_any(const uint64_t *a, size_t start, size_t n)

cdef const int *LEVEL = cpu_level_address()

cdef enum:
    SPARE = 64  # slots without an entry that are always tolerated, besides three for each entry

cdef size_t ANY = <size_t>-1 // 2  # slots


@cython.auto_pickle(False)
@cython.no_gc  # slots refer to plain ids alone: there are no cycles
cdef class Counters(Stored):
    """Counters of replicas. Not made by itself."""

    def __cinit__(self):
        self.slots, self.counts, self.room = NO_SLOTS, self.few, FEW

    def __dealloc__(self):
        if self.counts != self.few:
            free(self.counts)

    cdef Slots standing(self):
        with cython.critical_section(self):
            return self.slots

    cdef Kind kind(self) noexcept:
        return self.slots.kind if coterie_dense_any(self.counts, 0, self.n) else NO_KIND

    cdef size_t entries(self) noexcept:
        cdef size_t filled
        coterie_dense_count[LEVEL[0]](self.counts, self.n, &filled)
        return filled

    cdef int reserve(self, size_t n) except -1:
        # Room for n counters; those from self.n on are 0 then.
        cdef size_t room = max(n, 2 * self.room)
        cdef uint64_t *counts
        if n > self.room:
            counts = <uint64_t *>malloc(room * sizeof(uint64_t))
            if counts is NULL:
                raise MemoryError(f"no memory for {room} counters")
            memcpy(counts, self.counts, self.n * sizeof(uint64_t))
            if self.counts != self.few:
                free(self.counts)
            self.counts, self.room = counts, room
        if n > self.n:
            memset(self.counts + self.n, 0, (n - self.n) * sizeof(uint64_t))
        return 0

    cdef int grow(self, size_t n) except -1:
        if n > self.n:
            self.reserve(n)
            self.n = n
        return 0

    cdef int make_slot(self, object id, Kind kind) except -1:
        # The clock has a counter for the id, unless other threads change it at once.
        cdef Slots slots, own
        cdef Kind mine
        cdef size_t most
        cdef Py_ssize_t slot
        with cython.critical_section(self):
            slots, mine, most = self.slots, self.kind(), self.room
        check_kinds(mine, kind)
        if kind != slots.kind:
            own = slots_for((id,), kind)
            with cython.critical_section(self):
                if self.slots is slots and self.kind() == NO_KIND:
                    self.slots, self.n = own, 0
            return 0
        slot = slots.find(id)
        if slot < 0:
            slot = len(slots.ids)
        if <size_t>slot >= most:
            with cython.critical_section(self):
                most = 4 * self.entries() + SPARE
        if <size_t>slot >= most:  # too many other ids stand before it: go on alone
            self.move(slots, slots_for(tuple(sorted({*self.used_ids(), id})), kind), ANY)
            return 0
        slot = slots.add(id)
        with cython.critical_section(self):
            if self.slots is slots:
                self.grow(slot + 1)
        return 0

    cdef uint64_t get(self, object id) except? 0:
        cdef Slots slots
        cdef Kind kind
        cdef Py_ssize_t slot
        cdef Counters counters = self, again
        while True:
            slots = counters.standing()
            if not is_plain(id, slots.kind):
                id = check_id(id, &kind)
                if kind != slots.kind:
                    return 0
            slot = slots.find(id)
            with cython.critical_section(counters):
                if counters.slots is slots:
                    return counters.counts[slot] if 0 <= slot < <Py_ssize_t>counters.n else 0
            again = Counters.__new__(Counters)  # others change it all the time: go on with a copy
            with cython.critical_section(self):
                again.become(self)
            counters = again

    cdef bint move(self, Slots slots, Slots onto, size_t spare) except -1:
        cdef size_t n, entries = 0, i
        cdef Py_ssize_t top = 0
        cdef tuple ids
        cdef Py_ssize_t *places
        with cython.critical_section(self):
            n = self.n
        ids = slots.first(n)
        places = no_places(n)
        try:
            with cython.critical_section(self):
                if self.slots is not slots or self.n != n:
                    return True
                self.mark(places)
                for i in range(n):
                    entries += places[i] == -1
            top = onto.places_of(ids, places, 4 * entries + spare)
            if top < 0:
                return False
            self.settle(slots, onto, places, n, top)
        finally:
            free(places)
        return True

    cdef int settle(self, Slots slots, Slots onto, const Py_ssize_t *places, size_t n, size_t top) except -1:
        cdef uint64_t *counts = zeros(top)
        cdef Slots before = None
        cdef bint same
        cdef size_t i
        with cython.critical_section(self):
            same = self.slots is slots and self.n == n and self.all_placed(places)
            for i in range(n if same else 0):
                same = same and (self.counts[i] == 0 or places[i] >= 0)  # else its first event came meanwhile
            if same:
                before = self.slots  # lives until the section has ended
                self.put_all(onto, places, counts, top)
        if not same:
            free(counts)
        return 0

    cdef bint put_all(self, Slots onto, const Py_ssize_t *places, uint64_t *counts, size_t n) noexcept:
        # All that has got a place, there; whether there was anything else.
        cdef bint more = self.replace(places)
        cdef const uint64_t *mine = self.counts
        cdef size_t i
        for i in range(self.n):
            if places[i] >= 0:
                counts[places[i]] = mine[i]
            elif mine[i]:
                more = True
        if self.counts != self.few:
            free(self.counts)
        self.slots, self.counts, self.n, self.room = onto, counts, n, max(n, FEW)
        return more

    cdef bint project(self, Slots onto, size_t n) except -1:
        cdef Py_ssize_t *places = no_places(self.n)
        cdef Py_ssize_t slot
        cdef size_t i
        try:
            if n < self.n:
                for i, id in enumerate(onto.first(n)):
                    slot = self.slots.find(id)
                    if 0 <= slot < <Py_ssize_t>self.n:
                        places[slot] = i
            else:
                for i, id in enumerate(self.slots.first(self.n)):
                    slot = onto.find(id)
                    if slot < <Py_ssize_t>n:
                        places[i] = slot
            return self.put_all(onto, places, zeros(n), n)
        finally:
            free(places)

    cdef int become(self, Counters other) except -1:
        self.reserve(other.n)
        memcpy(self.counts, other.counts, other.n * sizeof(uint64_t))
        self.slots, self.n = other.slots, other.n
        return 0

    cdef Counters empty(self):
        raise TypeError(f"{type(self).__name__} is only a base: make one of its subclasses")

    cdef Counters still(self):
        cdef Counters new = self.empty()
        with cython.critical_section(self):
            new.become(self)
        return new

    cdef list used_ids(self):
        cdef Counters still = self.still()
        cdef tuple names = still.slots.first(still.n)
        cdef Py_ssize_t *places = no_places(still.n)
        cdef size_t i
        try:
            still.mark(places)
            return [names[i] for i in range(still.n) if places[i] == -1]
        finally:
            free(places)

    cdef void mark(self, Py_ssize_t *places) noexcept:
        cdef size_t i
        for i in range(self.n):
            places[i] = -1 if self.counts[i] else -2

    # ---- for subclasses that have more than counters ----

    cdef bint all_placed(self, const Py_ssize_t *places) noexcept:
        return True

    cdef bint replace(self, const Py_ssize_t *places) noexcept:
        return False


cdef uint64_t *zeros(size_t n) except NULL:
    cdef uint64_t *counts = <uint64_t *>calloc(max(n, FEW), sizeof(uint64_t))
    if counts is NULL:
        raise MemoryError(f"no memory for {n} counters")
    return counts


cdef Py_ssize_t *no_places(size_t n) except NULL:
    cdef size_t size = (n + 1) * sizeof(Py_ssize_t)
    cdef Py_ssize_t *places = <Py_ssize_t *>malloc(size)
    if places is NULL:
        raise MemoryError(f"no memory for {n} places")
    memset(places, 0xff, size)  # -1 each
    return places


cdef inline bint is_plain(object id, Kind kind) noexcept:
    if kind == STR_KIND:
        return PyUnicode_CheckExact(id)
    if kind == BYTES_KIND:
        return PyBytes_CheckExact(id)
    return kind == INT_KIND and PyLong_CheckExact(id)


cdef bint unify(Counters a, Counters b) except -1:
    cdef Slots mine, theirs, onto
    cdef Kind my_kind, their_kind
    cdef size_t my_entries, their_entries
    with cython.critical_section(a, b):
        mine, theirs, my_kind, their_kind = a.slots, b.slots, a.kind(), b.kind()
        if mine is theirs:
            return True
        if their_kind == NO_KIND:
            b.slots, b.n = mine, 0
            return True
        if my_kind == NO_KIND:
            a.slots, a.n = theirs, 0
            return True
        my_entries, their_entries = a.entries(), b.entries()
    check_kinds(my_kind, their_kind)
    # One that has much more stays where it is: it would bring too many ids to others that stand where it goes.
    if my_entries > 4 * their_entries + SPARE:
        return b.move(theirs, mine, SPARE)
    if their_entries > 4 * my_entries + SPARE:
        return a.move(mine, theirs, SPARE)
    # Onto the older ones, so that all that meet are on the same in the end.
    if mine.serial < theirs.serial:
        if b.move(theirs, mine, SPARE) or a.move(mine, theirs, SPARE):
            return True
    elif a.move(mine, theirs, SPARE) or b.move(theirs, mine, SPARE):
        return True
    onto = slots_for(tuple(sorted({*a.used_ids(), *b.used_ids()})), my_kind)
    a.move(mine, onto, ANY)
    b.move(theirs, onto, ANY)
    return True


cdef int put_together(Counters a, Counters b) except -1:
    cdef Slots mine, onto = b.slots
    cdef size_t spare
    cdef bint shorter
    with cython.critical_section(a):
        mine, shorter = a.slots, a.n < b.n
        spare = SPARE + 4 * (a.entries() + b.entries())
    if mine.kind != onto.kind:  # others made another one of it meanwhile
        return 0
    if a.move(mine, onto, spare) if shorter else b.move(onto, mine, spare):
        return 0
    onto = slots_for(tuple(sorted({*a.used_ids(), *b.used_ids()})), mine.kind)
    a.move(mine, onto, ANY)
    b.move(b.slots, onto, ANY)
    return 0


cdef tuple copies(Counters a, Counters b):
    cdef Counters x = a.empty(), y = b.empty()
    with cython.critical_section(a, b):
        x.become(a)
        y.become(b)
    return x, y


cdef int align(Counters a, Counters b) except -1:
    if a.n < b.n:
        return COTERIE_BEFORE if b.project(a.slots, a.n) else COTERIE_EQUAL
    return COTERIE_AFTER if a.project(b.slots, b.n) else COTERIE_EQUAL
