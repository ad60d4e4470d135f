# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Sets from which elements go for ever."""

cimport cython

from coterie._core cimport shown
from coterie.crdts._elements cimport Strings, strings_of
from coterie.crdts._keyed cimport COTERIE_KEYED_REMOVALS, Keyed
from coterie.crdts._replicated cimport COTERIE_STOPPED, Replicated, check, check_codec, coterie_status

from collections.abc import MutableSet

from coterie.crdts._set_methods import MutableSetMethods

cdef extern from "coterie/crdts/frame.h" nogil:
    enum:
        COTERIE_TWO_PHASE_SET


@cython.auto_pickle(False)
cdef class TwoPhaseSet(Keyed, MutableSetMethods):
    """TwoPhaseSet(iterable=(), *, replica=None, codec=None)\n--\n
    A set from which elements go for ever: what was removed anywhere cannot be added again.

    iterable: elements, added as local changes: None, bools, ints, floats, str, bytes and tuples of these. Elements of other
        kinds, or with other bytes, are others: 1, True, 1.0, "1" and b"1" are five.
    replica: this object's id, bytes or a str of 1 .. 64 bytes, which no other living object may have; None: a random one.
    codec: a tuple of two functions, (encode, decode), for other elements: `encode(x)` gives bytes, of which `decode` makes the
        element when it is read.

    For what has ids of its own, such as sessions or orders: a removal wins over all additions. A removed element leaves an
    entry, until all members `rebase`. It is a MutableSet, but for the four operators of the lattice, `|`, `|=`, `==` and `<=`,
    which merge and compare states; `&`, `-` and `^` give plain sets. Methods are atomic: any thread may use an object at any
    time. Constant time for one element; a merge looks at each element of the other.

    Shapiro et al., "A comprehensive study of convergent and commutative replicated data types", 2011.

    >>> from coterie import TwoPhaseSet
    >>> a = TwoPhaseSet(["order 1", "order 2"])
    >>> b = a.fork()
    >>> b.remove("order 1")
    >>> a.merge(b)
    >>> set(a), "order 1" in a
    ({'order 2'}, False)
    """

    def __cinit__(self):
        self.keyed().kind = COTERIE_KEYED_REMOVALS

    def __init__(self, iterable=(), *, replica=None, codec=None):
        cdef Strings strings = strings_of(iterable, check_codec(codec), "iterable")
        self.begin(replica, codec)
        self._change(None, strings)

    cdef unsigned number(self) noexcept:
        return COTERIE_TWO_PHASE_SET

    cdef Replicated empty(self):
        return TwoPhaseSet.__new__(TwoPhaseSet)

    def add(self, element, /):
        """Add an element. ValueError if it was removed."""
        self.change_one(element, False)

    def discard(self, element, /):
        """Remove an element, for ever, if it is there."""
        self.change_one(element, True)

    def remove(self, element, /):
        """Remove an element, for ever. KeyError if it is not there."""
        if not self.change_one(element, True):
            raise KeyError(element)

    cdef int refuse_change(self, coterie_status status, bytes element) except -1:
        if status == COTERIE_STOPPED:
            try:
                text = shown(self._element(element))
            except Exception:  # of the codec, or of the element's own
                text = "an element"
            raise ValueError(f"{text} was removed, and cannot be added again")
        return check(status)

    def __bool__(self):
        return len(self) > 0


MutableSet.register(TwoPhaseSet)
