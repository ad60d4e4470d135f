# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""XXH3-64 and XXH64 with seeds."""

from libc.stdint cimport uint64_t

from coterie._core cimport UINT64, check_seed, each_chunk_of, hash_key, is_one_key

cdef extern from "coterie/keys/hasher.h":
    int COTERIE_HASH_XXH3
    int COTERIE_HASH_XXH64


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
