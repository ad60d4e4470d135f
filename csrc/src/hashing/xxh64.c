#include "coterie/hashing/xxh64.h"

uint64_t coterie_xxh64(const void *data, size_t len, uint64_t seed) {
    const uint8_t *p = (const uint8_t *)data;
    size_t left = len;
    uint64_t h = seed + COTERIE_XXH64_5;
    if (left >= 32) {
        uint64_t acc[4] = {seed + COTERIE_XXH64_1 + COTERIE_XXH64_2, seed + COTERIE_XXH64_2, seed,
                           seed - COTERIE_XXH64_1};
        for (; left >= 32; p += 32, left -= 32)
            for (int i = 0; i < 4; i++) acc[i] = coterie_xxh64_lane(acc[i], coterie_load64(p + 8 * i));
        h = coterie_rotl64(acc[0], 1) + coterie_rotl64(acc[1], 7) + coterie_rotl64(acc[2], 12) +
            coterie_rotl64(acc[3], 18);
        for (int i = 0; i < 4; i++) h = (h ^ coterie_xxh64_lane(0, acc[i])) * COTERIE_XXH64_1 + COTERIE_XXH64_4;
    }
    h += len;
    for (; left >= 8; p += 8, left -= 8) h = coterie_xxh64_word(h, coterie_load64(p));
    if (left >= 4) {
        h = coterie_xxh64_half(h, coterie_load32(p));
        p += 4, left -= 4;
    }
    for (; left; p++, left--) h = coterie_rotl64(h ^ *p * COTERIE_XXH64_5, 11) * COTERIE_XXH64_1;
    return coterie_xxh64_end(h);
}

COTERIE_INLINE void u64s_body(const uint64_t *in, size_t n, uint64_t seed, uint64_t *out) {
    for (size_t i = 0; i < n; i++) out[i] = coterie_xxh64_u64(in[i], seed);
}
COTERIE_KERNEL(coterie_xxh64_u64s, u64s_body, (const uint64_t *in, size_t n, uint64_t seed, uint64_t *out),
               (in, n, seed, out));
COTERIE_INLINE void u32s_body(const uint64_t *in, size_t n, uint64_t seed, uint64_t *out) {
    for (size_t i = 0; i < n; i++) out[i] = coterie_xxh64_u32((uint32_t)in[i], seed);
}
COTERIE_KERNEL(coterie_xxh64_u32s, u32s_body, (const uint64_t *in, size_t n, uint64_t seed, uint64_t *out),
               (in, n, seed, out));
