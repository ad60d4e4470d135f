# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""The Bloom filters of Guava, a library for Java."""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.math cimport floor, log, log1p, pow
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memcpy, memset

from coterie._core cimport BOOL, NOTHING, Storage, as_iterator, check_int, each_chunk_of, hash_key, is_one_key
from coterie.filters._filter cimport (
    Digests, PyThread_acquire_lock, PyThread_release_lock, PyThread_type_lock, check_rate, collect_sink, take_turn,
)
from coterie._stored cimport blank
from coterie.filters._foreign cimport ForeignFilter

from collections.abc import Mapping
from itertools import islice

import numpy as np

from coterie._errors import DecodeError

cdef extern from "coterie/filters/guava.h" nogil:
    ctypedef struct coterie_murmur3:
        uint64_t first
        uint64_t last
    ctypedef struct coterie_guava:
        uint64_t *words
        uint32_t len
        uint8_t probes
        uint8_t strategy
    enum:
        COTERIE_GUAVA_HEADER
        COTERIE_GUAVA_MITZ_64
    int coterie_guava_has(const coterie_guava *filter, coterie_murmur3 hash)
    int coterie_guava_put(const coterie_guava *filter, coterie_murmur3 hash)
    const char *coterie_guava_read(const uint8_t *data, size_t size, coterie_guava *filter)
    void coterie_guava_read_words(const uint8_t *data, const coterie_guava *filter)
    void coterie_guava_write(const coterie_guava *filter, uint8_t *out)

cdef extern from "coterie/keys/hasher.h":
    int COTERIE_HASH_MURMUR3

cdef enum:
    PORTION = 1 << 20  # keys of an iterable that are added at a time
    TURN = 1 << 12     # keys that are added while others wait

cdef uint64_t MOST_WORDS = (<uint64_t>1 << 31) - 1
cdef tuple STRATEGIES = ("MURMUR128_MITZ_32", "MURMUR128_MITZ_64")


# ---- batches ----

# The pipeline gives 64 bits of hash for a key and a filter needs 128, so that a batch is read twice: first for the first
# halves, then for the last ones.
cdef struct Question:
    coterie_guava filter
    Digests first
    size_t done
    bint changed


cdef void ask_sink(void *ctx, const uint64_t *halves, size_t n, void *out) noexcept nogil:
    cdef Question *question = <Question *>ctx
    cdef coterie_murmur3 hash
    cdef size_t i
    if question.changed or n > question.first.len - question.done:
        question.changed = True
        return
    for i in range(n):
        hash.first, hash.last = question.first.data[question.done + i], halves[i]
        (<uint8_t *>out)[i] = coterie_guava_has(&question.filter, hash)
    question.done += n


cdef int collect(object keys, int half, object nulls, Digests *halves) except -1:
    each_chunk_of(keys, collect_sink, halves, NOTHING, -1, 1, COTERIE_HASH_MURMUR3, half, 0, nulls, None)
    if halves.no_memory:
        raise MemoryError("no memory for the hashes of a batch")
    return 0


cdef int refuse_change() except -1:
    raise RuntimeError("the keys changed while they were read")


# Whether a container can be read twice, or is refused by whoever reads it. TypeError for columns that are computed as they
# are read.
cdef bint is_stable(object keys) except -1:
    kind = type(keys)
    if kind in (list, tuple) or isinstance(keys, (np.ndarray, Mapping)) or is_one_key(keys):
        return True
    if hasattr(kind, "__arrow_c_array__") or hasattr(kind, "__len__") and any(hasattr(kind, name) for name in IN_MEMORY):
        return True
    if hasattr(kind, "__arrow_c_stream__"):
        raise TypeError(f"keys is a {kind.__name__}, which may differ when it is read again: pass a column in memory")
    return False


cdef tuple IN_MEMORY = ("dtype", "n_chunks", "num_chunks", "num_rows")


# ---- the class ----

