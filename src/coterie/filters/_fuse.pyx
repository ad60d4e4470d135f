# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Binary fuse filters: a static set in a few bits a key."""

cimport cython

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free
from libc.string cimport memcmp

from coterie._core cimport (
    BOOL, Container, Storage, as_int, check_key, check_seed, cpu_level_address, pack_header, shown, unpack_header,
)
from coterie._keys cimport key_digest
from coterie.filters._filter cimport (
    COTERIE_CONTAINER_HEADER, FROZEN, KEYED, OWN, Digests, Filter, check_of, decoded, filter_salt, parameters_of, register,
)

from coterie._errors import DecodeError

cdef extern from "Python.h":
    int PyErr_CheckSignals() noexcept  # here a failure leaves its exception set

cdef extern from "coterie/base.h" nogil:
    ctypedef enum coterie_status:
        COTERIE_OK
        COTERIE_STOPPED

cdef extern from "coterie/container.h":
    int COTERIE_KIND_FUSE

cdef extern from "coterie/filters/parameters.h":
    enum: COTERIE_FILTER_PARAMETERS

cdef extern from "coterie/filters/fuse.h" nogil:
    uint64_t COTERIE_FUSE_MAX_KEYS
    ctypedef struct coterie_fuse_shape:
        pass
    ctypedef struct coterie_fuse:
        uint32_t bits
        const uint8_t *table
    ctypedef struct coterie_fuse_plan:
        coterie_fuse_shape shape
        uint64_t count
    uint64_t coterie_fuse_slots(const coterie_fuse_shape *shape)
    coterie_fuse coterie_fuse_of(const coterie_fuse_shape *shape, uint64_t seed, uint32_t bits, const void *table)
    bint coterie_fuse_has(const coterie_fuse *f, uint64_t digest)
    void (**coterie_fuse_contains)(const coterie_fuse *f, const uint64_t *digests, size_t n, uint8_t *out)
    coterie_status coterie_fuse_distinct(uint64_t *digests, size_t n, int (*stop)() noexcept nogil, size_t *count)
    coterie_status coterie_fuse_plan_for(uint64_t *digests, size_t n, uint64_t seed, int level,
                                         int (*stop)() noexcept nogil, coterie_fuse_plan *plan)
    void coterie_fuse_forget(coterie_fuse_plan *plan)
    void coterie_fuse_fill(const coterie_fuse_plan *plan, uint32_t bits, uint8_t *table)
    void coterie_fuse_write(uint8_t *out, const coterie_fuse_shape *shape, uint32_t bits, uint64_t key_check)
    coterie_status coterie_fuse_read(const uint8_t *payload, uint64_t size, uint64_t count, coterie_fuse_shape *shape,
                                     uint32_t *bits, uint64_t *key_check)

cdef const int *LEVEL = cpu_level_address()
cdef enum:
    BEFORE = COTERIE_CONTAINER_HEADER + COTERIE_FILTER_PARAMETERS  # the table


cdef void contains_sink(void *ctx, const uint64_t *digests, size_t n, void *out) noexcept nogil:
    coterie_fuse_contains[LEVEL[0]](<const coterie_fuse *>ctx, digests, n, <uint8_t *>out)


# ---- the filter ----

