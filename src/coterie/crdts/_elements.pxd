from libc.stdint cimport uint8_t

cdef enum:
    ROOM = 256  # bytes for which there is no need of memory


# Bytes that are written one after the other. Begins with `begin`, and ends with `end` in any case.
cdef struct Written:
    uint8_t *bytes
    size_t len
    size_t room
    uint8_t few[ROOM]

cdef void begin(Written *out) noexcept
cdef void end(Written *out) noexcept
# Writes bytes as they are.
cdef int write_raw(const void *bytes, size_t size, Written *out) except -1
# Writes the bytes of an element, a key or a value: behind those that are there.
cdef int write_element(object value, object codec, Written *out) except -1
# What these bytes, which are an element's, stand for.
cdef object read_element(const uint8_t *bytes, size_t len, object codec)
# An element as bytes of its own.
cdef bytes element_bytes(object value, object codec)


# The bytes of many elements, one after the other; the i-th ends at ends[i].
cdef class Strings:
    cdef Written all
    cdef size_t *ends
    cdef size_t n
    cdef size_t room

    cdef int reserve_ends(self, size_t more) except -1
    cdef int note(self) except -1
    cdef int write_array(self, object array) except -1


cdef extern from "coterie/crdts/strings.h" nogil:
    ctypedef struct coterie_strings:
        const uint8_t *bytes
        const size_t *ends
        size_t n


# The same for C.
cdef inline coterie_strings of_strings(Strings strings) noexcept:
    cdef coterie_strings out
    out.bytes, out.ends, out.n = strings.all.bytes, strings.ends, strings.n
    return out


# Those of an iterable, an array or a column: all of them, before anything is done with them.
cdef Strings strings_of(object values, object codec, str name)
# Those of bytes that are elements' already.
cdef Strings strings_of_bytes(object strings)
# The same, or what is one already; of None there are none.
cdef Strings as_strings(object strings)
