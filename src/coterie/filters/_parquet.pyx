# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""The Bloom filters of Parquet files."""

cimport cython
from cpython.buffer cimport PyObject_CheckBuffer
from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport INT64_MAX, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memcpy, memset

from coterie._core cimport (
    BOOL, NOTHING, Result, Sink, Storage, check_int, cpu_level_address, each_chunk, each_chunk_of, hash_key, shown,
)
from coterie.filters._bloom cimport COTERIE_BLOOM_BLOCK, COTERIE_BLOOM_BYTES, coterie_bloom
from coterie.filters._filter cimport PyThread_release_lock, PyThread_type_lock, check_rate, is_far, take_turn
from coterie._stored cimport blank
from coterie.filters._foreign cimport ForeignFilter

import os
from functools import partial

from coterie._errors import DecodeError

cdef extern from "coterie/filters/bloom.h" nogil:
    int (**coterie_bloom_has)(const coterie_bloom *filter, uint64_t digest) noexcept nogil
    int (**coterie_bloom_put)(const coterie_bloom *filter, uint64_t digest) noexcept nogil
    void (**coterie_bloom_contains)(const coterie_bloom *filter, const uint64_t *digests, size_t n,
                                    uint8_t *out) noexcept nogil
    void (**coterie_bloom_add)(const coterie_bloom *filter, const uint64_t *digests, size_t n) noexcept nogil

cdef extern from "coterie/filters/bloom_bits.h" nogil:
    double coterie_bits_block_rate(const uint8_t *bits, uint64_t blocks)

cdef extern from "coterie/filters/bloom_size.h" nogil:
    uint64_t coterie_bloom_size(int layout, uint64_t capacity, double fpr, int *probes)

cdef extern from "coterie/filters/parquet.h" nogil:
    ctypedef struct coterie_parquet_header:
        size_t len
        uint32_t nbytes
    enum:
        COTERIE_PARQUET_WRITTEN
        COTERIE_PARQUET_LONGEST
    size_t coterie_parquet_write(uint32_t nbytes, uint8_t *out)
    const char *coterie_parquet_read(const uint8_t *data, size_t size, coterie_parquet_header *header)
    const char *coterie_parquet_read_whole(const uint8_t *data, size_t size, coterie_parquet_header *header)
    size_t coterie_parquet_int32s(const uint64_t *words, size_t n)

cdef extern from "coterie/hashing/xxh64.h" nogil:
    void (**coterie_xxh64_u64s)(const uint64_t *words, size_t n, uint64_t seed, uint64_t *out) noexcept nogil
    void (**coterie_xxh64_u32s)(const uint64_t *words, size_t n, uint64_t seed, uint64_t *out) noexcept nogil

cdef extern from "coterie/keys/hasher.h":
    int COTERIE_HASH_XXH64_TEXT
    int COTERIE_HASH_NONE

cdef enum:
    GROUP = 256             # ints hashed at a time
    PORTION = 1 << 20       # hashes that are added at a time
    FIRST = 1 << 12         # of them that there is room for at first
    LARGEST = 1 << 27       # bytes of a filter that every reader takes
    LARGEST_EXACT = 0x7fffffe0  # and that still fit an int32

# Physical types, and what their values are to the hash.
cdef enum Values:
    BYTE_ARRAY
    FIXED_LEN_BYTE_ARRAY
    INT32
    INT64
    HASHES  # no type: they are hashed already

cdef tuple TYPES = ("BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY", "INT32", "INT64")
cdef str ALLOWED = " or ".join(map(repr, TYPES))
cdef const int *LEVEL = cpu_level_address()


# ---- batches ----

# Hashes n keys of a batch; returns how many came before one that the type does not have.
cdef inline size_t hash_values(Values values, const uint64_t *keys, size_t n, uint64_t *out) noexcept nogil:
    if values == INT32:
        n = coterie_parquet_int32s(keys, n)
        coterie_xxh64_u32s[LEVEL[0]](keys, n, 0, out)
    elif values == INT64:
        coterie_xxh64_u64s[LEVEL[0]](keys, n, 0, out)
    else:
        memcpy(out, keys, n * sizeof(uint64_t))
    return n


cdef struct Batch:
    coterie_bloom filter
    PyThread_type_lock lock
    Values values
    bint outside       # a key was not of the type
    bint no_memory
    uint64_t *hashes   # that are still to be added
    size_t len
    size_t room


