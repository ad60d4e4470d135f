# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Counters that many replicas count on."""

cimport cython

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memset

from coterie._core cimport cpu_level_address
from coterie.clocks._ids cimport check_number, plain_int
from coterie.crdts._replicated cimport (
    COTERIE_NO_MEMORY, COTERIE_OK, COTERIE_REPLICA_MOST, COTERIE_STOPPED, ENTRIES, NBYTES, PENDING, REPLICAS, SECRET, Replicated, check, coterie_status,
)

from coterie.crdts._changes import Changes

cdef extern from "coterie/crdts/frame.h" nogil:
    enum:
        COTERIE_GCOUNTER
        COTERIE_PNCOUNTER

cdef extern from "coterie/crdts/counts.h" nogil:
    void coterie_counts_free(coterie_counts *counts)
    coterie_status coterie_counts_copy(coterie_counts *out, const coterie_counts *counts)
    int coterie_counts_exceeds(const coterie_counts *counts, const coterie_counts *known, const void *id, size_t len)
    uint64_t coterie_counts_sum(const coterie_counts *counts, size_t row, uint64_t *high)
    coterie_status coterie_counts_join(coterie_counts *counts, const coterie_counts *other, int level)
    coterie_status coterie_counts_relation(const coterie_counts *a, const coterie_counts *b, int *relation)
    coterie_status coterie_counts_more(coterie_counts *out, const coterie_counts *counts, const coterie_counts *known)
    size_t coterie_counts_size(const coterie_counts *counts)
    coterie_status coterie_counts_write(const coterie_counts *counts, uint8_t *out, uint8_t **end)
    const uint8_t *coterie_counts_read(coterie_counts *counts, const uint8_t *at, const uint8_t *end, size_t most,
                                       coterie_status *status)

cdef const int *LEVEL = cpu_level_address()

cdef enum:
    ADDED      # the row of what was added
    TAKEN      # and of what was taken away


cdef void clear(coterie_replicas *ids) noexcept:
    coterie_replicas_free(ids)
    memset(ids, 0, sizeof(coterie_replicas))
    ids.key[0], ids.key[1] = SECRET[0], SECRET[1]


