/* Two blocks in a vector: of two keys, or both of one key. */
#include "bloom_group.h"

#if defined(COTERIE_TARGET_AVX2)
#include <immintrin.h>

/* ---- where words lie ---- */

COTERIE_TARGET_AVX512 static inline __m512i mix(__m512i x, __m512i salt) {
    x = _mm512_xor_si512(_mm512_xor_si512(x, _mm512_srli_epi64(x, 32)), salt);
    x = _mm512_mullo_epi64(x, _mm512_set1_epi64((long long)COTERIE_MIX_FACTOR));
    return _mm512_xor_si512(x, _mm512_srli_epi64(x, 32));
}

COTERIE_TARGET_AVX512 static inline __m512i places_of(__m512i words, __m512i blocks) {
    return _mm512_mask_blend_epi32(0x5555, _mm512_mul_epu32(_mm512_srli_epi64(words, 32), blocks), words);
}

COTERIE_TARGET_AVX512 static inline void find_eight(const coterie_bloom *filter, __m512i words, size_t i, group *out) {
    const __m512i second = _mm512_set1_epi64((long long)COTERIE_BLOOM_SECOND);
    __m512i salt = _mm512_set1_epi64((long long)filter->salt), blocks = _mm512_set1_epi64((long long)filter->blocks);
    if (filter->salt) words = mix(words, salt);
    _mm512_store_si512(out->at[0] + i, places_of(words, blocks));
    if (filter->layout == COTERIE_BLOOM_PAIR) _mm512_store_si512(out->at[1] + i, places_of(mix(words, second), blocks));
}

/* Fills the last vector up with the places of 0, which may be looked at. */
COTERIE_TARGET_AVX512 static inline void find_512(const coterie_bloom *filter, const uint64_t *digests, size_t n,
                                                  group *out) {
    const coterie_bloom copy = *filter; /* which no store changes */
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) find_eight(&copy, _mm512_loadu_si512(digests + i), i, out);
    if (i < n) find_eight(&copy, _mm512_maskz_loadu_epi64((__mmask8)(0xff >> (LANES - (n - i))), digests + i), i, out);
}

/* ---- bits ---- */

static const uint32_t SALTS[2 * LANES] = {COTERIE_BLOOM_SALTS, COTERIE_BLOOM_SALTS};

/* a in the lower half, b in the upper half. */
COTERIE_TARGET_AVX512 static inline __m512i halves(uint32_t a, uint32_t b) {
    return _mm512_inserti64x4(_mm512_set1_epi32((int)a), _mm256_set1_epi32((int)b), 1);
}

/* The bits of the word in each half, in its block. */
COTERIE_TARGET_AVX512 static inline __m512i bits_of(__m512i words) {
    __m512i product = _mm512_mullo_epi32(words, _mm512_loadu_si512(SALTS));
    return _mm512_sllv_epi32(_mm512_set1_epi32(1), _mm512_srli_epi32(product, 27));
}

/* Which lanes of the blocks of two places miss their bit. */
COTERIE_TARGET_AVX512 static inline uint64_t missing(uint8_t *all, const place *a, const place *b, __m512i bits) {
    const void *first = block_at(all, a), *second = block_at(all, b);
    __m512i lower = _mm512_castsi256_si512(_mm256_loadu_si256(first));
    return _mm512_testn_epi32_mask(_mm512_inserti64x4(lower, _mm256_loadu_si256(second), 1), bits);
}

COTERIE_TARGET_AVX512 static inline void set_bits(uint8_t *all, const place *at, __m256i bits) {
    __m256i *block = (__m256i *)(void *)block_at(all, at);
    _mm256_storeu_si256(block, _mm256_or_si256(_mm256_loadu_si256(block), bits));
}

COTERIE_TARGET_AVX512 static inline void set_two(uint8_t *all, const place *a, const place *b, __m512i bits) {
    set_bits(all, a, _mm512_castsi512_si256(bits));
    set_bits(all, b, _mm512_extracti64x4_epi64(bits, 1));
}

/* ---- groups ---- */

