# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Sets in which a removal wins over additions at the same time."""

cimport cython
cimport numpy as cnp

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport uint8_t, uint32_t, uint64_t

from coterie.crdts._dotted cimport (
    COTERIE_NO_STRING, Dotted, coterie_dot_log, coterie_dotted, coterie_string_check, coterie_table_find, coterie_table_hash,
)
from coterie.crdts._dotted_set cimport DottedSet
from coterie.crdts._elements cimport Strings, Written, begin, coterie_strings, end, of_strings, write_element
from coterie.crdts._replicated cimport (
    COTERIE_NO_MEMORY, COTERIE_OK, ENTRIES, TOMBSTONES, Replicated, check, coterie_status,
)

from collections.abc import MutableSet

from coterie.crdts._changes import Changes

cdef extern from "coterie/crdts/remove_wins.h" nogil:
    enum:
        COTERIE_REMOVED
        COTERIE_ADDED
    ctypedef struct coterie_remove_wins:
        size_t removals
        uint64_t turns
    int coterie_remove_wins_check(const uint8_t *bytes, size_t len)
    coterie_status coterie_remove_wins_follow(coterie_dotted *dotted)
    const coterie_remove_wins *coterie_remove_wins_of(const coterie_dotted *dotted)
    size_t coterie_remove_wins_len(const coterie_dotted *dotted)
    bint coterie_remove_wins_shows(const coterie_dotted *dotted, uint32_t string)
    coterie_status coterie_remove_wins_make(coterie_dotted *dotted, size_t place, const uint8_t *bytes, size_t len,
                                            coterie_dot_log *log)
    coterie_status coterie_remove_wins_change(coterie_dotted *dotted, size_t place, coterie_strings removed,
                                              coterie_strings added, coterie_dot_log *log, uint32_t *least)
    coterie_status coterie_remove_wins_have(const coterie_dotted *dotted, coterie_strings elements, uint8_t *found)
    coterie_status coterie_remove_wins_renew(coterie_dotted *out, const coterie_dotted *dotted, const void *id, size_t len)

cdef extern from "coterie/crdts/frame.h" nogil:
    enum:
        COTERIE_REMOVE_WINS_SET

cnp.import_array()


