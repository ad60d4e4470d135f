from libc.stdint cimport uint8_t, uint64_t

from coterie._core cimport Sink
from coterie.filters._filter cimport Digests, Filter


# A batch that writes, and where its digests go. It holds what it writes to.
cdef class Batch:
    cdef Sink sink
    cdef void *ctx


# What filters to which keys can be added share: batches, and what they promise.
cdef class MutableFilter(Filter):
    cdef uint64_t _capacity
    cdef double _fpr
    cdef bint _strict    # too many keys are refused
    cdef bint _warned    # of too many keys

    # ---- for subclasses to define ----
    # A batch of n keys, 0: few, or who knows how many; it runs until `end_batch`. `removes` them, if the filter can.
    cdef Batch begin_batch(self, size_t n, bint removes)
    cdef int end_batch(self, Batch batch) except -1
    # After keys were added: says once that there are too many.
    cdef int notice(self) except -1

    # ---- for subclasses to use, and to define if some digests are refused ----
    # Adds digests or removes them, and says of each whether that changed anything, unless `answers` is NULL.
    cdef int write(self, const Digests *digests, uint8_t *answers, bint removes) except -1
    # The same with a single one, for when other threads may write.
    cdef bint write_one(self, uint64_t digest, bint removes) except -1

    # ---- for subclasses to use ----
    cdef int add_many(self, object keys, bint hashed, object nulls) except -1
    # What `write` says of the keys of a batch, as an array.
    cdef object answer(self, object keys, bint hashed, object nulls, object out, bint removes)
