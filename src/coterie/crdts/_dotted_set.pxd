from libc.stdint cimport uint32_t, uint64_t

from coterie.crdts._dotted cimport Dotted, coterie_dotted
from coterie.crdts._elements cimport Strings
from coterie.crdts._replicated cimport coterie_status


# A set whose changes are events.
cdef class DottedSet(Dotted):
    cdef uint64_t content  # counts the changes of what is in it
    cdef size_t low        # no element that is in it has a smaller number

    cdef int begin_with(self, object iterable, object replica, object codec) except -1
    cdef void note_low(self, size_t start, size_t low, uint64_t version) noexcept

    # What a set brings, if it is not so: each string is an element.
    cdef size_t present(self) noexcept                                              # how many elements are in it
    cdef bint shows(self, const coterie_dotted *dots, uint32_t string) noexcept     # whether a number is that of one
    cdef size_t head(self) noexcept                                                 # bytes before an element in its string
    cdef uint64_t turns(self) noexcept                                              # how often one came or went
    # What a merge changed, of the strings that came and went, and of the state after it if there is a witness.
    cdef DottedSet witness(self)
    cdef object listed(self, DottedSet after, list came, list went)
    # What it brings in any case: removes some and adds others.
    cdef coterie_status change(self, Strings gone, Strings fresh, bytes id) noexcept
