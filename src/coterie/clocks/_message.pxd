from libc.stdint cimport uint64_t

from coterie.clocks._ids cimport Kind
from coterie.clocks._vector cimport VectorClock


# What one replica said, and what it knew then. It never changes.
cdef class Message:
    cdef object from_id
    cdef Kind kind
    cdef uint64_t count       # of the sender's messages, this one included
    cdef VectorClock known    # nobody else has it
    cdef object said
