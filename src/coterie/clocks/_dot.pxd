from libc.stdint cimport uint64_t

from coterie.clocks._ids cimport Kind


# One event of one replica. It never changes.
cdef class Dot:
    cdef object replica
    cdef uint64_t count
    cdef Kind kind


cdef Dot dot_of(object id, Kind kind, uint64_t count)
# An argument that has to be a Dot.
cdef Dot as_dot(object value)
