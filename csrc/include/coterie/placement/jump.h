/* Jump consistent hash (Lamping and Veach 2014): buckets 0 .. n-1, no memory.
 *
 * The paper's double arithmetic is part of the definition: two roundings, in its order. */
#ifndef COTERIE_PLACEMENT_JUMP_H
#define COTERIE_PLACEMENT_JUMP_H

#include "coterie/level.h"

/* The largest number of buckets is INT32_MAX. */

#define COTERIE_JUMP_FACTOR 2862933555777941757u
/* The exact double of a 31-bit x: the fraction of 2^52, less 2^52. It vectorises at every level. The paper's + 1 is in
 * the offset. */
#define COTERIE_JUMP_EXPONENT 0x4330000000000000u
#define COTERIE_JUMP_OFFSET 0x1.ffffffffffffep51 /* 2^52 - 1 */

/* One step of the paper: moves the key on, and returns where it leads from a bucket, not yet rounded down. That is at
 * least bucket + 1. */
COTERIE_INLINE double coterie_jump_step(uint64_t *key, double bucket) {
    *key = *key * COTERIE_JUMP_FACTOR + 1;
    uint64_t bits = *key >> 33 | COTERIE_JUMP_EXPONENT;
    double divisor;
    memcpy(&divisor, &bits, sizeof divisor);
    return (bucket + 1) * (0x1p31 / (divisor - COTERIE_JUMP_OFFSET));
}

/* The bucket of a 64-bit key. Takes ln(buckets) + 0.6 steps on average. */
COTERIE_INLINE int32_t coterie_jump(uint64_t key, int32_t buckets) {
    int32_t bucket = 0;
    for (;;) {
        double target = coterie_jump_step(&key, bucket);
        if (!(target < buckets)) return bucket;
        bucket = (int32_t)target;
    }
}

/* The same, faster where the CPU rounds down in one instruction. One entry per CPU level. */
extern int32_t (*const coterie_jump_one[COTERIE_LEVELS])(uint64_t key, int32_t buckets);

/* The buckets of n keys; of n digests, mixed with the salt. One entry per CPU level. */
extern void (*const coterie_jump_many[COTERIE_LEVELS])(const uint64_t *keys, size_t n, int32_t buckets, int32_t *out);
extern void (*const coterie_jump_assign[COTERIE_LEVELS])(const uint64_t *digests, size_t n, uint64_t salt,
                                                         int32_t buckets, int32_t *out);

/* The distinct buckets of a digest, in order: `coterie_jump` of the mixed digest, then of the outputs of SplitMix64
 * started there, without those that came before. */
typedef struct {
    uint64_t counter, draw;
    uint32_t found;
} coterie_jump_walk;

COTERIE_INLINE coterie_jump_walk coterie_jump_begin(uint64_t digest, uint64_t salt) {
    uint64_t w = coterie_mix(digest, salt);
    return (coterie_jump_walk){w, w, 0};
}

/* Goes on until `want` buckets are in `out`, or for `draws` draws. `seen`: NULL, or one bit for each bucket, in which those
 * to leave out are set and those found get set. `want` buckets must exist that are not left out, or it never ends. Without
 * `seen` the cost grows with the square of `want`. Draws get many as `want` nears all. */
void coterie_jump_go(coterie_jump_walk *walk, int32_t buckets, uint32_t want, uint64_t *seen, uint64_t draws,
                     int32_t *out);

/* Rows of `width` buckets for n digests, padded with -1. `seen` is NULL or one bit for each bucket, all 0 before
 * and after. */
void coterie_jump_assign_many(const uint64_t *digests, size_t n, uint64_t salt, int32_t buckets, size_t width,
                              uint64_t *seen, int32_t *out);

#endif
