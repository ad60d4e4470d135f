from libc.stdint cimport uint64_t

# What a source of time says, an int of nanoseconds, in milliseconds.
cdef uint64_t reading_of(object ns) except? 0
