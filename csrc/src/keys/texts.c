#include "coterie/keys/texts.h"

#include "coterie/hashing/xxh3.h"
#include "texts_siphash.h"

COTERIE_INLINE void hash_each(const coterie_texts *texts, const coterie_hasher *hasher, size_t n, uint64_t *out) {
    for (size_t i = 0; i < n; i++) {
        size_t len = (size_t)texts->len[i];
        out[i] = COTERIE_LIKELY(len <= 16) ? coterie_xxh3_short(texts->data[i], len, hasher->seed)
                                           : coterie_xxh3(texts->data[i], len, hasher->seed, hasher->level);
    }
}

#if defined(COTERIE_TARGET_AVX2)
/* XXH3 of up to 16 bytes as coterie_xxh3_short computes it, but from the first and the last 8 bytes, and without
 * branches, so that loops of it become vectors. */

/* The folded product from halves: vectors have no 64-bit product of 128 bits. */
COTERIE_INLINE uint64_t fold_halves(uint64_t a, uint64_t b) {
    uint64_t low = (a & 0xffffffffu) * (b & 0xffffffffu), high = (a >> 32) * (b >> 32);
    uint64_t cross = (a & 0xffffffffu) * (b >> 32), other = (a >> 32) * (b & 0xffffffffu);
    uint64_t middle = (low >> 32) + (cross & 0xffffffffu) + other;
    return (middle << 32 | (low & 0xffffffffu)) ^ (high + (cross >> 32) + (middle >> 32));
}

/* 9 to 16 bytes. */
COTERIE_INLINE uint64_t long_text(uint64_t first, uint64_t last, uint64_t len, uint64_t seed) {
    uint64_t low = first ^ (COTERIE_XXH3_SECRET_24_32 + seed), high = last ^ (COTERIE_XXH3_SECRET_40_48 - seed);
    return coterie_xxh3_avalanche(len + __builtin_bswap64(low) + high + fold_halves(low, high));
}

/* 4 to 8 bytes. Of other lengths the result is of no use, but the shift is defined. */
COTERIE_INLINE uint64_t middle_text(uint64_t first, uint64_t len, uint64_t seed) {
    return coterie_xxh3_word(first << 32 | (first >> (8 * (len - 4) & 63) & 0xffffffffu), len, seed);
}

/* At most 3 bytes. */
COTERIE_INLINE uint64_t tiny_text(uint64_t first, uint64_t len, uint64_t seed) {
    uint64_t packed = (first & 0xff) << 16 | (first >> (8 * (len >> 1) & 63) & 0xff) << 24 |
                      (first >> (8 * (len - 1) & 63) & 0xff) | len << 8;
    uint64_t flip = (uint32_t)COTERIE_XXH3_SECRET_0 ^ (uint32_t)(COTERIE_XXH3_SECRET_0 >> 32);
    uint64_t some = -(uint64_t)(len > 0);
    return coterie_xxh64_avalanche(((packed ^ (flip + seed)) & some) | ((seed ^ COTERIE_XXH3_SECRET_56_64) & ~some));
}

COTERIE_INLINE void hash_body(coterie_texts *texts, const coterie_hasher *hasher, size_t n, int wide,
                              uint64_t *restrict out) {
    const uint64_t *len = texts->len, seed = hasher->seed;
    uint64_t *first = texts->first, *last = texts->last, least = UINT64_MAX, most = 0;
    for (size_t i = 0; i < n; i++) {
        least = len[i] < least ? len[i] : least;
        most = len[i] > most ? len[i] : most;
    }
    /* Products by halves are worth it in wide vectors, or where lengths mix. */
    if (least > 16 || (!wide && least > 8)) {
        hash_each(texts, hasher, n, out);
        return;
    }
    if (least >= 8)
        for (size_t i = 0; i < n; i++) {
            first[i] = coterie_load64(texts->data[i]);
            last[i] = coterie_load64(texts->data[i] + len[i] - 8);
        }
    else
        for (size_t i = 0; i < n; i++) {
            uint64_t beyond = (len[i] - 8) & -(uint64_t)(len[i] > 8);
            first[i] = coterie_load64(texts->data[i]);
            last[i] = coterie_load64(texts->data[i] + beyond);
        }
    if (least > 8)
        for (size_t i = 0; i < n; i++) out[i] = long_text(first[i], last[i], len[i], seed);
    else if (least > 3)
        for (size_t i = 0; i < n; i++) {
            uint64_t is_long = -(uint64_t)(len[i] > 8);
            out[i] = (long_text(first[i], last[i], len[i], seed) & is_long) |
                     (middle_text(first[i], len[i], seed) & ~is_long);
        }
    else
        for (size_t i = 0; i < n; i++) {
            uint64_t is_long = -(uint64_t)(len[i] > 8), is_tiny = -(uint64_t)(len[i] < 4);
            out[i] = (long_text(first[i], last[i], len[i], seed) & is_long) |
                     (middle_text(first[i], len[i], seed) & ~is_long & ~is_tiny) |
                     (tiny_text(first[i], len[i], seed) & is_tiny);
        }
    if (most > 16)
        for (size_t i = 0; i < n; i++)
            if (len[i] > 16) out[i] = coterie_xxh3(texts->data[i], (size_t)len[i], seed, hasher->level);
}
COTERIE_TARGET_AVX2
static void hash_avx2(coterie_texts *texts, const coterie_hasher *hasher, size_t n, uint64_t *out) {
    hash_body(texts, hasher, n, 0, out);
}
COTERIE_TARGET_AVX512
static void hash_avx512(coterie_texts *texts, const coterie_hasher *hasher, size_t n, uint64_t *out) {
    hash_body(texts, hasher, n, 1, out);
}
#endif

void coterie_texts_hash(coterie_texts *texts, const coterie_hasher *hasher, size_t n, uint64_t *out) {
    if (hasher->kind == COTERIE_HASH_SIPHASH13) coterie_texts_siphash13(texts, hasher, n, out);
    else if (hasher->kind != COTERIE_HASH_XXH3)
        for (size_t i = 0; i < n; i++) out[i] = coterie_hash_bytes(hasher, texts->data[i], (size_t)texts->len[i]);
#if defined(COTERIE_TARGET_AVX2)
    else if (hasher->level == COTERIE_AVX512) hash_avx512(texts, hasher, n, out);
    else if (hasher->level == COTERIE_AVX2) hash_avx2(texts, hasher, n, out);
#endif
    else hash_each(texts, hasher, n, out);
}
