# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Lamport clocks."""

cimport cython

from libc.stdint cimport uint64_t

from coterie._stored cimport Stored, blank
from coterie.clocks._ids cimport MOST_COUNT, check_number

from coterie.clocks._forms import stamp_of_bytes, stamp_of_json, stamp_to_bytes, stamp_to_json


@cython.auto_pickle(False)
cdef class LamportClock(Stored):
    """LamportClock(value=0, /)\n--\n
    Counts events so that each has a larger stamp than all that led to it.

    value: the last stamp, 0 .. 2**63-1.

    If one event led to another, its stamp is smaller; the converse does not hold. For an order of all events compare
    `(stamp, node_id)`. A clock is compared and hashed by identity: compare stamps. Any thread may use it at any time,
    and no stamp is given twice.

    ValueError for a negative value or stamp, OverflowError for one above 2**63-1, TypeError for what is no int.

    Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System", 1978.

    >>> from coterie import LamportClock
    >>> a, b = LamportClock(), LamportClock(7)
    >>> stamp = b.tick()
    >>> stamp, a.recv(stamp)
    (8, 9)
    """

    cdef uint64_t _value

    def __init__(self, value=0, /):
        self._value = check_stamp(value)

    def tick(self):
        """Count an event; its stamp, one more than the last. OverflowError if that was 2**63-1."""
        cdef uint64_t stamp
        with cython.critical_section(self):
            stamp = self._value = after(self._value)
        return stamp

    def recv(self, stamp, /):
        """Count the arrival of a message with this stamp; the arrival's own, above that and all before. OverflowError if
        there is none."""
        cdef uint64_t seen = check_stamp(stamp)
        with cython.critical_section(self):
            seen = self._value = after(max(self._value, seen))
        return seen

    def merge(self, stamp, /):
        """Take note of a stamp: from now on all are above it. Counts no event."""
        cdef uint64_t seen = check_stamp(stamp)
        with cython.critical_section(self):
            self._value = max(self._value, seen)

    @property
    def value(self):
        """The last stamp."""
        return self._value

    def __int__(self):
        return self._value

    def __repr__(self):
        return f"{type(self).__name__}({self._value})"

    # ---- its state ----

    cdef int share(self, Stored other) except -1:
        self._value = (<LamportClock?>other)._value
        return 0

    def copy(self):
        """A clock that goes on from the same stamp."""
        return Stored.copy(self)

    def __reduce_ex__(self, protocol):
        return made, (type(self), self._value), self.__getstate__()

    def to_bytes(self):
        """The last stamp as 8 bytes, big-endian: in the order of bytes."""
        return stamp_to_bytes(self._value)

    @classmethod
    def from_bytes(cls, data, /):
        """The clock that `to_bytes` wrote. data: bytes, bytearray or memoryview. DecodeError if they are anything else."""
        return made(cls, stamp_of_bytes(data, MOST_COUNT, "LamportClock"))

    def to_json(self):
        """As JSON: `{"v":1,"k":"lamport","c":8}`; stamps above 2**53-1 are strings."""
        return stamp_to_json("lamport", self._value)

    @classmethod
    def from_json(cls, text, /):
        """The clock that `to_json` wrote. text: str, or bytes in UTF-8. DecodeError if it is anything else."""
        return made(cls, stamp_of_json(text, "lamport", MOST_COUNT, "LamportClock"))


# A clock of the class without its `__init__`, as copies are made.
def made(cls, value, /):
    new = blank(cls, LamportClock)
    LamportClock.__init__(new, value)
    return new


cdef uint64_t check_stamp(object stamp) except? 0:
    return check_number(stamp, "stamp", MOST_COUNT)


cdef uint64_t after(uint64_t value) except 0:
    if value == MOST_COUNT:
        raise OverflowError("the last stamp is 2**63-1: there is none after it")
    return value + 1
