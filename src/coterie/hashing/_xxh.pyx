# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""XXH3-64, XXH3-128 and XXH64 with seeds."""

cimport cython
from cpython.buffer cimport PyBuffer_Release
from libc.stdint cimport uint64_t

from coterie._core cimport (
    UINT64, check_seed, cpu_level_address, each_chunk_of, get_bytes, hash_key, is_one_key, plain_key,
)

cdef extern from "coterie/keys/hasher.h":
    int COTERIE_HASH_XXH3
    int COTERIE_HASH_XXH64

cdef extern from "coterie/hashing/xxh3.h" nogil:
    ctypedef struct coterie_hash128:
        uint64_t low
        uint64_t high
    coterie_hash128 coterie_xxh3_128(const void *data, size_t size, uint64_t seed, int level)

cdef extern from "Python.h":
    bint PyBytes_Check(object)
    bint PyByteArray_Check(object)
    bint PyMemoryView_Check(object)
    char *PyBytes_AS_STRING(object)
    Py_ssize_t PyBytes_GET_SIZE(object)
    char *PyByteArray_AS_STRING(object)
    Py_ssize_t PyByteArray_GET_SIZE(object)

cdef const int *LEVEL = cpu_level_address()


def xxh3_64(keys, /, *, seed=0, nulls="raise", out=None):
    """XXH3, 64 bits (xxHash 0.8), of the bytes of a key or of many keys.

    keys: one key (an int comes back) or a batch as `coterie.digests` takes it (a uint64 array comes back).
    seed: 0 .. 2**64-1. With seed 0 it is the key's digest.
    nulls, out: of a batch, as for `coterie.digests`.

    Equal to xxHash's XXH3_64bits_withSeed of the same bytes. Linear in the bytes.

    >>> from coterie.hashing import xxh3_64
    >>> f"{xxh3_64(b''):016x}"
    '2d06800538d394c2'
    """
    return hash_with(keys, COTERIE_HASH_XXH3, seed, nulls, out)


def xxh3_128(data, /, *, seed=0):
    """XXH3, 128 bits (xxHash 0.8), of the bytes of one key, as an int: a fingerprint of content.

    data: a key as `coterie.digest` takes it, of any length.
    seed: 0 .. 2**64-1.

    Equal to xxHash's XXH3_128bits_withSeed of the same bytes; `to_bytes(16, "big")` of it is xxHash's digest. Any two of
    n different contents have one hash with a chance of about n**2 / 2**129, unless someone chose them to. Linear in the
    bytes, which are not copied if they are bytes, bytearray or memoryview.

    >>> from coterie.hashing import xxh3_128
    >>> f"{xxh3_128(b''):032x}"
    '99aa06d3014798d86001c324468d497f'
    """
    cdef coterie_hash128 hash = hash_128(data, check_seed(seed))
    return <object>hash.high << 64 | hash.low


def xxh64(keys, /, *, seed=0, nulls="raise", out=None):
    """XXH64 of the bytes of a key or of many keys.

    keys: one key (an int comes back) or a batch as `coterie.digests` takes it (a uint64 array comes back).
    seed: 0 .. 2**64-1.
    nulls, out: of a batch, as for `coterie.digests`.

    Equal to xxHash's XXH64 of the same bytes. Linear in the bytes.

    >>> from coterie.hashing import xxh64
    >>> f"{xxh64(b''):016x}"
    'ef46db3751d8e999'
    """
    return hash_with(keys, COTERIE_HASH_XXH64, seed, nulls, out)


cdef object hash_with(object keys, int kind, object seed, object nulls, object out):
    cdef uint64_t bits = check_seed(seed)
    if out is None and is_one_key(keys):
        return hash_key(keys, kind, bits, 0)
    return each_chunk_of(keys, NULL, NULL, UINT64, -1, 0, kind, bits, 0, nulls, out)


cdef coterie_hash128 hash_128(object key, uint64_t seed) except *:
    cdef coterie_hash128 hash
    cdef Py_buffer view
    if PyByteArray_Check(key):
        with cython.critical_section(key):
            hash = coterie_xxh3_128(PyByteArray_AS_STRING(key), PyByteArray_GET_SIZE(key), seed, LEVEL[0])
        return hash
    if PyMemoryView_Check(key):
        get_bytes(key, &view)
        hash = coterie_xxh3_128(view.buf, view.len, seed, LEVEL[0])
        PyBuffer_Release(&view)
        return hash
    if not PyBytes_Check(key):
        _, key, _ = plain_key(key)
    return coterie_xxh3_128(PyBytes_AS_STRING(key), PyBytes_GET_SIZE(key), seed, LEVEL[0])
