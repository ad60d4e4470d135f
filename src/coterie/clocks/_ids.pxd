from libc.stdint cimport int64_t, uint64_t

cdef enum:
    MOST_ID = 1024  # bytes of an id

cdef uint64_t MOST_COUNT  # 2**63 - 1

# What the ids of an object are; one without entries has no kind.
cdef enum Kind:
    NO_KIND
    STR_KIND
    BYTES_KIND
    INT_KIND

# The plain str, bytes or int that an id is, and its kind; TypeError, ValueError or OverflowError if it is none.
cdef object check_id(object id, Kind *kind)
# The same for an id that is only looked for: whatever could be none is NO_KIND.
cdef object known_id(object id, Kind *kind)
# TypeError if ids of these kinds don't go together.
cdef int check_kinds(Kind a, Kind b) except -1
# The kind of ids of an iterable, and a list of them, each once; one for each of n columns, unless that is -1; `name` for
# messages.
cdef tuple ids_of(object ids, Py_ssize_t n, str name=*)
cdef str kind_name(Kind kind)
# An int as it is; TypeError for what is none, and for bools.
cdef object plain_int(object value, str name)
# An int 0 .. most, else TypeError, ValueError if it is below, OverflowError if above; `name` for the message.
cdef uint64_t check_number(object value, str name, uint64_t most) except? 0
cdef uint64_t check_count(object value) except? 0
