from libc.stdint cimport uint64_t

from coterie.crdts._dotted cimport Dotted, coterie_dotted

cdef extern from "coterie/crdts/map_index.h" nogil:
    enum:
        COTERIE_MAP_DEPTH
        COTERIE_MAP_ROOT
    enum coterie_map_kind:
        COTERIE_MAP_COUNTER
        COTERIE_MAP_SET
        COTERIE_MAP_RW_SET
        COTERIE_MAP_REGISTER
        COTERIE_MAP_LWW
        COTERIE_MAP_FLAG
        COTERIE_MAP_DW_FLAG
        COTERIE_MAP_MAP
        COTERIE_MAP_KINDS


# The outermost map: the state, and what is read and written at a path. That of a node is all levels of its strings, each a key and
# a kind; a string is a path and what follows it.
cdef class MapRoot(Dotted):
    cdef uint64_t stamp     # the greatest that was seen, but for those that the index knows
    cdef uint64_t settled   # own dots above it are known to nobody else
    cdef bint left          # the state has left this object since, or others' have come
    cdef uint64_t parted    # as `PARTED` was then

    cdef uint64_t latest(self) noexcept
    # An object that has the state as it is, for reading alone: no dot is settled by that.
    cdef MapRoot still(self)

    # A string that is there or not.
    cdef bint has(self, bytes string) noexcept
    cdef int put(self, bytes string) except -1
    cdef bint drop(self, bytes string) except -1
    # Instead of all others of its path, which has `head` bytes.
    cdef int put_alone(self, bytes string, size_t head) except -1

    # What is below a path goes; of a map, what is at one key: whether that is present.
    cdef int clear_at(self, bytes path) except -1
    cdef bint delete_at(self, bytes path, bytes key) except -1

    # How many members a path shows; the bytes of these, sorted, at most so many; and a number that is another when others are shown. That
    # under a critical section.
    cdef size_t len_at(self, bytes path) noexcept
    cdef tuple some_at(self, bytes path, size_t most)
    cdef uint64_t content_at(self, bytes path) noexcept
    cdef uint64_t content_of(self, bytes path) noexcept
    # The kinds of a key that are present, each a bit.
    cdef unsigned kinds_at(self, bytes path, bytes key) noexcept

    # Counters.
    cdef int count_at(self, bytes path, bint negative, uint64_t amount) except -1
    cdef object total_at(self, bytes path)
    # The stamp, writer and bytes of the value that wins; None if there is none. Writes one: whether it wins.
    cdef tuple winner_at(self, bytes path)
    cdef bint write_at(self, bytes path, bytes value, object time) except -1
    cdef void forget_stamps(self, uint64_t latest) noexcept
    # All that a map shows, as Python's own.
    cdef dict visible_at(self, bytes path)