@cython.auto_pickle(False)
cdef class RemoveWinsSet(DottedSet):
    """RemoveWinsSet(iterable=(), *, replica=None, codec=None)\n--\n
    A set in which a removal wins over additions that did not see it.

    iterable: elements, added as local changes: as for ORSet.
    replica: this object's id, bytes or a str of 1 .. 64 bytes, which no other living object may have; None: a random one.
    codec: a tuple of two functions, (encode, decode), for other elements: `encode(x)` gives bytes, of which `decode` makes the
        element when it is read.

    Additions and removals each have an event of their own, and replace those that they saw. An element is in the set if it was
    added, and no removal is left: so one that is removed while others add it is out, until it is added by who knows that.
    `discard` leaves an event also where the element is absent, which holds against additions elsewhere; so memory follows all
    elements that were ever removed, until they are added again or the set is rebased. Else as ORSet: a MutableSet, but for the
    four operators of the lattice. Constant time for one element; a merge looks at 64 events at a time, and at each element that
    is added or removed.

    Baquero, Almeida and Shoker, "Pure operation-based replicated data types", 2017.

    >>> from coterie import RemoveWinsSet
    >>> a, b = RemoveWinsSet(replica="a"), RemoveWinsSet(replica="b")
    >>> a.discard("mallory")
    >>> b.update(["alice", "mallory"])
    >>> a.merge(b)
    >>> list(a), a.stats()["tombstones"]
    (['alice'], 1)
    >>> a.add("mallory")
    >>> sorted(a)
    ['alice', 'mallory']
    """

    def __cinit__(self):
        check(coterie_remove_wins_follow(self.dots()))

    def __init__(self, iterable=(), *, replica=None, codec=None):
        self.begin_with(iterable, replica, codec)

    cdef unsigned number(self) noexcept:
        return COTERIE_REMOVE_WINS_SET

    cdef Replicated empty(self):
        return RemoveWinsSet.__new__(RemoveWinsSet)

    cdef coterie_string_check string_check(self) noexcept:
        return coterie_remove_wins_check

    # ---- one element ----

    # Adds or removes an element; if `present`, only if it is: whether it did.
    cdef bint put(self, uint8_t mark, object element, bint present) except -1:
        cdef Written out
        cdef bytes id
        cdef coterie_status status = COTERIE_OK
        cdef bint done = True
        begin(&out)
        try:
            self.write_string(element, &out)
            id = self.own(True)
            with cython.critical_section(self):
                if present:
                    done = is_shown(self.dots(), &out)
                if done:
                    out.bytes[0] = mark
                    status = self.replace(&out, None, None, id)
            self.check_change(status, id)
        finally:
            end(&out)
        return done

    # The string of its addition.
    cdef int write_string(self, object element, Written *out) except -1:
        out.bytes[0], out.len = COTERIE_ADDED, 1
        return write_element(element, self.codec_now(), out)

    # Of one string, or of many elements.
    cdef coterie_status replace(self, Written *string, Strings removed, Strings added, bytes id) noexcept:
        cdef size_t place
        cdef uint64_t turns = self.turns()
        cdef coterie_dotted *dots = self.to_change(id, &place)
        cdef coterie_status status = COTERIE_NO_MEMORY
        cdef uint32_t least = COTERIE_NO_STRING
        if dots is not NULL and string is not NULL:
            status = coterie_remove_wins_make(dots, place, string.bytes, string.len, &self.log)
        elif dots is not NULL:
            status = coterie_remove_wins_change(dots, place, of_strings(removed), of_strings(added), &self.log, &least)
        if status == COTERIE_OK:
            if self.turns() != turns:
                self.content += 1
                if string is not NULL and string.bytes[0] == COTERIE_ADDED:
                    least = number_of(dots, string.bytes, string.len)
                self.low = min(self.low, <size_t>least)
            self.changed()
        return status

    def add(self, element, /):
        """Add an element. It makes a new event, also if it is there."""
        self.put(COTERIE_ADDED, element, False)

    def discard(self, element, /):
        """Remove an element. It makes a new event, also if it is not there: so it stays out if others add it at the same time."""
        self.put(COTERIE_REMOVED, element, False)

    def remove(self, element, /):
        """Remove an element. KeyError, and no event, if it is not there."""
        if not self.put(COTERIE_REMOVED, element, True):
            raise KeyError(element)

    def __contains__(self, element):
        cdef Written out
        cdef bint found
        begin(&out)
        try:
            self.write_string(element, &out)
            with cython.critical_section(self):
                found = is_shown(self.dots(), &out)
            return found
        finally:
            end(&out)

    # ---- many elements ----

    def _have(self, Strings strings):
        cdef cnp.npy_intp n = strings.n
        cdef cnp.ndarray out = cnp.PyArray_EMPTY(1, &n, cnp.NPY_BOOL, 0)
        cdef coterie_status status
        with cython.critical_section(self):
            status = coterie_remove_wins_have(self.dots(), of_strings(strings), <uint8_t *>cnp.PyArray_DATA(out))
        check(status)
        return out

    cdef coterie_status change(self, Strings gone, Strings fresh, bytes id) noexcept:
        return self.replace(NULL, gone, fresh, id)

    # ---- the state ----

    cdef size_t present(self) noexcept:
        return coterie_remove_wins_len(self.dots())

    cdef bint shows(self, const coterie_dotted *dots, uint32_t string) noexcept:
        return coterie_remove_wins_shows(dots, string)

    cdef size_t head(self) noexcept:
        return 1

    cdef uint64_t turns(self) noexcept:
        return coterie_remove_wins_of(self.dots()).turns

    cdef DottedSet witness(self):
        return RemoveWinsSet.__new__(RemoveWinsSet)

    cdef object listed(self, DottedSet after, list came, list went):
        return Changes(*(<RemoveWinsSet>after).turned({*came, *went}), codec=self.codec_now())

    # Elements that became present when these strings came or went, and those that became absent.
    cdef tuple turned(self, set strings):
        cdef list came = [], went = []
        cdef bytes added, removed
        cdef bint has_added, has_removed, now, before
        for element in sorted({(<bytes>string)[1:] for string in strings}):
            added, removed = b"\1" + <bytes>element, b"\0" + <bytes>element
            has_added, has_removed = find(self.dots(), added), find(self.dots(), removed)
            now = has_added and not has_removed
            before = has_added != (added in strings) and has_removed == (removed in strings)
            if now != before:
                (came if now else went).append(element)
        return came, went

    cdef coterie_status renewed(self, coterie_dotted *out, const uint8_t *id, size_t len) noexcept:
        if coterie_remove_wins_follow(out) != COTERIE_OK:
            return COTERIE_NO_MEMORY
        return coterie_remove_wins_renew(out, self.dots(), id, len)

    cdef void measure(self, size_t *numbers) noexcept:
        Dotted.measure(self, numbers)
        numbers[ENTRIES] = coterie_remove_wins_len(self.dots())
        numbers[TOMBSTONES] = coterie_remove_wins_of(self.dots()).removals


cdef uint32_t number_of(const coterie_dotted *dots, const void *string, size_t len) noexcept:
    return coterie_table_find(&dots.strings, coterie_table_hash(&dots.strings, string, len), string, len)


cdef bint find(const coterie_dotted *dots, bytes string) noexcept:
    return number_of(dots, PyBytes_AS_STRING(string), PyBytes_GET_SIZE(string)) != COTERIE_NO_STRING


# Whether the element is in the set whose addition has this string.
cdef bint is_shown(const coterie_dotted *dots, const Written *string) noexcept:
    return coterie_remove_wins_shows(dots, number_of(dots, string.bytes, string.len))


MutableSet.register(RemoveWinsSet)
