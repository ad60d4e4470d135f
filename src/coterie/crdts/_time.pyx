# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""The time of writes, as stamps of hybrid clocks."""

from libc.stdint cimport uint64_t

from coterie._core cimport shown
from coterie.clocks._hybrid cimport reading_of
from coterie.clocks._ids cimport check_number, plain_int

from time import time_ns as system_time

from coterie._errors import ClockDriftError

cdef uint64_t MOST = <uint64_t>-1


cdef class Time:
    """How an object knows the time."""

    # Of a time before 1970 there is no stamp: it is as far back as there can be.
    cdef uint64_t now(self) except? 0:
        time = self.source()
        return 0 if isinstance(time, int) and time < 0 else reading_of(time)

    cdef uint64_t stamp_for(self, object time, uint64_t *now) except? 0:
        cdef uint64_t stamp
        if time is None:
            now[0] = self.now()
            return 0
        stamp = stamp_of(time)
        self.check(stamp)
        return stamp

    cdef int check(self, uint64_t stamp) except -1:
        cdef uint64_t now, most, ms = stamp >> 16
        if self.most_drift is None:
            return 0
        now, most = self.now(), self.most_drift
        if ms > now and ms - now > most:
            raise ClockDriftError(ms, now, most)
        return 0


cdef Time time_of(object time_ns, object max_drift):
    cdef Time time = Time.__new__(Time)
    if time_ns is not None and not callable(time_ns):
        raise TypeError(f"time_ns is a {type(time_ns).__name__}: pass a function that says nanoseconds, or None")
    time.source = system_time if time_ns is None else time_ns
    time.most_drift = None if max_drift is None else check_number(max_drift, "max_drift", MOST)
    return time


cdef uint64_t stamp_of(object time) except 0:
    time = plain_int(time, "time")
    if not 1 <= time <= MOST:
        raise ValueError(f"time is {shown(time)}: pass a stamp of 1 .. 2**64-1")
    return time


cdef uint64_t stamp_after(uint64_t now, uint64_t latest) noexcept:
    return max(now << 16, latest + 1) if latest < MOST else 0


cdef int refuse_stamp() except -1:
    raise OverflowError("a stamp of 2**64-1 was seen: no write can come after it")
