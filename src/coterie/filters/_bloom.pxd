from libc.stdint cimport uint8_t, uint64_t

from coterie._core cimport Storage
from coterie.filters._filter cimport Digests, PyThread_type_lock
from coterie.filters._mutable cimport Batch, MutableFilter

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
cdef struct Work:
    coterie_bloom bloom
    PyThread_type_lock lock
    bint live
    bint few                    # keys: the caller may have the GIL
    uint8_t *adds
    uint64_t capacity
    bint *exact
    bint building               # by regions, when all keys are known to be many
    coterie_bloom_build build


cdef class BloomBatch(Batch):
    cdef Work work
    cdef Storage storage


cdef class BloomFilter(MutableFilter):
    cdef coterie_bloom _bloom
    cdef bint _exact    # the keys that were added are counted, no longer bounded

    # Whether a digest seems to be there; adds it, and says whether it was new.
    cdef bint has(self, uint64_t digest) noexcept
    cdef bint put(self, uint64_t digest) except -1
    cdef bint put_carefully(self, uint64_t digest) except -1
    # The bits as they are, and what keeps them alive.
    cdef Storage bits(self, coterie_bloom *bloom)
    cdef uint64_t adds(self) noexcept
    cdef int ask_bits(self) except -1
    cdef int check_room(self, const Digests *digests) except -1
    cdef int refuse(self, size_t new) except -1
    cdef bint like(self, BloomFilter other) noexcept
    cdef int check_like(self, BloomFilter other) except -1
    cdef bint within(self, BloomFilter other) except -1
    cdef object found(self, object digests)
    cdef int check_union(self, BloomFilter other) except -1
    cdef int merge(self, BloomFilter other, bint intersect) except -1
