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
    # The slot of an id, which is made if it has none: its counter is there then, perhaps 0.
    cdef size_t slot_for(self, object id) except? 0xffffffff
    cdef size_t new_slot(self, object id) except? 0xffffffff
    cdef uint64_t get(self, object id) except? 0
    # Stand on other slots; whether that was worth it: not if most counters would be 0, unless it `must`.
    cdef bint move(self, Slots slots, bint must) except -1
    cdef int become(self, VectorClock other) except -1
    cdef VectorClock duplicate(self)
    # Ids and counters as lists, in canonical order.
    cdef tuple listed(self)
    cdef int relation(self, VectorClock other) except -1
    cdef int join(self, VectorClock other) except -1


# Makes two clocks stand on the same slots, whose ids have to be of one kind. Under the critical section of both.
cdef int unify(VectorClock a, VectorClock b) except -1
# An argument that has to be a clock.
cdef VectorClock as_clock(object value)
# A clock of these ids, which are sorted, and their counters.
cdef VectorClock clock_of(list ids, Kind kind, list counts)
