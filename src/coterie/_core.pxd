"""What other extensions may `cimport` of the core, by capsule: no headers, no linking."""

from libc.stdint cimport uint64_t

# What a batch makes: an array of this type, one entry (or row) for each key.
cdef enum Result:
    NOTHING
    BOOL
    INT32
    UINT64

# Takes the digests of the next n keys of a batch, and where their answers go.
ctypedef void (*Sink)(void *ctx, const uint64_t *digests, size_t n, void *out) noexcept nogil

# The digest of one key.
cpdef uint64_t digest(key) except? 0

# Reads a batch of keys, at most 4096 digests at a time into `sink`, and returns the array of the answers (None for
# NOTHING): of shape (len,), or (len, width) if width >= 0. With `hashed` the keys are digests. `cost`, about the steps
# that the sink takes for a key, if they are many: it then gets fewer keys at a time, so that Ctrl-C works. `nulls` and
# `out` are those of `coterie.digests`; the sink never sees a null.
cdef object each_chunk(object keys, Sink sink, void *ctx, Result result, Py_ssize_t width, bint hashed, size_t cost=*,
                       object nulls=*, object out=*)

# ---- for Coterie's own extensions ----

# The CPU level of the process, by address: kernels index their tables with it.
cdef const int *cpu_level_address() noexcept
# The parts of the key rule that `_keys.pxd` does not inline.
cdef uint64_t digest_long(const void *data, size_t size) noexcept nogil
cdef uint64_t digest_other(object key) except? 0
# Like each_chunk, with another hash function: a coterie_hash_kind, its seed, and the second half of its key (0 if it has
# none). Without a sink the hashes themselves are the result.
cdef object each_chunk_of(object keys, Sink sink, void *ctx, Result result, Py_ssize_t width, size_t cost, int kind,
                          uint64_t seed, uint64_t more, object nulls, object out)
# One key under that hash function.
cdef uint64_t hash_key(object key, int kind, uint64_t seed, uint64_t more) except? 0
# Whether an object is one key rather than a batch of them.
cdef bint is_one_key(object keys)
# The bytes of a memoryview; TypeError for what is no key at all. The caller releases the view.
cdef int get_bytes(object key, Py_buffer *view) except -1
# The kind (0 str, 1 bytes, 2 int) and the bytes of a key, and the plain object that stands for it.
cdef tuple plain_key(object key)
# An argument as an int, or as an iterator; TypeError that names it and says what is allowed.
cdef object as_int(object value, str name, str allowed)
cdef object as_iterator(object value, str name, str allowed)
# A value for an error message: short, whatever it is.
cdef str shown(object value)
# A number of replicas or the like: an int of 0 or more (what is more than fits counts as the largest).
cdef Py_ssize_t check_count(object n) except -1
# An int argument, least .. most; `allowed` says the same in words.
cdef uint64_t check_int(object value, str name, uint64_t least, uint64_t most, str allowed) except? 0
cdef uint64_t check_seed(object seed) except? 0
# A secret key of 16 bytes (bytes, bytearray, memoryview) as its two little-endian halves.
cdef int check_key(object key, uint64_t *halves) except -1


# The bytes under a structure: allocated, or borrowed from a buffer. Holders share it; who wants to write asks for
# `own`, which copies first if others hold the bytes, see them or forbid it.
cdef class Storage:
    cdef char *data
    cdef readonly Py_ssize_t nbytes
    cdef bint writable
    cdef bint borrowed
    cdef bint zeroed
    cdef Py_buffer view
    cdef Py_ssize_t holders
    cdef Py_ssize_t exports

    @staticmethod
    cdef Storage allocate(size_t size)
    @staticmethod
    cdef Storage zeros(size_t size)
    cdef int begin(self, size_t size) except -1
    @staticmethod
    cdef Storage borrow(object buffer)
    @staticmethod
    cdef Storage view_of(object buffer, bint writable)
    @staticmethod
    cdef Storage map(object path)
    @staticmethod
    cdef Storage map_as(object path, str mode)
    cdef Storage copy(self)
    cdef Storage share(self)
    cdef void drop(self) noexcept
    cdef Storage own(self)


# What the header of a container says, and where its payload lies in the storage.
cdef struct Container:
    uint64_t count
    uint64_t seed
    unsigned int flags
    const char *payload
    size_t payload_len

cdef bytes pack(int kind, unsigned int flags, uint64_t count, uint64_t seed, bytes payload)
# Of a container with that kind and no other flags; else DecodeError, which calls it by its name.
cdef Container unpack(Storage storage, int kind, unsigned int known_flags, str name) except *
# In constant time: the payload is not checked, and bytes may follow it.
cdef Container unpack_header(Storage storage, int kind, unsigned int known_flags, str name) except *
# The checksum of the payload.
cdef int check_payload(Storage storage, const Container *container, str name) except -1
# Writes the header of a storage that is a container; without its checksum until there is a use for it.
cdef void pack_header(Storage storage, int kind, unsigned int flags, uint64_t count, uint64_t seed,
                      bint checksum) noexcept
