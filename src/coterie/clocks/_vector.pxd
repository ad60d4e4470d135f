from libc.stdint cimport uint64_t

from coterie.clocks._counters cimport Counters
from coterie.clocks._ids cimport Kind


cdef class VectorClock(Counters):
    # Under the critical section, of two on the same slots: by how much an entry would rise that does by more than `most`, and
    # where it is; 0 if none does.
    cdef uint64_t jump(self, VectorClock other, uint64_t most, size_t *slot) noexcept
    # Outside of it:
    # At least so many events of a replica, and more; how many that are.
    cdef uint64_t put(self, object id, uint64_t least, uint64_t more) except? 0
    cdef VectorClock duplicate(self)
    # Ids and counters as lists, in canonical order, and the kind of the ids.
    cdef tuple listed(self)
    cdef int relation(self, VectorClock other) except -1
    cdef int join(self, VectorClock other) except -1
    cdef int subtract(self, VectorClock other) except -1


# An argument that has to be a clock.
cdef VectorClock as_clock(object value)
# A clock of these ids, which are sorted, and their counters.
cdef VectorClock clock_of(list ids, Kind kind, list counts)
