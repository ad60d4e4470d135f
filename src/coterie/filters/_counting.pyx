# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Counting Bloom filters."""

cimport cython
cimport numpy as cnp

from libc.math cimport ceil, log1p
from libc.stdint cimport int32_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memset

from coterie._core cimport (
    BOOL, INT32, NOTHING, Container, Storage, check_int, check_key, check_seed, cpu_level_address, pack_header, shown,
)
from coterie.filters._filter cimport (
    COTERIE_CONTAINER_HEADER, FEW, FROZEN, OWN, STRICT, Digests, Filter, PyThread_acquire_lock, PyThread_release_lock,
    check_of, check_rate, filter_salt, is_far, parameters_of, register, take_turn,
)
from coterie.filters._mutable cimport Batch, MutableFilter

import warnings

import numpy as np

from coterie._errors import CapacityError, CapacityWarning, DecodeError

cdef extern from "coterie/base.h" nogil:
    uint64_t coterie_load64(const void *p)
    void coterie_store64(void *p, uint64_t x)

cdef extern from "coterie/container.h":
    int COTERIE_KIND_COUNTING

cdef extern from "coterie/filters/parameters.h" nogil:
    enum:
        COTERIE_FILTER_CHECK
        COTERIE_FILTER_ADDS
        COTERIE_FILTER_PARAMETERS
    void coterie_parameters_seal(uint8_t *parameters)

cnp.import_array()

cdef const int *LEVEL = cpu_level_address()
cdef enum:
    FRONT = COTERIE_CONTAINER_HEADER + COTERIE_FILTER_PARAMETERS


include "_counting_batch.pxi"


@cython.final
@cython.auto_pickle(False)
cdef class CountingBatch(Batch):
    pass


