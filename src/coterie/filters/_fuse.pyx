# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Binary fuse filters: a static set in a few bits a key."""

cimport cython

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memcmp, memcpy

from coterie._core cimport (
    BOOL, NOTHING, Container, Storage, as_int, check_payload, check_seed, cpu_level_address, each_chunk, pack_header,
    shown, unpack, unpack_header,
)
from coterie._keys cimport key_digest
from coterie._stored cimport Stored, shared

from pickle import PickleBuffer

from coterie._errors import DecodeError
from coterie._files import replace

cdef extern from "Python.h":
    int PyErr_CheckSignals() noexcept  # here a failure leaves its exception set

cdef extern from "coterie/base.h" nogil:
    ctypedef enum coterie_status:
        COTERIE_OK
        COTERIE_BAD_CHECKSUM
        COTERIE_STOPPED

cdef extern from "coterie/container.h":
    enum: COTERIE_CONTAINER_HEADER
    int COTERIE_KIND_FUSE

cdef extern from "coterie/filters/parameters.h":
    enum: COTERIE_FILTER_PARAMETERS

cdef extern from "coterie/filters/fuse.h" nogil:
    uint64_t COTERIE_FUSE_MAX_KEYS
    ctypedef struct coterie_fuse_shape:
        pass
    ctypedef struct coterie_fuse:
        uint32_t bits
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


# ---- the digests of a set ----

cdef struct Digests:
    uint64_t *data
    size_t len
    size_t room
    bint no_memory


cdef void collect_sink(void *ctx, const uint64_t *digests, size_t n, void *out) noexcept nogil:
    cdef Digests *all = <Digests *>ctx
    cdef size_t room = max(2 * all.room, all.len + n)
    cdef uint64_t *data
    if all.no_memory:
        return
    if all.len + n > all.room:
        data = <uint64_t *>realloc(all.data, room * sizeof(uint64_t))
        if data is NULL:
            all.no_memory = True
            return
        all.data, all.room = data, room
    memcpy(all.data + all.len, digests, n * sizeof(uint64_t))
    all.len += n


cdef void contains_sink(void *ctx, const uint64_t *digests, size_t n, void *out) noexcept nogil:
    coterie_fuse_contains[LEVEL[0]](<const coterie_fuse *>ctx, digests, n, <uint8_t *>out)


# ---- one state ----

# A filter's container: header, parameters and table, in the same bytes in memory and in files. Immutable.
@cython.final
@cython.no_gc
cdef class _Fuse:
    cdef Storage storage
    cdef size_t size      # of the container; more bytes may follow it
    cdef uint64_t count
    cdef uint64_t seed
    cdef coterie_fuse fuse

    # The container alone.
    cdef object view(self):
        return memoryview(self.storage)[:self.size]


cdef inline int interrupted() noexcept nogil:
    with gil:
        return PyErr_CheckSignals()


cdef int check(coterie_status status, size_t n) except -1:
    if status == COTERIE_STOPPED:
        return -1  # the exception is set
    if status != COTERIE_OK:
        raise MemoryError(f"no memory to make a filter of {n} keys: it takes 31 bytes a key")
    return 0


# The filter of these digests, which are freed.
cdef _Fuse built(Digests *digests, uint64_t seed, uint32_t bits):
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
        coterie_fuse_write(<uint8_t *>storage.data + COTERIE_CONTAINER_HEADER, &plan.shape, bits, 0)
        pack_header(storage, COTERIE_KIND_FUSE, 0, plan.count, seed, True)
    finally:
        coterie_fuse_forget(&plan)
    return stored(storage, unpack_header(storage, COTERIE_KIND_FUSE, 0, "FuseFilter"))


# The filter whose container has this header; DecodeError if its parameters contradict it.
cdef _Fuse stored(Storage storage, Container container):
    cdef _Fuse table = _Fuse.__new__(_Fuse)
    cdef coterie_fuse_shape shape
    cdef uint32_t bits = 0
    cdef uint64_t key_check = 0
    cdef coterie_status status = coterie_fuse_read(<const uint8_t *>container.payload, container.payload_len,
                                                   container.count, &shape, &bits, &key_check)
    if status == COTERIE_BAD_CHECKSUM:
        raise DecodeError("not a FuseFilter: a checksum does not match: the bytes were altered")
    if status != COTERIE_OK or key_check:
        raise DecodeError("not a FuseFilter: its parameters contradict each other")
    table.storage, table.size = storage, COTERIE_CONTAINER_HEADER + container.payload_len
    table.count, table.seed = container.count, container.seed
    table.fuse = coterie_fuse_of(&shape, container.seed, bits, container.payload + COTERIE_FILTER_PARAMETERS)
    return table