cdef inline void add_hashes(Batch *batch) noexcept nogil:
    take_turn(batch.lock, True)
    coterie_bloom_add[LEVEL[0]](&batch.filter, batch.hashes, batch.len)
    PyThread_release_lock(batch.lock)
    batch.len = 0


cdef void add_sink(void *ctx, const uint64_t *keys, size_t n, void *out) noexcept nogil:
    cdef Batch *batch = <Batch *>ctx
    cdef size_t room
    cdef void *hashes
    if batch.outside or batch.no_memory:
        return
    if batch.len + n > batch.room:
        if batch.room < PORTION:
            room = max(2 * batch.room, <size_t>FIRST)
            hashes = realloc(batch.hashes, room * sizeof(uint64_t))
            if hashes is NULL:
                batch.no_memory = True
                return
            batch.hashes, batch.room = <uint64_t *>hashes, room
        else:
            add_hashes(batch)
    if hash_values(batch.values, keys, n, batch.hashes + batch.len) < n:
        batch.outside = True
    batch.len += n


cdef void contains_sink(void *ctx, const uint64_t *keys, size_t n, void *out) noexcept nogil:
    cdef Batch *batch = <Batch *>ctx
    cdef uint64_t hashes[GROUP]
    cdef size_t begin = 0, m
    if batch.values != INT32 and batch.values != INT64:
        coterie_bloom_contains[LEVEL[0]](&batch.filter, keys, n, <uint8_t *>out)
        return
    while begin < n:
        m = min(n - begin, <size_t>GROUP)
        if hash_values(batch.values, keys + begin, m, hashes) < m:
            batch.outside = True
            return
        coterie_bloom_contains[LEVEL[0]](&batch.filter, hashes, m, <uint8_t *>out + begin)
        begin += m


cdef int refuse_value() except -1:
    raise OverflowError("a key of an INT32 filter lies in -2**31 .. 2**32-1; one of these does not")


# ---- the class ----

