from libc.stdint cimport uint64_t

from coterie._core cimport Storage


# What all placement schemes share: copies, pickles, bytes and files. A scheme says how its state is shared and stored.
cdef class Scheme:
    # What digests are mixed with.
    cdef uint64_t salt(self) noexcept
    # Take over the state of another object of the same class, at no cost.
    cdef int share(self, Scheme other) except -1
    # The state as a container.
    cdef bytes encode(self)
    # Take over a stored state; DecodeError, and the object as it was, if the bytes are anything else.
    cdef int decode(self, Storage storage) except -1

# Each scheme makes itself known, once.
cdef object register(object kind)
