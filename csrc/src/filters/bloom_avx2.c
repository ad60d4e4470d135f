#include "bloom_group.h"

#if defined(COTERIE_TARGET_AVX2)
#include <immintrin.h>

/* ---- where words lie ---- */

enum { FOUR = 4 };

COTERIE_TARGET_AVX2 static inline __m256i mix(__m256i x, __m256i salt) {
    const __m256i low = _mm256_set1_epi64x((uint32_t)COTERIE_MIX_FACTOR);
    const __m256i high = _mm256_set1_epi64x((long long)(COTERIE_MIX_FACTOR >> 32));
    x = _mm256_xor_si256(_mm256_xor_si256(x, _mm256_srli_epi64(x, 32)), salt);
    __m256i cross = _mm256_add_epi64(_mm256_mul_epu32(_mm256_srli_epi64(x, 32), low), _mm256_mul_epu32(x, high));
    x = _mm256_add_epi64(_mm256_mul_epu32(x, low), _mm256_slli_epi64(cross, 32));
    return _mm256_xor_si256(x, _mm256_srli_epi64(x, 32));
}

COTERIE_TARGET_AVX2 static inline void put_places(place *at, __m256i words, __m256i blocks) {
    __m256i index = _mm256_mul_epu32(_mm256_srli_epi64(words, 32), blocks);
    _mm256_store_si256((__m256i *)(void *)at, _mm256_blend_epi32(index, words, 0x55));
}

COTERIE_TARGET_AVX2 static inline void find_avx2(const coterie_bloom *filter, const uint64_t *digests, size_t n,
                                                 group *out) {
    const coterie_bloom copy = *filter; /* which no store changes */
    __m256i salt = _mm256_set1_epi64x((long long)copy.salt), blocks = _mm256_set1_epi64x((long long)copy.blocks);
    const __m256i second = _mm256_set1_epi64x((long long)COTERIE_BLOOM_SECOND);
    size_t i = 0;
    for (; i + FOUR <= n; i += FOUR) {
        __m256i words = _mm256_loadu_si256((const __m256i *)(const void *)(digests + i));
        if (copy.salt) words = mix(words, salt);
        put_places(out->at[0] + i, words, blocks);
        if (copy.layout == COTERIE_BLOOM_PAIR) put_places(out->at[1] + i, mix(words, second), blocks);
    }
    find(filter, digests, i, n, out);
}

/* ---- bits ---- */

static const uint32_t SALTS[LANES] = {COTERIE_BLOOM_SALTS};

/* The bits of a word in its block. */
COTERIE_TARGET_AVX2 static inline __m256i mask_of(uint32_t low) {
    __m256i salts = _mm256_loadu_si256((const __m256i *)SALTS);
    __m256i product = _mm256_mullo_epi32(_mm256_set1_epi32((int)low), salts);
    return _mm256_sllv_epi32(_mm256_set1_epi32(1), _mm256_srli_epi32(product, 27));
}

COTERIE_TARGET_AVX2 static inline int place_has(const coterie_bloom *filter, const place *at) {
    const __m256i *block = (const __m256i *)(const void *)block_at(filter->bits, at);
    return _mm256_testc_si256(_mm256_loadu_si256(block), mask_of(at->low));
}

COTERIE_TARGET_AVX2 static inline int place_put(const coterie_bloom *filter, const place *at) {
    __m256i *block = (__m256i *)(void *)block_at(filter->bits, at);
    __m256i bits = _mm256_loadu_si256(block), mask = mask_of(at->low);
    _mm256_storeu_si256(block, _mm256_or_si256(bits, mask));
    return !_mm256_testc_si256(bits, mask);
}

/* ---- one key ---- */

COTERIE_TARGET_AVX2 int coterie_bloom_has_avx2(const coterie_bloom *filter, uint64_t digest) {
    uint64_t word = coterie_bloom_word(digest, filter->salt);
    if (COTERIE_UNLIKELY(filter->layout == COTERIE_BLOOM_CLASSIC)) return coterie_bloom_classic_has(filter, digest);
    place first = place_of(word, filter->blocks), second = place_of(coterie_bloom_second(word), filter->blocks);
    if (filter->layout == COTERIE_BLOOM_BLOCK) return place_has(filter, &first);
    return place_has(filter, &first) & place_has(filter, &second);
}

