from libc.stdint cimport uint8_t, uint64_t

from coterie.clocks._ids cimport Kind

cdef extern from "coterie/clocks/entries.h" nogil:
    enum: COTERIE_CLASS_VECTOR
    ctypedef int coterie_clock_class
    ctypedef int coterie_id_kind
    ctypedef struct coterie_id:
        coterie_id_kind kind
        uint64_t number
        size_t len
        uint8_t *bytes
    ctypedef struct coterie_entries:
        const uint8_t *at
        const uint8_t *end
        uint64_t left
        coterie_id id
    const char *coterie_entries_open(coterie_entries *entries, const uint8_t *data, size_t size, coterie_clock_class clock_class,
                                     uint64_t most, size_t least)
    int coterie_entries_next(coterie_entries *entries)
    int coterie_entries_number(coterie_entries *entries, uint64_t least, uint64_t most, uint64_t *number)

# The id that was read last.
cdef object id_of(const coterie_id *id)
# Sorted ids as bytes, alone and with their counters.
cdef bytes ids_to_bytes(list ids, Kind kind)
cdef bytes entries_to_bytes(list ids, Kind kind, list counts)
# Ids, their kind, and counters. DecodeError if that is not what the bytes are; `name` says of what they are a part.
cdef tuple entries_of_bytes(object data, object max_entries, str name=*)
# The same with a roster: its digest, and the counters of all its ids.
cdef bytes counts_to_bytes(bytes digest, list counts)
cdef list counts_of_bytes(object data, bytes digest, size_t n)
# Sorted ranges of ids, those that begin with 1 too, and the kind of the ids.
cdef bytes ranges_to_bytes(list ranges, Kind kind)
cdef tuple ranges_of_bytes(object data, object max_entries)
# Sorted ids with a counter and values, which are str or bytes; TypeError for others.
cdef bytes siblings_to_bytes(list entries, Kind kind)
cdef list siblings_of_bytes(object data, object max_entries)
# Sorted members, each with sorted ids and their counters; and the kind of all ids.
cdef bytes rows_to_bytes(list rows, Kind kind)
cdef tuple rows_of_bytes(object data, object max_entries)
# A sender, sorted ids with their counters, and a payload: None, str or bytes; TypeError for others.
cdef bytes message_to_bytes(object sender, list ids, Kind kind, list counts, object payload)
cdef tuple message_of_bytes(object data, object max_entries)
# Ids in any order, and n of them again, with the size of their bytes; DecodeError in the name of a ClockMatrix.
cdef bytes names_to_bytes(tuple ids, Kind kind)
cdef list names_of_bytes(const uint8_t *data, size_t size, uint64_t n, Kind kind, size_t *used)
