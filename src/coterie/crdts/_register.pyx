# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""A value of which the last write stays."""

cimport cython

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memcmp, memcpy

from coterie._core cimport shown
from coterie.crdts._elements cimport element_bytes, read_element
from coterie.crdts._replicated cimport (
    COTERIE_NO_MEMORY, COTERIE_OK, COTERIE_REPLICA_MOST, ENTRIES, NBYTES, PENDING, REPLICAS, Replicated, coterie_status,
)
from coterie.crdts._time cimport Time, refuse_stamp, stamp_after, time_of

from coterie.crdts._changes import Changes

cdef extern from "coterie/base.h" nogil:
    uint64_t coterie_load64(const void *p)
    void coterie_store64(void *p, uint64_t x)

cdef extern from "coterie/clocks/dense.h" nogil:
    enum:
        COTERIE_EQUAL
        COTERIE_BEFORE
        COTERIE_AFTER

cdef extern from "coterie/crdts/elements.h" nogil:
    int coterie_element_check(const uint8_t *bytes, size_t len)

cdef extern from "coterie/crdts/frame.h" nogil:
    enum:
        COTERIE_LWW_REGISTER

cdef bytes NONE = element_bytes(None, None)  # the value that is shown before there is one


# How bytes stand to others: below 0, 0, or above.
cdef int order(bytes a, bytes b) noexcept:
    cdef Py_ssize_t n = PyBytes_GET_SIZE(a), m = PyBytes_GET_SIZE(b)
    cdef int first = memcmp(PyBytes_AS_STRING(a), PyBytes_AS_STRING(b), min(n, m))
    return first if first else (n > m) - (n < m)


