# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""What all filters share: keys, writers, copies, pickles, bytes and files."""

cimport cython
cimport numpy as cnp

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.exc cimport PyErr_CheckSignals
from cpython.float cimport PyFloat_AsDouble
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport realloc
from libc.string cimport memcpy

from coterie._core cimport (
    NOTHING, Container, Result, Sink, Storage, check_key, check_payload, each_chunk, each_chunk_of, hash_key,
    pack_header, shown, unpack_header,
)
from coterie._keys cimport key_digest
from coterie._stored cimport Stored, shared

from pickle import PickleBuffer

from coterie._caches import second_cache
from coterie._core import _digests_and_valid
from coterie._errors import DecodeError
from coterie._files import replace

cdef extern from "coterie/base.h" nogil:
    uint64_t coterie_splitmix64(uint64_t x)
    uint64_t coterie_load64(const void *p)
    void coterie_store64(void *p, uint64_t x)

cdef extern from "coterie/keys/hasher.h":
    int COTERIE_HASH_SIPHASH13

cdef extern from "coterie/hashing/siphash.h" nogil:
    uint64_t coterie_siphash13(const void *data, size_t size, uint64_t k0, uint64_t k1)

cdef extern from "coterie/filters/parameters.h" nogil:
    enum:
        COTERIE_FILTER_CHECK
        COTERIE_FILTER_ADDS
        COTERIE_FILTER_STATE
        COTERIE_FILTER_PARAMETERS
    uint64_t COTERIE_FILTER_LIVE
    bint coterie_parameters_ok(const uint8_t *parameters)

cnp.import_array()

cdef size_t NEAR = second_cache()

cdef enum:
    TURN = 1 << 20  # digests between two looks at signals
    CHUNK = 2048


cdef uint64_t filter_salt(uint64_t seed) noexcept:
    if seed == 0:
        return 0
    return coterie_splitmix64(coterie_splitmix64(seed) ^ <uint64_t>0x13198A2E03707344) or 1


cdef void take_turn(PyThread_type_lock lock, bint few) noexcept nogil:
    if not few:
        PyThread_acquire_lock(lock, 1)
    elif not PyThread_acquire_lock(lock, 0):
        with gil:  # no matter who has it
            with nogil:
                PyThread_acquire_lock(lock, 1)


cdef double check_rate(object fpr) except -1:
    cdef double rate
    try:
        rate = PyFloat_AsDouble(fpr)
    except TypeError:
        raise TypeError(f"fpr is a {type(fpr).__name__}: pass a number between 0 and 1") from None
    except OverflowError:  # of an int
        rate = 2
    if not 0 < rate < 1:
        raise ValueError(f"fpr is {shown(fpr)}: pass a number between 0 and 1")
    return rate


cdef bint cannot_fail(object keys) except -1:
    return cnp.PyArray_Check(keys) and (cnp.PyArray_ISINTEGER(keys) or cnp.PyArray_ISBOOL(keys))


cdef bint is_far(size_t nbytes) noexcept nogil:
    return nbytes > NEAR


cdef int feed(const Digests *digests, Sink sink, void *ctx, uint8_t *out) except -1:
    cdef size_t i = 0, end, n
    while i < digests.len:
        end = min(i + TURN, digests.len)
        with nogil:
            while i < end:
                n = min(<size_t>CHUNK, end - i)
                sink(ctx, digests.data + i, n, out + i if out is not NULL else NULL)
                i += n
        PyErr_CheckSignals()
    return 0


cdef int refuse_hashed() except -1:
    raise ValueError("hashed is True: a filter with a key makes the digests itself, pass the keys")


cdef void collect_sink(void *ctx, const uint64_t *digests, size_t n, void *out) noexcept nogil:
    cdef Digests *all = <Digests *>ctx
    cdef uint64_t *data
    cdef size_t i, room
    if all.no_memory:
        return
    if all.room - all.len < n:
        room = max(2 * all.room, all.len + n)
        data = <uint64_t *>realloc(all.data, room * sizeof(uint64_t))
        if data is NULL:
            all.no_memory = True
            return
        all.data, all.room = data, room
    for i in range(n):
        all.data[all.len + i] = digests[i]
    all.len += n


