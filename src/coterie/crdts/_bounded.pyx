# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Counters that never go below a bound."""

cimport cython

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport int64_t, uint8_t, uint64_t

from coterie._core cimport cpu_level_address
from coterie.clocks._ids cimport check_number, plain_int
from coterie.crdts._counter cimport (
    clear, coterie_count, coterie_counts, coterie_counts_len, coterie_counts_memory, coterie_counts_only, coterie_counts_place,
    coterie_replicas, coterie_replicas_add, coterie_replicas_free, coterie_replicas_memory,
)
from coterie.crdts._replicated cimport (
    COTERIE_LACKING, COTERIE_NO_MEMORY, COTERIE_OK, COTERIE_STOPPED, ENTRIES, NBYTES, PENDING, REPLICAS, SECRET, Replicated,
    check, check_replica, coterie_status,
)

from collections.abc import Mapping

from coterie._errors import InsufficientRights
from coterie.crdts._changes import Changes

cdef extern from "coterie/crdts/frame.h" nogil:
    enum:
        COTERIE_BOUNDED_COUNTER

cdef extern from "coterie/crdts/bounded.h" nogil:
    enum:
        COTERIE_PAIR_MOST
    ctypedef struct coterie_bounded:
        int64_t bound
        coterie_counts grants
        coterie_counts spent
    size_t coterie_bounded_replicas(const coterie_bounded *bounded)
    void coterie_bounded_begin(coterie_bounded *bounded, int64_t bound, const uint64_t *key)
    void coterie_bounded_free(coterie_bounded *bounded)
    coterie_status coterie_bounded_copy(coterie_bounded *out, const coterie_bounded *bounded)
    size_t coterie_pair(const void *a, size_t a_len, const void *b, size_t b_len, uint8_t *out)
    void coterie_bounded_rights(const coterie_bounded *bounded, const void *id, size_t len, uint64_t *got, uint64_t *gone)
    void coterie_bounded_value(const coterie_bounded *bounded, uint64_t *added, uint64_t *taken)
    coterie_status coterie_bounded_join(coterie_bounded *bounded, const coterie_bounded *other, int level)
    coterie_status coterie_bounded_relation(const coterie_bounded *a, const coterie_bounded *b, int *relation)
    coterie_status coterie_bounded_more(coterie_bounded *out, const coterie_bounded *bounded, const coterie_bounded *known)
    int coterie_bounded_exceeds(const coterie_bounded *bounded, const coterie_bounded *known, const void *id, size_t len)
    coterie_status coterie_bounded_renew(coterie_bounded *out, const coterie_bounded *bounded, const void *id, size_t len)
    size_t coterie_bounded_size(const coterie_bounded *bounded)
    coterie_status coterie_bounded_write(const coterie_bounded *bounded, uint8_t *out, uint8_t **end)
    const uint8_t *coterie_bounded_read(coterie_bounded *bounded, const uint8_t *at, const uint8_t *end, coterie_status *status)

cdef const int *LEVEL = cpu_level_address()

# What came of a change.
cdef enum:
    DONE
    TOO_FEW
    TOO_MANY


cdef object number(const uint64_t *sum):
    return (<object>sum[1] << 64) + sum[0] if sum[1] else <object>sum[0]


# What may be taken away: 2**64-1 stands for more.
cdef uint64_t rights_of(const uint64_t *got, const uint64_t *gone) noexcept:
    if got[1] < gone[1] or (got[1] == gone[1] and got[0] < gone[0]):
        return 0
    return got[0] - gone[0] if got[1] - gone[1] == (got[0] < gone[0]) else <uint64_t>-1