@cython.auto_pickle(False)
cdef class ParquetBloomFilter(ForeignFilter):
    """ParquetBloomFilter(capacity, fpr=0.01, *, type="BYTE_ARRAY", power_of_two=True)\n--\n
    A Bloom filter as Parquet files hold them for a column chunk, bit for bit: reads those of other writers, and writes ones
    that they read.

    capacity: how many distinct values it is for, 1 .. 2**40. More can be added, and then it says yes wrongly more often.
    fpr: the share of absent values, above 0 and below 1, for which it may say that they are there.
    type: the physical type of the column, which says how values are hashed. "BYTE_ARRAY" and "FIXED_LEN_BYTE_ARRAY": str (as
        UTF-8) and bytes. "INT32" and "INT64": ints; what is unsigned in Parquet is stored by its bits, so that -1 and the
        largest unsigned value are one.
    power_of_two: make the size a power of two, as Parquet's own writers do: Arrow, ClickHouse and Velox refuse any other
        size, and more than 128 MiB. False: any multiple of 32 bytes, up to half as large, up to 2 GiB.

    ValueError if `type` is none of these, or if the filter would be larger than that.

    The format is the split block filter of Putze, Sanders, Singler (2007) with XXH64 (Parquet format, BloomFilter.md). One
    cache line for a value. A value that was added is found, always. Threads may add and ask at the same time.

    >>> from coterie.filters import ParquetBloomFilter
    >>> words = ParquetBloomFilter(1000)
    >>> words.update(["hello", "parquet"])
    >>> "hello" in words, "coterie" in words
    (True, False)
    >>> ParquetBloomFilter.from_bytes(words.to_bytes(), type="BYTE_ARRAY") == words
    True
    """

    cdef coterie_bloom filter
    cdef Values values

    def __cinit__(self):
        self.filter.layout, self.filter.probes, self.filter.salt = COTERIE_BLOOM_BLOCK, 8, 0
        self.settle(Storage.zeros(COTERIE_BLOOM_BYTES), BYTE_ARRAY)

    def __init__(self, capacity, fpr=0.01, *, type="BYTE_ARRAY", power_of_two=True):
        cdef uint64_t most = (LARGEST if power_of_two else LARGEST_EXACT) // COTERIE_BLOOM_BYTES
        cdef uint64_t count = check_int(capacity, "capacity", 1, <uint64_t>1 << 40, "1 .. 2**40")
        cdef uint64_t blocks
        cdef double rate = check_rate(fpr)
        cdef int probes
        cdef Values values = values_of(type)
        blocks = coterie_bloom_size(COTERIE_BLOOM_BLOCK, count, rate, &probes)
        if blocks == 0 or blocks > most:
            raise ValueError(f"capacity is {count} and fpr is {rate}: such a filter is larger than "
                             f"{most * COTERIE_BLOOM_BYTES} bytes, pass less or a larger fpr")
        if power_of_two:
            blocks = <uint64_t>1 << (int(blocks) - 1).bit_length()
        self.settle(Storage.zeros(blocks * COTERIE_BLOOM_BYTES), values)

    # Takes over bits, and the type of the values that they stand for.
    cdef int settle(self, Storage memory, Values values) except -1:
        with cython.critical_section(self):
            self.memory, self.values = memory, values
            self.filter.bits, self.filter.blocks = <uint8_t *>memory.data, memory.nbytes // COTERIE_BLOOM_BYTES
            self.filter.far = is_far(<size_t>memory.nbytes)
        return 0

    cdef int take(self, ForeignFilter other, Storage memory) except -1:
        return self.settle(memory, (<ParquetBloomFilter?>other).values)

    cdef bint like(self, ForeignFilter other) noexcept:
        return isinstance(other, ParquetBloomFilter) and self.values == (<ParquetBloomFilter>other).values

    # What a call works with; the storage has to live as long.
    cdef Storage start(self, Batch *batch):
        memset(batch, 0, sizeof(Batch))
        with cython.critical_section(self):
            batch.filter, batch.values, batch.lock = self.filter, self.values, self.lock
            return self.memory

    cdef object run(self, object keys, Sink sink, Batch *batch, Result result, bint hashed, object nulls, object out):
        cdef int kind = COTERIE_HASH_NONE if batch.values >= INT32 else COTERIE_HASH_XXH64_TEXT
        if hashed:
            batch.values = HASHES
            answers = each_chunk(keys, sink, batch, result, -1, True, 1, nulls, out)
        else:
            answers = each_chunk_of(keys, sink, batch, result, -1, 1, kind, 0, 0, nulls, out)
        if batch.outside:
            refuse_value()
        return answers

    cdef bint has(self, object key) except -1:
        cdef Batch batch
        cdef Storage memory = self.start(&batch)
        return coterie_bloom_has[LEVEL[0]](&batch.filter, hash_of(batch.values, key))

    cdef bint put(self, object key) except -1:
        cdef Batch batch
        cdef Storage memory = self.start(&batch)
        cdef uint64_t hash = hash_of(batch.values, key)
        cdef bint changed
        take_turn(self.lock, True)
        changed = coterie_bloom_put[LEVEL[0]](&batch.filter, hash)
        PyThread_release_lock(self.lock)
        return changed

    def update(self, keys, /, *, hashed=False, nulls="raise"):
        """Add many values.

        keys, nulls: as for `coterie.digests`, of the type of the filter; Parquet's nulls are not in its filters, so for a
            column with nulls say nulls="skip".
        hashed: keys are a uint64 array of hashes that `coterie.hashing.xxh64` made of text, bytes or INT64.

        A call that raises has added nothing, or whole portions of 2**20 values.
        """
        cdef Batch batch
        cdef Storage memory = self.start(&batch)
        try:
            self.run(keys, add_sink, &batch, NOTHING, hashed, nulls, None)
            if batch.no_memory:
                raise MemoryError("no memory for the hashes of a batch")
            with nogil:
                add_hashes(&batch)
        finally:
            free(batch.hashes)

    def contains_many(self, keys, /, *, hashed=False, nulls="raise", out=None):
        """Whether each of many values may have been added, as a bool array.

        keys, nulls, out: as for `coterie.digests`; nulls="skip" answers False.
        hashed: as for `update`: hashed once, values can be asked of the filters of many row groups.
        """
        cdef Batch batch
        cdef Storage memory = self.start(&batch)
        return self.run(keys, contains_sink, &batch, BOOL, hashed, nulls, out)

    # ---- what it is ----

    @property
    def type(self):
        """The physical type of the column."""
        return TYPES[self.values]

    def estimated_fpr(self):
        """The share of absent values for which it says that they are there, by the bits that are set. Linear in the
        size."""
        cdef Storage memory = self.bits()
        cdef double rate
        with nogil:
            rate = coterie_bits_block_rate(<const uint8_t *>memory.data, memory.nbytes // COTERIE_BLOOM_BYTES)
        return rate

    def __repr__(self):
        return f"<{type(self).__name__} of {TYPES[self.values]}, {self.nbytes} bytes>"

    # ---- bytes ----

    def __reduce_ex__(self, protocol):
        return partial(type(self).from_bytes, type=TYPES[self.values]), (self.to_bytes(),), self.__getstate__()

    def to_bytes(self):
        """The filter as it stands in a Parquet file: header and bits. In a file, ColumnMetaData's `bloom_filter_offset` says
        where that begins, and `bloom_filter_length` how long it is."""
        cdef Storage memory = self.bits()
        cdef uint8_t header[COTERIE_PARQUET_WRITTEN]
        cdef size_t size = coterie_parquet_write(<uint32_t>memory.nbytes, header)
        cdef bytes data = PyBytes_FromStringAndSize(NULL, size + memory.nbytes)
        memcpy(<char *>data, header, size)
        memcpy(<char *>data + size, memory.data, memory.nbytes)
        return data

    @classmethod
    def from_bytes(cls, data, /, *, type):
        """The filter that `to_bytes` wrote, or another writer of Parquet: header and bits, and nothing else.

        data: any contiguous buffer.
        type: the physical type of the column, as for the class. The bytes do not say.

        DecodeError if the bytes are anything else, or a filter of another algorithm, hash or compression.
        """
        cdef Values values = values_of(type)
        cdef Storage view = Storage.view_of(data, False), memory
        cdef coterie_parquet_header header
        check_read(coterie_parquet_read_whole(<const uint8_t *>view.data, view.nbytes, &header))
        memory = Storage.allocate(header.nbytes)
        memcpy(memory.data, view.data + header.len, header.nbytes)
        cdef ParquetBloomFilter new = blank(cls, ParquetBloomFilter)
        new.settle(memory, values)
        return new

    @classmethod
    def read(cls, file, offset, length=None, /, *, type):
        """The filter that lies somewhere in a Parquet file.

        file: a path, a file that is open for reading bytes and can seek, or the bytes of the file.
        offset, length: where: ColumnMetaData's `bloom_filter_offset` and `bloom_filter_length`, which pyarrow shows as
            attributes of a column chunk's metadata. Writers may leave out the length: None.
        type: the physical type of the column, which pyarrow calls `physical_type`.

        DecodeError if there is no filter, OSError if the file cannot be read. Reads nothing but the filter.
        """
        cdef uint64_t begin = check_int(offset, "offset", 0, INT64_MAX, "0 or more")
        cdef uint64_t size
        cdef coterie_parquet_header header
        cdef bytes head
        if isinstance(file, (str, os.PathLike)):
            with open(file, "rb") as opened:
                return cls.read(opened, offset, length, type=type)
        if length is None:
            head = bytes(piece(file, begin, COTERIE_PARQUET_LONGEST))
            check_read(coterie_parquet_read(head, len(head), &header))
            size = header.len + header.nbytes
        else:
            size = check_int(length, "length", 0, INT64_MAX, "0 or more, or None")
            if size > <uint64_t>LARGEST_EXACT + COTERIE_PARQUET_LONGEST:
                check_read("no filter is as long as it shall be")
        return cls.from_bytes(piece(file, begin, size), type=type)


cdef object piece(object file, uint64_t offset, uint64_t size):
    if hasattr(file, "seek") and not PyObject_CheckBuffer(file):  # an mmap has both, and a position of its owner's
        file.seek(offset)
        return file.read(size)
    return memoryview(file).cast("B")[offset : offset + size]


cdef int check_read(const char *problem) except -1:
    if problem is not NULL:
        raise DecodeError(f"no Bloom filter of Parquet: {(<bytes>problem).decode()}")
    return 0


cdef Values values_of(object type) except *:
    if not isinstance(type, str):
        raise TypeError(f"type is {shown(type)}: pass {ALLOWED}")
    if type not in TYPES:
        raise ValueError(f"type is {shown(type)}: pass {ALLOWED}")
    return <Values><int>TYPES.index(type)


# The hash of one value.
cdef uint64_t hash_of(Values values, object key) except? 0:
    cdef uint64_t bits
    if values < INT32:
        return hash_key(key, COTERIE_HASH_XXH64_TEXT, 0, 0)
    bits = hash_key(key, COTERIE_HASH_NONE, 0, 0)
    if hash_values(values, &bits, 1, &bits) < 1:
        raise OverflowError(f"key is {shown(key)}: of INT32 it lies in -2**31 .. 2**32-1")
    return bits
