from libc.stdint cimport uint8_t, uint64_t

from coterie.clocks._ids cimport Kind

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