@cython.auto_pickle(False)
cdef class LWWRegister(Replicated):
    """LWWRegister(*, replica=None, codec=None, time_ns=None, max_drift=None)\n--\n
    A value of which the last write stays.

    replica: this object's id, bytes or a str of 1 .. 64 bytes, which no other living object may have; None: a random one.
    codec: a tuple of two functions, (encode, decode), for values that are neither None, bool, int, float, str, bytes nor tuples of
        these: `encode(x)` gives bytes, of which `decode` makes the value when it is read.
    time_ns: what says the time, in nanoseconds since 1970; None: `time.time_ns`.
    max_drift: how many milliseconds stamps may lie ahead of that, else ClockDriftError; None: any, since one fast clock must
        not keep replicas from agreeing.

    A write gets a stamp as HybridLogicalClock gives them: the time, or if that is not after all that were seen here, the next
    one. So it wins here, whatever the clock does; of concurrent ones that with the greatest (stamp, replica, bytes of the
    value) stays everywhere. The others are lost: MVRegister keeps them. Constant time. Methods are atomic: any thread may use
    an object at any time.

    Johnson and Thomas, "The maintenance of duplicate databases", RFC 677, 1975.

    >>> from coterie import LWWRegister
    >>> a = LWWRegister(replica="a", time_ns=lambda: 5_000_000)
    >>> b = LWWRegister(replica="b", time_ns=lambda: 4_000_000)
    >>> a.set("red"), b.set("blue")
    (True, True)
    >>> b.merge(a)
    >>> b.value, b.writer, b.set("green"), b.time > a.time
    ('red', b'a', True, True)
    """

    cdef uint64_t stamp     # the latest that was seen; 0: it was never set
    cdef bytes author
    cdef bytes held         # the value
    cdef uint64_t own_last  # stamp of a write under the own id
    cdef bint pending

    def __cinit__(self):
        self.author, self.held, self.clock = b"", b"", time_of(None, None)

    def __init__(self, *, replica=None, codec=None, time_ns=None, max_drift=None):
        cdef Time clock = time_of(time_ns, max_drift)
        self.begin(replica, codec)
        self.tell_time(clock)

    def set(self, value, /, *, time=None):
        """Write a value; whether it stays.

        time: the stamp of the write, 1 .. 2**64-1, as if it came from elsewhere: it may lose. None: now, and it wins.

        TypeError or ValueError for what is no value. OverflowError if a stamp of 2**64-1 was seen. ClockDriftError for a time
        that is too far ahead.
        """
        cdef Time clock = self.time_source()
        cdef bytes data, id, author, held
        cdef uint64_t stamp = 0, now = 0
        cdef bint wins = False
        data = element_bytes(value, self.codec_now())
        stamp = clock.stamp_for(time, &now)
        id = self.own(True)
        with cython.critical_section(self):
            if time is None:
                stamp = stamp_after(now, self.stamp)
            wins = stamp and self.standing(stamp, id, data) >= 0
            if wins:
                author, held = self.author, self.held  # live until the section has ended
                self.stamp, self.author, self.held = stamp, id, data
                self.own_last = max(self.own_last, stamp)
                self.wrote = self.pending = True
                self.version += 1
        if not stamp:
            refuse_stamp()
        return wins

    # How a write stands to the one that is here.
    cdef int standing(self, uint64_t stamp, bytes author, bytes data) noexcept:
        cdef int first
        if stamp != self.stamp:
            return 1 if stamp > self.stamp else -1
        first = order(author, self.author)
        return first if first else order(data, self.held)

    @property
    def value(self):
        """The value; None if there was never one."""
        cdef bytes held
        with cython.critical_section(self):
            held, codec = self.held, self.codec
        return read_element(<const uint8_t *>PyBytes_AS_STRING(held), PyBytes_GET_SIZE(held), codec) if held else None

    @property
    def time(self):
        """The stamp of the write that stays; 0 if there was none."""
        cdef uint64_t stamp
        with cython.critical_section(self):
            stamp = self.stamp
        return stamp

    @property
    def writer(self):
        """The id under which it was made; None if there was none."""
        cdef bytes author
        with cython.critical_section(self):
            author = self.author
        return author or None

    def __repr__(self):
        try:
            value = shown(self.value)
        except Exception:  # of the codec, or of the value's own
            value = "a value that cannot be shown"
        return f"<{type(self).__name__} of {value}, replica {self.replica!r}>"

    # ---- the state ----

    cdef Replicated empty(self):
        return LWWRegister.__new__(LWWRegister)

    cdef unsigned number(self) noexcept:
        return COTERIE_LWW_REGISTER

    cdef coterie_status take(self, Replicated other) noexcept:
        cdef LWWRegister one = <LWWRegister>other
        self.stamp, self.author, self.held = one.stamp, one.author, one.held
        self.own_last, self.pending = 0, False
        self.version += 1
        return COTERIE_OK

    cdef coterie_status join(self, Replicated other) noexcept:
        cdef LWWRegister one = <LWWRegister>other
        if self.standing(one.stamp, one.author, one.held) > 0:
            self.stamp, self.author, self.held = one.stamp, one.author, one.held
        return COTERIE_OK

    cdef coterie_status relate(self, Replicated other, int *relation) noexcept:
        cdef LWWRegister one = <LWWRegister>other
        cdef int standing = self.standing(one.stamp, one.author, one.held)
        relation[0] = COTERIE_BEFORE if standing > 0 else COTERIE_AFTER if standing < 0 else COTERIE_EQUAL
        return COTERIE_OK

    cdef coterie_status take_renewed(self, Replicated new) noexcept:
        cdef uint64_t own_last = self.own_last
        cdef coterie_status status = self.take(new)
        self.own_last = own_last
        return status

    cdef bint wrote_more(self, Replicated other, const uint8_t *id, size_t len) noexcept:
        return (<size_t>PyBytes_GET_SIZE(self.author) == len and memcmp(PyBytes_AS_STRING(self.author), id, len) == 0
                and self.stamp > (<LWWRegister>other).own_last)

    cdef coterie_status take_pending(self, Replicated delta) noexcept:
        if self.pending:
            delta.take(self)
            self.pending = False
        return COTERIE_OK

    cdef coterie_status beyond(self, Replicated known, Replicated diff) noexcept:
        cdef LWWRegister one = <LWWRegister>known
        if self.standing(one.stamp, one.author, one.held) < 0:
            diff.take(self)
        return COTERIE_OK

    cdef coterie_status renew(self, const uint8_t *id, size_t len) noexcept:
        return COTERIE_OK  # the value keeps its time and writer

    # The bytes: nothing, or the stamp, the number of bytes of the writer's id, and these, and those of the value.
    cdef size_t room(self, bint digest) noexcept:
        return 9 + PyBytes_GET_SIZE(self.author) + PyBytes_GET_SIZE(self.held)

    cdef coterie_status write(self, bint digest, uint8_t *out, uint8_t **end) noexcept:
        cdef size_t id = PyBytes_GET_SIZE(self.author), size = PyBytes_GET_SIZE(self.held)
        end[0] = out
        if self.stamp:
            coterie_store64(out, self.stamp)
            out[8] = id
            memcpy(out + 9, PyBytes_AS_STRING(self.author), id)
            memcpy(out + 9 + id, PyBytes_AS_STRING(self.held), size)
            end[0] = out + 9 + id + size
        return COTERIE_OK

    cdef const uint8_t *read(self, bint digest, const uint8_t *at, const uint8_t *end, coterie_status *status) noexcept:
        cdef size_t size = end - at, id
        status[0] = COTERIE_OK
        if size == 0:
            return end
        if size < 10:
            return NULL
        id = at[8]
        self.stamp = coterie_load64(at)
        if self.stamp == 0 or not 1 <= id <= COTERIE_REPLICA_MOST or size < 10 + id:
            return NULL
        if not coterie_element_check(at + 9 + id, size - 9 - id):
            return NULL
        try:
            self.author = PyBytes_FromStringAndSize(<const char *>at + 9, id)
            self.held = PyBytes_FromStringAndSize(<const char *>at + 9 + id, size - 9 - id)
        except MemoryError:
            status[0] = COTERIE_NO_MEMORY
            return NULL
        return end

    cdef void measure(self, size_t *numbers) noexcept:
        numbers[ENTRIES] = numbers[REPLICAS] = self.stamp != 0
        numbers[PENDING] = self.pending
        numbers[NBYTES] = PyBytes_GET_SIZE(self.author) + PyBytes_GET_SIZE(self.held)

    cdef uint64_t last_stamp(self) noexcept:
        return self.stamp

    cdef object changes(self, Replicated before, Replicated after):
        cdef bytes old = (<LWWRegister>before).held, new = (<LWWRegister>after).held
        return Changes(old=old, new=new, codec=self.codec_now(), differs=(old or NONE) != (new or NONE))