@cython.auto_pickle(False)
cdef class FuseFilter(Filter):
    """FuseFilter(keys, *, bits=8, seed=0, key=None, hashed=False, nulls='raise')\n--\n
    A binary fuse filter: a set that never changes, in 9.2 bits a key. It may say yes wrongly, and never no.

    keys: any container that `coterie.digests` takes; keys may come more than once, and there may be none.
    bits: of a fingerprint: 8, 16 or 32. A key that is not in the set is taken for one with a chance of 2**-bits: 0.4 %,
        0.0015 % or 2.3e-10.
    seed: 0 .. 2**64-1. Filters with different seeds err at different keys.
    key: 16 secret bytes, for keys that come from enemies, as for `BloomFilter`.
    hashed, nulls: as for `coterie.digests`; nulls="skip" leaves them out.

    The smallest filter for a set that is known from the start: a million keys take 1.15 fingerprints each, ten million
    1.13, a thousand 1.35, ten 2. A lookup takes constant time, and reads three places of the table. `len` is the exact
    number of different keys, by their digests: that two of n keys have the same has a chance of n * n / 2**65, and that
    another key has the digest of one of them adds n / 2**64 to the rate. The table depends on the set of keys, bits and
    seed alone: not on the order of the keys or how often they come, the process or the CPU. A set that grows needs a
    BloomFilter.

    Making it takes linear time and about 31 bytes a key, 8 of which are digests, besides the filter itself; more if the
    number of keys is not known from the start. The GIL is released once the keys have been read, and Ctrl-C works.
    Readers take no lock.

    ValueError for other bits, for nulls, and for more than 3.7e9 different keys.

    Graf and Lemire, "Binary Fuse Filters: Fast and Smaller Than Xor Filters", 2022.

    >>> from coterie import FuseFilter
    >>> leaked = FuseFilter(["123456", "password", "123456"], bits=16)
    >>> "password" in leaked, "correct horse battery staple" in leaked
    (True, False)
    >>> len(leaked)
    2
    """

    cdef coterie_fuse _fuse
    cdef uint64_t _count

    def __cinit__(self):
        self.adopt(EMPTY.share())

    def __init__(self, keys, *, bits=8, seed=0, key=None, hashed=False, nulls="raise"):
        cdef Digests digests
        cdef uint32_t width = check_bits(bits)
        cdef uint64_t number = check_seed(seed)
        cdef FuseFilter maker = FuseFilter.__new__(FuseFilter)  # so that an error leaves this one as it was
        cdef Storage storage
        if key is not None:
            check_key(key, maker._secret)
            maker._keyed = True
        maker.collect(keys, hashed, nulls, &digests)
        storage = container_of(&digests, number, width, maker.flags(), check_of(maker))
        with cython.critical_section(self):
            self._seed, self._salt, self._where = number, filter_salt(number), OWN
            self._keyed, self._secret[0], self._secret[1] = maker._keyed, maker._secret[0], maker._secret[1]
            self._storage.drop()
            self.adopt(storage)

    # ---- lookups ----

    cdef inline bint has(self, object key) except -1:
        cdef uint64_t digest = self.digest_of(key) if self._keyed else key_digest(key)
        with cython.critical_section(self):
            return coterie_fuse_has(&self._fuse, digest)

    def __contains__(self, key):
        """Whether a key may be in the set: `key in f`, the fastest form."""
        return self.has(key)

    def contains(self, key, /):
        """Whether a key may be in the set. key: str, bytes or int, see `coterie.digest`."""
        return self.has(key)

    def contains_many(self, keys, /, *, hashed=False, nulls="raise", out=None):
        """Whether many keys may be in the set, as a bool array.

        keys: any container that `coterie.digests` takes; with hashed=True the digests that it made, unless the filter
            has a key.
        nulls, out: as for `coterie.digests`; nulls="skip" writes False.

        Linear. Columns are read without the GIL.

        >>> FuseFilter(range(1000), bits=32).contains_many([5, 999, 1000, -5]).tolist()
        [True, True, False, False]
        """
        cdef coterie_fuse fuse
        cdef Storage storage  # held for the whole call
        with cython.critical_section(self):
            fuse, storage = self._fuse, self._storage
        return self.each(keys, contains_sink, &fuse, BOOL, hashed, nulls, out)

    # ---- what it is ----

    @property
    def bits(self):
        """The bits of a fingerprint: 8, 16 or 32."""
        return self._fuse.bits

    @property
    def fpr(self):
        """The chance that a key which is not in the set is taken for one: 2**-bits."""
        return 2.0 ** -<int>self._fuse.bits

    @property
    def nbytes(self):
        """The bytes of the table."""
        return self._size - BEFORE

    @property
    def bits_per_key(self):
        """The bits of the table for each key; 0.0 if there are no keys."""
        return (self._size - BEFORE) * 8.0 / self._count if self._count else 0.0

    def __len__(self):
        return self._count

    def __bool__(self):
        return self._count != 0

    __hash__ = None

    def __eq__(self, other):
        cdef FuseFilter filter
        cdef Storage mine, theirs
        cdef size_t size
        cdef bint same
        if not isinstance(other, FuseFilter):
            return NotImplemented
        filter = other
        with cython.critical_section(self, filter):
            mine, theirs, size = self._storage, filter._storage, self._size - COTERIE_CONTAINER_HEADER
            if (self._count != filter._count or self._seed != filter._seed or self._size != filter._size
                    or self._secret[0] != filter._secret[0] or self._secret[1] != filter._secret[1]):
                return False
        with nogil:
            same = memcmp(mine.data + COTERIE_CONTAINER_HEADER, theirs.data + COTERIE_CONTAINER_HEADER, size) == 0
        return same

    def __repr__(self):
        keys = "1 key" if self._count == 1 else f"{self._count} keys"
        return f"<{type(self).__name__} of {keys}, bits={self._fuse.bits}, seed={self._seed}>"

    # ---- bytes and files ----

    @classmethod
    def open(cls, path, /, mode="r", *, key=None):
        """The filter of a file that `save` wrote, mapped: in constant time, and in memory once for all processes.

        mode: "r", as for other filters; this one never changes.
        key: that of the filter, if it has one; ValueError for another.

        DecodeError if the header or the parameters are not those of such a filter; whether the rest is whole, `verify`
        says. A file that others cut short under a map ends the process, as with any map: `save` never does that, but
        replaces the file.
        """
        if mode != "r":
            raise ValueError(f'mode is {shown(mode)}: a FuseFilter never changes, pass "r"')
        return decoded(cls, Storage.map(path), key, FROZEN, False)

    @classmethod
    def from_buffer(cls, buffer, /, *, key=None):
        """A filter in memory that others share, such as `multiprocessing.shared_memory`, where the bytes of `to_bytes`
        were put. In constant time, as `open`.

        buffer: a contiguous buffer that begins with the filter, at any address, and may be longer. It is read and not
            copied, and held while the filter lives.
        key: that of the filter, if it has one; ValueError for another.
        """
        return decoded(cls, Storage.view_of(buffer, False), key, FROZEN, True)

    cdef int kind(self) noexcept:
        return COTERIE_KIND_FUSE

    cdef uint64_t header_count(self) noexcept:
        return self._count

    cdef int attach(self, Storage storage, const Container *container) except -1:
        cdef coterie_fuse_shape shape
        cdef uint32_t bits = 0
        cdef uint64_t key_check = 0
        if coterie_fuse_read(<const uint8_t *>container.payload, container.payload_len, container.count, &shape, &bits,
                             &key_check) != COTERIE_OK:
            raise DecodeError("not a FuseFilter: its parameters contradict each other")
        self._fuse = coterie_fuse_of(&shape, container.seed, bits, container.payload + COTERIE_FILTER_PARAMETERS)
        self._count = container.count
        return 0

    # Take over a storage that was built here.
    cdef int adopt(self, Storage storage) except -1:
        cdef Container container = unpack_header(storage, COTERIE_KIND_FUSE, KEYED, "FuseFilter")
        self.attach(storage, &container)
        self._storage, self._size = storage, storage.nbytes
        return 0

    cdef int take(self, Filter other) except -1:
        cdef FuseFilter filter = <FuseFilter?>other
        self._fuse, self._count = filter._fuse, filter._count
        return 0

    cdef void moved(self) noexcept:
        self._fuse.table = <uint8_t *>self._storage.data + BEFORE


