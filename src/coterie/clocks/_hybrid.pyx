# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Hybrid logical clocks."""

cimport cython
cimport numpy as cnp

from libc.stdint cimport int64_t, uint64_t
from posix.time cimport CLOCK_REALTIME, clock_gettime, timespec

from coterie._core cimport shown
from coterie._stored cimport Stored, blank
from coterie.clocks._ids cimport check_number, plain_int

import pickle
from operator import index

from coterie._errors import ClockDriftError
from coterie.clocks._forms import stamp_of_bytes, stamp_of_json, stamp_to_bytes, stamp_to_json

cnp.import_array()

cdef enum:
    COUNTER_BITS = 16
    NS_PER_MS = 1000000

cdef uint64_t MOST_STAMP = <uint64_t>-1
cdef uint64_t MOST_MS = (<uint64_t>1 << 48) - 1
cdef uint64_t MOST_COUNTER = (1 << COUNTER_BITS) - 1
cdef uint64_t NO_LIMIT = <uint64_t>-1


@cython.auto_pickle(False)
cdef class HybridLogicalClock(Stored):
    """HybridLogicalClock(*, last=0, max_drift=500, time_ns=None)\n--\n
    Stamps that sort as time and as causality: ints of 64 bits, milliseconds since 1970 in the upper 48 and a counter in
    the lower 16.

    last: the last stamp that was given or seen, 0 .. 2**64-1: every later one is above it. Save it, and a node that
        restarts never repeats a stamp, whatever its clock says.
    max_drift: how many milliseconds a stamp that arrives may be ahead of this node's time; None: any number.
    time_ns: a function that says the nanoseconds since 1970; None: the system's clock.

    If one event led to another, its stamp is smaller, however wrong the clocks of the nodes are. A stamp is within the
    error of these clocks of the true time. When time stands still or steps back, the counter goes on, and when that is full
    it carries into the milliseconds. For an order of all events compare `(stamp, node_id)`. A clock is compared and hashed
    by identity: compare stamps. Any thread may use it at any time, and no stamp is given twice.

    Kulkarni, Demirbas, Madappa, Avva and Leone, "Logical Physical Clocks", 2014.

    >>> from coterie import HybridLogicalClock
    >>> clock = HybridLogicalClock(time_ns=lambda: 7_000_000)
    >>> clock.unpack(clock.now()), clock.unpack(clock.now())
    ((7, 0), (7, 1))
    >>> clock.unpack(clock.recv(clock.pack(9, 4)))
    (9, 5)
    """

    cdef uint64_t _last
    cdef uint64_t _max_drift     # NO_LIMIT: any
    cdef uint64_t _reading       # the latest, in ms
    cdef uint64_t _backward_steps
    cdef object _time_ns

    def __cinit__(self):
        self._max_drift = 500

    def __init__(self, *, last=0, max_drift=500, time_ns=None):
        cdef uint64_t begin = check_stamp(last), drift = NO_LIMIT
        if max_drift is not None:
            drift = check_number(max_drift, "max_drift", NO_LIMIT - 1)
        if time_ns is not None and not callable(time_ns):
            raise TypeError(f"time_ns is a {type(time_ns).__name__}: pass a function that says the time, or None")
        with cython.critical_section(self):
            self._last, self._max_drift, self._time_ns = begin, drift, time_ns
            self._reading = self._backward_steps = 0

    # ---- time ----

    cdef uint64_t read(self, uint64_t *before) except? 0:
        # What the source says, in ms, and what had been read before.
        cdef timespec time
        with cython.critical_section(self):
            source, before[0] = self._time_ns, self._reading
        if source is not None:
            return reading_of(source())
        clock_gettime(CLOCK_REALTIME, &time)
        return <uint64_t>time.tv_sec * 1000 + <uint64_t>(time.tv_nsec // NS_PER_MS)

    cdef inline void settle(self, uint64_t last, uint64_t ms, uint64_t before) noexcept:
        # What a call that went well leaves: the last stamp, and what was read. Time stepped back if it lies below what had
        # been read before the source was asked; what lies only below that of another thread came late.
        cdef uint64_t least = min(before, self._reading)
        if ms < least and (self._max_drift == NO_LIMIT or (least - ms) * 10 > self._max_drift):
            self._backward_steps += 1
        if ms < before or ms > self._reading:
            self._reading = ms
        self._last = last

    cdef int check_drift(self, uint64_t stamp_ms, uint64_t ms) except -1:
        if stamp_ms > ms and stamp_ms - ms > self._max_drift:
            raise ClockDriftError(stamp_ms, ms, self._max_drift)
        return 0

    # ---- stamps ----

    def now(self):
        """A stamp, above all that were given or seen: of the time as it is, if that is later. OverflowError if there is
        none."""
        cdef uint64_t before, ms = self.read(&before), stamp
        with cython.critical_section(self):
            stamp = max(after(self._last), ms << COUNTER_BITS)
            self.settle(stamp, ms, before)
        return stamp

    def recv(self, stamp, /):
        """Take note of the stamp of a message that arrived; the arrival's own, which is above it and all before.

        ClockDriftError if it is more than `max_drift` ahead of the time here; stamps of the past are always welcome.
        """
        cdef uint64_t seen = check_stamp(stamp), before, ms = self.read(&before)
        with cython.critical_section(self):
            self.check_drift(seen >> COUNTER_BITS, ms)
            seen = max(after(max(self._last, seen)), ms << COUNTER_BITS)
            self.settle(seen, ms, before)
        return seen

    def merge(self, stamp, /):
        """Take note of a stamp: from now on all are above it. ClockDriftError as for `recv`."""
        cdef uint64_t seen = check_stamp(stamp), before, ms = self.read(&before)
        with cython.critical_section(self):
            self.check_drift(seen >> COUNTER_BITS, ms)
            self.settle(max(self._last, seen), ms, before)

    def now_batch(self, n, /):
        """n stamps, one after the other, as a uint64 array: the first is what `now` would give.

        More than 65,536 for each millisecond run ahead of time: ClockDriftError if the last would do so by more than
        `max_drift`, unless the clock is there already.
        """
        cdef uint64_t count = check_number(n, "n", MOST_STAMP), before, ms = self.read(&before), first, last
        cdef cnp.npy_intp size
        cdef cnp.ndarray stamps
        with cython.critical_section(self):
            if count:
                first = max(after(self._last), ms << COUNTER_BITS)
                last = first + (count - 1)
                if last < first:
                    after(MOST_STAMP)
                if last >> COUNTER_BITS > self._last >> COUNTER_BITS:
                    self.check_drift(last >> COUNTER_BITS, ms)
                if count >> 60:
                    raise MemoryError(f"no memory for {count} stamps")
            size = count
            stamps = cnp.PyArray_EMPTY(1, &size, cnp.NPY_UINT64, 0)
            if count:
                self.settle(last, ms, before)
        fill(<uint64_t *>cnp.PyArray_DATA(stamps), first, count)
        return stamps

    @staticmethod
    def pack(ms, counter):
        """The stamp of a time in milliseconds, 0 .. 2**48-1, and a counter, 0 .. 65535. OverflowError out of range."""
        return within(ms, MOST_MS, "ms") << COUNTER_BITS | within(counter, MOST_COUNTER, "counter")

    @staticmethod
    def unpack(stamp):
        """The time in milliseconds and the counter of a stamp. OverflowError for what is none."""
        cdef uint64_t number = within(stamp, MOST_STAMP, "stamp")
        return number >> COUNTER_BITS, number & MOST_COUNTER

    # ---- what it is ----

    @property
    def last(self):
        """The last stamp that was given or seen."""
        return self._last

    @property
    def max_drift(self):
        """How many milliseconds a stamp that arrives may be ahead; None: any number."""
        return None if self._max_drift == NO_LIMIT else self._max_drift

    @property
    def backward_steps(self):
        """How often the time that was read lay more than max_drift / 10 before the time read before it; with max_drift
        None, how often it lay before it at all. Times that threads read at once are not compared, since any of them
        may come late."""
        return self._backward_steps

    def __int__(self):
        return self._last

    def __repr__(self):
        return f"{type(self).__name__}(last={self._last}, max_drift={self.max_drift})"

    # ---- its state ----

    cdef int share(self, Stored other) except -1:
        cdef HybridLogicalClock clock = <HybridLogicalClock?>other
        with cython.critical_section(clock):
            self._last, self._max_drift, self._time_ns = clock._last, clock._max_drift, clock._time_ns
        return 0

    def copy(self):
        """A clock that goes on from the same stamp and asks the same source for the time, as deep copies do too. Don't use
        both for one node: they give the same stamps."""
        return Stored.copy(self)

    def __reduce_ex__(self, protocol):
        source = self._time_ns
        try:
            pickle.dumps(source, protocol)
        except Exception:  # it does not pickle, whatever it says of that
            source = None
        return made, (type(self), self._last, self.max_drift, source), self.__getstate__()

    def to_bytes(self):
        """The last stamp as 8 bytes, big-endian: in the order of time."""
        return stamp_to_bytes(self._last)

    @classmethod
    def from_bytes(cls, data, /, *, max_drift=500, time_ns=None):
        """The clock whose last stamp `to_bytes` wrote. data: bytes, bytearray or memoryview. DecodeError if they are not 8
        bytes."""
        return made(cls, stamp_of_bytes(data, MOST_STAMP, "HybridLogicalClock"), max_drift, time_ns)

    def to_json(self):
        """The last stamp as JSON: `{"v":1,"k":"hlc","c":"458752"}`; stamps above 2**53-1 are strings."""
        return stamp_to_json("hlc", self._last)

    @classmethod
    def from_json(cls, text, /, *, max_drift=500, time_ns=None):
        """The clock whose last stamp `to_json` wrote. text: str, or bytes in UTF-8. DecodeError if it is anything else."""
        last = stamp_of_json(text, "hlc", MOST_STAMP, "HybridLogicalClock")
        return made(cls, last, max_drift, time_ns)


# A clock of the class without its `__init__`, as copies are made.
def made(cls, last, max_drift, time_ns, /):
    new = blank(cls, HybridLogicalClock)
    HybridLogicalClock.__init__(new, last=last, max_drift=max_drift, time_ns=time_ns)
    return new


cdef uint64_t check_stamp(object stamp) except? 0:
    return check_number(stamp, "stamp", MOST_STAMP)


cdef uint64_t after(uint64_t stamp) except 0:
    if stamp == MOST_STAMP:
        raise OverflowError("the last stamp is 2**64-1, or would be passed: there is none after it")
    return stamp + 1


cdef uint64_t reading_of(object ns) except? 0:
    # Milliseconds; any int that is not negative may be said, but not every one can be stamped.
    cdef object ms
    if isinstance(ns, bool) or not hasattr(type(ns), "__index__"):
        raise TypeError(f"time_ns says a {type(ns).__name__}: it has to say an int, in nanoseconds")
    ms = index(ns) // NS_PER_MS
    if ms < 0:
        raise ValueError(f"time_ns says {shown(ns)}: it has to say the nanoseconds since 1970")
    if ms > MOST_MS:
        raise OverflowError(f"time_ns says {shown(ns)}: its milliseconds have more than 48 bits")
    return ms


# What cannot be a part of a stamp is out of range, above and below.
cdef uint64_t within(object value, uint64_t most, str name) except? 0:
    number = plain_int(value, name)
    if not 0 <= number <= most:
        raise OverflowError(f"{name} is {shown(number)}: pass an int of 0 .. {most}")
    return number


cdef void fill(uint64_t *stamps, uint64_t first, uint64_t n) noexcept:
    cdef uint64_t i
    with nogil:
        for i in range(n):
            stamps[i] = first + i
