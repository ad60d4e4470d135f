from libc.stdint cimport int32_t, uint8_t, uint32_t, uint64_t

from coterie._core cimport Storage
from coterie.filters._filter cimport PyThread_type_lock
from coterie.filters._mutable cimport Batch, MutableFilter

cdef extern from "coterie/filters/counting.h" nogil:
    enum:
        COTERIE_COUNTING_LINE
        COTERIE_COUNTING_LANES
    ctypedef struct coterie_counting:
        uint8_t *lines
        uint64_t rows
        uint64_t salt
        int columns
        int far
    ctypedef struct coterie_counting_tally:
        uint64_t keys
        uint64_t filled
    int (**coterie_counting_has)(const coterie_counting *filter, uint64_t digest)
    int (**coterie_counting_put)(const coterie_counting *filter, uint64_t digest, coterie_counting_tally *tally)
    int (**coterie_counting_take)(const coterie_counting *filter, uint64_t digest, coterie_counting_tally *tally)
    int coterie_counting_count(const coterie_counting *filter, uint64_t digest)
    void (**coterie_counting_contains)(const coterie_counting *filter, const uint64_t *digests, size_t n, uint8_t *out)
    void (**coterie_counting_add)(const coterie_counting *filter, const uint64_t *digests, size_t n, uint8_t *out,
                                  coterie_counting_tally *tally)
    size_t coterie_counting_discard(const coterie_counting *filter, const uint64_t *digests, size_t n, uint8_t *out,
                                    coterie_counting_tally *tally, int level)
    size_t coterie_counting_remove(const coterie_counting *filter, const uint64_t *digests, size_t n,
                                   coterie_counting_tally *tally, int level)
    size_t coterie_counting_add_within(const coterie_counting *filter, const uint64_t *digests, size_t n, uint64_t capacity,
                                       uint64_t limit, uint32_t *noted, uint8_t *out, coterie_counting_tally *tally)
    void coterie_counting_counts(const coterie_counting *filter, const uint64_t *digests, size_t n, int32_t *out)
    void (**coterie_counting_sum)(uint8_t *lines, const uint8_t *other, size_t bytes)
    void (**coterie_counting_filled)(const uint8_t *lines, size_t bytes, uint64_t *filled)
    double coterie_counting_estimate(const coterie_counting *filter)

cdef extern from "coterie/filters/counting_size.h" nogil:
    int coterie_counting_columns(double fpr)
    uint64_t coterie_counting_size(uint64_t capacity, double fpr, int columns)
    uint64_t coterie_counting_limit(uint64_t rows, int columns, uint64_t n)
    ctypedef struct coterie_counting_shape:
        uint64_t rows
        double fpr
        int columns
    void coterie_counting_shape_write(uint8_t *out, const coterie_counting_shape *shape)
    int coterie_counting_shape_read(const uint8_t *parameters, uint64_t bytes, coterie_counting_shape *shape)


# What a batch that writes needs to know of a filter.
cdef struct Work:
    coterie_counting counting
    PyThread_type_lock lock
    bint few                         # keys: the caller may have the GIL
    uint8_t **lines                  # of the filter now: others if it was made anew meanwhile
    coterie_counting_tally *tally    # of the filter
    coterie_counting_tally nobodys   # of lines that are no longer the filter's


cdef class CountingBatch(Batch):
    cdef Work work
    cdef Storage storage


cdef class CountingBloomFilter(MutableFilter):
    cdef coterie_counting _counting
    cdef coterie_counting_tally _tally
    cdef uint64_t _limit     # filled counters: more of them are too many keys
    cdef bint _known         # the filled counters were counted

    cdef void shape(self, const coterie_counting_shape *shape, uint64_t capacity) noexcept
    # The lines as they are now, and what they live in.
    cdef Storage lines(self, coterie_counting *counting)
    cdef bint has(self, uint64_t digest) noexcept
    # Whether one key may be written at once, by this thread alone; if not, after `prepare` and under the lock.
    cdef bint ready(self) noexcept
    cdef int prepare(self) except -1
    # Adds a digest; whether it was new.
    cdef bint put(self, uint64_t digest) except -1
    cdef bint put_carefully(self, uint64_t digest) except -1
    # Removes a digest; whether it was there.
    cdef bint take_one(self, uint64_t digest) except -1
    # Adds digests if they all fit, else raises; unless `new` is NULL, it gets which of them were.
    cdef int add_strictly(self, const uint64_t *digests, size_t n, uint8_t *new) except -1
    cdef int remove_digests(self, object digests, object valid) except -1
    cdef uint64_t filled(self) noexcept
    cdef uint64_t approximate(self) noexcept
    cdef bint overfull(self) noexcept nogil
    cdef int refuse(self) except -1
    cdef bint like(self, CountingBloomFilter other) noexcept
    cdef int check_like(self, CountingBloomFilter other) except -1
    cdef int add_all(self, CountingBloomFilter other) except -1
