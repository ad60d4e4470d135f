# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Bloom filters."""

cimport cython
cimport numpy as cnp

from cpython.object cimport Py_EQ, Py_GT, Py_LE, Py_LT, Py_NE
from libc.math cimport log, log1p, sqrt
from libc.stdint cimport UINT64_MAX, uint8_t, uint64_t
from libc.string cimport memcmp, memset

from coterie._core cimport (
    BOOL, Container, Storage, check_int, check_key, check_seed, cpu_level_address, each_chunk, pack_header, shown,
)
from coterie.filters._filter cimport (
    COTERIE_CONTAINER_HEADER, FEW, FROZEN, LIVE, OWN, STRICT, Digests, Filter, PyThread_acquire_lock, PyThread_release_lock,
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
    int COTERIE_KIND_BLOOM

cdef extern from "coterie/filters/parameters.h" nogil:
    enum:
        COTERIE_FILTER_CHECK
        COTERIE_FILTER_ADDS
        COTERIE_FILTER_PARAMETERS
    void coterie_parameters_seal(uint8_t *parameters)

cdef extern from "coterie/filters/bloom.h" nogil:
    int (**coterie_bloom_has)(const coterie_bloom *filter, uint64_t digest)
    int (**coterie_bloom_put)(const coterie_bloom *filter, uint64_t digest)
    void (**coterie_bloom_contains)(const coterie_bloom *filter, const uint64_t *digests, size_t n, uint8_t *out)
    void (**coterie_bloom_add)(const coterie_bloom *filter, const uint64_t *digests, size_t n)
    size_t (**coterie_bloom_add_new)(const coterie_bloom *filter, const uint64_t *digests, size_t n, uint8_t *out)
    size_t coterie_bloom_add_shared(const coterie_bloom *filter, const uint64_t *digests, size_t n, uint8_t *out)
    void coterie_count_shared(uint8_t *at, uint64_t n)
    void coterie_replace_shared(uint8_t *at, uint64_t old, uint64_t new)
    void coterie_bloom_write(uint8_t *parameters, const coterie_bloom *filter, double fpr)
    int coterie_bloom_read(const uint8_t *parameters, uint64_t len, coterie_bloom *filter, double *fpr)

cdef extern from "coterie/filters/bloom_bits.h" nogil:
    void (**coterie_bits_or)(uint64_t *words, const uint64_t *other, size_t n)
    void coterie_bits_or_shared(uint64_t *words, const uint64_t *other, size_t n)
    void (**coterie_bits_and)(uint64_t *words, const uint64_t *other, size_t n)
    void coterie_bits_and_shared(uint64_t *words, const uint64_t *other, size_t n)
    void (**coterie_bits_within)(const uint64_t *words, const uint64_t *other, size_t n, int *within)
    void (**coterie_bits_count)(const uint64_t *words, size_t n, uint64_t *count)
    double coterie_bits_block_rate(const uint8_t *bits, uint64_t blocks)

cnp.import_array()

cdef const int *LEVEL = cpu_level_address()
cdef enum:
    ROOMY = 1 << 16  # keys for which it pays to ask the bits before they are counted


include "_bloom_arguments.pxi"
include "_bloom_batch.pxi"


@cython.final
@cython.auto_pickle(False)
cdef class BloomBatch(Batch):
    pass


@cython.auto_pickle(False)
cdef class BloomFilter(MutableFilter):
    """BloomFilter(capacity, fpr=0.01, *, seed=0, key=None, layout='auto', strict=False)\n--\n
    A set of keys in a few bits each: says whether a key was added, wrongly yes at most as often as promised, never wrongly
    no.

    capacity: how many distinct keys the promise holds for, 1 .. 2**40.
    fpr: the promise: of keys that were not added, the share that is said to be there once `capacity` keys are;
        1e-12 .. 1, both not included.
    seed: 0 .. 2**64-1. Filters with different seeds err on different keys, and do not merge.
    key: 16 secret bytes, for keys that come from enemies: digests are then made by SipHash-1-3, and who does not know the
        key cannot find keys that all look added. Without it they can, whatever the seed.
    layout: "block" (one half cache line a key, the fastest), "pair" (two of them, for small rates), "classic" (bits anywhere:
        the fewest bits, and several times slower), or "auto": "block" for fpr from 1e-3, else "pair".
    strict: raise CapacityError instead of warning when more than `capacity` distinct keys are added. Batches on several
        threads that end at the same moment may pass it together; after `&=` keys are counted a few too high.

    Bits per key at 1e-2, 1e-3, 1e-4 and 1e-6: 10.5, 16.9, 21.1 and 33.8; of "classic" 9.6, 14.4, 19.2 and 28.8. Sizes are
    exact: how many keys share a block is taken as it is, not as its mean. ValueError if no filter keeps the promise: 64-bit
    digests cannot for fpr below 1e-12 or capacity / fpr above 2**64 / 100, one block not below 1e-7; or if it would take
    more than 64 GiB.

    Overfilled filters err more often, which `estimated_fpr` tells; the first key too many gives a CapacityWarning.
    Any number of threads may read and write at the same time; what was added before a call is seen by it. Batches on other
    threads run in parallel when they read and take turns when they write.

    "block" is the split block Bloom filter of Putze, Sanders and Singler, "Cache-, Hash- and Space-Efficient Bloom Filters",
    2007, as Apache Parquet has it; "classic" that of Bloom, "Space/Time Trade-offs in Hash Coding with Allowable Errors",
    1970.

    >>> from coterie import BloomFilter
    >>> seen = BloomFilter(1_000_000, 0.01)
    >>> seen.add("user:42")
    >>> "user:42" in seen, "user:43" in seen
    (True, False)
    >>> seen.update(["user:1", "user:2"])
    >>> seen.contains_many(["user:1", "user:3"]).tolist()
    [True, False]
    """

    def __cinit__(self):
        adopt_empty(self)

    def __init__(self, capacity, fpr=0.01, *, seed=0, key=None, layout="auto", strict=False):
        cdef coterie_bloom bloom
        cdef uint64_t keys = check_int(capacity, "capacity", 1, MOST, "1 .. 2**40 keys"), number = check_seed(seed)
        cdef uint64_t secret[2]
        cdef double rate = check_rate(fpr)
        cdef bint refuses = strict
        cdef Storage storage
        secret[0] = secret[1] = 0
        if key is not None:
            check_key(key, secret)
        bloom.layout = layout_of(layout, rate)
        check_promise(bloom.layout, keys, rate)
        with nogil:
            bloom.blocks = coterie_bloom_size(bloom.layout, keys, rate, &bloom.probes)
        if bloom.blocks == 0:
            raise ValueError(f"capacity is {capacity} at fpr {fpr}: that takes more than 64 GiB, split the keys over several "
                             "filters")
        storage = Storage.zeros(COTERIE_CONTAINER_HEADER + COTERIE_FILTER_PARAMETERS + bloom.blocks * COTERIE_BLOOM_BYTES)
        with cython.critical_section(self):
            self._seed, self._salt, self._where, self._unmarked = number, filter_salt(number), OWN, False
            self._keyed, self._secret[0], self._secret[1] = key is not None, secret[0], secret[1]
            self._capacity, self._fpr, self._strict = keys, rate, refuses
            self._exact, self._warned = self._strict, False
            coterie_bloom_write(parameters_of(storage), &bloom, rate)
            coterie_store64(parameters_of(storage) + COTERIE_FILTER_CHECK, check_of(self))
            coterie_parameters_seal(parameters_of(storage))
            pack_header(storage, COTERIE_KIND_BLOOM, self.flags(), keys, number, False)
            self._bloom = bloom
            self._storage.drop()
            self._storage, self._size = storage, storage.nbytes
            self.moved()

    # ---- one key ----

    cdef bint has(self, uint64_t digest) noexcept:
        with cython.critical_section(self):
            return coterie_bloom_has[LEVEL[0]](&self._bloom, digest)

    cdef bint put(self, uint64_t digest) except -1:
        cdef Storage storage
        cdef bint careful, changed = False, over = False
        with cython.critical_section(self):
            storage = self._storage
            careful = (self._busy or self._where == LIVE or self._unmarked or not storage.writable or storage.holders != 1
                       or storage.exports or (self._strict and count(parameters_of(storage), 0) >= self._capacity))
            if not careful:
                changed = coterie_bloom_put[LEVEL[0]](&self._bloom, digest)
                over = changed and count(parameters_of(storage), 1) > self._capacity
        if careful:
            return self.put_carefully(digest)
        if over:
            self.notice()
        return changed

    cdef bint put_carefully(self, uint64_t digest) except -1:
        cdef bint new
        if self._where != FROZEN and self.has(digest):
            return False
        if self._strict and self.adds() >= self._capacity:
            self.refuse(1)
        new = self.write_one(digest, False)
        if new:
            self.notice()
        return new

    def add(self, key, /):
        """Add a key. key: str, bytes or int, see `coterie.digest`."""
        self.put(self.digest_of(key))

    def add_new(self, key, /):
        """Add a key; True if it was certainly not there before, False if it was or seemed to be."""
        return self.put(self.digest_of(key))

    def contains(self, key, /):
        """Whether a key may have been added; the same as `key in filter`."""
        return self.has(self.digest_of(key))

    def __contains__(self, key):
        return self.has(self.digest_of(key))

    # ---- many keys ----

    def contains_many(self, keys, /, *, hashed=False, nulls="raise", out=None):
        """Whether keys may have been added, as a bool array.

        keys: any container that `coterie.digests` takes; with hashed=True the digests that it made, unless the filter has a
            key.
        nulls, out: as for `coterie.digests`; nulls="skip" writes False.

        Linear; about one cache line a key. Columns are read without the GIL.
        """
        cdef coterie_bloom bloom
        cdef Storage storage = self.bits(&bloom)  # lives until the end
        return self.each(keys, contains_sink, &bloom, BOOL, hashed, nulls, out)

    cdef Storage bits(self, coterie_bloom *bloom):
        with cython.critical_section(self):
            bloom[0] = self._bloom
            return self._storage

    cdef Batch begin_batch(self, size_t n, bint removes):
        cdef BloomBatch batch = BloomBatch.__new__(BloomBatch)
        cdef Work *work = &batch.work
        with cython.critical_section(self):
            batch.storage = self.begin()
            work.bloom, work.lock, work.live, work.capacity = self._bloom, self._lock, self._where == LIVE, self._capacity
            work.few = n <= FEW
            work.adds, work.exact = parameters_of(batch.storage) + COTERIE_FILTER_ADDS, &self._exact
            if self._warned and not self._strict:
                work.capacity = UINT64_MAX
                self._exact = False
        work.building = (not work.live and not work.exact[0] and coterie_bloom_build_pays(&work.bloom, n)
                         and coterie_bloom_build_begin(&work.build, &work.bloom) == 0)
        batch.sink, batch.ctx = add_sink, work
        return batch

    cdef int end_batch(self, Batch batch) except -1:
        cdef Work *work = &(<BloomBatch>batch).work
        if work.building:
            with nogil:
                PyThread_acquire_lock(work.lock, 1)
                coterie_bloom_build_end(&work.build, LEVEL[0])
                PyThread_release_lock(work.lock)
        self.end()
        return 0

    cdef int write(self, const Digests *digests, uint8_t *answers, bint removes) except -1:
        if self._strict:
            self.check_room(digests)
        return MutableFilter.write(self, digests, answers, removes)

    # ---- capacity ----

    cdef uint64_t adds(self) noexcept:
        with cython.critical_section(self):
            return coterie_load64(parameters_of(self._storage) + COTERIE_FILTER_ADDS)

    cdef int notice(self) except -1:
        # Says once that there are too many keys.
        if self._warned or self.adds() <= self._capacity:
            return 0
        if not self._exact:
            self.ask_bits()
            return self.notice()
        self._warned = True
        warnings.warn(f"the filter was made for {self._capacity} keys and holds about {self.adds()}: it errs more often than "
                      "promised, see estimated_fpr()", CapacityWarning, stacklevel=1)
        return 0

    cdef int ask_bits(self) except -1:
        # Of keys that came in batches some may have come before: from now on they are counted.
        cdef BloomBatch batch = self.begin_batch(0, False)
        cdef Work *work = &batch.work
        cdef uint64_t adds
        with nogil:
            PyThread_acquire_lock(work.lock, 1)
            adds = coterie_load64(work.adds)
            coterie_replace_shared(work.adds, adds, min(adds, least_len(&work.bloom)))
            work.exact[0] = True
            PyThread_release_lock(work.lock)
        return self.end_batch(batch)

    cdef int refuse(self, size_t new) except -1:
        raise CapacityError(f"{new} new {'key does' if new == 1 else 'keys do'} not fit: {self.adds()} of {self._capacity} "
                            "are there; make a larger filter, or a ScalableBloomFilter")

    cdef int check_room(self, const Digests *digests) except -1:
        cdef uint64_t room = self._capacity - min(self.adds(), self._capacity)
        cdef cnp.npy_intp size = digests.len
        if digests.len <= room:
            return 0
        array = cnp.PyArray_SimpleNewFromData(1, &size, cnp.NPY_UINT64, <void *>digests.data)
        new = len(np.unique(array[~self.found(array)]))
        if new > room:
            self.refuse(new)
        return 0

    cdef object found(self, object digests):
        cdef coterie_bloom bloom
        cdef Storage storage = self.bits(&bloom)
        return each_chunk(digests, contains_sink, &bloom, BOOL, -1, True)

    # ---- sets ----

    cdef bint like(self, BloomFilter other) noexcept:
        return (alike(&self._bloom, &other._bloom) and self._seed == other._seed and self._keyed == other._keyed
                and memcmp(self._secret, other._secret, sizeof(self._secret)) == 0)

    cdef int check_like(self, BloomFilter other) except -1:
        if not self.like(other):
            refuse_others()
        return 0

    cdef int merge(self, BloomFilter other, bint intersect) except -1:
        cdef BloomBatch batch
        cdef Work *work
        cdef coterie_bloom bloom
        cdef Storage others
        cdef uint64_t adds, theirs, least = 0, most
        self.check_like(other)
        if self._where != FROZEN and (self.within(other) if intersect else other.within(self)):
            return 0
        if self._strict and not intersect:
            self.check_union(other)
        others = other.bits(&bloom)
        theirs = other.adds()
        batch = self.begin_batch(0, False)
        work = &batch.work
        try:
            if not alike(&work.bloom, &bloom):
                refuse_others()  # one was made anew meanwhile
            with nogil:
                PyThread_acquire_lock(work.lock, 1)
                if intersect and work.live:
                    coterie_bits_and_shared(<uint64_t *>work.bloom.bits, <const uint64_t *>bloom.bits, words(&bloom))
                elif intersect:
                    coterie_bits_and[LEVEL[0]](<uint64_t *>work.bloom.bits, <const uint64_t *>bloom.bits, words(&bloom))
                elif work.live:
                    coterie_bits_or_shared(<uint64_t *>work.bloom.bits, <const uint64_t *>bloom.bits, words(&bloom))
                else:
                    coterie_bits_or[LEVEL[0]](<uint64_t *>work.bloom.bits, <const uint64_t *>bloom.bits, words(&bloom))
                adds = coterie_load64(work.adds)
                if intersect:
                    most = min(adds, theirs)
                else:
                    most = adds + theirs
                    least = max(adds if work.exact[0] else 0, theirs if other._exact else 0)
                coterie_count_shared(work.adds, min(most, max(least, least_len(&work.bloom))) - adds)
                work.exact[0] = True
                PyThread_release_lock(work.lock)
        finally:
            self.end_batch(batch)
        return 0

    cdef int check_union(self, BloomFilter other) except -1:
        cdef BloomFilter both = BloomFilter.__new__(BloomFilter)
        both.share(self)
        both._strict = False
        both._warned = True
        both.merge(other, False)
        if both.adds() > self._capacity:
            self.refuse(both.adds() - self.adds())
        return 0

    def __ior__(self, other):
        if not isinstance(other, BloomFilter):
            return NotImplemented
        self.merge(other, False)
        self.notice()
        return self

    def __iand__(self, other):
        if not isinstance(other, BloomFilter):
            return NotImplemented
        self.merge(other, True)
        return self

    def __or__(self, other):
        if not isinstance(other, BloomFilter):
            return NotImplemented
        self.check_like(other)
        new = self.copy()
        new |= other
        return new

    def __and__(self, other):
        if not isinstance(other, BloomFilter):
            return NotImplemented
        self.check_like(other)
        new = self.copy()
        new &= other
        return new

    cdef bint within(self, BloomFilter other) except -1:
        cdef coterie_bloom bloom, than
        cdef Storage mine = self.bits(&bloom), others = other.bits(&than)
        cdef bint answer
        if bloom.blocks != than.blocks:  # one was made anew meanwhile
            return False
        with nogil:
            answer = bits_within(&bloom, &than)
        return answer

    __hash__ = None

    def __richcmp__(self, object other, int op):
        cdef BloomFilter filter
        cdef bint answer
        if not isinstance(other, BloomFilter):
            return NotImplemented
        filter = <BloomFilter>other
        if op == Py_EQ or op == Py_NE:
            answer = self.like(filter) and self.within(filter) and filter.within(self)
            return answer == (op == Py_EQ)
        self.check_like(filter)
        if op == Py_LE or op == Py_LT:
            return self.within(filter) and not (op == Py_LT and filter.within(self))
        return filter.within(self) and not (op == Py_GT and self.within(filter))

    def __bool__(self):
        return self.adds() != 0

    def clear(self):
        """Remove all keys. In a file or buffer that others add to meanwhile, keys of theirs may stay."""
        cdef BloomBatch batch = self.begin_batch(0, False)
        cdef Work *work = &batch.work
        with nogil:
            PyThread_acquire_lock(work.lock, 1)
            memset(work.bloom.bits, 0, work.bloom.blocks * COTERIE_BLOOM_BYTES)
            coterie_store64(work.adds, 0)
            PyThread_release_lock(work.lock)
        self._exact, self._warned = self._strict, False
        self.end_batch(batch)

    # ---- what it is, and how full ----

    @property
    def layout(self):
        """Where the bits of a key lie: "block", "pair" or "classic"."""
        return LAYOUTS[self._bloom.layout]

    @property
    def strict(self):
        """Whether more than `capacity` keys are refused."""
        return self._strict

    @property
    def nbytes(self):
        """The bytes of the bits."""
        return self._bloom.blocks * COTERIE_BLOOM_BYTES

    @property
    def bits_per_key(self):
        """The bits for each key of the capacity."""
        return 8.0 * COTERIE_BLOOM_BYTES * self._bloom.blocks / self._capacity

    @property
    def fill_ratio(self):
        """The share of bits that are set. Linear in `nbytes`."""
        cdef coterie_bloom bloom
        cdef Storage storage = self.bits(&bloom)
        cdef double share
        with nogil:
            share = share_set(&bloom)
        return share

    def approx_len(self):
        """About how many distinct keys were added, judged by the bits that are set. Linear in `nbytes`.

        Within about 1 % for filters of 10,000 keys and more, up to a few times the capacity.
        """
        cdef coterie_bloom bloom
        cdef Storage storage = self.bits(&bloom)
        cdef uint64_t keys
        with nogil:
            keys = approximate_len(&bloom)
        return keys

    def estimated_fpr(self):
        """The share of keys that the filter now says yes to though they were not added: exact for its bits, up to chance.
        Linear in `nbytes`."""
        cdef coterie_bloom bloom
        cdef Storage storage = self.bits(&bloom)
        cdef double rate
        with nogil:
            if bloom.layout == COTERIE_BLOOM_CLASSIC:
                rate = share_set(&bloom)
            else:
                rate = coterie_bits_block_rate(bloom.bits, bloom.blocks)
        if bloom.layout == COTERIE_BLOOM_CLASSIC:
            return rate ** bloom.probes
        return rate * rate if bloom.layout == COTERIE_BLOOM_PAIR else rate

    def __repr__(self):
        return f"<{type(self).__name__} for {self._capacity} keys at {self._fpr}>"

    # ---- its state ----

    cdef int kind(self) noexcept:
        return COTERIE_KIND_BLOOM

    cdef unsigned int flags(self) noexcept:
        return Filter.flags(self) | (STRICT if self._strict else 0)

    cdef uint64_t header_count(self) noexcept:
        return self._capacity

    cdef int attach(self, Storage storage, const Container *container) except -1:
        cdef coterie_bloom bloom
        cdef double fpr
        if (not coterie_bloom_read(<const uint8_t *>container.payload, container.payload_len, &bloom, &fpr)
                or container.count < 1 or container.count > MOST):
            raise DecodeError("not a BloomFilter: its parameters contradict each other")
        self._bloom, self._fpr, self._capacity = bloom, fpr, container.count
        self._strict = self._exact = container.flags & STRICT != 0
        return 0

    cdef void moved(self) noexcept:
        self._bloom.bits = parameters_of(self._storage) + COTERIE_FILTER_PARAMETERS
        self._bloom.salt = self._salt
        self._bloom.far = is_far(self._bloom.blocks * COTERIE_BLOOM_BYTES)

    cdef int take(self, Filter other) except -1:
        cdef BloomFilter filter = <BloomFilter?>other
        self._bloom, self._capacity, self._fpr = filter._bloom, filter._capacity, filter._fpr
        self._strict, self._exact, self._warned = filter._strict, filter._exact, filter._warned
        return 0


register(BloomFilter)


# ---- the filter before __init__ ----

cdef coterie_bloom SMALLEST
SMALLEST.layout, SMALLEST.probes, SMALLEST.blocks = COTERIE_BLOOM_BLOCK, 8, 1
cdef Storage EMPTY = Storage.zeros(COTERIE_CONTAINER_HEADER + COTERIE_FILTER_PARAMETERS + COTERIE_BLOOM_BYTES)
coterie_bloom_write(parameters_of(EMPTY), &SMALLEST, 0.01)
coterie_parameters_seal(parameters_of(EMPTY))


cdef int adopt_empty(BloomFilter filter) except -1:
    filter._bloom, filter._capacity, filter._fpr = SMALLEST, 1, 0.01
    filter._storage, filter._size = EMPTY.share(), EMPTY.nbytes
    filter.moved()
    return 0