cdef _Fuse EMPTY = built_of_none()


cdef _Fuse built_of_none():
    cdef Digests none
    none.data, none.len = NULL, 0
    return built(&none, 0, 8)


cdef uint32_t check_bits(object value) except 0:
    bits = as_int(value, "bits", "8, 16 or 32")
    if bits not in (8, 16, 32):
        raise ValueError(f"bits is {shown(bits)}: pass 8, 16 or 32")
    return bits


# ---- the filter ----

@cython.auto_pickle(False)
@cython.no_gc_clear
cdef class FuseFilter(Stored):
    """FuseFilter(keys, *, bits=8, seed=0, hashed=False, nulls='raise')\n--\n
    A binary fuse filter: a set that never changes, in 9.2 bits a key. It may say yes wrongly, and never no.

    keys: any container that `coterie.digests` takes; keys may come more than once, and there may be none.
    bits: of a fingerprint: 8, 16 or 32. A key that is not in the set is taken for one with a chance of 2**-bits: 0.4 %,
        0.0015 % or 2.3e-10.
    seed: 0 .. 2**64-1. Filters with different seeds err at different keys.
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

    cdef _Fuse _table  # never None

    def __cinit__(self):
        self._table = EMPTY

    def __init__(self, keys, *, bits=8, seed=0, hashed=False, nulls="raise"):
        cdef Digests digests
        cdef uint32_t width = check_bits(bits)
        cdef uint64_t number = check_seed(seed)
        digests.data, digests.len, digests.room, digests.no_memory = NULL, 0, 0, False
        try:
            each_chunk(keys, collect_sink, &digests, NOTHING, -1, hashed, 0, nulls)
            if digests.no_memory:
                raise MemoryError(f"no memory for the digests of more than {digests.len} keys")
        except BaseException:
            free(digests.data)
            raise
        self.publish(built(&digests, number, width))

    cdef int publish(self, _Fuse table) except -1:
        with cython.critical_section(self):
            self._table = table
        return 0

    # ---- lookups ----

    def __contains__(self, key):
        """Whether a key may be in the set: `key in f`, the fastest form."""
        return has(self, key)

    def contains(self, key, /):
        """Whether a key may be in the set. key: str, bytes or int, see `coterie.digest`."""
        return has(self, key)

    def contains_many(self, keys, /, *, hashed=False, nulls="raise", out=None):
        """Whether many keys may be in the set, as a bool array.

        keys: any container that `coterie.digests` takes; with hashed=True the digests that it made.
        nulls, out: as for `coterie.digests`; nulls="skip" writes False.

        Linear. Columns are read without the GIL.

        >>> FuseFilter(range(1000), bits=32).contains_many([5, 999, 1000, -5]).tolist()
        [True, True, False, False]
        """
        cdef _Fuse table = current(self)  # held for the whole call
        return each_chunk(keys, contains_sink, &table.fuse, BOOL, -1, hashed, 1, nulls, out)

    # ---- what it is ----

    @property
    def bits(self):
        """The bits of a fingerprint: 8, 16 or 32."""
        return current(self).fuse.bits

    @property
    def seed(self):
        """The seed of the filter."""
        return current(self).seed

    @property
    def fpr(self):
        """The chance that a key which is not in the set is taken for one: 2**-bits."""
        return 2.0 ** -<int>current(self).fuse.bits

    @property
    def nbytes(self):
        """The bytes of the table."""
        return current(self).size - BEFORE

    @property
    def bits_per_key(self):
        """The bits of the table for each key; 0.0 if there are no keys."""
        cdef _Fuse table = current(self)
        return (table.size - BEFORE) * 8.0 / table.count if table.count else 0.0

    def __len__(self):
        return current(self).count

    def __bool__(self):
        return current(self).count != 0

    __hash__ = None

    def __eq__(self, other):
        cdef _Fuse a = current(self), b
        cdef bint same
        if not isinstance(other, FuseFilter):
            return NotImplemented
        b = current(other)
        if a is b:
            return True
        if a.count != b.count or a.seed != b.seed or a.size != b.size:
            return False
        with nogil:
            same = memcmp(a.storage.data + COTERIE_CONTAINER_HEADER, b.storage.data + COTERIE_CONTAINER_HEADER,
                          a.size - COTERIE_CONTAINER_HEADER) == 0
        return same

    def __repr__(self):
        cdef _Fuse table = current(self)
        keys = "1 key" if table.count == 1 else f"{table.count} keys"
        return f"<{type(self).__name__} of {keys}, bits={table.fuse.bits}, seed={table.seed}>"

    # ---- its state ----

    cdef int share(self, Stored other) except -1:
        return self.publish(current(<FuseFilter?>other))

    def __reduce_ex__(self, protocol):
        cdef _Fuse table = current(self)
        data = PickleBuffer(table.view()) if protocol >= 5 else bytes(table.view())
        return type(self).from_bytes, (data,), self.__getstate__()

    def to_bytes(self):
        """The filter as bytes, with checksums. Equal filters have equal bytes."""
        cdef _Fuse table = current(self)
        return PyBytes_FromStringAndSize(table.storage.data, table.size)

    @classmethod
    def from_bytes(cls, data, /):
        """The filter that `to_bytes` or `save` wrote.

        data: any contiguous buffer; it is copied unless it is read-only and begins at a multiple of 64 bytes.

        DecodeError if the bytes are anything else: all are checked.
        """
        cdef Storage storage = Storage.view_of(data, False)
        if not storage.view.readonly or <size_t>storage.data % 64:
            storage = storage.copy()
        return decoded(cls, stored(storage, unpack(storage, COTERIE_KIND_FUSE, 0, "FuseFilter")))

    def save(self, path, /):
        """Write the filter to a file, which is replaced as a whole or not at all."""
        replace(path, current(self).view())

    @classmethod
    def open(cls, path, /):
        """The filter of a file that `save` wrote, mapped: in constant time, and in memory once for all processes.

        DecodeError if the header or the parameters are not those of such a filter; whether the rest is whole, `verify`
        says. A file that others cut short under a map ends the process, as with any map: `save` never does that, but
        replaces the file.
        """
        cdef Storage storage = Storage.map(path)
        return decoded(cls, stored(storage, unpack_header(storage, COTERIE_KIND_FUSE, 0, "FuseFilter")))

    @classmethod
    def from_buffer(cls, buffer, /):
        """A filter in memory that others share, such as `multiprocessing.shared_memory`, where the bytes of `to_bytes`
        were put. In constant time, as `open`.

        buffer: a contiguous buffer that begins with the filter, and may be longer. It is read and not copied, and held
            while the filter lives.

        DecodeError as for `open`.
        """
        cdef Storage storage = Storage.view_of(buffer, False)
        return decoded(cls, stored(storage, unpack_header(storage, COTERIE_KIND_FUSE, 0, "FuseFilter")))

    def verify(self):
        """Check all bytes of a filter that was opened or is in a buffer against the checksum. Linear.

        DecodeError if they were altered.
        """
        cdef _Fuse table = current(self)
        cdef Container container = unpack_header(table.storage, COTERIE_KIND_FUSE, 0, "FuseFilter")
        if container.payload_len != table.size - COTERIE_CONTAINER_HEADER:
            raise DecodeError("not a FuseFilter: the bytes were altered")
        check_payload(table.storage, &container, False, "FuseFilter")


cdef inline _Fuse current(FuseFilter filter):
    cdef _Fuse table
    with cython.critical_section(filter):
        table = filter._table
    return table


cdef inline bint has(FuseFilter filter, object key) except -1:
    cdef uint64_t digest = key_digest(key)  # first: it may run Python
    cdef _Fuse table = current(filter)      # held for the whole call
    return coterie_fuse_has(&table.fuse, digest)


# Decoded into a filter of this class itself, so that a subclass never sees one that was not.
cdef object decoded(object cls, _Fuse table):
    cdef FuseFilter filter = FuseFilter.__new__(FuseFilter)
    filter._table = table
    return filter if cls is FuseFilter else shared(cls, filter)
