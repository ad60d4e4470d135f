from libc.stdint cimport uint64_t

from coterie.clocks._ids cimport Kind


# Which counter of a vector belongs to which id. Grows at its end alone, so that the vectors of many clocks stand on it,
# longer and shorter ones: those that do compare counter by counter.
cdef class Slots:
    cdef Kind kind
    cdef list ids
    cdef dict slot_of      # its entries stay as they are
    cdef uint64_t serial    # older ones have smaller numbers
    cdef list sorted_slots  # the slots in the order of their ids, as of some time
    cdef object __weakref__

    cdef Py_ssize_t find(self, object id) except -2  # -1: it is not there
    cdef Py_ssize_t add(self, object id) except -1
    # The slots of ids whose place is -1, which get one if they have none, and of those among the others that have one; how
    # many slots that needs, or -1, and nothing is added, if it is more than `most`.
    cdef Py_ssize_t places_of(self, tuple ids, Py_ssize_t *places, size_t most) except -2
    cdef object id_at(self, Py_ssize_t slot)
    cdef tuple first(self, size_t n)     # the ids of the first n
    cdef list order(self)                # the slots in the order of their ids


# Without an id, for clocks without an entry.
cdef Slots NO_SLOTS
# For these ids, which are sorted: the same for equal ones, while it is in use.
cdef Slots slots_for(tuple ids, Kind kind)
