# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""What Bloom filters in the formats of other libraries share."""

cimport cython

from libc.stdint cimport uint64_t
from libc.string cimport memcmp

from coterie._core cimport Storage, cpu_level_address
from coterie._stored cimport Stored
from coterie.filters._filter cimport PyThread_allocate_lock, PyThread_free_lock

cdef extern from "coterie/filters/bloom_bits.h" nogil:
    void (**coterie_bits_count)(const uint64_t *words, size_t n, uint64_t *count) noexcept nogil

cdef const int *LEVEL = cpu_level_address()


@cython.auto_pickle(False)
cdef class ForeignFilter(Stored):
    """A Bloom filter in the format of another library. Not made by itself."""

    def __cinit__(self):
        self.memory = Storage.zeros(0)
        self.lock = PyThread_allocate_lock()
        if self.lock is NULL:
            raise MemoryError("no memory for a lock")

    def __dealloc__(self):
        if self.lock is not NULL:
            PyThread_free_lock(self.lock)

    cdef bint has(self, object key) except -1:
        raise TypeError("ForeignFilter is only a base: make a ParquetBloomFilter, say")

    cdef bint put(self, object key) except -1:
        return self.has(key)

    cdef int take(self, ForeignFilter other, Storage memory) except -1:
        return self.has(None)

    cdef bint like(self, ForeignFilter other) noexcept:
        return False

    cdef Storage bits(self):
        with cython.critical_section(self):
            return self.memory

    # ---- keys ----

    def add(self, key, /):
        """Add a key. TypeError or OverflowError for one that such a filter does not hold."""
        self.put(key)

    def contains(self, key, /):
        """Whether the key may have been added: False is certain. As `key in filter`; errors as of `add`."""
        return self.has(key)

    def __contains__(self, key):
        return self.has(key)

    # ---- what it is ----

    @property
    def nbytes(self):
        """The bytes of the bits."""
        return self.bits().nbytes

    @property
    def fill_ratio(self):
        """The share of bits that are set. Linear in `nbytes`."""
        cdef Storage memory = self.bits()
        cdef uint64_t count
        with nogil:
            coterie_bits_count[LEVEL[0]](<const uint64_t *>memory.data, memory.nbytes // 8, &count)
        return count / (8.0 * memory.nbytes) if memory.nbytes else 0.0

    def __eq__(self, other):
        cdef Storage mine, others
        cdef bint same
        if not isinstance(other, ForeignFilter):
            return NotImplemented
        with cython.critical_section(self, other):
            mine, others, same = self.memory, (<ForeignFilter>other).memory, self.like(<ForeignFilter>other)
        if not same or mine.nbytes != others.nbytes:
            return False
        with nogil:
            same = memcmp(mine.data, others.data, mine.nbytes) == 0
        return same

    __hash__ = None

    # ---- copies ----

    cdef int share(self, Stored other) except -1:
        cdef ForeignFilter filter = <ForeignFilter?>other
        with cython.critical_section(filter):
            self.take(filter, filter.memory.copy())
        return 0

    def copy(self):
        """An independent filter with the same bits. Linear in `nbytes`."""
        return Stored.copy(self)
