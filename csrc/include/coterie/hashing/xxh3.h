/* XXH3, 64 and 128 bits (Yann Collet, xxHash 0.8): any bytes, any seed, the published secret. */
#ifndef COTERIE_HASHING_XXH3_H
#define COTERIE_HASHING_XXH3_H

#include "coterie/level.h"

enum { COTERIE_XXH3_SECRET_SIZE = 192 };
extern const uint8_t coterie_xxh3_secret[COTERIE_XXH3_SECRET_SIZE];

/* The 64-bit words of the secret that short inputs use, by their offset in it. */
#define COTERIE_XXH3_SECRET_0 0xBE4BA423396CFEB8u
#define COTERIE_XXH3_SECRET_8_16 0xC73AB174C5ECD5A2u  /* word at 8 ^ word at 16 */
#define COTERIE_XXH3_SECRET_24_32 0x6782737BEA4239B9u
#define COTERIE_XXH3_SECRET_40_48 0xAF56BC3B0996523Au
#define COTERIE_XXH3_SECRET_56_64 0x8726F9105DC21DDCu

COTERIE_INLINE uint64_t coterie_xxh64_avalanche(uint64_t h) {
    h = (h ^ h >> 33) * 0xC2B2AE3D27D4EB4Fu;
    h = (h ^ h >> 29) * 0x165667B19E3779F9u;
    return h ^ h >> 32;
}
COTERIE_INLINE uint64_t coterie_xxh3_avalanche(uint64_t h) {
    h = (h ^ h >> 37) * 0x165667919E3779F9u;
    return h ^ h >> 32;
}

/* 4 to 8 bytes, given as the little-endian value first | last << 32 with its halves swapped. */
COTERIE_INLINE uint64_t coterie_xxh3_word(uint64_t swapped, uint64_t len, uint64_t seed) {
    seed ^= (uint64_t)coterie_swap32((uint32_t)seed) << 32;
    uint64_t h = swapped ^ (COTERIE_XXH3_SECRET_8_16 - seed);
    h ^= coterie_rotl64(h, 49) ^ coterie_rotl64(h, 24);
    h *= 0x9FB21C651E98DF25u;
    h ^= (h >> 35) + len;
    h *= 0x9FB21C651E98DF25u;
    return h ^ h >> 28;
}

/* The hash of the 8 little-endian bytes of x: integer keys, and the points of nodes. */
COTERIE_INLINE uint64_t coterie_xxh3_u64(uint64_t x, uint64_t seed) {
    return coterie_xxh3_word(x << 32 | x >> 32, 8, seed);
}

/* At most 16 bytes. Reads nothing outside of them. */
COTERIE_INLINE uint64_t coterie_xxh3_short(const void *data, size_t len, uint64_t seed) {
    const uint8_t *p = (const uint8_t *)data;
    if (len > 8) {
        uint64_t low = coterie_load64(p) ^ (COTERIE_XXH3_SECRET_24_32 + seed);
        uint64_t high = coterie_load64(p + len - 8) ^ (COTERIE_XXH3_SECRET_40_48 - seed);
        return coterie_xxh3_avalanche(len + coterie_swap64(low) + high + coterie_mul_fold64(low, high));
    }
    if (len >= 4)
        return coterie_xxh3_word((uint64_t)coterie_load32(p) << 32 | coterie_load32(p + len - 4), len, seed);
    if (len) {
        uint32_t packed = (uint32_t)p[0] << 16 | (uint32_t)p[len >> 1] << 24 | p[len - 1] | (uint32_t)len << 8;
        uint32_t flip = (uint32_t)COTERIE_XXH3_SECRET_0 ^ (uint32_t)(COTERIE_XXH3_SECRET_0 >> 32);
        return coterie_xxh64_avalanche(packed ^ (flip + seed));
    }
    return coterie_xxh64_avalanche(seed ^ COTERIE_XXH3_SECRET_56_64);
}

/* Any length at one CPU level (inputs of more than 240 bytes are where levels differ in speed). */
uint64_t coterie_xxh3(const void *data, size_t len, uint64_t seed, int level);

/* The same of 128 bits: high * 2^64 + low is the number that xxHash writes. */
typedef struct {
    uint64_t low, high;
} coterie_hash128;
coterie_hash128 coterie_xxh3_128(const void *data, size_t len, uint64_t seed, int level);

/* out[i] = the hash of the 8 little-endian bytes of in[i]; in and out may be the same array. One entry per level. */
extern void (*const coterie_xxh3_u64s[COTERIE_LEVELS])(const uint64_t *in, size_t n, uint64_t seed, uint64_t *out);

#endif