@cython.auto_pickle(False)
cdef class Filter(Stored):
    """A set that may say yes wrongly, and never no. The base of all filters; not made by itself."""

    def __cinit__(self):
        kind_of(type(self))
        self._lock = PyThread_allocate_lock()
        if self._lock is NULL:
            raise MemoryError("no memory for a lock")

    def __dealloc__(self):
        if self._lock is not NULL:
            PyThread_free_lock(self._lock)
        if self._storage is not None:
            self._storage.drop()

    # ---- what a filter says of itself ----

    cdef int kind(self) noexcept:
        return 0

    cdef unsigned int flags(self) noexcept:
        return KEYED if self._keyed else 0

    cdef uint64_t header_count(self) noexcept:
        return 0

    cdef int attach(self, Storage storage, const Container *container) except -1:
        return 0

    cdef void moved(self) noexcept:
        pass

    cdef int take(self, Filter other) except -1:
        return 0

    # ---- keys ----

    cdef uint64_t digest_of(self, object key) except? 0:
        if self._keyed:
            return hash_key(key, COTERIE_HASH_SIPHASH13, self._secret[0], self._secret[1])
        return key_digest(key)

    cdef object each(self, object keys, Sink sink, void *ctx, Result result, bint hashed, object nulls, object out):
        if not self._keyed:
            return each_chunk(keys, sink, ctx, result, -1, hashed, 1, nulls, out)
        if hashed:
            refuse_hashed()
        return each_chunk_of(keys, sink, ctx, result, -1, 1, COTERIE_HASH_SIPHASH13, self._secret[0], self._secret[1],
                             nulls, out)

    cdef int collect(self, object keys, bint hashed, object nulls, Digests *digests) except -1:
        digests.data, digests.len, digests.room, digests.no_memory = NULL, 0, 0, False
        try:
            self.each(keys, collect_sink, digests, NOTHING, hashed, nulls, None)
            if digests.no_memory:
                raise MemoryError(f"no memory for the digests of more than {digests.len} keys: pass fewer at a time")
        except BaseException:
            free(digests.data)
            raise
        return 0

    cdef tuple collected(self, object keys, bint hashed, object nulls, object out):
        if self._keyed and hashed:
            refuse_hashed()
        return _digests_and_valid(keys, hashed, nulls, out, self.secret())

    # ---- writers ----

    cdef int unshare(self) except -1:
        cdef Storage storage
        if self._where == FROZEN:
            raise ValueError('the filter is read-only: open it with mode "r+" or "c", or change a copy()')
        if self._unmarked:
            coterie_store64(self.state(), COTERIE_FILTER_LIVE)
            self._unmarked = False
        if self._where == LIVE or self._busy:
            return 0
        storage = self._storage.own()
        if storage is not self._storage:
            self._storage = storage
            self.moved()
        return 0

    cdef char *state(self) noexcept:
        return self._storage.data + COTERIE_CONTAINER_HEADER + COTERIE_FILTER_STATE

    cdef Storage begin(self):
        self.unshare()
        self._busy += 1
        return self._storage

    cdef void end(self) noexcept:
        with cython.critical_section(self):
            self._busy -= 1

    # ---- copies ----

    cdef int share(self, Stored other) except -1:
        cdef Filter filter = <Filter?>other
        cdef Storage storage, theirs
        with cython.critical_section(filter):
            while True:
                theirs = filter._storage
                storage = theirs.share() if filter._moving else filter.snapshot()
                if filter._storage is theirs:
                    break
                storage.drop()  # the filter began anew meanwhile
            self._seed, self._salt, self._keyed = filter._seed, filter._salt, filter._keyed
            self._secret[0], self._secret[1] = filter._secret[0], filter._secret[1]
            if self._storage is not None:
                self._storage.drop()
            self._storage, self._size = storage, filter._size
            self._where, self._unmarked = filter._where if filter._moving else OWN, filter._moving and filter._unmarked
            self.take(filter)
            self.moved()
        return 0

    cdef Storage snapshot(self):
        cdef Storage storage, mine = self._storage  # lives until the end, whoever calls __init__ meanwhile
        cdef const char *data = mine.data
        cdef size_t size = self._size
        if self._where == OWN and not self._busy:
            return self._storage.share()
        storage = Storage.allocate(size)
        with nogil:
            PyThread_acquire_lock(self._lock, 1)
            memcpy(storage.data, data, size)
            PyThread_release_lock(self._lock)
        coterie_store64(storage.data + COTERIE_CONTAINER_HEADER + COTERIE_FILTER_STATE, 0)
        return storage

    # ---- bytes and files ----

    @property
    def seed(self):
        """The seed of the filter."""
        return self._seed

    cdef Storage sealed(self):
        cdef Storage storage, mine
        cdef unsigned int flags
        cdef uint64_t count, seed
        with cython.critical_section(self):
            while True:
                mine, flags, count, seed = self._storage, self.flags(), self.header_count(), self._seed
                storage = self.snapshot()
                if self._storage is mine:
                    break
                storage.drop()  # the filter began anew meanwhile
        if storage.writable:
            pack_header(storage, self.kind(), flags, count, seed, True)
        return storage

    def __reduce_ex__(self, protocol):
        kind = kind_of(type(self))
        cdef Filter still = kind.__new__(kind)  # its key is that of its bytes, whoever calls __init__ meanwhile
        still.share(self)
        cdef Storage storage = still.sealed()
        data = PickleBuffer(storage) if protocol >= 5 else bytes(storage)
        storage.drop()
        key = still.secret()
        return (unpickled, (type(self), data) if key is None else (type(self), data, key), self.__getstate__())

    cdef bytes secret(self):
        cdef uint8_t key[16]
        if not self._keyed:
            return None
        coterie_store64(key, self._secret[0])
        coterie_store64(key + 8, self._secret[1])
        return PyBytes_FromStringAndSize(<char *>key, 16)

    def to_bytes(self):
        """The filter as bytes, with checksums; not its key. Filters that are equal and took the same number of keys have
        equal bytes."""
        cdef Storage storage = self.sealed()
        data = PyBytes_FromStringAndSize(storage.data, storage.nbytes)
        storage.drop()
        return data

    @classmethod
    def from_bytes(cls, data, /, *, key=None):
        """The filter that `to_bytes` or `save` wrote.

        data: any contiguous buffer; it is copied unless it is read-only.
        key: that of the filter, if it has one; ValueError for another.

        DecodeError if the bytes are anything else: all are checked, but for the bits of a file that was changed by "r+" and
        not saved again, which have no checksum.
        """
        return decoded(cls, in_memory(data), key, OWN, False)

    def save(self, path, /):
        """Write the filter to a file, which is replaced as a whole or not at all. The key is not written."""
        cdef Storage storage = self.sealed()
        try:
            replace(path, storage)
        finally:
            storage.drop()

    @classmethod
    def open(cls, path, /, mode="r", *, key=None):
        """The filter of a file that `save` wrote, mapped: in constant time, and in memory once for all processes.

        mode: "r": nobody changes it, and whoever tries gets a ValueError. "r+": changes go to the file, and are seen at
            once by all who mapped it; any number of processes may add at the same time, and no key is lost. "c": changes
            are private and not written.
        key: that of the filter, if it has one; ValueError for another.

        DecodeError if the header or the parameters are not those of such a filter; whether the rest is whole, `verify`
        says. Once changed by "r+", a file has no checksum until it is saved again. A file that others cut short under a
        map ends the process, as with any map: `save` never does that, but replaces the file.
        """
        if mode not in ("r", "r+", "c"):
            raise ValueError(f'mode is {mode!r}: pass "r", "r+" or "c"')
        return decoded(cls, Storage.map_as(path, str.__str__(mode)), key, {"r": FROZEN, "r+": LIVE, "c": PRIVATE}[mode], False)

    @classmethod
    def from_buffer(cls, buffer, /, *, key=None):
        """A filter in memory that others share, such as `multiprocessing.shared_memory`, where the bytes of `to_bytes` were
        put. In constant time, as `open`, with mode "r+" if the buffer is writable, else "r".

        buffer: begins at a multiple of 64 bytes, and may be longer than the filter. It is not copied, and held while the
            filter lives.

        ValueError if it begins elsewhere.
        """
        cdef Storage storage
        try:
            storage = Storage.view_of(buffer, True)
        except (BufferError, ValueError):  # the latter is NumPy's
            storage = Storage.view_of(buffer, False)
        if <size_t>storage.data % 64:
            raise ValueError("buffer does not begin at a multiple of 64 bytes: pass one that does, or use from_bytes")
        return decoded(cls, storage, key, LIVE if storage.writable else FROZEN, True)

    def verify(self):
        """Check all bytes of a filter that was opened or is in a buffer against the checksum. Linear.

        DecodeError if they were altered; ValueError if they were changed in place by modes "r+" and "c", which leave no
        checksum.
        """
        cdef Storage storage
        cdef Container container
        cdef Where where
        with cython.critical_section(self):
            storage, where = self._storage, self._where
        if where != OWN:
            if coterie_load64(storage.data + COTERIE_CONTAINER_HEADER + COTERIE_FILTER_STATE) == COTERIE_FILTER_LIVE:
                raise ValueError("the filter was changed in place, so it has no checksum: save it to get one")
            container = unpack_header(storage, self.kind(), STRICT | KEYED, type(self).__name__)
            check_payload(storage, &container, type(self).__name__)