/* Which of eight keys are whole, and where they lie. */
COTERIE_TARGET_AVX512 static inline __m128i whole_block(uint8_t *all, const place *at, const __m512i *pick) {
    __m512i places = _mm512_load_si512(at);
    uint64_t bytes = 0; /* one of each key */
    for (int j = 0; j < 4; j++) {
        __m512i bits = bits_of(_mm512_permutexvar_epi32(pick[j], places));
        bytes |= missing(all, at + 2 * j, at + 2 * j + 1, bits) << 16 * j;
    }
    return _mm_cmpeq_epi8(_mm_cvtsi64_si128((long long)bytes), _mm_setzero_si128());
}
COTERIE_TARGET_AVX512 static inline __m128i whole_pair(uint8_t *all, const place *a, const place *b) {
    uint64_t words[2] = {0, 0}; /* two bytes of each key */
    for (int j = 0; j < LANES; j++)
        words[j / 4] |= missing(all, a + j, b + j, bits_of(halves(a[j].low, b[j].low))) << j % 4 * 16;
    __m128i whole = _mm_cmpeq_epi16(_mm_set_epi64x((long long)words[1], (long long)words[0]), _mm_setzero_si128());
    return _mm_packs_epi16(whole, whole);
}

COTERIE_TARGET_AVX512 static inline void answer(uint8_t *out, size_t n, __m128i whole) {
    uint64_t answers = (uint64_t)_mm_cvtsi128_si64(_mm_and_si128(whole, _mm_set1_epi8(1)));
    memcpy(out, &answers, n);
}

COTERIE_TARGET_AVX512 static inline size_t contains_block(const coterie_bloom *filter, const group *keys, size_t n,
                                                          uint8_t *out) {
    uint8_t *all = filter->bits;
    size_t i = 0;
    __m512i pick[4];
    for (uint32_t j = 0; j < 4; j++) pick[j] = halves(4 * j, 4 * j + 2);
    for (; i + LANES <= n; i += LANES) answer(out + i, LANES, whole_block(all, keys->at[0] + i, pick));
    if (i < n) answer(out + i, n - i, whole_block(all, keys->at[0] + i, pick));
    return 0;
}

COTERIE_TARGET_AVX512 static inline size_t contains_pair(const coterie_bloom *filter, const group *keys, size_t n,
                                                         uint8_t *out) {
    uint8_t *all = filter->bits;
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) answer(out + i, LANES, whole_pair(all, keys->at[0] + i, keys->at[1] + i));
    if (i < n) answer(out + i, n - i, whole_pair(all, keys->at[0] + i, keys->at[1] + i));
    return 0;
}

COTERIE_TARGET_AVX512 static inline size_t add_block(const coterie_bloom *filter, const group *keys, size_t n,
                                                     uint8_t *out) {
    uint8_t *all = filter->bits;
    const place *at = keys->at[0];
    size_t i = 0;
    (void)out;
    for (; i + LANES <= n; i += LANES) {
        __m512i places = _mm512_load_si512(at + i);
        for (uint32_t j = 0; j < LANES; j += 2)
            set_two(all, at + i + j, at + i + j + 1, bits_of(_mm512_permutexvar_epi32(halves(2 * j, 2 * j + 2), places)));
    }
    for (; i < n; i++) set_bits(all, at + i, _mm512_castsi512_si256(bits_of(halves(at[i].low, 0))));
    return 0;
}

COTERIE_TARGET_AVX512 static inline size_t add_pair(const coterie_bloom *filter, const group *keys, size_t n,
                                                    uint8_t *out) {
    uint8_t *all = filter->bits;
    const place *a = keys->at[0], *b = keys->at[1];
    (void)out;
    for (size_t i = 0; i < n; i++) set_two(all, a + i, b + i, bits_of(halves(a[i].low, b[i].low)));
    return 0;
}

/* Adds two keys, one after the other; which lanes were missing, in the second byte those of the second key. */
COTERIE_TARGET_AVX512 static inline uint64_t put_two(uint8_t *all, const place *a, const place *b, __m512i bits) {
    if (COTERIE_UNLIKELY(a->block == b->block)) {
        __m256i first = _mm512_castsi512_si256(bits), second = _mm512_extracti64x4_epi64(bits, 1);
        __m256i *at = (__m256i *)(void *)block_at(all, a), block = _mm256_loadu_si256(at);
        __m256i then = _mm256_or_si256(block, first);
        _mm256_storeu_si256(at, _mm256_or_si256(then, second));
        return (uint64_t)_mm256_testn_epi32_mask(block, first) | (uint64_t)_mm256_testn_epi32_mask(then, second) << 8;
    }
    __m256i *first = (__m256i *)(void *)block_at(all, a), *second = (__m256i *)(void *)block_at(all, b);
    __m512i lower = _mm512_castsi256_si512(_mm256_loadu_si256(first));
    __m512i blocks = _mm512_inserti64x4(lower, _mm256_loadu_si256(second), 1), after = _mm512_or_si512(blocks, bits);
    _mm256_storeu_si256(first, _mm512_castsi512_si256(after));
    _mm256_storeu_si256(second, _mm512_extracti64x4_epi64(after, 1));
    return _mm512_testn_epi32_mask(blocks, bits);
}

