from coterie._core cimport Storage
from coterie._stored cimport Stored
from coterie.filters._filter cimport PyThread_type_lock


# What Bloom filters in the formats of others share. They have no container of ours, and hash keys in their own ways.
#
# Writers take turns by the lock, and wait for it by `take_turn`. Under it there is only C. Readers take nothing.
cdef class ForeignFilter(Stored):
    cdef Storage memory  # the bits; who works with them holds it
    cdef PyThread_type_lock lock

    # ---- for subclasses to define ----
    cdef bint has(self, object key) except -1
    # Adds a key; whether that changed a bit.
    cdef bint put(self, object key) except -1
    # Take over the shape of another filter of the class, with bits of its own.
    cdef int take(self, ForeignFilter other, Storage memory) except -1
    # The bits as they are now; __init__ may replace them.
    cdef Storage bits(self)
    # Whether two filters of the class have the same shape.
    cdef bint like(self, ForeignFilter other) noexcept
