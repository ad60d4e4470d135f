# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Sets in which the last change of each element stays."""

cimport cython

from libc.stdint cimport uint64_t
from libc.string cimport memset

from coterie._core cimport shown
from coterie.crdts._elements cimport Strings, Written, begin, coterie_strings, end, strings_of, write_element
from coterie.crdts._keyed cimport (
    COTERIE_KEYED_TIMES, Timed, coterie_keyed_entry, coterie_keyed_outcome,
)
from coterie.crdts._replicated cimport COTERIE_OK, Replicated, check_codec, coterie_status
from coterie.crdts._time cimport Time, time_of

from collections.abc import MutableSet

from coterie.crdts._set_methods import MutableSetMethods

cdef extern from "coterie/crdts/frame.h" nogil:
    enum:
        COTERIE_LWW_SET


@cython.auto_pickle(False)
cdef class LWWSet(Timed, MutableSetMethods):
    """LWWSet(iterable=(), *, bias='add', replica=None, codec=None, time_ns=None, max_drift=None)\n--\n
    A set in which the last change of each element stays.

    iterable: elements, added as local changes: None, bools, ints, floats, str, bytes and tuples of these. Elements of other
        kinds, or with other bytes, are others: 1, True, 1.0, "1" and b"1" are five.
    bias: what wins of an addition and a removal at the same time, "add" or "remove". All replicas have the same.
    replica: this object's id, bytes or a str of 1 .. 64 bytes, which no other living object may have; None: a random one.
    codec: a tuple of two functions, (encode, decode), for other elements: `encode(x)` gives bytes, of which `decode` makes the
        element when it is read.
    time_ns: what says the time, in nanoseconds since 1970; None: `time.time_ns`.
    max_drift: how many milliseconds stamps may lie ahead of that, else ClockDriftError; None: any, since one fast clock must
        not keep replicas from agreeing.

    A change gets a stamp as HybridLogicalClock gives them: the time, or if that is not after all that were seen here, the next
    one. So it wins here, whatever the clock does. A removed element leaves an entry, until all members `rebase`. It is a
    MutableSet, but for the four operators of the lattice, `|`, `|=`, `==` and `<=`, which merge and compare states; `&`, `-` and
    `^` give plain sets. Methods are atomic: any thread may use an object at any time. Constant time for one element; a merge
    looks at each element of the other.

    Shapiro et al., "A comprehensive study of convergent and commutative replicated data types", 2011.

    >>> from coterie import LWWSet
    >>> a = LWWSet(["milk"], replica="a")
    >>> b = a.fork(replica="b")
    >>> b.discard("milk")
    >>> b.add("eggs", time=5)
    >>> a.merge(b)
    >>> list(a), a.times("eggs")
    (['eggs'], (5, 0))
    """

    def __cinit__(self):
        self.keyed().kind = COTERIE_KEYED_TIMES

    def __init__(self, iterable=(), *, bias="add", replica=None, codec=None, time_ns=None, max_drift=None):
        cdef Strings strings = strings_of(iterable, check_codec(codec), "iterable")
        cdef LWWSet new = with_bias(check_bias(bias))
        cdef Time clock = time_of(time_ns, max_drift)
        self.begin(replica, codec, new)
        self.tell_time(clock)
        self._change(None, strings)

    cdef unsigned number(self) noexcept:
        return COTERIE_LWW_SET

    cdef Replicated empty(self):
        return with_bias(self.removes)

    @property
    def bias(self):
        """What wins of an addition and a removal at the same time: "add" or "remove"."""
        return "remove" if self.removes else "add"

    # A change of one element, which without a time is only removed if it is there; whether it was one.
    cdef size_t change_at(self, object element, bint removal, object time) except? 0:
        cdef Written out
        cdef coterie_strings keys
        cdef coterie_keyed_entry entry
        cdef coterie_keyed_outcome outcome
        cdef coterie_status status
        cdef uint64_t now = 0, stamp
        memset(&entry, 0, sizeof(entry))
        begin(&out)
        try:
            write_element(element, self.codec_now(), &out)
            stamp = self.time_source().stamp_for(time, &now)
            self.own(True)
            keys.bytes, keys.ends, keys.n = out.bytes, &out.len, 1
            with cython.critical_section(self):
                status = self.write_at(&keys, NULL, entry, removal, removal and time is None, now, &stamp, &outcome)
            if status != COTERIE_OK:
                self.refuse_change(status, None)
            return outcome.last
        finally:
            end(&out)

    cdef coterie_status change_keys(self, const coterie_strings *keys, bint removal, uint64_t now, uint64_t *stamp,
                                    coterie_keyed_outcome *outcome) noexcept:
        cdef coterie_keyed_entry entry
        memset(&entry, 0, sizeof(entry))
        return self.write_at(keys, NULL, entry, removal, removal, now, stamp, outcome)

    def add(self, element, /, *, time=None):
        """Add an element.

        time: the stamp of the change, 1 .. 2**64-1, as if it came from elsewhere: it may lose. None: now, and it wins.

        OverflowError if a stamp of 2**64-1 was seen. ClockDriftError for a time that is too far ahead.
        """
        self.change_at(element, False, time)

    def discard(self, element, /, *, time=None):
        """Remove an element; without a time if it is there. The time is as of `add`."""
        self.change_at(element, True, time)

    def remove(self, element, /):
        """Remove an element. KeyError if it is not there."""
        if not self.change_at(element, True, None):
            raise KeyError(element)

    def times(self, element, /):
        """The stamps of the last addition and removal of an element, each 0 if there was none."""
        cdef Written out
        cdef coterie_keyed_entry entry
        memset(&entry, 0, sizeof(entry))
        begin(&out)
        try:
            write_element(element, self.codec_now(), &out)
            with cython.critical_section(self):
                self.find(out.bytes, out.len, &entry)
            return entry.time, entry.removed
        finally:
            end(&out)

    def __bool__(self):
        return len(self) > 0


cdef bint check_bias(object bias) except -1:
    if isinstance(bias, str) and bias in ("add", "remove"):
        return bias == "remove"
    raise ValueError(f"bias is {shown(bias)}: pass 'add' or 'remove'")


cdef LWWSet with_bias(bint removes):
    cdef LWWSet new = LWWSet.__new__(LWWSet)
    new.removes = new.keyed().removes = removes
    return new


MutableSet.register(LWWSet)
