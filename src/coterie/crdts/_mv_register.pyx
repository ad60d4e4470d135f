# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""A value of which all concurrent writes stay."""

cimport cython

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport uint8_t

from coterie._core cimport shown
from coterie.crdts._dotted cimport Dotted
from coterie.crdts._elements cimport element_bytes, read_element
from coterie.crdts._replicated cimport Replicated, coterie_status

from coterie.crdts._changes import Changes

cdef extern from "coterie/crdts/frame.h" nogil:
    enum:
        COTERIE_MV_REGISTER


@cython.auto_pickle(False)
cdef class MVRegister(Dotted):
    """MVRegister(*, replica=None, codec=None)\n--\n
    A value of which all concurrent writes stay.

    replica: this object's id, bytes or a str of 1 .. 64 bytes, which no other living object may have; None: a random one.
    codec: a tuple of two functions, (encode, decode), for values that are neither None, bool, int, float, str, bytes nor tuples of
        these: `encode(x)` gives bytes, of which `decode` makes the value when it is read.

    A write replaces the values that it saw: those that others write at the same time stay beside it, until a later write or
    `clear` has seen them. Nothing is kept of what was replaced, but that its event was seen. Linear in the values that there
    are at once. Methods are atomic: any thread may use an object at any time.

    Shapiro, Preguiça, Baquero and Zawirski, "A comprehensive study of Convergent and Commutative Replicated Data Types", 2011.

    >>> from coterie import MVRegister
    >>> a, b = MVRegister(replica="a"), MVRegister(replica="b")
    >>> a.set("red")
    >>> b.set("blue")
    >>> a.merge(b)
    >>> a.values
    ['blue', 'red']
    >>> a.set("violet")
    >>> (a | b).value
    'violet'
    """

    def __init__(self, *, replica=None, codec=None):
        self.begin(replica, codec)

    cdef unsigned number(self) noexcept:
        return COTERIE_MV_REGISTER

    cdef Replicated empty(self):
        return MVRegister.__new__(MVRegister)

    def set(self, value, /):
        """Write a value instead of all that are here. TypeError or ValueError for what is no value."""
        cdef bytes data, id
        cdef coterie_status status
        data = element_bytes(value, self.codec_now())
        id = self.own(True)
        with cython.critical_section(self):
            status = self.make(id, PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data), True)
        self.check_change(status, id)

    def clear(self):
        """Remove all values that are here."""
        cdef bytes id = self.own(True)
        cdef coterie_status status
        with cython.critical_section(self):
            status = self.unmake_all()
        self.check_change(status, id)

    cdef list read_values(self, list strings):
        codec = self.codec_now()
        return [read_element(<const uint8_t *>PyBytes_AS_STRING(<bytes>string), PyBytes_GET_SIZE(<bytes>string), codec)
                for string in strings]

    @property
    def values(self):
        """The values, each once: a list in canonical order."""
        return self.read_values(self.sorted_strings())

    @property
    def value(self):
        """The value; None if there is none. ValueError if there are several."""
        cdef list strings = self.sorted_strings()
        if len(strings) > 1:
            raise ValueError(f"there are {len(strings)} values, written at the same time: look at `values`, and set one")
        return self.read_values(strings)[0] if strings else None

    def __repr__(self):
        try:
            values = shown(self.values)
        except Exception:  # of the codec, or of a value's own
            values = "values that cannot be shown"
        return f"<{type(self).__name__} of {values}, replica {self.replica!r}>"

    cdef object changes(self, Replicated before, Replicated after):
        cdef list old = (<MVRegister>before).sorted_strings(), new = (<MVRegister>after).sorted_strings()
        return Changes(old=old, new=new, codec=self.codec_now(), differs=old != new)
