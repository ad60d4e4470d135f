from libc.stdint cimport uint64_t

from coterie._stored cimport Stored
from coterie.clocks._ids cimport Kind
from coterie.clocks._slots cimport Slots

cdef enum:
    FEW = 4  # counters for which there is room in the object


cdef class VectorClock(Stored):
    cdef Slots slots
    cdef uint64_t *counts  # one for each of the first n slots
    cdef size_t n
    cdef size_t room
    cdef uint64_t few[FEW]

    # Under the critical section:
    cdef Kind kind(self) noexcept
    cdef size_t entries(self) noexcept
    cdef int reserve(self, size_t n) except -1
    cdef int grow(self, size_t n) except -1
    cdef int become(self, VectorClock other) except -1
    # Outside of it:
    cdef Slots standing(self)
    cdef int make_slot(self, object id, Kind kind) except -1
    cdef uint64_t get(self, object id) except? 0
    # At least so many events of a replica, and more; how many that are.
    cdef uint64_t put(self, object id, uint64_t least, uint64_t more) except? 0
    cdef bint move(self, Slots slots, Slots onto, bint must) except -1
    cdef int settle(self, Slots slots, Slots onto, const Py_ssize_t *places, size_t n, size_t top) except -1
    cdef VectorClock duplicate(self)
    # Ids and counters as lists, in canonical order, and the kind of the ids.
    cdef tuple listed(self)
    cdef int relation(self, VectorClock other) except -1
    cdef int join(self, VectorClock other) except -1


# Makes two clocks stand on the same slots, unless others change them at once. Their ids have to be of one kind.
cdef int unify(VectorClock a, VectorClock b) except -1
# An argument that has to be a clock.
cdef VectorClock as_clock(object value)
# A clock of these ids, which are sorted, and their counters.
cdef VectorClock clock_of(list ids, Kind kind, list counts)