@cython.auto_pickle(False)
cdef class GuavaBloomFilter(ForeignFilter):
    """GuavaBloomFilter(capacity, fpr=0.03)\n--\n
    A Bloom filter of Guava, the library for Java, bit for bit: reads what its `BloomFilter.writeTo` wrote, and writes what
    its `readFrom` reads. A new one is what `BloomFilter.create(funnel, capacity, fpr)` makes.

    capacity: how many distinct keys it is for, 1 .. 2**40. More can be added, and then it says yes wrongly more often.
    fpr: the share of absent keys, above 0 and below 1, for which it may say that they are there.

    Keys are hashed as these funnels do, and Java has to use the same: str as Funnels.stringFunnel(UTF_8), bytes as
    Funnels.byteArrayFunnel(), int as Funnels.longFunnel(). For others pass the bytes that they make: of
    unencodedCharsFunnel `key.encode("utf-16-le")`, of integerFunnel `key.to_bytes(4, "little", signed=True)`.

    ValueError if the filter would have more than 255 probes or 2**31-1 words of 8 bytes, which Guava refuses too.

    Bits are anywhere (Bloom 1970), by the double hashing of Kirsch and Mitzenmacher (2006) over MurmurHash3, 128 bits. One
    cache line for each probe: where Java need not read it, `BloomFilter` takes one for a key. A key that was added is found,
    always. Threads may add and ask at the same time.

    >>> from coterie.filters import GuavaBloomFilter
    >>> seen = GuavaBloomFilter(1000)
    >>> seen.update(["hello", "guava"])
    >>> "hello" in seen, "coterie" in seen
    (True, False)
    >>> GuavaBloomFilter.from_bytes(seen.to_bytes()) == seen
    True
    """

    cdef coterie_guava filter

    def __cinit__(self):
        self.filter.len, self.filter.probes, self.filter.strategy = 1, 1, COTERIE_GUAVA_MITZ_64
        self.settle(&self.filter, Storage.zeros(sizeof(uint64_t)))

    def __init__(self, capacity, fpr=0.03):
        cdef uint64_t count = check_int(capacity, "capacity", 1, <uint64_t>1 << 40, "1 .. 2**40")
        cdef double rate = check_rate(fpr), words, probes, log_two = log(2.0)
        cdef coterie_guava filter
        # Guava's formulas, in its order.
        words = floor((floor(-<double>count * log(rate) / (log_two * log_two)) + 63) / 64)
        probes = max(1.0, floor(-log(rate) / log_two + 0.5))
        if words > MOST_WORDS or probes > 255:
            raise ValueError(f"capacity is {count} and fpr is {rate}: Guava makes no such filter, pass less or a larger "
                             "fpr")
        filter.len, filter.probes, filter.strategy = <uint32_t>max(1.0, words), <uint8_t>probes, COTERIE_GUAVA_MITZ_64
        self.settle(&filter, Storage.zeros(filter.len * sizeof(uint64_t)))

    # Takes over a shape, and the bits for it.
    cdef int settle(self, const coterie_guava *filter, Storage memory) except -1:
        with cython.critical_section(self):
            self.memory, self.filter = memory, filter[0]
            self.filter.words = <uint64_t *>memory.data
        return 0

    cdef int take(self, ForeignFilter other, Storage memory) except -1:
        return self.settle(&(<GuavaBloomFilter?>other).filter, memory)

    cdef bint like(self, ForeignFilter other) noexcept:
        if not isinstance(other, GuavaBloomFilter):
            return False
        return (self.filter.strategy == (<GuavaBloomFilter>other).filter.strategy
                and self.filter.probes == (<GuavaBloomFilter>other).filter.probes)

    # What a call works with; the storage has to live as long.
    cdef Storage start(self, coterie_guava *filter):
        cdef Storage memory
        with cython.critical_section(self):
            memory, filter[0] = self.memory, self.filter
        return memory

    cdef bint has(self, object key) except -1:
        cdef coterie_guava filter
        cdef coterie_murmur3 hash = hash_of(key)
        cdef Storage memory = self.start(&filter)
        return coterie_guava_has(&filter, hash)

    cdef bint put(self, object key) except -1:
        cdef coterie_guava filter
        cdef coterie_murmur3 hash = hash_of(key)
        cdef Storage memory = self.start(&filter)
        cdef bint changed
        take_turn(self.lock, True)
        changed = coterie_guava_put(&filter, hash)
        PyThread_release_lock(self.lock)
        return changed

    def add_new(self, key, /):
        """Add a key; whether it was certainly not there before. What Guava's `put` returns."""
        return self.put(key)

    def update(self, keys, /, *, nulls="raise"):
        """Add many keys.

        keys, nulls: as for `coterie.digests`, but for columns that are computed as they are read, which are a TypeError:
            they are read twice.

        A call that raises has added nothing, or of an iterable whole portions of 2**20 keys. RuntimeError if the keys are
        seen to change meanwhile.
        """
        if is_stable(keys):
            self.add_all(keys, nulls)
            return
        items = as_iterator(keys, "keys", "a container of keys")
        while portion := list(islice(items, PORTION)):
            self.add_all(portion, nulls)

    cdef int add_all(self, object keys, object nulls) except -1:
        cdef coterie_guava filter
        cdef Storage memory = self.start(&filter)
        cdef Digests first, last
        memset(&first, 0, sizeof(first))
        memset(&last, 0, sizeof(last))
        try:
            collect(keys, 0, nulls, &first)
            collect(keys, 1, nulls, &last)
            if first.len != last.len:
                refuse_change()
            with nogil:
                put_all(&filter, self.lock, &first, &last)
        finally:
            free(first.data)
            free(last.data)
        return 0

    def contains_many(self, keys, /, *, nulls="raise", out=None):
        """Whether each of many keys may have been added, as a bool array.

        keys, nulls, out: as for `coterie.digests`; nulls="skip" answers False. Columns that are computed as they are read
            are a TypeError, and iterables are made a list: keys are read twice.

        RuntimeError if the keys are seen to change meanwhile.
        """
        cdef Question question
        cdef Storage memory
        if not is_stable(keys):
            keys = list(as_iterator(keys, "keys", "a container of keys"))
        memset(&question, 0, sizeof(question))
        memory = self.start(&question.filter)
        try:
            collect(keys, 0, "raise" if nulls == "raise" else "skip", &question.first)
            answers = each_chunk_of(keys, ask_sink, &question, BOOL, -1, question.filter.probes, COTERIE_HASH_MURMUR3, 1,
                                    0, nulls, out)
            if question.changed or question.done != question.first.len:
                refuse_change()
        finally:
            free(question.first.data)
        return answers

    # ---- what it is ----

    @property
    def strategy(self):
        """Guava's name for the way from hashes to bits: "MURMUR128_MITZ_64", or "MURMUR128_MITZ_32" of old filters that were
        read."""
        return STRATEGIES[self.filter.strategy]

    @property
    def probes(self):
        """The number of bits of a key, Guava's hash functions."""
        return self.filter.probes

    def estimated_fpr(self):
        """The share of absent keys for which it says that they are there, by the bits that are set: Guava's
        `expectedFpp`. Linear in the size."""
        return pow(self.fill_ratio, self.filter.probes)

    def approx_len(self):
        """About how many distinct keys were added, by the bits that are set: Guava's `approximateElementCount`. Linear in the
        size.

        OverflowError if all bits are set.
        """
        cdef double ratio = self.fill_ratio
        if ratio == 1:
            raise OverflowError("all bits are set: any number of keys may have been added")
        return <uint64_t>floor(-log1p(-ratio) * (8.0 * self.nbytes) / self.filter.probes + 0.5)

    def __repr__(self):
        return f"<{type(self).__name__} of {self.nbytes} bytes, {self.filter.probes} probes>"

    # ---- bytes ----

    def __reduce_ex__(self, protocol):
        return type(self).from_bytes, (self.to_bytes(),), self.__getstate__()

    def to_bytes(self):
        """The filter as Guava's `writeTo` writes it. The funnel is not in it."""
        cdef coterie_guava filter
        cdef Storage memory = self.start(&filter)
        cdef bytes data = PyBytes_FromStringAndSize(NULL, COTERIE_GUAVA_HEADER + memory.nbytes)
        coterie_guava_write(&filter, <uint8_t *>PyBytes_AS_STRING(data))
        return data

    @classmethod
    def from_bytes(cls, data, /):
        """The filter that `to_bytes` or Guava's `writeTo` wrote, of either strategy.

        data: any contiguous buffer.

        DecodeError if the bytes are anything else. They have no checksum.
        """
        cdef Storage view = Storage.view_of(data, False)
        cdef coterie_guava filter
        cdef const char *problem = coterie_guava_read(<const uint8_t *>view.data, view.nbytes, &filter)
        if problem is not NULL:
            raise DecodeError(f"no Bloom filter of Guava: {(<bytes>problem).decode()}")
        cdef Storage memory = Storage.allocate(filter.len * sizeof(uint64_t))
        cdef GuavaBloomFilter new = blank(cls, GuavaBloomFilter)
        filter.words = <uint64_t *>memory.data
        coterie_guava_read_words(<const uint8_t *>view.data, &filter)
        new.settle(&filter, memory)
        return new


cdef coterie_murmur3 hash_of(object key) except *:
    cdef coterie_murmur3 hash
    hash.first = hash_key(key, COTERIE_HASH_MURMUR3, 0, 0)
    hash.last = hash_key(key, COTERIE_HASH_MURMUR3, 1, 0)
    return hash


cdef void put_all(const coterie_guava *filter, PyThread_type_lock lock, const Digests *first,
                  const Digests *last) noexcept nogil:
    cdef coterie_murmur3 hash
    cdef size_t i = 0, end
    while i < first.len:
        end = min(i + TURN, first.len)
        PyThread_acquire_lock(lock, 1)
        while i < end:
            hash.first, hash.last = first.data[i], last.data[i]
            coterie_guava_put(filter, hash)
            i += 1
        PyThread_release_lock(lock)
