from libc.stdint cimport uint64_t

from coterie._core cimport Storage
from coterie._stored cimport Stored


# What all placement schemes share: tokens, pickles, bytes and files. A scheme says how its state is shared and stored.
cdef class Scheme(Stored):
    # What digests are mixed with.
    cdef uint64_t salt(self) noexcept
    # The state as a container.
    cdef bytes encode(self)
    # Take over a stored state; DecodeError, and the object as it was, if the bytes are anything else.
    cdef int decode(self, Storage storage) except -1

# Each scheme makes itself known, once.
cdef object register(object kind)
