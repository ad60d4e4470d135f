from libc.stdint cimport uint64_t


# How an object knows the time, and how far ahead of it stamps may be.
cdef class Time:
    cdef object source
    cdef object most_drift

    # Now, in milliseconds.
    cdef uint64_t now(self) except? 0
    # The stamp that a caller gives, if it does not lie too far ahead; or 0 and what time it is.
    cdef uint64_t stamp_for(self, object time, uint64_t *now) except? 0
    # ClockDriftError for a stamp that lies too far ahead.
    cdef int check(self, uint64_t stamp) except -1


cdef Time time_of(object time_ns, object max_drift)
# A stamp that a caller gives.
cdef uint64_t stamp_of(object time) except 0
# The stamp of a local write now, after the latest that was seen; 0: there is none.
cdef uint64_t stamp_after(uint64_t now, uint64_t latest) noexcept
cdef int refuse_stamp() except -1
