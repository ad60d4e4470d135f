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
    COTERIE_NO_STRING, Dotted, coterie_dot_log, coterie_dotted, coterie_string, coterie_table_find, coterie_table_hash,
)
from coterie.crdts._elements cimport Written, begin, element_bytes, end, read_element, write_element
from coterie.crdts._replicated cimport (
    COTERIE_NO_MEMORY, COTERIE_OK, COTERIE_STOPPED, Replicated, check, coterie_status,
)

from collections.abc import MutableSet

from coterie.crdts._changes import Changes

cdef extern from "coterie/base.h" nogil:
    uint32_t coterie_load32(const void *p)

cdef extern from "coterie/crdts/dotted_local.h" nogil:
    ctypedef struct coterie_came_and_went:
        uint8_t *came
        uint8_t *went
        size_t came_size
        size_t went_size
    void coterie_came_and_went_free(coterie_came_and_went *changes)
    coterie_status coterie_dotted_join(coterie_dotted *dotted, const coterie_dotted *other, coterie_came_and_went *changes,
                                       int level)
    coterie_status coterie_dotted_unmake(coterie_dotted *dotted, uint32_t string, coterie_dot_log *log)

cdef extern from "coterie/crdts/frame.h" nogil:
    enum:
        COTERIE_OR_SET

cnp.import_array()

cdef const int *LEVEL = cpu_level_address()


