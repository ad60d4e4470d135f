# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Bloom clocks."""

cimport cython
cimport numpy as cnp

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.object cimport Py_EQ, Py_NE
from libc.math cimport pow
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from coterie._core cimport Storage, check_int, check_seed, cpu_level_address
from coterie._keys cimport key_digest
from coterie._stored cimport Stored, blank
from coterie.clocks._ids cimport MOST_COUNT
from coterie.clocks._order cimport holds

from coterie._errors import DecodeError
from coterie.clocks._forms import bytes_of, cells_of_json, cells_to_json
from coterie.clocks._relation import Relation

cdef extern from "coterie/base.h" nogil:
    uint64_t coterie_splitmix64(uint64_t x)
    uint64_t coterie_load64(const void *p)
    void coterie_store64(void *p, uint64_t x)

cdef extern from "coterie/clocks/bloom_clock.h" nogil:
    enum:
        COTERIE_BLOOM_CLOCK_FEW
        COTERIE_BLOOM_CLOCK_MOST
    void coterie_bloom_clock_cells(uint64_t digest, uint64_t salt, uint32_t cells, uint32_t hashes, uint64_t *seen,
                                   uint32_t *out)

cdef extern from "coterie/clocks/dense.h" nogil:
    enum:
        COTERIE_AFTER
        COTERIE_CONCURRENT
    void (**coterie_dense_join)(uint64_t *a, const uint64_t *b, size_t n)
    int coterie_dense_relation(const uint64_t *a, size_t a_len, const uint64_t *b, size_t b_len, int level)

cdef extern from "coterie/clocks/entries.h" nogil:
    enum:
        COTERIE_CLOCKS_VERSION
        COTERIE_VARINT_MOST
        COTERIE_CLASS_BLOOM
    uint8_t *coterie_varint_write(uint8_t *out, uint64_t x)
    const uint8_t *coterie_varint_read(const uint8_t *at, const uint8_t *end, uint64_t *x)

cnp.import_array()

cdef const int *LEVEL = cpu_level_address()
cdef tuple RELATIONS = tuple(Relation)
cdef enum:
    HEAD = 2 + 2 * COTERIE_VARINT_MOST + 8


# ---- the class ----