COTERIE_TARGET_AVX2 int coterie_bloom_put_avx2(const coterie_bloom *filter, uint64_t digest) {
    uint64_t word = coterie_bloom_word(digest, filter->salt);
    if (COTERIE_UNLIKELY(filter->layout == COTERIE_BLOOM_CLASSIC)) return coterie_bloom_classic_put(filter, digest);
    place first = place_of(word, filter->blocks), second = place_of(coterie_bloom_second(word), filter->blocks);
    if (filter->layout == COTERIE_BLOOM_BLOCK) return place_put(filter, &first);
    return place_put(filter, &first) | place_put(filter, &second);
}

/* ---- many keys ---- */

COTERIE_TARGET_AVX2 static inline size_t contains_block(const coterie_bloom *filter, const group *keys, size_t n, uint8_t *out) {
    for (size_t i = 0; i < n; i++) out[i] = (uint8_t)place_has(filter, &keys->at[0][i]);
    return 0;
}
COTERIE_TARGET_AVX2 static inline size_t contains_pair(const coterie_bloom *filter, const group *keys, size_t n, uint8_t *out) {
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(place_has(filter, &keys->at[0][i]) &
                           place_has(filter, &keys->at[1][i]));
    return 0;
}
COTERIE_TARGET_AVX2 void coterie_bloom_contains_avx2(const coterie_bloom *filter, const uint64_t *digests, size_t n,
                                                     uint8_t *out) {
    if (filter->layout == COTERIE_BLOOM_CLASSIC) coterie_bloom_classic_contains(filter, digests, n, out);
    else if (filter->layout == COTERIE_BLOOM_BLOCK) each_group(filter, digests, n, find_avx2, contains_block, out);
    else each_group(filter, digests, n, find_avx2, contains_pair, out);
}

COTERIE_TARGET_AVX2 static inline size_t add_block(const coterie_bloom *filter, const group *keys, size_t n, uint8_t *out) {
    (void)out;
    for (size_t i = 0; i < n; i++) place_put(filter, &keys->at[0][i]);
    return 0;
}
COTERIE_TARGET_AVX2 static inline size_t add_pair(const coterie_bloom *filter, const group *keys, size_t n, uint8_t *out) {
    (void)out;
    for (size_t i = 0; i < n; i++) {
        place_put(filter, &keys->at[0][i]);
        place_put(filter, &keys->at[1][i]);
    }
    return 0;
}
COTERIE_TARGET_AVX2 void coterie_bloom_add_avx2(const coterie_bloom *filter, const uint64_t *digests, size_t n) {
    if (filter->layout == COTERIE_BLOOM_CLASSIC) coterie_bloom_classic_add(filter, digests, n, NULL);
    else if (filter->layout == COTERIE_BLOOM_BLOCK) each_group(filter, digests, n, find_avx2, add_block, NULL);
    else each_group(filter, digests, n, find_avx2, add_pair, NULL);
}

COTERIE_TARGET_AVX2 static inline size_t add_new(const coterie_bloom *filter, const group *keys, size_t n, uint8_t *out) {
    size_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        int changed = place_put(filter, &keys->at[0][i]);
        if (filter->layout == COTERIE_BLOOM_PAIR) changed |= place_put(filter, &keys->at[1][i]);
        if (out) out[i] = (uint8_t)changed;
        sum += (size_t)changed;
    }
    return sum;
}
COTERIE_TARGET_AVX2 size_t coterie_bloom_add_new_avx2(const coterie_bloom *filter, const uint64_t *digests, size_t n,
                                                      uint8_t *out) {
    if (filter->layout == COTERIE_BLOOM_CLASSIC) return coterie_bloom_classic_add(filter, digests, n, out);
    return each_group(filter, digests, n, find_avx2, add_new, out);
}
#endif
