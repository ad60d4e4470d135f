# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Jump consistent hash as the paper states it."""

from libc.stdint cimport int32_t, uint64_t

from coterie._core cimport INT32, check_int, cpu_level_address, each_chunk_of, hash_key, is_one_key
from coterie._keys cimport PyLong_CheckExact, coterie_int_bits

cdef extern from "coterie/keys/hasher.h":
    int COTERIE_HASH_NONE

cdef extern from "coterie/placement/jump.h" nogil:
    int32_t (**coterie_jump_one)(uint64_t key, int32_t buckets)
    void (**coterie_jump_many)(const uint64_t *keys, size_t n, int32_t buckets, int32_t *out)

cdef const int *LEVEL = cpu_level_address()


cdef void jump_sink(void *ctx, const uint64_t *keys, size_t n, void *out) noexcept nogil:
    coterie_jump_many[LEVEL[0]](keys, n, (<int32_t *>ctx)[0], <int32_t *>out)


def jump(keys, n, /, *, nulls="raise", out=None):
    """The bucket, 0 .. n-1, of a 64-bit integer or of many: the raw function of the paper, for interoperation.

    keys: one int from -2**63 to 2**64-1 (an int comes back), or integers in any container that `coterie.digests` takes
    (an int32 array comes back). Their 64 bits count; nothing is hashed or mixed.
    n: 1 .. 2**31-1.
    nulls, out: of a batch, as for `coterie.digests`; nulls="skip" writes -1, which is no bucket.

    When n grows by one, 1/n of the keys move, all of them to the new bucket. Takes about ln(n) steps; no memory.

    Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm", 2014. To place keys of any kind, use
    `coterie.JumpHash`.

    >>> from coterie.hashing import jump
    >>> [jump(key, 100) for key in (1, 2, 3, 4, 5)]
    [55, 62, 8, 45, 59]
    """
    cdef int32_t buckets = <int32_t>check_int(n, "n", 1, 0x7fffffff, "1 .. 2**31-1")
    cdef uint64_t bits
    if out is None and PyLong_CheckExact(keys) and coterie_int_bits(keys, &bits):
        return coterie_jump_one[LEVEL[0]](bits, buckets)
    if out is None and is_one_key(keys):
        return coterie_jump_one[LEVEL[0]](hash_key(keys, COTERIE_HASH_NONE, 0, 0), buckets)
    return each_chunk_of(keys, jump_sink, &buckets, INT32, -1, 0, COTERIE_HASH_NONE, 0, 0, nulls, out)
