from libc.stdint cimport uint8_t, uint64_t

from coterie._core cimport Storage
from coterie.filters._filter cimport Digests, Filter, PyThread_type_lock

cdef extern from "coterie/filters/bloom.h" nogil:
    enum:
        COTERIE_BLOOM_BYTES
        COTERIE_BLOOM_BLOCK
        COTERIE_BLOOM_PAIR
        COTERIE_BLOOM_CLASSIC
    ctypedef struct coterie_bloom:
        uint8_t *bits
        uint64_t blocks
        uint64_t salt
        int layout
        int probes
        int far


cdef extern from "coterie/filters/bloom_build.h" nogil:
    ctypedef struct coterie_bloom_build:
        pass

# What a batch needs to know of a filter.
cdef struct Batch:
    coterie_bloom bloom
    PyThread_type_lock lock
    bint live
    bint few                    # keys: the caller may have the GIL
    uint8_t *adds
    uint64_t capacity
    bint *exact
    bint building               # by regions, when all keys are known to be many
    coterie_bloom_build build


cdef class BloomFilter(Filter):
    cdef coterie_bloom _bloom
    cdef uint64_t _capacity
    cdef double _fpr
    cdef bint _strict
    cdef bint _exact    # the keys that were added are counted, no longer bounded
    cdef bint _warned

    # Whether a digest seems to be there; adds it, and says whether it was new.
    cdef bint has(self, uint64_t digest) noexcept
    cdef bint put(self, uint64_t digest) except -1
    cdef bint put_carefully(self, uint64_t digest) except -1
    # The bits as they are, and what keeps them alive.
    cdef Storage bits(self, coterie_bloom *bloom)
    cdef int add_many(self, object keys, bint hashed, object nulls) except -1
    cdef Storage begin_batch(self, Batch *batch, size_t n=*)
    cdef void end_batch(self, Batch *batch) noexcept
    cdef int add_digests(self, Digests *digests) except -1
    cdef uint64_t adds(self) noexcept
    cdef int notice(self) except -1
    cdef int ask_bits(self) except -1
    cdef int check_room(self, object digests) except -1
    cdef int refuse(self, size_t new) except -1
    cdef bint like(self, BloomFilter other) noexcept
    cdef int check_like(self, BloomFilter other) except -1
    cdef bint within(self, BloomFilter other) except -1
    cdef object found(self, object digests)
    cdef int check_union(self, BloomFilter other) except -1
    cdef int merge(self, BloomFilter other, bint intersect) except -1