@cython.auto_pickle(False)
cdef class BloomClock(Stored):
    """BloomClock(cells=64, hashes=3, *, seed=0)\n--\n
    A clock of fixed size for any number of replicas: it counts events in cells that their keys choose.

    cells: 1 .. 2**20.
    hashes: how many cells an event counts in, 1 .. cells.
    seed: 0 .. 2**64-1. Clocks with different seeds do not go together.

    CONCURRENT is certain: each of two clocks counts something that the other does not. EQUAL, BEFORE and AFTER may be wrong,
    the more likely the fuller the clocks are: `false_before_rate` tells. Equal events count once in clocks that are merged,
    since the greater count of each cell stays; never add an event to two clocks that are merged later.

    ValueError for clocks of another shape or seed (for `==`: False). Methods are atomic: any thread may use a clock at any
    time. Linear in cells for two clocks.

    Ramabaja, "The Bloom Clock", 2019.

    >>> from coterie import BloomClock
    >>> a = BloomClock()
    >>> a.add("event 1")
    >>> b = a.copy()
    >>> b.add("event 2")
    >>> a < b, 0 < a.false_before_rate(b) < 1, int(b.cells.sum())
    (True, True, 6)
    """

    cdef Storage storage
    cdef uint32_t _cells
    cdef uint32_t _hashes
    cdef uint64_t _seed
    cdef uint64_t _salt

    def __cinit__(self):
        self.storage, self._cells, self._hashes = Storage.zeros(sizeof(uint64_t)), 1, 1
        self._salt = coterie_splitmix64(0)

    def __init__(self, cells=64, hashes=3, *, seed=0):
        cdef uint32_t n = check_int(cells, "cells", 1, COTERIE_BLOOM_CLOCK_MOST, "1 .. 2**20")
        cdef uint32_t k = check_int(hashes, "hashes", 1, n, "1 .. cells")
        cdef uint64_t number = check_seed(seed)
        self.begin(Storage.zeros(n * sizeof(uint64_t)), n, k, number)

    cdef int begin(self, Storage storage, uint32_t cells, uint32_t hashes, uint64_t seed) except -1:
        cdef Storage before  # lives until the section has ended
        with cython.critical_section(self):
            before = self.storage
            self.storage, self._cells, self._hashes = storage, cells, hashes
            self._seed, self._salt = seed, coterie_splitmix64(seed)
        return 0

    cdef inline uint64_t *counts(self) noexcept:
        return <uint64_t *>self.storage.data

    # ---- events ----

    def add(self, key, /):
        """Count an event. key: str, bytes or int, see `coterie.digest`. OverflowError if a cell counts 2**63-1."""
        cdef uint64_t digest = key_digest(key)
        cdef uint32_t few[COTERIE_BLOOM_CLOCK_FEW]
        cdef uint32_t *chosen
        cdef uint32_t hashes, i
        cdef uint64_t salt
        cdef uint64_t *counts
        cdef Storage room, seen
        cdef bint full, same = False
        while not same:
            with cython.critical_section(self):
                hashes, cells, salt = self._hashes, self._cells, self._salt
            chosen, seen = few, None
            if hashes > COTERIE_BLOOM_CLOCK_FEW:
                room, seen = Storage.allocate(hashes * sizeof(uint32_t)), Storage.zeros((cells + 63) // 64 * 8)
                chosen = <uint32_t *>room.data
            coterie_bloom_clock_cells(digest, salt, cells, hashes, NULL if seen is None else <uint64_t *>seen.data, chosen)
            full = False
            with cython.critical_section(self):
                same = self._hashes == hashes and self._cells == <uint32_t>cells and self._salt == salt
                if same:
                    counts = self.counts()
                    for i in range(hashes):
                        full = full or counts[chosen[i]] == MOST_COUNT
                    for i in range(0 if full else hashes):
                        counts[chosen[i]] += 1
        if full:
            raise OverflowError("a cell counts 2**63-1: it counts no further")

    # ---- two clocks ----

    # Under the critical section of both.
    cdef bint like(self, BloomClock other) noexcept:
        return self._cells == other._cells and self._hashes == other._hashes and self._seed == other._seed

    # The same. -1: they are not alike.
    cdef int stands(self, BloomClock other) noexcept:
        if not self.like(other):
            return -1
        return coterie_dense_relation(self.counts(), self._cells, other.counts(), other._cells, LEVEL[0])

    cdef int relation(self, BloomClock other) except -2:
        with cython.critical_section(self, other):
            return self.stands(other)

    cdef int certain(self, object other) except -1:
        cdef int relation = self.relation(as_clock(other))
        return refuse_other() if relation < 0 else relation

    def merge(self, other, /):
        """Keep the greater count of each cell."""
        cdef BloomClock clock = as_clock(other)
        cdef bint same
        with cython.critical_section(self, clock):
            same = self.like(clock)
            if same:
                coterie_dense_join[LEVEL[0]](self.counts(), clock.counts(), self._cells)
        if not same:
            refuse_other()

    def __or__(self, other):
        if not isinstance(other, BloomClock):
            return NotImplemented
        new = self.copy()
        new.merge(other)
        return new

    def __ior__(self, other):
        if not isinstance(other, BloomClock):
            return NotImplemented
        self.merge(other)
        return self

    def compare(self, other, /):
        """How this clock stands to another: a Relation, of which only CONCURRENT is certain."""
        return RELATIONS[self.certain(other)]

    def concurrent(self, other, /):
        """Whether each of two clocks counts something that the other does not, which is certain."""
        return self.certain(other) == COTERIE_CONCURRENT

    def false_before_rate(self, other, /):
        """The chance that a clock as full as this one is `<=` one as full as the other though its events are others; 0.0
        if this one is not `<=`. Linear in cells."""
        cdef BloomClock clock = as_clock(other)
        cdef double mine = 0, theirs = 0, rate = 0
        cdef uint32_t i
        cdef int relation
        with cython.critical_section(self, clock):
            relation = self.stands(clock)
            if relation & COTERIE_AFTER == 0:
                for i in range(self._cells):
                    mine += self.counts()[i]
                    theirs += clock.counts()[i]
                rate = pow(1 - pow(1 - 1.0 / self._cells, theirs), mine)
        if relation < 0:
            refuse_other()
        return rate

    __hash__ = None

    def __richcmp__(self, other, int op):
        if not isinstance(other, BloomClock):
            return NotImplemented
        if op == Py_EQ or op == Py_NE:
            return holds(op, self.relation(<BloomClock>other))
        return holds(op, self.certain(other))

    # ---- what it is ----

    @property
    def cells(self):
        """The counts of the cells: a uint64 array, a copy."""
        cdef Storage copy = self.taken()
        cdef cnp.npy_intp n = copy.nbytes // <Py_ssize_t>sizeof(uint64_t)
        cdef cnp.ndarray array = cnp.PyArray_EMPTY(1, &n, cnp.NPY_UINT64, 0)
        memcpy(cnp.PyArray_DATA(array), copy.data, copy.nbytes)
        return array

    @property
    def hashes(self):
        """How many cells an event counts in."""
        return self._hashes

    @property
    def seed(self):
        """The seed of the clock."""
        return self._seed

    cdef Storage taken(self):
        with cython.critical_section(self):
            return self.storage.copy()

    def __repr__(self):
        return f"<{type(self).__name__} of {self._cells} cells, {self._hashes} hashes>"

    # ---- copies and bytes ----

    cdef int share(self, Stored other) except -1:
        cdef BloomClock clock = <BloomClock?>other
        with cython.critical_section(clock):
            self.storage, self._cells, self._hashes = clock.storage.copy(), clock._cells, clock._hashes
            self._seed, self._salt = clock._seed, clock._salt
        return 0

    def copy(self):
        """An independent clock with the same counts. Linear in cells."""
        return Stored.copy(self)

    def __reduce_ex__(self, protocol):
        return type(self).from_bytes, (self.to_bytes(),), self.__getstate__()

    # A copy that nobody else has: its fields belong together.
    cdef BloomClock still(self):
        cdef BloomClock clock = BloomClock.__new__(BloomClock)
        clock.share(self)
        return clock

    def to_bytes(self):
        """The clock as bytes; equal clocks have equal bytes."""
        cdef BloomClock clock = self.still()
        cdef Storage room = Storage.allocate(HEAD + clock._cells * <size_t>COTERIE_VARINT_MOST)
        cdef uint8_t *out = <uint8_t *>room.data
        cdef uint32_t i
        out[0], out[1] = COTERIE_CLOCKS_VERSION, COTERIE_CLASS_BLOOM << 2
        out = coterie_varint_write(out + 2, clock._cells)
        out = coterie_varint_write(out, clock._hashes)
        coterie_store64(out, clock._seed)
        out += 8
        for i in range(clock._cells):
            out = coterie_varint_write(out, clock.counts()[i])
        return PyBytes_FromStringAndSize(room.data, <char *>out - room.data)

    @classmethod
    def from_bytes(cls, data, /):
        """The clock that `to_bytes` wrote. data: bytes, bytearray or memoryview. DecodeError if they are anything else."""
        return clock_of_bytes(cls, bytes_of(data, "BloomClock"))

    def to_json(self):
        """The clock as JSON: `{"v":1,"k":"bloom","h":3,"s":0,"c":[0,1]}`, with hashes, seed and cells. Numbers above 2**53-1
        are strings."""
        cdef BloomClock clock = self.still()
        return cells_to_json(clock._hashes, clock._seed, [clock.counts()[i] for i in range(clock._cells)])

    @classmethod
    def from_json(cls, text, /):
        """The clock that `to_json` wrote. text: str, or bytes in UTF-8. DecodeError if it is anything else."""
        hashes, seed, counts = cells_of_json(text, COTERIE_BLOOM_CLOCK_MOST, "BloomClock")
        return clock_with(cls, counts, hashes, seed)


cdef BloomClock as_clock(object value):
    if not isinstance(value, BloomClock):
        raise TypeError(f"other is a {type(value).__name__}: pass a BloomClock")
    return <BloomClock>value


cdef int refuse_other() except -1:
    raise ValueError("the clocks differ in cells, hashes or seed: only those made with the same arguments go together")


cdef object clock_with(object cls, list counts, uint32_t hashes, uint64_t seed):
    cdef Storage storage = Storage.allocate(len(counts) * sizeof(uint64_t))
    cdef uint32_t i, n = <uint32_t>len(counts)
    for i in range(n):
        (<uint64_t *>storage.data)[i] = counts[i]
    new = blank(cls, BloomClock)
    (<BloomClock>new).begin(storage, n, hashes, seed)
    return new


cdef object clock_of_bytes(object cls, bytes data):
    cdef const uint8_t *at = <const uint8_t *>PyBytes_AS_STRING(data)
    cdef const uint8_t *end = at + PyBytes_GET_SIZE(data)
    cdef uint64_t cells = 0, hashes = 0, seed, count
    cdef list counts = []
    if end - at < 2 or at[0] != COTERIE_CLOCKS_VERSION or at[1] != COTERIE_CLASS_BLOOM << 2:
        raise DecodeError("not a BloomClock: the bytes of something else, or of another version")
    at = coterie_varint_read(at + 2, end, &cells)
    if at is not NULL:
        at = coterie_varint_read(at, end, &hashes)
    if (at is NULL or not 1 <= cells <= COTERIE_BLOOM_CLOCK_MOST or not 1 <= hashes <= cells
            or <uint64_t>(end - at) < 8 + cells):
        raise DecodeError("not a BloomClock: its shape is malformed, or the bytes end too early")
    seed = coterie_load64(at)
    at += 8
    for _ in range(cells):
        at = coterie_varint_read(at, end, &count)
        if at is NULL or count > MOST_COUNT:
            raise DecodeError("not a BloomClock: a count is malformed, or the bytes end too early")
        counts.append(count)
    if at != end:
        raise DecodeError("not a BloomClock: the bytes go on after their end")
    return clock_with(cls, counts, <uint32_t>hashes, seed)
