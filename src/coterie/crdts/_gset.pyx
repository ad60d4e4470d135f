# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Sets that only grow."""

cimport cython

from coterie.crdts._elements cimport Strings, strings_of
from coterie.crdts._keyed cimport Keyed
from coterie.crdts._replicated cimport Replicated, check_codec

from collections.abc import Set

from coterie.crdts._set_methods import SetMethods

cdef extern from "coterie/crdts/frame.h" nogil:
    enum:
        COTERIE_GSET


@cython.auto_pickle(False)
cdef class GSet(Keyed, SetMethods):
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
        cdef Strings strings = strings_of(iterable, check_codec(codec), "iterable")
        self.begin(replica, codec)
        self._change(None, strings)

    cdef unsigned number(self) noexcept:
        return COTERIE_GSET

    cdef Replicated empty(self):
        return GSet.__new__(GSet)

    cdef int check_change(self, bint removal) except -1:
        if removal:
            raise TypeError(f"a {self.name()} only grows")
        return 0

    def add(self, element, /):
        """Add an element."""
        self.change_one(element, False)

    def __bool__(self):
        return len(self) > 0

    # Without these, Python would give the name to the plain set that the operator makes.
    def __iand__(self, other):
        self.check_change(True)

    def __isub__(self, other):
        self.check_change(True)

    def __ixor__(self, other):
        self.check_change(True)


Set.register(GSet)
