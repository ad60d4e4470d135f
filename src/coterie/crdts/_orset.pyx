# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Sets in which an addition wins over removals at the same time."""

cimport cython
cimport numpy as cnp

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memset

from coterie._core cimport cpu_level_address
from coterie.crdts._dotted cimport (
    COTERIE_NO_STRING, Dotted, as_strings, coterie_came_and_went, coterie_came_and_went_free, coterie_dot_log, coterie_dotted,
    coterie_table_find, coterie_table_hash, listed_strings, string_at,
)
from coterie.crdts._elements cimport (
    Strings, Written, begin, end, read_element, strings_of, write_element,
)
from coterie.crdts._replicated cimport (
    COTERIE_NO_MEMORY, COTERIE_OK, Replicated, check, check_codec, coterie_status,
)

from collections.abc import MutableSet

from coterie.crdts._changes import Changes
from coterie.crdts._set_methods import MutableSetMethods

cdef extern from "coterie/crdts/dotted_local.h" nogil:
    coterie_status coterie_dotted_join(coterie_dotted *dotted, const coterie_dotted *other, coterie_came_and_went *changes,
                                       int level)
    coterie_status coterie_dotted_place(coterie_dotted *dotted, const void *id, size_t len, size_t *place)
    coterie_status coterie_dotted_unmake(coterie_dotted *dotted, uint32_t string, coterie_dot_log *log)
    coterie_status coterie_dotted_make_many(coterie_dotted *dotted, size_t place, const uint8_t *bytes, const size_t *ends, size_t n,
                                            coterie_dot_log *log)
    coterie_status coterie_dotted_unmake_many(coterie_dotted *dotted, const uint8_t *bytes, const size_t *ends, size_t n,
                                              coterie_dot_log *log, size_t *gone)
    void coterie_dotted_have_many(const coterie_dotted *dotted, const uint8_t *bytes, const size_t *ends, size_t n, uint8_t *found)

cdef extern from "coterie/crdts/frame.h" nogil:
    enum:
        COTERIE_OR_SET

cnp.import_array()

cdef const int *LEVEL = cpu_level_address()


