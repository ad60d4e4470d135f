/* What XXH3 of 64 and of 128 bits share: constants, the step of middle inputs and the lanes of long ones. */
#ifndef COTERIE_HASHING_XXH3_PARTS_H
#define COTERIE_HASHING_XXH3_PARTS_H

#include "coterie/hashing/xxh3.h"

#define PRIME32_1 0x9E3779B1u
#define PRIME32_2 0x85EBCA77u
#define PRIME32_3 0xC2B2AE3Du
#define PRIME64_1 0x9E3779B185EBCA87u
#define PRIME64_2 0xC2B2AE3D27D4EB4Fu
#define PRIME64_3 0x165667B19E3779F9u
#define PRIME64_4 0x85EBCA77C2B2AE63u
#define PRIME64_5 0x27D4EB2F165667C5u

/* Inputs above 240 bytes go through eight lanes: a stripe feeds each lane 8 bytes, a block is 16 stripes. */
enum { LANES = 8, STRIPE = 64, STRIPES = 16, BLOCK = STRIPE * STRIPES, SECRET = COTERIE_XXH3_SECRET_SIZE };

COTERIE_INLINE uint64_t mix16(const uint8_t *p, const uint8_t *secret, uint64_t seed) {
    return coterie_mul_fold64(coterie_load64(p) ^ (coterie_load64(secret) + seed),
                              coterie_load64(p + 8) ^ (coterie_load64(secret + 8) - seed));
}

/* The lanes after all of the len > 240 bytes. Returns the secret that they went with, which `seeded` may hold. */
const uint8_t *coterie_xxh3_lanes(const uint8_t *p, size_t len, uint64_t seed, int level, uint8_t seeded[SECRET],
                                  uint64_t acc[LANES]);

/* The lanes as 64 bits, by 64 bytes of the secret. */
COTERIE_INLINE uint64_t merge_lanes(const uint64_t acc[LANES], const uint8_t *secret, uint64_t h) {
    for (int i = 0; i < LANES; i += 2)
        h += coterie_mul_fold64(acc[i] ^ coterie_load64(secret + 8 * i),
                                acc[i + 1] ^ coterie_load64(secret + 8 * i + 8));
    return coterie_xxh3_avalanche(h);
}

#endif
