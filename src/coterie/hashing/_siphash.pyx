# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""SipHash-1-3 with a secret key."""

from libc.stdint cimport uint64_t

from coterie._core cimport UINT64, check_key, each_chunk_of, hash_key, is_one_key

cdef extern from "coterie/keys/hasher.h":
    int COTERIE_HASH_SIPHASH13


def siphash13(keys, key, /, *, nulls="raise", out=None):
    """SipHash-1-3 (Aumasson and Bernstein 2012), 64 bits, of the bytes of a key or of many keys, under a secret key.

    keys: one key (an int comes back) or a batch as `coterie.digests` takes it (a uint64 array comes back).
    key: the secret, 16 bytes (bytes, bytearray or memoryview), such as `secrets.token_bytes(16)`.
    nulls, out: of a batch, as for `coterie.digests`.

    TypeError or ValueError for a secret that is not 16 bytes.

    For keys that strangers choose: who does not know the secret cannot find keys whose hashes collide, nor tell what the
    hash of a key will be. As a digest it goes wherever `hashed=True` is said. Equal to the SipHash-1-3 of Rust's standard
    library and of CPython's own `hash` of the same bytes under the same key. Linear in the bytes.

    >>> from coterie.hashing import siphash13
    >>> f"{siphash13(b'', bytes(range(16))):016x}"
    'abac0158050fc4dc'
    """
    cdef uint64_t halves[2]
    check_key(key, halves)
    if out is None and is_one_key(keys):
        return hash_key(keys, COTERIE_HASH_SIPHASH13, halves[0], halves[1])
    return each_chunk_of(keys, NULL, NULL, UINT64, -1, 0, COTERIE_HASH_SIPHASH13, halves[0], halves[1], nulls, out)
