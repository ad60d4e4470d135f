from libc.stdint cimport uint64_t

from coterie.clocks._counters cimport Counters
from coterie.clocks._ids cimport Kind

# Other extensions may cimport this: they see that there are such structures, and need no header.
cdef extern from * nogil:
    """
    typedef struct coterie_range coterie_range;
    typedef struct coterie_dots coterie_dots;
    """
    ctypedef struct coterie_range:
        size_t slot
        uint64_t first
        uint64_t last
    ctypedef struct coterie_dots:
        uint64_t *prefix
        size_t n
        coterie_range *cloud
        size_t len


# Any set of dots. The counters are the prefixes: all events up to them are known.
cdef class CausalContext(Counters):
    cdef coterie_range *beyond  # the cloud
    cdef size_t beyond_len
    cdef size_t beyond_room

    # Under the critical section:
    cdef coterie_dots dots(self) noexcept
    cdef int reserve_cloud(self, size_t len) except -1
    # Outside of it:
    # Adds an event, counter 0: the next one of the replica; which it is, or 0 if it was there.
    cdef uint64_t put(self, object id, uint64_t counter) except? 0xffffffffffffffff
    cdef bint has(self, object id, Kind kind, uint64_t counter) except -1
    cdef int join(self, Counters other) except -1
    cdef int relation(self, CausalContext other) except -1
    # Ranges of ids, sorted; from the cloud alone, or from all of it; and the kind of the ids.
    cdef tuple listed(self, bint all)
    cdef CausalContext duplicate(self)


# An argument that has to be a context, or a clock if that will do.
cdef Counters as_dots(object value, bint clocks)
