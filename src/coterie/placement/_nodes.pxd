from libc.stdint cimport int32_t, uint32_t, uint64_t

from coterie._core cimport Sink, Storage
from coterie.placement._members cimport Members
from coterie.placement._scheme cimport Scheme


# What a sink gets: the table's structure, and for rows what they need beside it.
cdef struct Query:
    const void *structure
    size_t width
    uint64_t *seen  # NULL, or one bit for each node, all 0
    void *room      # as many bytes as the table asks for


# One state of a placement: immutable once it is published.
cdef class Table:
    cdef Members members
    cdef tuple nodes
    cdef uint64_t seed
    cdef uint64_t salt
    cdef uint64_t option  # the one number that a scheme is made with beside its nodes and seed
    cdef Storage memory   # under the structure; None without nodes
    cdef const void *structure

    # What a scheme says once, when a table is made: how it is stored and shown, and its batches.
    cdef int kind
    cdef str name
    cdef str option_name  # None: there is none
    cdef Sink assign_sink
    cdef Sink rows_sink

    # ---- what a scheme does; there are nodes ----

    # The position of the node of a digest.
    cdef uint32_t get(self, uint64_t digest) noexcept nogil
    # The first `want` nodes of a digest whose bits are not set in `seen`, which get set; how many there are. `seen` may be
    # NULL if all count and `want` is small.
    cdef uint32_t get_many(self, uint64_t digest, uint32_t want, uint64_t *seen, void *room, int32_t *out) noexcept nogil
    # The bytes of room that get_many and the rows of that width need.
    cdef size_t room(self, size_t want) noexcept
    # About the steps that a row of that width takes; what one key takes for width 0.
    cdef size_t steps(self, size_t want) noexcept
    # Sets the option; ValueError or TypeError.
    cdef int set_option(self, object value) except -1
    # Builds the structure of the members. `old`: a table that differs in one node, at the positions `before` there and
    # `after` here, -1 where it is not there; None: there is none.
    cdef int build(self, Table old, Py_ssize_t before, Py_ssize_t after) except -1
    # The last token of each range, ascending, and the position that owns it; None if there are no ranges.
    cdef object ranges(self)

    # ---- for all schemes ----

    cdef Table emptied(self)
    cdef Table with_members(self, Members members, Table old, Py_ssize_t before, Py_ssize_t after)


# A placement over named nodes with weights. Readers see an immutable table; a change makes another one.
cdef class NodeScheme(Scheme):
    cdef Table _table      # never None: each scheme's __cinit__ sets an empty one
    cdef object _turn      # whose turn it is to change the nodes,
    cdef object _pid       # in which process,
    cdef double _patience  # and how many seconds the others wait for it

    # The present state.
    cdef Table table(self)
    # What __init__ does.
    cdef int start(self, object nodes, object option, object seed) except -1
    cdef bint publish(self, Table old, Table new)
    cdef int add(self, list entries) except -1
    cdef int change(self, list entries, object node, double weight) except -1
    cdef bint try_change(self, list entries, object node, double weight) except -1