register(FuseFilter)

# The container of the filter of these digests, which are freed.
cdef Storage container_of(Digests *digests, uint64_t seed, uint32_t bits, unsigned int flags, uint64_t key_check):
    cdef coterie_fuse_plan plan
    cdef coterie_status status = COTERIE_OK
    cdef size_t n = digests.len
    cdef Storage storage
    try:
        if n > COTERIE_FUSE_MAX_KEYS:  # unless many of them are equal
            with nogil:
                status = coterie_fuse_distinct(digests.data, n, interrupted, &n)
            check(status, n)
            if n > COTERIE_FUSE_MAX_KEYS:
                raise ValueError(f"keys are {n} different ones: a filter holds at most {COTERIE_FUSE_MAX_KEYS}")
        with nogil:
            status = coterie_fuse_plan_for(digests.data, n, seed, LEVEL[0], interrupted, &plan)
        check(status, n)
    finally:
        free(digests.data)
    try:
        storage = Storage.allocate(BEFORE + coterie_fuse_slots(&plan.shape) * (bits // 8))
        with nogil:
            coterie_fuse_fill(&plan, bits, <uint8_t *>storage.data + BEFORE)
        coterie_fuse_write(parameters_of(storage), &plan.shape, bits, key_check)
        pack_header(storage, COTERIE_KIND_FUSE, flags, plan.count, seed, False)
    finally:
        coterie_fuse_forget(&plan)
    return storage


cdef inline int interrupted() noexcept nogil:
    with gil:
        return PyErr_CheckSignals()


cdef int check(coterie_status status, size_t n) except -1:
    if status == COTERIE_STOPPED:
        return -1  # the exception is set
    if status != COTERIE_OK:
        raise MemoryError(f"no memory to make a filter of {n} keys: it takes 31 bytes a key")
    return 0


cdef uint32_t check_bits(object value) except 0:
    bits = as_int(value, "bits", "8, 16 or 32")
    if bits not in (8, 16, 32):
        raise ValueError(f"bits is {shown(bits)}: pass 8, 16 or 32")
    return bits


cdef Storage empty():
    cdef Digests none
    none.data, none.len = NULL, 0
    return container_of(&none, 0, 8, 0, 0)


cdef Storage EMPTY = empty()
