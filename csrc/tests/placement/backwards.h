/* The way back, since factors are odd: digests that are mixed to a chosen number, nodes with a chosen point. */
#ifndef COTERIE_TESTS_BACKWARDS_H
#define COTERIE_TESTS_BACKWARDS_H

#include "coterie/hashing/xxh3.h"

/* Of an odd number: Newton's steps double the right bits, 3 at first. The lower half inverts the lower half. */
static inline uint64_t odd_inverse(uint64_t x) {
    uint64_t inverse = x;
    for (int i = 0; i < 5; i++) inverse *= 2 - x * inverse;
    return inverse;
}

/* The digest that coterie_mix takes to w. */
static inline uint64_t unmix(uint64_t w, uint64_t salt) {
    w = (w ^ w >> 32) * odd_inverse(COTERIE_MIX_FACTOR) ^ salt;
    return w ^ w >> 32;
}

/* The digest of a node whose point i lies there: XXH3 of 8 bytes backwards, for the seed. */
static inline uint64_t node_with_point(uint64_t point, uint32_t i, uint64_t salt) {
    uint64_t inverse = odd_inverse(0x9FB21C651E98DF25u), h = point, swapped = (uint64_t)i << 32;
    h = (h ^ h >> 28 ^ h >> 56) * inverse;
    h ^= (h >> 35) + 8; /* the upper 29 bits are as they were: the same number, taken off again */
    h *= inverse;
    uint64_t x = h; /* the rotations: their 64th power is the identity, so the 63rd inverts */
    for (int k = 1; k < 64; k++) x ^= coterie_rotl64(x, 49) ^ coterie_rotl64(x, 24);
    uint64_t seed = COTERIE_XXH3_SECRET_8_16 - (x ^ swapped);
    seed ^= (uint64_t)coterie_swap32((uint32_t)seed) << 32;
    return seed ^ salt;
}

#endif
