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


    void coterie_replicas_free(coterie_replicas *replicas)
    coterie_status coterie_replicas_add(coterie_replicas *replicas, const void *id, size_t len, size_t *place)
    size_t coterie_replicas_memory(const coterie_replicas *replicas)
    size_t coterie_counts_memory(const coterie_counts *counts)
    size_t coterie_counts_len(const coterie_counts *counts)
    uint64_t *coterie_count(const coterie_counts *counts, size_t row, size_t place)
    coterie_status coterie_counts_place(coterie_counts *counts, const void *id, size_t len, size_t *place)
    coterie_status coterie_counts_only(coterie_counts *out, const coterie_counts *counts, const coterie_replicas *ids)


# Makes a table of ids an empty one.
cdef void clear(coterie_replicas *ids) noexcept


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
