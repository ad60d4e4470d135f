from libc.stdint cimport uint8_t, uint32_t, uint64_t

from coterie.crdts._counter cimport coterie_replicas
from coterie.crdts._dotted cimport COTERIE_NO_STRING, coterie_string, coterie_table, coterie_table_find, coterie_table_hash
from coterie.crdts._elements cimport Strings, coterie_strings
from coterie.crdts._replicated cimport Replicated, coterie_status

cdef extern from "coterie/crdts/keyed_local.h" nogil:
    ctypedef enum coterie_keyed_kind:
        COTERIE_KEYED_KEYS
        COTERIE_KEYED_REMOVALS
        COTERIE_KEYED_TIMES
        COTERIE_KEYED_VALUES
    ctypedef struct coterie_keyed_entry:
        uint64_t time
        uint64_t removed
        size_t writer
        const uint8_t *value
        size_t len
    ctypedef struct coterie_keyed:
        coterie_keyed_kind kind
        int removes
        coterie_table keys
        size_t shown
        uint64_t greatest
        coterie_replicas ids
    ctypedef struct coterie_shared_keyed:
        coterie_keyed keyed
    ctypedef struct coterie_keyed_log:
        uint32_t *each
        size_t n
    ctypedef struct coterie_keyed_outcome:
        size_t last
        size_t came
        int changed
    coterie_keyed_entry coterie_keyed_get(const coterie_keyed *keyed, uint32_t number)
    int coterie_keyed_shows(const coterie_keyed *keyed, const coterie_keyed_entry *entry)
    uint64_t coterie_keyed_last(const coterie_keyed *keyed, const void *id, size_t len)

cdef extern from "coterie/crdts/keyed_bytes.h" nogil:
    ctypedef struct coterie_keyed_digest:
        void *sums
        size_t n


# A structure whose state is keys that each have an entry.
cdef class Keyed(Replicated):
    cdef coterie_shared_keyed *store
    cdef coterie_keyed_log log         # of the keys that local changes touched since the last delta
    cdef coterie_keyed_digest known    # one that was read
    cdef bint removes                  # what was added and removed at the same time
    cdef uint64_t content              # counts the changes of what is seen
    cdef size_t low                    # no key that is seen has a smaller number
    cdef uint64_t latest               # time that was seen

    cdef inline coterie_keyed *keyed(self) noexcept:
        return &self.store.keyed
    # The entries, for a change; NULL if there is no memory.
    cdef coterie_keyed *own_store(self) noexcept
    # A local change; see coterie_keyed_write.
    cdef coterie_status write_keys(self, const coterie_strings *keys, const coterie_strings *values, coterie_keyed_entry entry,
                                   bint shown, coterie_keyed_outcome *outcome) noexcept
    # Takes note that it became another state, and whether what is seen did.
    cdef void see(self, bint changed) noexcept
    # The entry of a key, if it has one.
    cdef bint find(self, const void *key, size_t len, coterie_keyed_entry *entry) noexcept
    # The bytes of keys that are seen, of this number or more, at most so many, or pairs of these and of their values; the number
    # where the next are, and `content`.
    cdef tuple some_keys(self, size_t start, size_t most, bint values=*)
    # There was nothing to be seen between these numbers.
    cdef void note_low(self, size_t start, size_t low, uint64_t version) noexcept
    cdef str show(self, object elements)

    # Removes an element that is there, or adds one; whether there was a change.
    cdef size_t change_one(self, object element, bint removal) except? 0
    # Removes some and adds others, all or none; the number of the key that was refused.
    cdef coterie_status change_both(self, const coterie_strings *gone, const coterie_strings *fresh, uint64_t now,
                                    size_t *number) noexcept
    # Removes keys or adds them, at the time that it is; see write_keys. A hook.
    cdef coterie_status change_keys(self, const coterie_strings *keys, bint removal, uint64_t now, uint64_t *stamp,
                                    coterie_keyed_outcome *outcome) noexcept
    cdef uint64_t time_now(self) except? 0
    # TypeError for a change that is none of the class, whose methods another base has, or that it had before it was assigned.
    cdef int check_change(self, bint removal) except -1
    # Says why a change was refused; of one element that cannot be added, its bytes.
    cdef int refuse_change(self, coterie_status status, bytes element) except -1


# One whose entries have times.
cdef class Timed(Keyed):
    # Whether any of them is seen.
    cdef bint shows_any(self, const coterie_strings *keys) noexcept
    # A local change at a stamp, or if that is 0 at the next one, which it becomes; COTERIE_STOPPED if there is none. See
    # write_keys.
    cdef coterie_status write_at(self, const coterie_strings *keys, const coterie_strings *values, coterie_keyed_entry entry,
                                 bint removal, bint shown, uint64_t now, uint64_t *stamp, coterie_keyed_outcome *outcome) noexcept


cdef bytes key_at(const coterie_keyed *keyed, size_t number)
