from libc.stdint cimport uint64_t

from coterie._stored cimport Stored
from coterie.clocks._ids cimport Kind
from coterie.clocks._slots cimport Slots

cdef enum:
    FEW = 4  # counters for which there is room in the object


# A counter for each of the first n slots.
#
# Without the GIL a critical section that waits within it lets go. So each is entered with all that is needed, looks whether
# the object still stands on the slots that this is for, and does in C what is to be done; or it is tried again.
cdef class Counters(Stored):
    cdef Slots slots
    cdef uint64_t *counts
    cdef size_t n
    cdef size_t room
    cdef uint64_t few[FEW]

    # Under the critical section:
    cdef Kind kind(self) noexcept
    cdef size_t entries(self) noexcept
    cdef int reserve(self, size_t n) except -1
    cdef int grow(self, size_t n) except -1
    cdef int become(self, Counters other) except -1
    # Outside of it:
    cdef Slots standing(self)
    # A counter for an id, unless others change the object at once.
    cdef int make_slot(self, object id, Kind kind) except -1
    cdef uint64_t get(self, object id) except? 0
    # From these slots onto others, unless it stands on others by now; False: it is not worth it.
    cdef bint move(self, Slots slots, Slots onto, bint must) except -1
    cdef int settle(self, Slots slots, Slots onto, const Py_ssize_t *places, size_t n, size_t top) except -1
    # The ids that have something.
    cdef list used_ids(self)
    # For subclasses that have more than counters: sets the places of what they have to -1; whether all that they have has
    # got a place; and moves it there. Under the critical section, and all C.
    cdef void mark(self, Py_ssize_t *places) noexcept
    cdef bint all_placed(self, const Py_ssize_t *places) noexcept
    cdef void replace(self, const Py_ssize_t *places) noexcept


# Whether an id is of the plain type of a kind.
cdef bint is_plain(object id, Kind kind) noexcept
# Makes two objects stand on the same slots, unless others change them at once. Their ids have to be of one kind.
cdef int unify(Counters a, Counters b) except -1
