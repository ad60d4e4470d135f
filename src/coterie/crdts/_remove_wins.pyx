# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Sets in which a removal wins over additions at the same time."""

cimport cython
cimport numpy as cnp

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memset

from coterie._core cimport cpu_level_address
from coterie.crdts._dotted cimport (
    Dotted, coterie_dot_log, coterie_dotted, coterie_string, coterie_string_check, coterie_table_find, coterie_table_hash,
)
from coterie.crdts._elements cimport (
    Strings, Written, begin, end, read_element, strings_of, strings_of_bytes, write_element,
)
from coterie.crdts._replicated cimport (
    COTERIE_NO_MEMORY, COTERIE_OK, ENTRIES, TOMBSTONES, Replicated, check, check_codec, coterie_status,
)

from collections.abc import MutableSet

from coterie.crdts._changes import Changes
from coterie.crdts._set_methods import MutableSetMethods

cdef extern from "coterie/base.h" nogil:
    uint32_t coterie_load32(const void *p)

cdef extern from "coterie/crdts/remove_wins.h" nogil:
    enum:
        COTERIE_REMOVED
        COTERIE_ADDED
    ctypedef struct coterie_remove_wins:
        size_t removals
        uint64_t turns
    ctypedef struct coterie_some_elements:
        const uint8_t *bytes
        const size_t *ends
        size_t n
    ctypedef struct coterie_came_and_went:
        uint8_t *came
        uint8_t *went
        size_t came_size
        size_t went_size
    void coterie_came_and_went_free(coterie_came_and_went *changes)
    coterie_status coterie_dotted_join(coterie_dotted *dotted, const coterie_dotted *other, coterie_came_and_went *changes,
                                       int level)
    coterie_status coterie_dotted_place(coterie_dotted *dotted, const void *id, size_t len, size_t *place)
    int coterie_remove_wins_check(const uint8_t *bytes, size_t len)
    coterie_status coterie_remove_wins_follow(coterie_dotted *dotted)
    const coterie_remove_wins *coterie_remove_wins_of(const coterie_dotted *dotted)
    size_t coterie_remove_wins_len(const coterie_dotted *dotted)
    bint coterie_remove_wins_shows(const coterie_dotted *dotted, uint32_t string)
    coterie_status coterie_remove_wins_make(coterie_dotted *dotted, size_t place, const uint8_t *bytes, size_t len,
                                            coterie_dot_log *log)
    coterie_status coterie_remove_wins_change(coterie_dotted *dotted, size_t place, coterie_some_elements removed,
                                              coterie_some_elements added, coterie_dot_log *log)
    coterie_status coterie_remove_wins_have(const coterie_dotted *dotted, coterie_some_elements elements, uint8_t *found)
    coterie_status coterie_remove_wins_renew(coterie_dotted *out, const coterie_dotted *dotted, const void *id, size_t len)

cdef extern from "coterie/crdts/frame.h" nogil:
    enum:
        COTERIE_REMOVE_WINS_SET

cnp.import_array()

cdef const int *LEVEL = cpu_level_address()


@cython.auto_pickle(False)
cdef class RemoveWinsSet(Dotted, MutableSetMethods):
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

    cdef uint64_t content  # counts the changes of what is in it
    cdef size_t low        # no element that is in it has a smaller number

    def __cinit__(self):
        check(coterie_remove_wins_follow(self.dots()))

    def __init__(self, iterable=(), *, replica=None, codec=None):
        cdef Strings strings = strings_of(iterable, check_codec(codec), "iterable")
        self.begin(replica, codec)
        self._change(None, strings)

    cdef unsigned number(self) noexcept:
        return COTERIE_REMOVE_WINS_SET

    cdef Replicated empty(self):
        return RemoveWinsSet.__new__(RemoveWinsSet)

    cdef coterie_string_check string_check(self) noexcept:
        return coterie_remove_wins_check

    cdef object codec_now(self):
        with cython.critical_section(self):
            codec = self.codec
        return codec

    # ---- one element ----

    # Adds or removes an element, whose string begins with what is done; if `present`, only one that is in the set: whether it did.
    cdef bint put(self, const uint8_t *string, size_t len, bint present) except -1:
        cdef bytes id = self.own(True)
        cdef coterie_status status = COTERIE_OK
        cdef bint done = True
        with cython.critical_section(self):
            if present:
                done = self.has(string, len)
            if done:
                status = self.change(string, len, NULL, NULL, id)
        self.check_change(status, id)
        return done

    # Of a string, or of many elements.
    cdef coterie_status change(self, const uint8_t *string, size_t len, coterie_some_elements *removed,
                               coterie_some_elements *added, bytes id) noexcept:
        cdef coterie_dotted *dots = self.own_store()
        cdef coterie_status status = COTERIE_NO_MEMORY
        cdef uint64_t turns = 0
        cdef size_t place
        if dots is not NULL:
            turns = coterie_remove_wins_of(dots).turns
            status = coterie_dotted_place(dots, PyBytes_AS_STRING(id), PyBytes_GET_SIZE(id), &place)
        if status == COTERIE_OK and string is not NULL:
            status = coterie_remove_wins_make(dots, place, string, len, &self.log)
        elif status == COTERIE_OK:
            status = coterie_remove_wins_change(dots, place, removed[0], added[0], &self.log)
        if status == COTERIE_OK:
            self.wrote = True
            self.version += 1
            self.content += coterie_remove_wins_of(dots).turns != turns
            if added is NULL or added.n:
                self.low = 0
        return status