@cython.auto_pickle(False)
cdef class ORSet(Dotted, MutableSetMethods):
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

    cdef uint64_t content  # counts the changes of what is in it
    cdef size_t low        # no string has a smaller number

    def __init__(self, iterable=(), *, replica=None, codec=None):
        cdef Strings strings = strings_of(iterable, check_codec(codec), "iterable")
        self.begin(replica, codec)
        self._change(None, strings)

    cdef unsigned number(self) noexcept:
        return COTERIE_OR_SET

    cdef Replicated empty(self):
        return ORSet.__new__(ORSet)

    cdef object codec_now(self):
        with cython.critical_section(self):
            codec = self.codec
        return codec

    # ---- one element ----

    cdef int put(self, const void *string, size_t len, bytes id) except -1:
        cdef coterie_status status
        cdef size_t before
        with cython.critical_section(self):
            before = self.dots().strings.len
            status = self.make(id, string, len)
            self.content += self.dots().strings.len != before
            self.low = 0
        return self.check_change(status, id)

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
                self.wrote = True
                self.version += 1
                self.content += 1
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

    # ---- all elements ----

    def _element(self, bytes string):
        return read_element(<const uint8_t *>PyBytes_AS_STRING(string), PyBytes_GET_SIZE(string), self.codec_now())

    # The bytes of elements from this number on, at most so many; the number where the next are, and `content`.
    def _some(self, size_t start, size_t most):
        cdef ORSet still = ORSet.__new__(ORSet)
        cdef coterie_dotted *dots
        cdef uint64_t content, version
        cdef size_t i, at
        cdef list strings = []
        with cython.critical_section(self):
            still.take(self)
            content, version, start = self.content, self.version, max(start, self.low)
        dots = still.dots()
        at = dots.strings.n
        for i in range(start, dots.strings.n):
            if dots.strings.each[i].len == COTERIE_NO_STRING:
                continue
            if <size_t>len(strings) == most:
                at = i
                break
            if not strings:
                with cython.critical_section(self):
                    if self.version == version and self.low == start:
                        self.low = i
            strings.append(string_at(dots, i))
        return strings, at, content

    def __len__(self):
        cdef size_t n
        with cython.critical_section(self):
            n = self.dots().strings.len
        return n

    def __bool__(self):
        return len(self) > 0

    def __repr__(self):
        cdef list shown = []
        for string in sorted(self._some(0, 11)[0]):
            try:
                shown.append(repr(self._element(string)))
            except TypeError:  # without its codec
                shown.append("?")
        if len(shown) > 10:
            shown[10:] = ["..."]
        return f"<{type(self).__name__} of {{{', '.join(shown)}}}, replica {self.replica!r}>"

    # ---- many elements ----

    def _strings_of(self, values, name):
        return strings_of(values, self.codec_now(), name)

    def _content(self):
        return self.content

    def _have(self, Strings strings):
        cdef cnp.npy_intp n = strings.n
        cdef cnp.ndarray out = cnp.PyArray_EMPTY(1, &n, cnp.NPY_BOOL, 0)
        with cython.critical_section(self):
            coterie_dotted_have_many(self.dots(), strings.all.bytes, strings.ends, n, <uint8_t *>cnp.PyArray_DATA(out))
        return out

    # Removes some and adds others, all or none; unless `content` is another by now: whether it did.
    def _change(self, removed, added, content=None):
        cdef Strings gone = as_strings(removed), fresh = as_strings(added)
        cdef uint64_t expected = 0 if content is None else content
        cdef bint any = content is None, done = False
        cdef bytes id = self.own(True)
        cdef coterie_status status = COTERIE_OK
        with cython.critical_section(self):
            done = any or self.content == expected
            if done:
                status = self.change(gone, fresh, id)
        self.check_change(status, id)
        return done

    cdef coterie_status change(self, Strings gone, Strings fresh, bytes id) noexcept:
        cdef coterie_dotted *dots = self.own_store()
        cdef size_t place, before, dropped = 0
        cdef coterie_status status = COTERIE_NO_MEMORY if dots is NULL else COTERIE_OK
        if status == COTERIE_OK:
            before = dots.strings.len
            status = coterie_dotted_place(dots, PyBytes_AS_STRING(id), PyBytes_GET_SIZE(id), &place)
        if status == COTERIE_OK:
            status = coterie_dotted_make_many(dots, place, fresh.all.bytes, fresh.ends, fresh.n, &self.log)
        if status == COTERIE_OK:
            self.content += dots.strings.len != before
            status = coterie_dotted_unmake_many(dots, gone.all.bytes, gone.ends, gone.n, &self.log, &dropped)
        if status == COTERIE_OK:
            self.content += dropped > 0
        self.wrote = self.wrote or dropped or fresh.n
        self.version += 1
        if fresh.n:
            self.low = 0
        return status

    # ---- the state ----

    cdef coterie_status take(self, Replicated other) noexcept:
        self.content += 1
        self.low = 0
        return Dotted.take(self, other)

    cdef coterie_status join_and_list(self, Dotted other, coterie_came_and_went *changes) noexcept:
        cdef coterie_status status
        memset(changes, 0, sizeof(coterie_came_and_went))
        if self.store == other.store:
            return COTERIE_OK
        if self.own_store() is NULL:
            return COTERIE_NO_MEMORY
        status = coterie_dotted_join(self.dots(), other.dots(), changes, LEVEL[0])
        self.content += changes.came_size or changes.went_size
        self.low = 0
        return status

    cdef coterie_status join(self, Replicated other) noexcept:
        cdef coterie_came_and_went changes
        cdef coterie_status status = self.join_and_list(<Dotted>other, &changes)
        coterie_came_and_went_free(&changes)
        return status

    cdef object absorb(self, Replicated other, bint changes):
        cdef coterie_came_and_went listed
        cdef coterie_status status = COTERIE_OK
        cdef int problem = 0
        if not changes:
            return Replicated.absorb(self, other, False)
        memset(&listed, 0, sizeof(listed))
        with cython.critical_section(self, other):
            if self is not other:
                problem = self.refusal(other)
                if problem == 0:
                    status = self.join_and_list(<Dotted>other, &listed)
                    self.version += 1
        try:
            self.refuse(problem)
            check(status)
            return Changes(listed_strings(listed.came, listed.came_size), listed_strings(listed.went, listed.went_size),
                           codec=self.codec_now())
        finally:
            coterie_came_and_went_free(&listed)


MutableSet.register(ORSet)
