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
    cdef bint put_all(self, Slots onto, const Py_ssize_t *places, uint64_t *counts, size_t n) noexcept
    # Outside of it:
    cdef Slots standing(self)
    # A counter for an id, unless others change the object at once.
    cdef int make_slot(self, object id, Kind kind) except -1
    cdef uint64_t get(self, object id) except? 0
    # From these slots onto others, unless it stands on others by now; False: it would need more than 4 slots for each of its
    # ids and these to spare.
    cdef bint move(self, Slots slots, Slots onto, size_t spare) except -1
    cdef int settle(self, Slots slots, Slots onto, const Py_ssize_t *places, size_t n, size_t top) except -1
    # The ids that have something.
    cdef list used_ids(self)
    # A new one of the class without what subclasses in Python add; and a copy for itself: who reads what others may change goes
    # on with it.
    cdef Counters empty(self)
    cdef Counters still(self)
    # Onto the first n of other slots, of one that no one else has: what has no place there goes; whether there was any.
    cdef bint project(self, Slots onto, size_t n) except -1
    # Sets the places of the slots that have something to -1, and those of others to -2. Under the critical section, and all C.
    cdef void mark(self, Py_ssize_t *places) noexcept
    # For subclasses that have more than counters: whether all that they have has got a place; and moves it there, or drops
    # it if it has none; whether any was dropped. Under the critical section, and all C.
    cdef bint all_placed(self, const Py_ssize_t *places) noexcept
    cdef bint replace(self, const Py_ssize_t *places) noexcept


# Whether an id is of the plain type of a kind.
cdef bint is_plain(object id, Kind kind) noexcept
# Makes two objects stand on the same slots, unless others change them at once; False: one has so much more than the other that
# this is not worth it. Their ids have to be of one kind.
cdef bint unify(Counters a, Counters b) except -1
# The same even so, for a merge into a; b is one that no one else has.
cdef int put_together(Counters a, Counters b) except -1
# Copies of both that no one else has, as they are at one moment.
cdef tuple copies(Counters a, Counters b)
# Puts two such onto the slots of that which has fewer; COTERIE_BEFORE if b, COTERIE_AFTER if a loses something by it.
cdef int align(Counters a, Counters b) except -1