@cython.auto_pickle(False)
cdef class Counter(Replicated):
    """Counters of replicas. Not made by itself."""

    def __cinit__(self):
        clear(&self.state.ids)
        clear(&self.pending)
        self.state.rows = 1

    def __dealloc__(self):
        coterie_counts_free(&self.state)
        coterie_replicas_free(&self.pending)

    cdef int change(self, size_t row, object n) except -1:
        cdef uint64_t more = check_number(n, "n", <uint64_t>-1)
        cdef bytes id = self.own(True)
        cdef coterie_status status
        cdef bint full = False
        if row >= self.state.rows:  # of a class that has two bases, or was assigned
            raise TypeError(f"a {self.name()} only grows")
        if more == 0:
            return 0
        with cython.critical_section(self):
            status = COTERIE_OK if self.counting is id else self.find_place(id)
            if status == COTERIE_OK:
                full = more > <uint64_t>-1 - coterie_count(&self.state, row, self.place)[0]
            if status == COTERIE_OK and not full:
                status = COTERIE_OK if self.counting is id else self.begin_to_count(id)
            if status == COTERIE_OK and not full:
                coterie_count(&self.state, row, self.place)[0] += more
                self.wrote = True
                self.version += 1
        check(status)
        if full:
            raise OverflowError(f"this replica counts to 2**64-1 and no further: {n} is too much")
        return 0

    cdef coterie_status find_place(self, bytes id) noexcept:
        return coterie_counts_place(&self.state, PyBytes_AS_STRING(id), PyBytes_GET_SIZE(id), &self.place)

    cdef coterie_status begin_to_count(self, bytes id) noexcept:
        cdef size_t _
        cdef coterie_status status = coterie_replicas_add(&self.pending, PyBytes_AS_STRING(id), PyBytes_GET_SIZE(id), &_)
        if status == COTERIE_OK:
            self.counting = id
        return status

    cdef object total(self):
        cdef uint64_t added, taken = 0, added_high, taken_high = 0
        self.refuse_base()
        with cython.critical_section(self):
            added = coterie_counts_sum(&self.state, ADDED, &added_high)
            if self.state.rows == 2:
                taken = coterie_counts_sum(&self.state, TAKEN, &taken_high)
        if added_high or taken_high:
            return ((<object>added_high << 64) + added) - ((<object>taken_high << 64) + taken)
        return added - taken if added >= taken else -<object>(taken - added)

    @property
    def value(self):
        """What was counted: an int. Linear in replicas."""
        return self.total()

    def __int__(self):
        return self.total()

    def __bool__(self):
        return self.total() != 0

    def __repr__(self):
        return f"<{type(self).__name__} of {self.total()}, replica {self.replica!r}>"

    # ---- the state ----

    cdef coterie_status take(self, Replicated other) noexcept:
        cdef coterie_counts copied
        if coterie_counts_copy(&copied, &(<Counter>other).state) != COTERIE_OK:
            return COTERIE_NO_MEMORY
        coterie_counts_free(&self.state)
        self.state, self.counting = copied, None
        clear(&self.pending)
        self.version += 1
        return COTERIE_OK

    cdef coterie_status join(self, Replicated other) noexcept:
        return coterie_counts_join(&self.state, &(<Counter>other).state, LEVEL[0])

    cdef coterie_status relate(self, Replicated other, int *relation) noexcept:
        return coterie_counts_relation(&self.state, &(<Counter>other).state, relation)

    cdef bint wrote_more(self, Replicated other, const uint8_t *id, size_t len) noexcept:
        return coterie_counts_exceeds(&self.state, &(<Counter>other).state, id, len)

    cdef coterie_status take_pending(self, Replicated delta) noexcept:
        cdef coterie_status status = coterie_counts_only(&(<Counter>delta).state, &self.state, &self.pending)
        if status == COTERIE_OK:
            clear(&self.pending)
            self.counting = None
        return status

    cdef coterie_status beyond(self, Replicated known, Replicated diff) noexcept:
        return coterie_counts_more(&(<Counter>diff).state, &self.state, &(<Counter>known).state)

    cdef coterie_status renew(self, const uint8_t *id, size_t len) noexcept:
        cdef coterie_counts fresh = self.state
        cdef uint64_t added, taken = 0, added_high, taken_high = 0
        cdef size_t place
        added = coterie_counts_sum(&self.state, ADDED, &added_high)
        if self.state.rows == 2:
            taken = coterie_counts_sum(&self.state, TAKEN, &taken_high)
        # The difference of the sums, which have 128 bits.
        if taken_high > added_high or (taken_high == added_high and taken > added):
            taken_high, taken, added = taken_high - added_high - (taken < added), taken - added, 0
            added_high = taken_high
        else:
            added_high, added, taken = added_high - taken_high - (added < taken), added - taken, 0
        if added_high:
            return COTERIE_STOPPED
        memset(&fresh.ids, 0, sizeof(coterie_replicas))
        clear(&fresh.ids)
        fresh.room, fresh.counts = 0, NULL
        if added or taken:
            if coterie_counts_place(&fresh, id, len, &place) != COTERIE_OK:
                coterie_counts_free(&fresh)
                return COTERIE_NO_MEMORY
            coterie_count(&fresh, ADDED, place)[0] = added
            if self.state.rows == 2:
                coterie_count(&fresh, TAKEN, place)[0] = taken
        coterie_counts_free(&self.state)
        self.state, self.counting = fresh, None
        clear(&self.pending)
        return COTERIE_OK

    cdef size_t room(self, bint digest) noexcept:
        return coterie_counts_size(&self.state)

    cdef coterie_status write(self, bint digest, uint8_t *out, uint8_t **end) noexcept:
        return coterie_counts_write(&self.state, out, end)

    cdef const uint8_t *read(self, bint digest, const uint8_t *at, const uint8_t *end, coterie_status *status) noexcept:
        return coterie_counts_read(&self.state, at, end, COTERIE_REPLICA_MOST, status)

    cdef void measure(self, size_t *numbers) noexcept:
        numbers[REPLICAS] = numbers[ENTRIES] = coterie_counts_len(&self.state)
        numbers[PENDING] = self.pending.n
        numbers[NBYTES] = coterie_counts_memory(&self.state) + coterie_replicas_memory(&self.pending)

    cdef object changes(self, Replicated before, Replicated after):
        old, new = (<Counter>before).total(), (<Counter>after).total()
        return Changes(old=old, new=new, differs=old != new)


