# cython: freethreading_compatible=True
"""What anyone may build on the core: test_cimport.py compiles it."""

from cpython.buffer cimport PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport int32_t, uint64_t
from libc.string cimport memset

from coterie._core cimport BOOL, INT32, NOTHING, UINT64, Storage, digest, each_chunk


def digest_of(key):
    return digest(key)


cdef void add_up(void *ctx, const uint64_t *digests, size_t n, void *out) noexcept nogil:
    (<size_t *>ctx)[0] += n


def count(keys):
    """How many keys there are."""
    cdef size_t total = 0
    assert each_chunk(keys, add_up, &total, NOTHING, -1, False) is None
    return total


cdef void keep_largest(void *ctx, const uint64_t *digests, size_t n, void *out) noexcept nogil:
    (<size_t *>ctx)[0] = max((<size_t *>ctx)[0], n)


def largest_chunk(keys):
    """The most digests that one call of the sink gets."""
    cdef size_t most = 0
    each_chunk(keys, keep_largest, &most, NOTHING, -1, False)
    return most


cdef void put_low(void *ctx, const uint64_t *digests, size_t n, void *out) noexcept nogil:
    cdef size_t i
    for i in range(n):
        (<int32_t *>out)[i] = <int32_t>digests[i]


def low_halves(keys):
    """The low 32 bits of the digests."""
    return each_chunk(keys, put_low, NULL, INT32, -1, False)


cdef void put_odd(void *ctx, const uint64_t *digests, size_t n, void *out) noexcept nogil:
    cdef size_t i
    for i in range(n):
        (<char *>out)[i] = digests[i] & 1


def are_odd(keys, hashed=False):
    """Whether the digests are odd."""
    return each_chunk(keys, put_odd, NULL, BOOL, -1, hashed)


cdef void put_row(void *ctx, const uint64_t *digests, size_t n, void *out) noexcept nogil:
    cdef size_t width = (<size_t *>ctx)[0], i, j
    for i in range(n):
        for j in range(width):
            (<uint64_t *>out)[i * width + j] = digests[i]


def rows(keys, size_t width):
    """A row for each key: its digest, `width` times."""
    return each_chunk(keys, put_row, &width, UINT64, width, False)


cdef class Holder:
    """A structure that keeps its bytes in a storage."""

    cdef Storage storage

    @staticmethod
    def allocate(size_t size):
        return holder(Storage.allocate(size))

    @staticmethod
    def borrow(buffer):
        return holder(Storage.borrow(buffer))

    @staticmethod
    def map(path):
        return holder(Storage.map(path))

    @property
    def address(self):
        return <size_t>self.storage.data

    @property
    def nbytes(self):
        return self.storage.nbytes

    @property
    def is_writable(self):
        return self.storage.writable

    def copy(self):
        return holder(self.storage.share())

    def drop(self):
        self.storage.drop()
        self.storage = None

    def fill(self, int byte):
        self.storage = self.storage.own()
        memset(self.storage.data, byte, self.storage.nbytes)

    def export(self):
        return memoryview(self.storage)

    def export_writable(self):
        cdef Py_buffer view
        PyObject_GetBuffer(self.storage, &view, PyBUF_WRITABLE)
        PyBuffer_Release(&view)


cdef Holder holder(Storage storage):
    cdef Holder new = Holder.__new__(Holder)
    new.storage = storage
    return new
