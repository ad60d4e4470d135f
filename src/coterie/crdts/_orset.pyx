# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Sets in which an addition wins over removals at the same time."""

cimport cython
cimport numpy as cnp

from libc.stdint cimport uint8_t, uint32_t, uint64_t

from coterie.crdts._dotted cimport COTERIE_NO_STRING, coterie_dot_log, coterie_dotted, coterie_table_find, coterie_table_hash
from coterie.crdts._dotted_set cimport DottedSet
from coterie.crdts._elements cimport Strings, Written, begin, coterie_strings, end, of_strings, write_element
from coterie.crdts._replicated cimport COTERIE_NO_MEMORY, COTERIE_OK, Replicated, check, coterie_status

from collections.abc import MutableSet

cdef extern from "coterie/crdts/dotted_local.h" nogil:
    coterie_status coterie_dotted_unmake(coterie_dotted *dotted, uint32_t string, coterie_dot_log *log)
    coterie_status coterie_dotted_change_many(coterie_dotted *dotted, size_t place, coterie_strings made, coterie_strings dropped,
                                              coterie_dot_log *log, size_t *gone)
    void coterie_dotted_have_many(const coterie_dotted *dotted, coterie_strings strings, uint8_t *found)

cdef extern from "coterie/crdts/frame.h" nogil:
    enum:
        COTERIE_OR_SET

cnp.import_array()


@cython.auto_pickle(False)
cdef class ORSet(DottedSet):
    """ORSet(iterable=(), *, replica=None, codec=None)\n--\n
    A set in which an addition wins over removals that did not see it.

    iterable: elements, added as local changes: None, bools, ints, floats, str, bytes and tuples of these. Elements of other
        kinds, or with other bytes, are others: 1, True, 1.0, "1" and b"1" are five.
    replica: this object's id, bytes or a str of 1 .. 64 bytes, which no other living object may have; None: a random one.
    codec: a tuple of two functions, (encode, decode), for other elements: `encode(x)` gives bytes, of which `decode` makes the
        element when it is read.

    Each addition has an event of its own, and a removal takes away those that it saw: what another replica adds at the same
    time stays. Nothing is kept of what was removed, but that its event was seen: memory follows what is in the set. It is a
    MutableSet, but for the four operators of the lattice, `|`, `|=`, `==` and `<=`, which merge and compare states; `&`, `-` and
    `^` give plain sets. Methods are atomic: any thread may use an object at any time. Constant time for one element; a merge
    looks at 64 events at a time, and at each element that comes or goes.

    Bieniusa et al., "An optimized conflict-free replicated set", 2012.

    >>> from coterie import ORSet
    >>> a = ORSet(["milk"], replica="a")
    >>> b = a.fork(replica="b")
    >>> a.remove("milk")
    >>> b.add("milk")
    >>> a.merge(b)
    >>> sorted(a), a == (b | a)
    (['milk'], True)
    """

    def __init__(self, iterable=(), *, replica=None, codec=None):
        self.begin_with(iterable, replica, codec)

    cdef unsigned number(self) noexcept:
        return COTERIE_OR_SET

    cdef Replicated empty(self):
        return ORSet.__new__(ORSet)

    # ---- one element ----

    cdef int put(self, const void *string, size_t len, bytes id) except -1:
        cdef coterie_status status
        cdef uint64_t turns
        with cython.critical_section(self):
            turns = self.dots().turns
            status = self.make(id, string, len, False)
            if self.dots().turns != turns:
                self.content += 1
                self.note_numbers()
        return self.check_change(status, id)

    # After a change of a store that is one's own: no string has a smaller number than `low`.
    cdef void note_numbers(self) noexcept:
        cdef coterie_dotted *dots = self.dots()
        self.low = min(self.low, <size_t>dots.lowest)
        dots.lowest = COTERIE_NO_STRING

    # Drops an element; whether it was there.
    cdef bint drop(self, const void *string, size_t len) except -1:
        cdef coterie_dotted *dots
        cdef uint32_t number
        cdef coterie_status status = COTERIE_OK
        cdef bint found = False
        with cython.critical_section(self):
            dots = self.dots()
            number = coterie_table_find(&dots.strings, coterie_table_hash(&dots.strings, string, len), string, len)
            found = number != COTERIE_NO_STRING
            if found:
                dots = self.own_store()
                status = COTERIE_NO_MEMORY if dots is NULL else coterie_dotted_unmake(dots, number, &self.log)
            if found and status == COTERIE_OK:
                self.content += 1
                self.changed()
        check(status)
        return found

    cdef bint has(self, const void *string, size_t len) noexcept:
        cdef coterie_dotted *dots
        cdef uint32_t number
        with cython.critical_section(self):
            dots = self.dots()
            number = coterie_table_find(&dots.strings, coterie_table_hash(&dots.strings, string, len), string, len)
        return number != COTERIE_NO_STRING

    def add(self, element, /):
        """Add an element. It makes a new event, also if it is there: so it stays if others remove it at the same time."""
        cdef Written out
        begin(&out)
        try:
            write_element(element, self.codec_now(), &out)
            self.put(out.bytes, out.len, self.own(True))
        finally:
            end(&out)

    cdef bint discarded(self, object element) except -1:
        cdef Written out
        begin(&out)
        try:
            write_element(element, self.codec_now(), &out)
            self.own(True)
            return self.drop(out.bytes, out.len)
        finally:
            end(&out)

    def discard(self, element, /):
        """Remove an element if it is there."""
        self.discarded(element)

    def remove(self, element, /):
        """Remove an element. KeyError if it is not there."""
        if not self.discarded(element):
            raise KeyError(element)

    def __contains__(self, element):
        cdef Written out
        begin(&out)
        try:
            write_element(element, self.codec_now(), &out)
            return self.has(out.bytes, out.len)
        finally:
            end(&out)

    # ---- many elements ----

    def _have(self, Strings strings):
        cdef cnp.npy_intp n = strings.n
        cdef cnp.ndarray out = cnp.PyArray_EMPTY(1, &n, cnp.NPY_BOOL, 0)
        with cython.critical_section(self):
            coterie_dotted_have_many(self.dots(), of_strings(strings), <uint8_t *>cnp.PyArray_DATA(out))
        return out

    cdef coterie_status change(self, Strings gone, Strings fresh, bytes id) noexcept:
        cdef size_t place, dropped = 0
        cdef uint64_t turns = self.dots().turns
        cdef coterie_dotted *dots = self.to_change(id, &place)
        cdef coterie_status status = COTERIE_NO_MEMORY
        if dots is not NULL:
            status = coterie_dotted_change_many(dots, place, of_strings(fresh), of_strings(gone), &self.log, &dropped)
        if status == COTERIE_OK:
            self.wrote = self.wrote or dropped or fresh.n
            self.version += 1
            self.content += dots.turns != turns
            self.note_numbers()
            self.tidy()
        return status


MutableSet.register(ORSet)