@cython.auto_pickle(False)
cdef class GCounter(Counter):
    """GCounter(*, replica=None, codec=None)\n--\n
    A counter that only grows.

    replica: this object's id, bytes or a str of 1 .. 64 bytes, which no other living object may have; None: a random one.
    codec: kept for copies; counters have no use for it.

    Each replica counts for itself, and the value is the sum. Merging takes the greater count of each, so states may come
    late, twice and in any order. A replica counts to 2**64-1; the value has no bound. Methods are atomic: any thread may use
    an object at any time. Constant time to count; linear in replicas to read and to merge, with vector instructions.

    Shapiro, Preguiça, Baquero and Zawirski, "A comprehensive study of Convergent and Commutative Replicated Data Types", 2011.

    >>> from coterie import GCounter
    >>> a, b = GCounter(replica="a"), GCounter(replica="b")
    >>> a.increment()
    >>> b.increment(2)
    >>> a.merge(b)
    >>> a.value, a == (b | a), b <= a
    (3, True, True)
    """

    def __init__(self, *, replica=None, codec=None):
        self.begin(replica, codec)

    cdef unsigned number(self) noexcept:
        return COTERIE_GCOUNTER

    cdef Replicated empty(self):
        return GCounter.__new__(GCounter)

    def increment(self, n=1):
        """Count n events. ValueError if n < 0, OverflowError if this replica would count more than 2**64-1."""
        self.change(ADDED, n)

    def __iadd__(self, n):
        self.change(ADDED, n)
        return self


@cython.auto_pickle(False)
cdef class PNCounter(Counter):
    """PNCounter(*, replica=None, codec=None)\n--\n
    A counter that goes up and down.

    replica, codec: as for GCounter.

    Of each replica it keeps what it added and what it took away, each up to 2**64-1, so that concurrent changes all count.
    Else as GCounter, by the same authors.

    >>> from coterie import PNCounter
    >>> a = PNCounter(replica="a")
    >>> a += 5
    >>> b = a.fork(replica="b")
    >>> a.decrement(2)
    >>> b += -4
    >>> (a | b).value
    -1
    """

    def __cinit__(self):
        self.state.rows = 2

    def __init__(self, *, replica=None, codec=None):
        self.begin(replica, codec)

    cdef unsigned number(self) noexcept:
        return COTERIE_PNCOUNTER

    cdef Replicated empty(self):
        return PNCounter.__new__(PNCounter)

    def increment(self, n=1):
        """Add n. ValueError if n < 0, OverflowError if this replica would have added more than 2**64-1."""
        self.change(ADDED, n)

    def decrement(self, n=1):
        """Take n away, within the same bounds."""
        self.change(TAKEN, n)

    def __iadd__(self, n):
        n = plain_int(n, "n")
        self.change(TAKEN if n < 0 else ADDED, abs(n))
        return self

    def __isub__(self, n):
        n = plain_int(n, "n")
        self.change(ADDED if n < 0 else TAKEN, abs(n))
        return self