@cython.auto_pickle(False)
cdef class BoundedCounter(Replicated):
    """BoundedCounter(bound=0, *, replica=None, codec=None)\n--\n
    A counter that never goes below a bound, whatever replicas do at the same time, and without asking each other.

    bound: -2**63 .. 2**63-1, the value at first. Counters with other bounds do not go together.
    replica, codec: as for GCounter.

    A replica may take away what it has rights to: it gets them by adding, and from others that hand theirs over. Where
    rights do not suffice, a decrement is refused (InsufficientRights), though others may have some left. Copies and forks have
    no rights, since their ids are new. Methods are atomic: any thread may use an object at any time. Linear in the replicas and
    the pairs of them that handed over rights.

    Balegas et al., "Extending Eventually Consistent Cloud Databases for Enforcing Numeric Invariants", 2015.

    >>> from coterie import BoundedCounter
    >>> stock = BoundedCounter(replica="warehouse")
    >>> stock += 10
    >>> stock.transfer(4, "shop")
    >>> shop = stock.fork(replica="shop")
    >>> shop.decrement(3)
    >>> shop.value, shop.rights(), stock.rights()
    (7, 1, 6)
    """

    cdef coterie_bounded state
    cdef coterie_replicas handed  # pairs, and ids, under which there were local changes since the last delta
    cdef coterie_replicas took

    def __cinit__(self):
        coterie_bounded_begin(&self.state, 0, SECRET)
        clear(&self.handed)
        clear(&self.took)

    def __init__(self, bound=0, *, replica=None, codec=None):
        cdef BoundedCounter new = BoundedCounter.__new__(BoundedCounter)
        bound = plain_int(bound, "bound")
        if not -(1 << 63) <= bound < 1 << 63:
            raise OverflowError(f"bound is {bound}: pass an int of -2**63 .. 2**63-1")
        new.state.bound = bound
        self.begin(replica, codec, new)

    def __dealloc__(self):
        coterie_bounded_free(&self.state)
        coterie_replicas_free(&self.handed)
        coterie_replicas_free(&self.took)

    # ---- changes ----

    # Adds n to what `id` handed over to another, or to what it took away: all that it has rights to, or nothing.
    cdef int change(self, bytes id, bytes to, uint64_t n, bint free) noexcept:
        cdef uint8_t pair[COTERIE_PAIR_MOST]
        cdef const void *key = PyBytes_AS_STRING(id)
        cdef size_t len = PyBytes_GET_SIZE(id), place, _
        cdef coterie_counts *counts = &self.state.spent
        cdef coterie_replicas *pending = &self.took
        cdef uint64_t got[2]
        cdef uint64_t gone[2]
        if not free:
            coterie_bounded_rights(&self.state, key, len, got, gone)
            if n > rights_of(got, gone):
                return TOO_FEW
        if to is not None:
            len = coterie_pair(key, len, PyBytes_AS_STRING(to), PyBytes_GET_SIZE(to), pair)
            key, counts, pending = pair, &self.state.grants, &self.handed
        if coterie_counts_place(counts, key, len, &place) != COTERIE_OK:
            return -1
        if n > <uint64_t>-1 - coterie_count(counts, 0, place)[0]:
            return TOO_MANY
        if coterie_replicas_add(pending, key, len, &_) != COTERIE_OK:
            return -1
        coterie_count(counts, 0, place)[0] += n
        self.wrote = True
        self.version += 1
        return DONE

    cdef int try_change(self, object n, bytes to, bint own, bint free) except -1:
        cdef uint64_t more = check_number(n, "n", <uint64_t>-1)
        cdef bytes id = self.own(True)
        cdef int result
        if more == 0:
            return 0
        with cython.critical_section(self):
            result = self.change(id, id if own else to, more, free)
        if result < 0:
            check(COTERIE_NO_MEMORY)
        if result == TOO_MANY:
            raise OverflowError(f"this replica counts to 2**64-1 and no further: {n} is too much")
        if result == TOO_FEW:
            raise InsufficientRights(f"n is {n}, and this replica has rights to {self.rights()}: ask others to hand over some "
                                     "of theirs by transfer()")
        return 0

    def increment(self, n=1):
        """Add n, and get the rights to take as much away. ValueError if n < 0, OverflowError if this replica would have added
        more than 2**64-1."""
        self.try_change(n, None, True, True)

    def decrement(self, n=1):
        """Take n away. InsufficientRights if this replica has not as many rights."""
        self.try_change(n, None, False, False)

    def __iadd__(self, n):
        self.try_change(n, None, True, True)
        return self

    def __isub__(self, n):
        self.try_change(n, None, False, False)
        return self

    def transfer(self, n, to):
        """Hand over the rights to n to another replica, which has them as soon as it knows of it.

        to: its id, which need not be known here. InsufficientRights if this replica has not as many.
        """
        cdef bytes id = check_replica(to)
        if id == self.own(False):
            raise ValueError(f"to is {id!r}, the id of this object: pass another one")
        self.try_change(n, id, False, False)

    # ---- what it shows ----

    @property
    def bound(self):
        """What the value never goes below."""
        cdef int64_t bound
        with cython.critical_section(self):
            bound = self.state.bound
        return bound

    def rights(self, replica=None):
        """How much a replica may take away: exact for this one, of others what is known here."""
        cdef bytes id = self.own(False) if replica is None else check_replica(replica)
        cdef uint64_t got[2]
        cdef uint64_t gone[2]
        with cython.critical_section(self):
            coterie_bounded_rights(&self.state, PyBytes_AS_STRING(id), PyBytes_GET_SIZE(id), got, gone)
        return max(number(got) - number(gone), 0)

    cdef object total(self):
        cdef uint64_t added[2]
        cdef uint64_t taken[2]
        cdef int64_t bound
        with cython.critical_section(self):
            coterie_bounded_value(&self.state, added, taken)
            bound = self.state.bound
        # What was taken away may be known before the additions that paid for it.
        return bound + max(number(added) - number(taken), 0)

    @property
    def value(self):
        """What was counted: an int, at least the bound."""
        return self.total()

    def __int__(self):
        return self.total()

    def __bool__(self):
        return self.total() != 0

    def __repr__(self):
        return f"<{type(self).__name__} of {self.total()}, bound {self.bound}, replica {self.replica!r}>"

    # ---- generations ----

    def rebase(self, heirs=None):
        """Forget departed replicas, as all classes do, and how they came by their rights; each keeps the rights that it has.

        heirs: a mapping of ids that have left to those that get their rights; the same in all members, else they are of different
            generations.

        ValueError if the state lacks additions that paid for what it knows to be taken away. OverflowError if the rights of all
        have more than 64 bits.
        """
        self.renew_with(heirs)

    cdef int prepare(self, object how) except -1:
        cdef dict heirs = {}
        cdef int result = DONE
        if how is None:
            return 0
        if not isinstance(how, Mapping):
            raise TypeError(f"heirs is a {type(how).__name__}: pass a mapping of ids that have left to their heirs")
        for departed, heir in how.items():
            heirs[check_replica(departed)] = check_replica(heir)
        for departed, heir in heirs.items():
            if heir in heirs:
                raise ValueError(f"heirs has {heir!r} as an heir, and as one that has left")
        for departed in sorted(heirs):
            with cython.critical_section(self):
                result = self.hand_on(departed, heirs[departed])
            if result < 0:
                check(COTERIE_NO_MEMORY)
            if result == TOO_MANY:
                self.refuse_to_renew(COTERIE_STOPPED)
        return 0

    # Lets one have all rights of another; the same results as of a change.
    cdef int hand_on(self, bytes departed, bytes heir) noexcept:
        cdef uint64_t got[2]
        cdef uint64_t gone[2]
        cdef uint64_t rights
        coterie_bounded_rights(&self.state, PyBytes_AS_STRING(departed), PyBytes_GET_SIZE(departed), got, gone)
        rights = rights_of(got, gone)
        return self.change(departed, heir, rights, True) if rights else DONE

    cdef int refuse_to_renew(self, coterie_status status) except -1:
        if status == COTERIE_LACKING:
            raise ValueError("the state lacks additions that paid for what it knows to be taken away: merge the states of all "
                             "members first")
        raise OverflowError("the rights have more than 64 bits: no replica can have handed them over alone")

    # ---- the state ----

    cdef Replicated empty(self):
        cdef BoundedCounter new = BoundedCounter.__new__(BoundedCounter)
        with cython.critical_section(self):
            new.state.bound = self.state.bound
        return new

    cdef unsigned number(self) noexcept:
        return COTERIE_BOUNDED_COUNTER

    cdef coterie_status take(self, Replicated other) noexcept:
        cdef coterie_bounded copied
        if coterie_bounded_copy(&copied, &(<BoundedCounter>other).state) != COTERIE_OK:
            return COTERIE_NO_MEMORY
        coterie_bounded_free(&self.state)
        self.state = copied
        clear(&self.handed)
        clear(&self.took)
        self.version += 1
        return COTERIE_OK

    cdef coterie_status join(self, Replicated other) noexcept:
        return coterie_bounded_join(&self.state, &(<BoundedCounter>other).state, LEVEL[0])

    cdef coterie_status relate(self, Replicated other, int *relation) noexcept:
        return coterie_bounded_relation(&self.state, &(<BoundedCounter>other).state, relation)

    cdef bint unlike(self, Replicated other) noexcept:
        return self.state.bound != (<BoundedCounter>other).state.bound

    cdef bint wrote_more(self, Replicated other, const uint8_t *id, size_t len) noexcept:
        return coterie_bounded_exceeds(&self.state, &(<BoundedCounter>other).state, id, len)

    cdef coterie_status take_pending(self, Replicated delta) noexcept:
        cdef coterie_bounded *out = &(<BoundedCounter>delta).state
        cdef coterie_status status = coterie_counts_only(&out.grants, &self.state.grants, &self.handed)
        if status == COTERIE_OK:
            status = coterie_counts_only(&out.spent, &self.state.spent, &self.took)
        if status == COTERIE_OK:
            clear(&self.handed)
            clear(&self.took)
        return status

    cdef coterie_status beyond(self, Replicated known, Replicated diff) noexcept:
        return coterie_bounded_more(&(<BoundedCounter>diff).state, &self.state, &(<BoundedCounter>known).state)

    cdef coterie_status renew(self, const uint8_t *id, size_t len) noexcept:
        cdef coterie_bounded fresh
        cdef coterie_status status
        coterie_bounded_begin(&fresh, self.state.bound, SECRET)
        status = coterie_bounded_renew(&fresh, &self.state, id, len)
        if status != COTERIE_OK:
            coterie_bounded_free(&fresh)
            return status
        coterie_bounded_free(&self.state)
        self.state = fresh
        return COTERIE_OK

    cdef size_t room(self, bint digest) noexcept:
        return coterie_bounded_size(&self.state)

    cdef coterie_status write(self, bint digest, uint8_t *out, uint8_t **end) noexcept:
        return coterie_bounded_write(&self.state, out, end)

    cdef const uint8_t *read(self, bint digest, const uint8_t *at, const uint8_t *end, coterie_status *status) noexcept:
        return coterie_bounded_read(&self.state, at, end, status)

    cdef void measure(self, size_t *numbers) noexcept:
        cdef coterie_counts *grants = &self.state.grants
        cdef coterie_counts *spent = &self.state.spent
        numbers[REPLICAS] = coterie_bounded_replicas(&self.state)
        numbers[ENTRIES] = coterie_counts_len(grants) + coterie_counts_len(spent)
        numbers[PENDING] = self.handed.n + self.took.n
        numbers[NBYTES] = (coterie_counts_memory(grants) + coterie_counts_memory(spent)
                           + coterie_replicas_memory(&self.handed) + coterie_replicas_memory(&self.took))

    cdef object changes(self, Replicated before, Replicated after):
        old, new = (<BoundedCounter>before).total(), (<BoundedCounter>after).total()
        return Changes(old=old, new=new, differs=old != new)
