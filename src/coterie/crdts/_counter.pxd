from libc.stdint cimport uint8_t, uint64_t

from coterie.crdts._replicated cimport Replicated, coterie_status

cdef extern from "coterie/crdts/counts.h" nogil:
    ctypedef struct coterie_replica:
        uint64_t hash
        uint64_t chain[2]
        unsigned int start
        unsigned int len
    ctypedef struct coterie_replicas:
        uint64_t key[2]
        coterie_replica *each
        size_t n
        size_t room
        uint8_t *bytes
        size_t used
        size_t bytes_room
        size_t mask
        unsigned int *index
    ctypedef struct coterie_counts:
        coterie_replicas ids
        size_t rows
        size_t room
        uint64_t *counts


# A structure whose state is counters of replicas.
cdef class Counter(Replicated):
    cdef coterie_counts state
    cdef coterie_replicas pending  # ids under which there were local changes since the last delta
    cdef bytes counting            # that which is among them, and has this place in the state
    cdef size_t place

    cdef coterie_status find_place(self, bytes id) noexcept
    cdef coterie_status begin_to_count(self, bytes id) noexcept
    # Adds to a counter of this replica.
    cdef int change(self, size_t row, object n) except -1
    # The difference of the sums of the rows.
    cdef object total(self)
