from libc.stdint cimport uint8_t, uint32_t, uint64_t

from coterie.clocks._context cimport coterie_dots, coterie_range
from coterie.crdts._counter cimport coterie_replicas
from coterie.crdts._replicated cimport Replicated, coterie_status

cdef extern from "coterie/crdts/table.h" nogil:
    ctypedef struct coterie_string:
        uint64_t start
        uint32_t len
        uint32_t hash
    ctypedef struct coterie_table:
        coterie_string *each
        size_t n
        size_t len
        uint8_t *bytes
    enum:
        COTERIE_NO_STRING
    uint32_t coterie_table_hash(const coterie_table *table, const void *bytes, size_t len)
    void coterie_table_prefetch(const coterie_table *table, uint32_t hash)
    uint32_t coterie_table_find(const coterie_table *table, uint32_t hash, const void *bytes, size_t len)

cdef extern from "coterie/crdts/dotted_local.h" nogil:
    ctypedef struct coterie_record:
        uint64_t counter
        uint32_t place
        uint32_t string
        uint32_t next
    ctypedef struct coterie_dotted:
        coterie_replicas ids
        coterie_dots context
        coterie_table strings
        uint32_t *first
        coterie_record *records
        uint64_t len
        uint64_t turns
        uint32_t lowest
    ctypedef struct coterie_shared_dotted:
        long holders
        coterie_dotted dotted
    ctypedef struct coterie_dot_log:
        coterie_range *each
        size_t room

    ctypedef struct coterie_came_and_went:
        uint8_t *came
        uint8_t *went
        size_t came_size
        size_t went_size
    void coterie_came_and_went_free(coterie_came_and_went *changes)

cdef extern from "coterie/crdts/dotted_bytes.h" nogil:
    ctypedef struct coterie_dotted_digest:
        coterie_replicas ids


# Whether bytes may be the string of a dot.
ctypedef int (*coterie_string_check)(const uint8_t *bytes, size_t len) noexcept nogil

# A structure whose state is dots with strings, under a causal context.
cdef class Dotted(Replicated):
    cdef coterie_shared_dotted *store
    cdef coterie_dot_log log               # of what local changes made and dropped since the last delta
    cdef coterie_dotted_digest *known      # of one that was read from a digest

    cdef inline coterie_dotted *dots(self) noexcept:
        return &self.store.dotted
    # Which strings there may be: elements, unless a class says otherwise.
    cdef coterie_string_check string_check(self) noexcept
    # The same state as if one replica had made it, of an empty store.
    cdef coterie_status renewed(self, coterie_dotted *out, const uint8_t *id, size_t len) noexcept
    # The store, for a change; NULL if there is no memory.
    cdef coterie_dotted *own_store(self) noexcept
    cdef void forget_log(self) noexcept
    # The same under an id, and the place of that; and that the change was made.
    cdef coterie_dotted *to_change(self, bytes id, size_t *place) noexcept
    cdef void changed(self) noexcept
    # Makes a dot with a string under an id, instead of all that the string has; if `alone`, of all that there are.
    cdef coterie_status make(self, bytes id, const void *string, size_t len, bint alone) noexcept
    # Joins another one; `changes`, if not NULL, gets the strings that came and went.
    cdef coterie_status join_and_list(self, Dotted other, coterie_came_and_went *changes) noexcept
    # Gives back memory of what went, after a change of a store that is one's own: numbers may be others then.
    cdef void tidy(self) noexcept
    # Drops all dots.
    cdef coterie_status unmake_all(self) noexcept
    # An error, if the status is not fine, of a change under an id.
    cdef int check_change(self, coterie_status status, bytes id) except -1
    # All strings, sorted.
    cdef list sorted_strings(self)


# The string of a number.
cdef bytes string_at(const coterie_dotted *dots, size_t number)
# Those of such a list, sorted.
cdef list listed_strings(const uint8_t *list, size_t size)