/* The answers for eight keys, of which `changed` has a byte each, 0 if nothing was missing. */
COTERIE_TARGET_AVX512 static inline uint64_t news(uint64_t changed) {
    __m128i old = _mm_cmpeq_epi8(_mm_cvtsi64_si128((long long)changed), _mm_setzero_si128());
    return (uint64_t)_mm_cvtsi128_si64(_mm_add_epi8(old, _mm_set1_epi8(1)));
}

COTERIE_TARGET_AVX512 static inline size_t add_new_block(const coterie_bloom *filter, const group *keys, size_t n,
                                                         uint8_t *out) {
    uint8_t *all = filter->bits;
    const place *at = keys->at[0];
    size_t i = 0, sum = 0;
    for (; i + LANES <= n; i += LANES) {
        __m512i places = _mm512_load_si512(at + i);
        uint64_t changed = 0;
        for (uint32_t j = 0; j < LANES; j += 2) {
            __m512i bits = bits_of(_mm512_permutexvar_epi32(halves(2 * j, 2 * j + 2), places));
            changed |= put_two(all, at + i + j, at + i + j + 1, bits) << 8 * j;
        }
        changed = news(changed);
        if (out) memcpy(out + i, &changed, LANES);
        sum += (size_t)__builtin_popcountll(changed);
    }
    for (; i < n; i++) {
        __m256i bits = _mm512_castsi512_si256(bits_of(halves(at[i].low, 0)));
        __m256i *block = (__m256i *)(void *)block_at(all, at + i);
        int changed = !_mm256_testc_si256(_mm256_loadu_si256(block), bits);
        set_bits(all, at + i, bits);
        if (out) out[i] = (uint8_t)changed;
        sum += (size_t)changed;
    }
    return sum;
}

COTERIE_TARGET_AVX512 static inline size_t add_new_pair(const coterie_bloom *filter, const group *keys, size_t n,
                                                        uint8_t *out) {
    const place *a = keys->at[0], *b = keys->at[1];
    size_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        int changed = put_two(filter->bits, a + i, b + i, bits_of(halves(a[i].low, b[i].low))) != 0;
        if (out) out[i] = (uint8_t)changed;
        sum += (size_t)changed;
    }
    return sum;
}

/* ---- many keys ---- */

COTERIE_TARGET_AVX512 void coterie_bloom_contains_avx512(const coterie_bloom *filter, const uint64_t *digests, size_t n,
                                                         uint8_t *out) {
    if (filter->layout == COTERIE_BLOOM_CLASSIC) coterie_bloom_classic_contains(filter, digests, n, out);
    else if (filter->layout == COTERIE_BLOOM_BLOCK) each_group(filter, digests, n, find_512, contains_block, out);
    else each_group(filter, digests, n, find_512, contains_pair, out);
}

COTERIE_TARGET_AVX512 void coterie_bloom_add_avx512(const coterie_bloom *filter, const uint64_t *digests, size_t n) {
    if (filter->layout == COTERIE_BLOOM_CLASSIC) coterie_bloom_classic_add(filter, digests, n, NULL);
    else if (filter->layout == COTERIE_BLOOM_BLOCK) each_group(filter, digests, n, find_512, add_block, NULL);
    else each_group(filter, digests, n, find_512, add_pair, NULL);
}

COTERIE_TARGET_AVX512 size_t coterie_bloom_add_new_avx512(const coterie_bloom *filter, const uint64_t *digests, size_t n,
                                                          uint8_t *out) {
    if (filter->layout == COTERIE_BLOOM_CLASSIC) return coterie_bloom_classic_add(filter, digests, n, out);
    if (filter->layout == COTERIE_BLOOM_BLOCK) return each_group(filter, digests, n, find_512, add_new_block, out);
    return each_group(filter, digests, n, find_512, add_new_pair, out);
}
#endif