@cython.auto_pickle(False)
cdef class ORSet(Dotted):
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
        elements = elements_of(iterable, "iterable")
        self.begin(replica, codec)
        self.add_many(elements)

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
        if status == COTERIE_STOPPED:
            raise OverflowError(f"replica {id!r} has made 2**48 changes: go on under another id by fork()")
        return check(status)

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

    def pop(self):
        """Remove any element; which it was. KeyError if there is none."""
        cdef bytes string
        while True:
            string = self.any_string(self.low, &self.low)
            if string is None:
                raise KeyError("pop from an empty set")
            element = self.element_of(string)
            self.own(True)
            if self.drop(PyBytes_AS_STRING(string), PyBytes_GET_SIZE(string)):
                return element

    def clear(self):
        """Remove all elements."""
        self.own(True)
        for string in self.strings():
            self.drop(PyBytes_AS_STRING(<bytes>string), PyBytes_GET_SIZE(<bytes>string))

    # ---- all elements ----

    cdef object element_of(self, bytes string):
        return read_element(<const uint8_t *>PyBytes_AS_STRING(string), PyBytes_GET_SIZE(string), self.codec_now())

    # The bytes of the first element with at least this number, and its number; None if there is none.
    cdef bytes any_string(self, size_t start, size_t *number):
        cdef coterie_dotted *dots
        cdef const coterie_string *string
        cdef size_t i
        with cython.critical_section(self):
            dots = self.dots()
            for i in range(start, dots.strings.n):
                string = &dots.strings.each[i]
                if string.len != COTERIE_NO_STRING:
                    if number is not NULL:
                        number[0] = i
                    return PyBytes_FromStringAndSize(<const char *>dots.strings.bytes + string.start, string.len)
        return None

    # All of them.
    cdef list strings(self):
        cdef ORSet still = ORSet.__new__(ORSet)
        cdef coterie_dotted *dots
        cdef const coterie_string *string
        cdef list all = []
        cdef size_t i
        with cython.critical_section(self):
            still.take(self)
        dots = still.dots()
        for i in range(dots.strings.n):
            string = &dots.strings.each[i]
            if string.len != COTERIE_NO_STRING:
                all.append(PyBytes_FromStringAndSize(<const char *>dots.strings.bytes + string.start, string.len))
        return all

    def __len__(self):
        cdef size_t n
        with cython.critical_section(self):
            n = self.dots().strings.len
        return n

    def __bool__(self):
        return len(self) > 0

    def __iter__(self):
        return Elements(self)

    def __repr__(self):
        cdef list shown = []
        for string in sorted(self.strings())[:11]:
            try:
                shown.append(repr(self.element_of(string)))
            except TypeError:  # without its codec
                shown.append("?")
        if len(shown) > 10:
            shown[10:] = ["..."]
        return f"<{type(self).__name__} of {{{', '.join(shown)}}}, replica {self.replica!r}>"

    # ---- many elements ----

    # The bytes of elements, and all of them before anything is done with them.
    cdef list encoded_all(self, object elements, str name):
        codec = self.codec_now()
        return [element_bytes(element, codec) for element in elements_of(elements, name)]

    def add_many(self, values, /):
        """Add elements: all, or none if one cannot be. values: any iterable, arrays and columns too."""
        cdef list strings = list(dict.fromkeys(self.encoded_all(values, "values")))
        cdef bytes id
        if strings:
            id = self.own(True)
            for string in strings:
                self.put(PyBytes_AS_STRING(<bytes>string), PyBytes_GET_SIZE(<bytes>string), id)

    def update(self, *iterables):
        """Add the elements of iterables: all, or none if one cannot be."""
        cdef list all = []
        for iterable in iterables:
            all.extend(elements_of(iterable, "an argument"))
        self.add_many(all)

    def discard_many(self, values, /):
        """Remove those of some elements that are there."""
        self.drop_all(self.encoded_all(values, "values"))

    cdef int drop_all(self, object strings) except -1:
        self.own(True)
        for string in strings:
            self.drop(PyBytes_AS_STRING(<bytes>string), PyBytes_GET_SIZE(<bytes>string))
        return 0

    def contains_many(self, values, /):
        """Which elements are there: an array of bool, one for each."""
        cdef list strings = self.encoded_all(values, "values")
        cdef cnp.npy_intp n = len(strings), i
        cdef cnp.ndarray out = cnp.PyArray_EMPTY(1, &n, cnp.NPY_BOOL, 0)
        cdef uint8_t *found = <uint8_t *>cnp.PyArray_DATA(out)
        for i in range(n):
            found[i] = self.has(PyBytes_AS_STRING(<bytes>strings[i]), PyBytes_GET_SIZE(<bytes>strings[i]))
        return out

    # ---- as plain sets ----

    cdef set plain(self, object strings):
        return {self.element_of(string) for string in strings}

    def isdisjoint(self, other, /):
        """Whether no element is in both."""
        return not any(self.has(PyBytes_AS_STRING(<bytes>string), PyBytes_GET_SIZE(<bytes>string))
                       for string in self.encoded_all(other, "other"))

    def __and__(self, other):
        """The elements that are in both: a plain set."""
        return self.plain({*self.strings()} & {*self.encoded_all(other, "other")})

    def __rand__(self, other):
        return self & other

    def __sub__(self, other):
        """The elements that are not in the other: a plain set."""
        return self.plain({*self.strings()} - {*self.encoded_all(other, "other")})

    def __rsub__(self, other):
        return self.plain({*self.encoded_all(other, "other")} - {*self.strings()})

    def __xor__(self, other):
        """The elements that are in one of both: a plain set."""
        return self.plain({*self.strings()} ^ {*self.encoded_all(other, "other")})

    def __rxor__(self, other):
        return self ^ other

    def __iand__(self, other):
        kept = {*self.encoded_all(other, "other")}
        self.drop_all([string for string in self.strings() if string not in kept])
        return self

    def __isub__(self, other):
        self.drop_all(self.encoded_all(other, "other"))
        return self

    def __ixor__(self, other):
        cdef set others = {*self.encoded_all(other, "other")}, mine = {*self.strings()}
        cdef bytes id = self.own(True)
        self.drop_all(others & mine)
        for string in others - mine:
            self.put(PyBytes_AS_STRING(<bytes>string), PyBytes_GET_SIZE(<bytes>string), id)
        return self

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
            return Changes.of_bytes(listed_strings(listed.came, listed.came_size), listed_strings(listed.went, listed.went_size),
                                    self.codec_now())
        finally:
            coterie_came_and_went_free(&listed)


cdef object elements_of(object value, str name):
    try:
        return iter(value)
    except TypeError:
        raise TypeError(f"{name} is a {type(value).__name__}: pass an iterable of elements") from None


# The strings of such a list, sorted.
cdef list listed_strings(const uint8_t *list, size_t size):
    cdef size_t at = 0, len
    strings = []
    while at < size:
        len = coterie_load32(list + at)
        strings.append(PyBytes_FromStringAndSize(<const char *>list + at + 4, len))
        at += 4 + len
    strings.sort()
    return strings


# Goes through the elements of a set, unless it changes.
@cython.final
@cython.auto_pickle(False)
cdef class Elements:
    cdef ORSet of
    cdef uint64_t content
    cdef size_t at

    def __init__(self, of):
        self.of = of
        self.content = self.of.content

    def __iter__(self):
        return self

    def __next__(self):
        cdef size_t number = 0
        cdef bytes string
        if self.of is None:  # it was made without its __init__
            raise StopIteration
        if self.of.content != self.content:
            raise RuntimeError("the set changed during iteration")
        string = self.of.any_string(self.at, &number)
        if string is None:
            raise StopIteration
        self.at = number + 1
        return self.of.element_of(string)


MutableSet.register(ORSet)
