# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Sets that only grow."""

cimport cython
cimport numpy as cnp

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memset

from coterie.crdts._elements cimport Written, begin, element_bytes, end, write_element
from coterie.crdts._keyed cimport (
    Keyed, coterie_keyed_entry, coterie_keyed_outcome, coterie_strings,
)
from coterie.crdts._replicated cimport Replicated, check, coterie_status

from collections.abc import Set

cdef extern from "coterie/crdts/frame.h" nogil:
    enum:
        COTERIE_GSET

cnp.import_array()


@cython.auto_pickle(False)
cdef class GSet(Keyed):
    """GSet(iterable=(), *, replica=None, codec=None)\n--\n
    A set that only grows.

    iterable: elements, added as local changes: None, bools, ints, floats, str, bytes and tuples of these. Elements of other
        kinds, or with other bytes, are others: 1, True, 1.0, "1" and b"1" are five.
    replica: this object's id, bytes or a str of 1 .. 64 bytes, which no other living object may have; None: a random one.
    codec: a tuple of two functions, (encode, decode), for other elements: `encode(x)` gives bytes, of which `decode` makes the
        element when it is read.

    A merge makes the union. It is a Set, but for the four operators of the lattice, `|`, `|=`, `==` and `<=`, which merge and
    compare states; `&`, `-` and `^` give plain sets. Methods are atomic: any thread may use an object at any time. Constant time
    for one element; a merge looks at each element of the other.

    Shapiro et al., "A comprehensive study of convergent and commutative replicated data types", 2011.

    >>> from coterie import GSet
    >>> a, b = GSet(["milk"]), GSet(["eggs"])
    >>> a.merge(b)
    >>> sorted(a), b <= a, a <= b
    (['eggs', 'milk'], True, False)
    """

    def __init__(self, iterable=(), *, replica=None, codec=None):
        elements = elements_of(iterable, "iterable")
        self.begin(replica, codec)
        self.add_many(elements)

    cdef unsigned number(self) noexcept:
        return COTERIE_GSET

    cdef Replicated empty(self):
        return GSet.__new__(GSet)

    cdef int put(self, const void *element, size_t len) except -1:
        cdef coterie_keyed_entry entry
        cdef coterie_keyed_outcome outcome
        cdef coterie_strings keys
        cdef coterie_status status
        memset(&entry, 0, sizeof(entry))
        keys.bytes, keys.ends, keys.n = <const uint8_t *>element, &len, 1
        self.own(True)
        with cython.critical_section(self):
            status = self.write_keys(&keys, NULL, entry, False, &outcome)
        return check(status)

    def add(self, element, /):
        """Add an element."""
        cdef Written out
        begin(&out)
        try:
            write_element(element, self.codec_now(), &out)
            self.put(out.bytes, out.len)
        finally:
            end(&out)

    def add_many(self, values, /):
        """Add elements: all, or none if one cannot be. values: any iterable, arrays and columns too."""
        codec = self.codec_now()
        for string in [element_bytes(element, codec) for element in values]:
            self.put(PyBytes_AS_STRING(<bytes>string), PyBytes_GET_SIZE(<bytes>string))

    def __iter__(self):
        return iter([self.element_of(key) for key in self.all_keys()])


cdef object elements_of(object value, str name):
    try:
        return iter(value)
    except TypeError:
        raise TypeError(f"{name} is a {type(value).__name__}: pass an iterable of elements") from None


Set.register(GSet)