@cython.auto_pickle(False)
cdef class CountingBloomFilter(MutableFilter):
    """CountingBloomFilter(capacity, fpr=0.01, *, seed=0, key=None, strict=False)\n--\n
    A Bloom filter from which keys can be removed: each of its cells counts, up to 15, how many keys it stands for.

    capacity: how many distinct keys it may hold at the same time, 1 .. 2**40.
    fpr: of the keys that are not in it, the share that is said to be there once `capacity` keys are; 1e-12 .. 1, both not
        included.
    seed: 0 .. 2**64-1. Filters with different seeds err on different keys, and do not add up.
    key: 16 secret bytes, for keys that come from enemies: see `BloomFilter`.
    strict: raise CapacityError instead of warning when there are more than `capacity` distinct keys.

    A key may be added many times, and is gone when it was removed as often. Nothing that is there is ever denied, as long
    as only keys are removed that were added: who removes one that merely seems to be there takes others with it. A key
    that was added 15 times or more may stay for good, since its counters no longer know how much they count.

    Bits per key at 0.1, 1e-2, 1e-3, 1e-4 and 1e-6: 20, 47, 62, 93 and 125, four times those of a BloomFilter. A key has one
    cache line at fpr of 1e-2 and more, two down to 1e-4, four down to 1e-8, else eight. ValueError if no filter keeps the
    promise, as in `BloomFilter`.

    Too many distinct keys are noticed by the counters that they fill, about 2 * sqrt(capacity) keys late, and never while at
    most `capacity` more were added than removed. Any number of threads may read and write at the same time: readers wait
    for nobody, writers take turns.

    Fan, Cao, Almeida and Broder, "Summary Cache: A Scalable Wide-Area Web Cache Sharing Protocol", 2000; in cache lines after
    Putze, Sanders and Singler, 2007.

    >>> from coterie import CountingBloomFilter
    >>> open_sessions = CountingBloomFilter(100_000)
    >>> open_sessions.update(["user:42", "user:43", "user:42"])
    >>> open_sessions.remove("user:43")
    >>> "user:42" in open_sessions, "user:43" in open_sessions, open_sessions.count("user:42")
    (True, False, 2)
    """

    def __cinit__(self):
        adopt_empty(self)

    def __init__(self, capacity, fpr=0.01, *, seed=0, key=None, strict=False):
        cdef uint64_t keys = check_int(capacity, "capacity", 1, MOST, "1 .. 2**40 keys"), number = check_seed(seed)
        cdef uint64_t secret[2]
        cdef bint refuses = strict
        cdef coterie_counting_shape shape
        cdef Storage storage, before
        secret[0] = secret[1] = 0
        if key is not None:
            check_key(key, secret)
        shape.fpr = check_promise(check_rate(fpr), keys)
        shape.columns = coterie_counting_columns(shape.fpr)
        with nogil:
            shape.rows = coterie_counting_size(keys, shape.fpr, shape.columns)
        if shape.rows == 0:
            raise ValueError(f"capacity is {capacity} at fpr {fpr}: that takes more than 128 GiB, split the keys over several "
                             "filters")
        storage = storage_of(&shape)
        with cython.critical_section(self):
            take_turn(self._lock, True)  # a batch on another thread counts no longer for this filter
            before = self._storage
            self._seed, self._salt, self._where, self._unmarked = number, filter_salt(number), OWN, False
            self._keyed, self._secret[0], self._secret[1] = key is not None, secret[0], secret[1]
            self._strict, self._warned = refuses, False
            self.shape(&shape, keys)
            self._storage, self._size = storage, storage.nbytes
            self._tally.filled, self._known = 0, True
            self.moved()
            PyThread_release_lock(self._lock)
            coterie_store64(parameters_of(storage) + COTERIE_FILTER_CHECK, check_of(self))
            coterie_parameters_seal(parameters_of(storage))
            pack_header(storage, COTERIE_KIND_COUNTING, self.flags(), keys, number, False)
            before.drop()

    cdef void shape(self, const coterie_counting_shape *shape, uint64_t capacity) noexcept:
        self._counting.rows, self._counting.columns, self._fpr = shape.rows, shape.columns, shape.fpr
        self._capacity = capacity
        self._limit = coterie_counting_limit(shape.rows, shape.columns, capacity)

    cdef Storage lines(self, coterie_counting *counting):
        with cython.critical_section(self):
            counting[0] = self._counting
            return self._storage

    # ---- one key ----

    cdef bint has(self, uint64_t digest) noexcept:
        with cython.critical_section(self):
            return coterie_counting_has[LEVEL[0]](&self._counting, digest)

    cdef bint ready(self) noexcept:
        cdef Storage storage = self._storage
        return (not self._busy and not self._unmarked and self._known and storage.writable and storage.holders == 1
                and not storage.exports)

    cdef int prepare(self) except -1:
        self.unshare()
        # A batch that runs has counted already.
        if not self._known:
            coterie_counting_filled[LEVEL[0]](self._counting.lines, bytes_of(&self._counting), &self._tally.filled)
            self._known = True
        return 0

    cdef bint put(self, uint64_t digest) except -1:
        cdef uint32_t noted
        cdef uint8_t new = 0
        cdef bint fits = True, over = False, ready
        with cython.critical_section(self):
            ready = self.ready()
            if ready:
                if self._strict:
                    fits = coterie_counting_add_within(&self._counting, &digest, 1, self._capacity, self._limit, &noted, &new,
                                                       &self._tally)
                else:
                    new = coterie_counting_put[LEVEL[0]](&self._counting, digest, &self._tally)
                store_keys(&self._counting, &self._tally)
                over = self._tally.filled > self._limit
        if not ready:
            return self.put_carefully(digest)
        if not fits:
            self.refuse()
        if over:
            self.notice()
        return new

    cdef bint put_carefully(self, uint64_t digest) except -1:
        cdef uint8_t new
        if self._strict:
            self.add_strictly(&digest, 1, &new)
        else:
            new = self.write_one(digest, False)
        self.notice()
        return new

    cdef bint take_one(self, uint64_t digest) except -1:
        cdef bint taken = False
        with cython.critical_section(self):
            if self.ready():
                taken = coterie_counting_take[LEVEL[0]](&self._counting, digest, &self._tally)
                store_keys(&self._counting, &self._tally)
                return taken
            taken = self._where == FROZEN or coterie_counting_has[LEVEL[0]](&self._counting, digest)
        return taken and self.write_one(digest, True)  # only now a copy of what is shared

    def add(self, key, /):
        """Add a key, once more if it is there. key: str, bytes or int, see `coterie.digest`."""
        self.put(self.digest_of(key))

    def add_new(self, key, /):
        """Add a key; True if it was certainly not there before, False if it was or seemed to be."""
        return self.put(self.digest_of(key))

    def remove(self, key, /):
        """Remove a key once. KeyError if it certainly is not there.

        Only remove what was added: a key that merely seems to be there takes others with it.
        """
        if not self.take_one(self.digest_of(key)):
            raise KeyError(key)

    def discard(self, key, /):
        """Remove a key once, unless it certainly is not there. Otherwise as `remove`."""
        self.take_one(self.digest_of(key))

    def count(self, key, /):
        """At most how often a key is there; 15 stands for 15 or more."""
        cdef uint64_t digest = self.digest_of(key)
        with cython.critical_section(self):
            return coterie_counting_count(&self._counting, digest)

    def contains(self, key, /):
        """Whether a key may be there; the same as `key in filter`."""
        return self.has(self.digest_of(key))

    def __contains__(self, key):
        return self.has(self.digest_of(key))

    # ---- many keys ----

    def contains_many(self, keys, /, *, hashed=False, nulls="raise", out=None):
        """Whether keys may be there, as a bool array.

        keys: any container that `coterie.digests` takes; with hashed=True the digests that it made, unless the filter has a
            key.
        nulls, out: as for `coterie.digests`; nulls="skip" writes False.

        Linear; one cache line or a few for each key. Columns are read without the GIL.
        """
        cdef coterie_counting counting
        cdef Storage storage = self.lines(&counting)  # lives until the end
        return self.each(keys, contains_sink, &counting, BOOL, hashed, nulls, out)

    def count_many(self, keys, /, *, hashed=False, nulls="raise", out=None):
        """The `count` of many keys, as an int32 array. Otherwise as `contains_many`; nulls="skip" writes -1."""
        cdef coterie_counting counting
        cdef Storage storage = self.lines(&counting)
        return self.each(keys, counts_sink, &counting, INT32, hashed, nulls, out)

    def remove_many(self, keys, /, *, hashed=False, nulls="raise"):
        """Remove many keys, each once.

        keys, hashed, nulls: as for `update`.

        All or nothing: KeyError, which says at which position, if one certainly is not there when its turn comes, because
        it never was or because it comes more often than it was added. Other writers wait until it is done; readers may
        see the others missing for a moment. Linear, with 8 bytes for each key meanwhile.
        """
        if nulls != "raise":
            self.each((), no_sink, NULL, NOTHING, False, nulls, None)  # an error unless they are skipped
        digests, valid = self.collected(keys, hashed, nulls, None)
        self.remove_digests(digests if valid is None else digests[valid], valid)

    def discard_many(self, keys, /, *, hashed=False, nulls="raise", out=None):
        """Remove each of many keys once, one after the other, unless it certainly is not there; for each whether it was.
        A bool array.

        keys, hashed, nulls, out: as for `contains_many`. An error removes nothing; Ctrl-C may remove some.
        """
        return self.answer(keys, hashed, nulls, out, True)

    # ---- writers ----

    cdef int unshare(self) except -1:
        if self._where == FROZEN:
            raise ValueError('the filter is read-only: open it with mode "c", or change a copy()')
        return Filter.unshare(self)

    cdef Batch begin_batch(self, size_t n, bint removes):
        cdef CountingBatch batch = CountingBatch.__new__(CountingBatch)
        cdef Work *work = &batch.work
        with cython.critical_section(self):
            self.prepare()
            batch.storage = self.begin()
            work.counting, work.lock, work.lines = self._counting, self._lock, &self._counting.lines
            work.tally, work.few = &self._tally, n <= FEW
        batch.sink, batch.ctx = discard_sink if removes else add_sink, work
        return batch

    cdef int end_batch(self, Batch batch) except -1:
        self.end()
        return 0

    cdef int write(self, const Digests *digests, uint8_t *answers, bint removes) except -1:
        if self._strict and not removes:
            return self.add_strictly(digests.data, digests.len, answers)
        return MutableFilter.write(self, digests, answers, removes)

    cdef int add_strictly(self, const uint64_t *digests, size_t n, uint8_t *new) except -1:
        cdef CountingBatch batch
        cdef Work *work
        cdef Storage room = Storage.allocate(n * sizeof(uint32_t))
        cdef uint32_t *noted = <uint32_t *>room.data
        cdef coterie_counting_tally *tally
        cdef uint64_t capacity = self._capacity, limit = self._limit
        cdef size_t done
        batch = self.begin_batch(n, False)
        work = &batch.work
        try:
            with nogil:
                PyThread_acquire_lock(work.lock, 1)
                tally = tally_of(work)
                done = coterie_counting_add_within(&work.counting, digests, n, capacity, limit, noted, new, tally)
                store_keys(&work.counting, tally)
                PyThread_release_lock(work.lock)
        finally:
            self.end_batch(batch)
        return 0 if done == n else self.refuse()

    cdef int remove_digests(self, object digests, object valid) except -1:
        cdef CountingBatch batch
        cdef Work *work
        cdef cnp.ndarray array = digests
        cdef const uint64_t *data = <const uint64_t *>cnp.PyArray_DATA(array)
        cdef size_t n = cnp.PyArray_DIM(array, 0), done
        cdef coterie_counting_tally *tally
        batch = self.begin_batch(n, True)
        work = &batch.work
        try:
            with nogil:
                PyThread_acquire_lock(work.lock, 1)
                tally = tally_of(work)
                done = coterie_counting_remove(&work.counting, data, n, tally, LEVEL[0])
                store_keys(&work.counting, tally)
                PyThread_release_lock(work.lock)
        finally:
            self.end_batch(batch)
        if done < n:
            position = done if valid is None else np.flatnonzero(valid)[done]
            raise KeyError(f"key number {position} of the batch, counted from 0, is not there: nothing was removed")
        return 0

    # ---- capacity ----

    cdef uint64_t filled(self) noexcept:
        with cython.critical_section(self):
            if not self._known:
                coterie_counting_filled[LEVEL[0]](self._counting.lines, bytes_of(&self._counting), &self._tally.filled)
                self._known = True
            return self._tally.filled

    cdef uint64_t approximate(self) noexcept:
        cdef double filled = self.filled(), counters = 2.0 * bytes_of(&self._counting)
        cdef uint64_t keys = self._tally.keys, least
        # What so many counters take at least; and what was added, unless keys were removed that had not been.
        least = <uint64_t>ceil(filled / (COTERIE_COUNTING_LANES * self._counting.columns))
        if filled < counters:
            keys = min(keys, <uint64_t>(log1p(-filled / counters) / log1p(-1 / (32.0 * self._counting.rows)) + 0.5))
        return max(least, keys)

    cdef bint overfull(self) noexcept nogil:
        return self._tally.filled > self._limit and self._tally.keys > self._capacity

    cdef int notice(self) except -1:
        # Says once that there are too many keys.
        if self._warned or not self.overfull():
            return 0
        self._warned = True
        warnings.warn(f"the filter was made for {self._capacity} keys and holds about {self.approximate()}: it errs more often "
                      "than promised, see estimated_fpr()", CapacityWarning, stacklevel=1)
        return 0

    cdef int refuse(self) except -1:
        raise CapacityError(f"no more keys fit: about {self.approximate()} are there, of {self._capacity} that the filter was "
                            "made for; remove some, or make a larger one")

    # ---- two filters ----

    cdef bint like(self, CountingBloomFilter other) noexcept:
        return (self._counting.rows == other._counting.rows and self._counting.columns == other._counting.columns
                and self._seed == other._seed and self._keyed == other._keyed
                and memcmp(self._secret, other._secret, sizeof(self._secret)) == 0)

    cdef int check_like(self, CountingBloomFilter other) except -1:
        if not self.like(other):
            raise ValueError("the filters differ in size, seed or key: only those made with the same arguments add up")
        return 0

    cdef int add_all(self, CountingBloomFilter other) except -1:
        cdef CountingBatch batch
        cdef Work *work
        cdef Storage others, before = None
        cdef coterie_counting_tally *tally
        cdef coterie_counting_tally start
        cdef size_t size
        cdef bint fits = True, strict = self._strict
        self.check_like(other)
        with cython.critical_section(other):
            others = other.snapshot()  # whole keys, also while it changes
        try:
            batch = self.begin_batch(0, False)
            work = &batch.work
            try:
                size = bytes_of(&work.counting)
                if <size_t>others.nbytes != FRONT + size:
                    raise ValueError("one of the filters was made anew meanwhile, in another size")
                if strict:
                    before = Storage.allocate(size)
                with nogil:
                    PyThread_acquire_lock(work.lock, 1)
                    tally = tally_of(work)
                    start = tally[0]
                    if strict:
                        memcpy(before.data, work.counting.lines, size)
                    coterie_counting_sum[LEVEL[0]](work.counting.lines, <const uint8_t *>others.data + FRONT, size)
                    coterie_counting_filled[LEVEL[0]](work.counting.lines, size, &tally.filled)
                    tally.keys += coterie_load64(others.data + COTERIE_CONTAINER_HEADER + COTERIE_FILTER_ADDS)
                    if strict and self.overfull() and tally.filled > start.filled:
                        memcpy(work.counting.lines, before.data, size)
                        tally[0] = start
                        fits = False
                    store_keys(&work.counting, tally)
                    PyThread_release_lock(work.lock)
            finally:
                self.end_batch(batch)
        finally:
            others.drop()
        return self.notice() if fits else self.refuse()

    def __iadd__(self, other):
        if not isinstance(other, CountingBloomFilter):
            return NotImplemented
        self.add_all(other)
        return self

    def __add__(self, other):
        if not isinstance(other, CountingBloomFilter):
            return NotImplemented
        self.check_like(other)
        new = self.copy()
        new += other
        return new

    __hash__ = None

    def __eq__(self, other):
        cdef coterie_counting counting, than
        cdef Storage mine, others
        cdef bint equal
        if not isinstance(other, CountingBloomFilter):
            return NotImplemented
        if not self.like(other):
            return False
        mine, others = self.lines(&counting), (<CountingBloomFilter>other).lines(&than)
        if bytes_of(&counting) != bytes_of(&than):  # one was made anew meanwhile
            return False
        with nogil:
            equal = memcmp(counting.lines, than.lines, bytes_of(&counting)) == 0
        return equal

    def __bool__(self):
        return self.filled() != 0

    def clear(self):
        """Remove all keys, also those that were added too often to be removed one by one."""
        cdef CountingBatch batch = self.begin_batch(0, False)
        cdef Work *work = &batch.work
        cdef coterie_counting_tally *tally
        try:
            with nogil:
                PyThread_acquire_lock(work.lock, 1)
                tally = tally_of(work)
                memset(work.counting.lines, 0, bytes_of(&work.counting))
                tally.keys = tally.filled = 0
                store_keys(&work.counting, tally)
                PyThread_release_lock(work.lock)
            self._warned = False
        finally:
            self.end_batch(batch)

    # ---- what it is, and how full ----

    @property
    def strict(self):
        """Whether more than `capacity` keys are refused."""
        return self._strict

    @property
    def nbytes(self):
        """The bytes of the counters."""
        return bytes_of(&self._counting)

    @property
    def bits_per_key(self):
        """The bits for each key of the capacity."""
        return 8.0 * bytes_of(&self._counting) / self._capacity

    @property
    def fill_ratio(self):
        """The share of counters that are not 0. Constant time; the first time, of an opened filter, linear in `nbytes`."""
        return self.filled() / (2.0 * bytes_of(&self._counting))

    def approx_len(self):
        """About how many distinct keys there are, judged by the counters that are filled.

        Within about 1 % for filters of 10,000 keys and more, at rates of 0.1 and below. Constant time; the first time, of an
        opened filter, linear in `nbytes`.
        """
        return self.approximate()

    def estimated_fpr(self):
        """The share of keys that are not in the filter and to which it now says yes: exact for its counters, up to chance.
        Linear in `nbytes`."""
        cdef coterie_counting counting
        cdef Storage storage = self.lines(&counting)
        cdef double rate
        with nogil:
            rate = coterie_counting_estimate(&counting)
        return rate

    def __repr__(self):
        return f"<{type(self).__name__} for {self._capacity} keys at {self._fpr}>"

    # ---- its state ----

    @classmethod
    def open(cls, path, /, mode="r", *, key=None):
        """The filter of a file that `save` wrote, mapped: in constant time, and in memory once for all processes.

        mode: "r": nobody changes it, and whoever tries gets a ValueError. "c": changes are private and not written. There is
            no "r+", as `BloomFilter` has it: to count is more than one step, so that processes would lose each other's.
        key: that of the filter, if it has one; ValueError for another.

        DecodeError if the header or the parameters are not those of such a filter; whether the rest is whole, `verify`
        says.
        """
        if mode not in ("r", "c"):
            raise ValueError(f'mode is {mode!r}: pass "r" or "c"')
        return super(CountingBloomFilter, cls).open(path, mode, key=key)

    @classmethod
    def from_buffer(cls, buffer, /, *, key=None):
        """A filter in memory that others hold, such as `multiprocessing.shared_memory`, where the bytes of `to_bytes` were
        put. In constant time; nobody changes it, as with mode "r" of `open`.

        buffer: begins at a multiple of 64 bytes, and may be longer than the filter. It is not copied, and held while the
            filter lives.

        ValueError if it begins elsewhere.
        """
        return super(CountingBloomFilter, cls).from_buffer(memoryview(buffer).toreadonly(), key=key)

    cdef int kind(self) noexcept:
        return COTERIE_KIND_COUNTING

    cdef unsigned int flags(self) noexcept:
        return Filter.flags(self) | (STRICT if self._strict else 0)

    cdef uint64_t header_count(self) noexcept:
        return self._capacity

    cdef int attach(self, Storage storage, const Container *container) except -1:
        cdef coterie_counting_shape shape
        if (not coterie_counting_shape_read(<const uint8_t *>container.payload,
                                            container.payload_len - COTERIE_FILTER_PARAMETERS, &shape)
                or container.count < 1 or container.count > MOST):
            raise DecodeError("not a CountingBloomFilter: its parameters contradict each other")
        self.shape(&shape, container.count)
        self._strict, self._warned, self._known = container.flags & STRICT != 0, False, False
        return 0

    cdef void moved(self) noexcept:
        self._counting.lines = parameters_of(self._storage) + COTERIE_FILTER_PARAMETERS
        self._counting.salt = self._salt
        self._counting.far = is_far(bytes_of(&self._counting))
        self._tally.keys = coterie_load64(parameters_of(self._storage) + COTERIE_FILTER_ADDS)

    cdef int take(self, Filter other) except -1:
        cdef CountingBloomFilter counting = <CountingBloomFilter?>other
        self._counting, self._tally, self._capacity = counting._counting, counting._tally, counting._capacity
        self._limit, self._fpr, self._strict = counting._limit, counting._fpr, counting._strict
        self._warned = counting._warned
        # A snapshot that was copied while a batch ran is not what was counted.
        self._known = counting._known and self._storage is counting._storage
        return 0


register(CountingBloomFilter)


# ---- the filter before __init__ ----

cdef coterie_counting_shape SMALLEST
SMALLEST.rows, SMALLEST.columns, SMALLEST.fpr = 1, 1, 0.01
cdef Storage EMPTY = storage_of(&SMALLEST)
coterie_parameters_seal(parameters_of(EMPTY))


cdef int adopt_empty(CountingBloomFilter filter) except -1:
    filter.shape(&SMALLEST, 1)
    filter._storage, filter._size = EMPTY.share(), EMPTY.nbytes
    filter._tally.filled, filter._known = 0, True
    filter.moved()
    return 0
