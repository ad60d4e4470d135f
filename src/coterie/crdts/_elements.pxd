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
# Writes the bytes of an element, a key or a value: behind those that are there.
cdef int write_element(object value, object codec, Written *out) except -1
# What these bytes, which are an element's, stand for.
cdef object read_element(const uint8_t *bytes, size_t len, object codec)
# An element as bytes of its own.
cdef bytes element_bytes(object value, object codec)