# Bytes that are read in one go: they are kept only if nobody can change them.
cdef Storage in_memory(object data):
    cdef Storage storage = Storage.view_of(data, False)
    if storage.view.readonly and <size_t>storage.data % 64 == 0:
        return storage
    return storage.copy()


def unpickled(cls, data, key=None, /):
    return decoded(cls, in_memory(data), key, OWN, False)


# Where the bytes are others', their checksum is not looked at. `longer`: they may go on behind the filter.
cdef Filter decoded(object cls, Storage storage, object key, Where where, bint longer):
    # Decoded into an object of the filter itself, so that a subclass never sees one that was not.
    kind = kind_of(cls)
    cdef Filter filter = kind.__new__(kind)
    cdef str name = kind.__name__
    cdef Container container = unpack_header(storage, filter.kind(), STRICT | KEYED, name)
    cdef const uint8_t *parameters = <const uint8_t *>container.payload
    cdef bint changed
    if container.payload_len < COTERIE_FILTER_PARAMETERS:
        raise DecodeError(f"not a {name}: the bytes end too early")
    if not coterie_parameters_ok(parameters):
        raise DecodeError(f"not a {name}: a checksum does not match: the bytes were altered")
    changed = coterie_load64(parameters + COTERIE_FILTER_STATE) != 0
    if not longer and <size_t>storage.nbytes > COTERIE_CONTAINER_HEADER + container.payload_len:
        raise DecodeError(f"not a {name}: the bytes go on after their end")
    if coterie_load64(parameters + COTERIE_FILTER_ADDS) >> 62:
        raise DecodeError(f"not a {name}: its parameters contradict each other")
    if where == OWN and not changed:
        check_payload(storage, &container, name)
    filter._keyed = key is not None
    if filter._keyed:
        check_key(key, filter._secret)
    check_secret(filter, &container, name)
    filter._seed, filter._salt = container.seed, filter_salt(container.seed)
    filter._size = COTERIE_CONTAINER_HEADER + container.payload_len
    if where == OWN and changed:  # what has no checksum gets one when it is stored next
        storage = storage.copy()
        container.payload = storage.data + COTERIE_CONTAINER_HEADER
        coterie_store64(<void *>(container.payload + COTERIE_FILTER_STATE), 0)
    filter.attach(storage, &container)
    filter._storage.drop()
    filter._storage, filter._where = storage, where
    filter._unmarked = not changed and (where == LIVE or where == PRIVATE)
    filter.moved()
    if cls is kind:
        return filter
    filter._moving = True
    return <Filter>shared(cls, filter)


cdef uint64_t check_of(Filter filter) noexcept:
    cdef const char *text = b"coterie filter"
    return coterie_siphash13(text, 14, filter._secret[0], filter._secret[1]) if filter._keyed else 0


cdef int check_secret(Filter filter, const Container *container, str name) except -1:
    cdef bint keyed = container.flags & KEYED != 0
    if keyed and not filter._keyed:
        raise ValueError("the filter was made with a key: pass it as key")
    if filter._keyed and not keyed:
        raise ValueError("the filter was made without a key: leave key out")
    if not keyed and coterie_load64(container.payload + COTERIE_FILTER_CHECK):
        raise DecodeError(f"not a {name}: its parameters contradict each other")
    if check_of(filter) != coterie_load64(container.payload + COTERIE_FILTER_CHECK):
        raise ValueError("key is not the one that the filter was made with")
    return 0


cdef set KINDS = set()


# The filter that a class is, or is a subclass of.
cdef object kind_of(object cls):
    for kind in cls.__mro__:
        if kind in KINDS:
            return kind
    raise TypeError(f"{cls.__name__} is only a base: make a BloomFilter, say")


cdef object register(object kind):
    KINDS.add(kind)
