from libc.stdint cimport uint32_t, uint64_t

from coterie.filters._sliced cimport Sliced

cdef extern from "coterie/filters/scalable.h" nogil:
    ctypedef struct coterie_scalable:
        uint64_t capacity
        uint32_t growth
        double fpr
        double tightening


cdef class ScalableBloomFilter(Sliced):
    cdef coterie_scalable _shape
