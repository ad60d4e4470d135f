/* XXH64 (Yann Collet): any bytes, any seed. */
#ifndef COTERIE_HASHING_XXH64_H
#define COTERIE_HASHING_XXH64_H

#include "coterie/level.h"

#define COTERIE_XXH64_1 0x9E3779B185EBCA87u
#define COTERIE_XXH64_2 0xC2B2AE3D27D4EB4Fu
#define COTERIE_XXH64_3 0x165667B19E3779F9u
#define COTERIE_XXH64_4 0x85EBCA77C2B2AE63u
#define COTERIE_XXH64_5 0x27D4EB2F165667C5u

uint64_t coterie_xxh64(const void *data, size_t len, uint64_t seed);

COTERIE_INLINE uint64_t coterie_xxh64_lane(uint64_t acc, uint64_t word) {
    return coterie_rotl64(acc + word * COTERIE_XXH64_2, 31) * COTERIE_XXH64_1;
}
/* What 4 and 8 bytes behind the blocks of 32 do to the state, and its end. */
COTERIE_INLINE uint64_t coterie_xxh64_word(uint64_t h, uint64_t word) {
    return coterie_rotl64(h ^ coterie_xxh64_lane(0, word), 27) * COTERIE_XXH64_1 + COTERIE_XXH64_4;
}
COTERIE_INLINE uint64_t coterie_xxh64_half(uint64_t h, uint32_t half) {
    return coterie_rotl64(h ^ half * COTERIE_XXH64_1, 23) * COTERIE_XXH64_2 + COTERIE_XXH64_3;
}
COTERIE_INLINE uint64_t coterie_xxh64_end(uint64_t h) {
    h = (h ^ h >> 33) * COTERIE_XXH64_2;
    h = (h ^ h >> 29) * COTERIE_XXH64_3;
    return h ^ h >> 32;
}

/* The hash of the little-endian bytes of x. */
COTERIE_INLINE uint64_t coterie_xxh64_u64(uint64_t x, uint64_t seed) {
    return coterie_xxh64_end(coterie_xxh64_word(seed + COTERIE_XXH64_5 + 8, x));
}
COTERIE_INLINE uint64_t coterie_xxh64_u32(uint32_t x, uint64_t seed) {
    return coterie_xxh64_end(coterie_xxh64_half(seed + COTERIE_XXH64_5 + 4, x));
}

/* out[i] = the hash of the 8 little-endian bytes of in[i], or of the first 4 of them; in and out may be the same array. One
 * entry per level. */
extern void (*const coterie_xxh64_u64s[COTERIE_LEVELS])(const uint64_t *in, size_t n, uint64_t seed, uint64_t *out);
extern void (*const coterie_xxh64_u32s[COTERIE_LEVELS])(const uint64_t *in, size_t n, uint64_t seed, uint64_t *out);

#endif
