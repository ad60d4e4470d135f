from coterie.clocks._ids cimport Kind


# A set of ids that never changes, in canonical order.
cdef class Roster:
    cdef Kind kind
    cdef tuple all
    cdef bytes mark
    cdef dict position
