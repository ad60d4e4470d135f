from libc.stdint cimport uint32_t, uint64_t

from coterie.filters._sliced cimport Sliced, coterie_slice

cdef extern from "coterie/filters/rotating.h" nogil:
    ctypedef struct coterie_rotating:
        uint64_t capacity
        uint32_t generations
        uint32_t clock
        double fpr
        double window


cdef class RotatingBloomFilter(Sliced):
    cdef coterie_rotating _shape
    cdef coterie_slice _empty     # a generation, without bits
    cdef object _clock            # None: seconds of the system's monotonic clock
    cdef bint _over               # there were more keys than were promised

    cdef int resume(self, object clock) except -1
