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

/* Fills the last vector up with the places of 0, which may be looked at. */
COTERIE_TARGET_AVX512 static void find_512(const coterie_bloom *filter, const uint64_t *digests, size_t n, group *out) {
    __m512i salt = _mm512_set1_epi64((long long)filter->salt), blocks = _mm512_set1_epi64((long long)filter->blocks);
    __m512i second = _mm512_set1_epi64((long long)COTERIE_BLOOM_SECOND);
    for (size_t i = 0; i < n; i += LANES) {
        __mmask8 valid = (__mmask8)(n - i < LANES ? 0xff >> (LANES - (n - i)) : 0xff);
        __m512i words = _mm512_maskz_loadu_epi64(valid, digests + i);
        if (filter->salt) words = mix(words, salt);
        _mm512_storeu_si512(out->at[0] + i, places_of(words, blocks));
        if (filter->layout == COTERIE_BLOOM_PAIR)
            _mm512_storeu_si512(out->at[1] + i, places_of(mix(words, second), blocks));
    }
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
COTERIE_TARGET_AVX512 static inline uint64_t missing(const coterie_bloom *filter, const place *a, const place *b, __m512i bits) {
    const void *first = block_at(filter, a), *second = block_at(filter, b);
    __m512i lower = _mm512_castsi256_si512(_mm256_loadu_si256(first));
    return _mm512_testn_epi32_mask(_mm512_inserti64x4(lower, _mm256_loadu_si256(second), 1), bits);
}

COTERIE_TARGET_AVX512 static inline void set_bits(const coterie_bloom *filter, const place *at, __m256i bits) {
    __m256i *block = (__m256i *)(void *)block_at(filter, at);
    _mm256_storeu_si256(block, _mm256_or_si256(_mm256_loadu_si256(block), bits));
}

COTERIE_TARGET_AVX512 static inline void set_two(const coterie_bloom *filter, const place *a, const place *b, __m512i bits) {
    set_bits(filter, a, _mm512_castsi512_si256(bits));
    set_bits(filter, b, _mm512_extracti64x4_epi64(bits, 1));
}

/* ---- groups ---- */

COTERIE_TARGET_AVX512 static inline void answer(uint8_t *out, size_t n, __m128i whole) {
    uint64_t answers = (uint64_t)_mm_cvtsi128_si64(_mm_and_si128(whole, _mm_set1_epi8(1)));
    memcpy(out, &answers, n < LANES ? n : LANES);
}

COTERIE_TARGET_AVX512 static size_t contains_block(const coterie_bloom *filter, const group *keys, size_t n,
                                                   uint8_t *out) {
    __m512i pick[4];
    for (int j = 0; j < 4; j++) pick[j] = halves((uint32_t)(4 * j), (uint32_t)(4 * j + 2));
    for (size_t i = 0; i < n; i += LANES) {
        const place *at = keys->at[0] + i;
        __m512i places = _mm512_loadu_si512(at);
        uint64_t bytes = 0; /* one of each key */
        for (int j = 0; j < 4; j++)
            bytes |= missing(filter, at + 2 * j, at + 2 * j + 1, bits_of(_mm512_permutexvar_epi32(pick[j], places))) << 16 * j;
        answer(out + i, n - i, _mm_cmpeq_epi8(_mm_cvtsi64_si128((long long)bytes), _mm_setzero_si128()));
    }
    return 0;
}

COTERIE_TARGET_AVX512 static size_t contains_pair(const coterie_bloom *filter, const group *keys, size_t n,
                                                  uint8_t *out) {
    for (size_t i = 0; i < n; i += LANES) {
        const place *a = keys->at[0] + i, *b = keys->at[1] + i;
        uint64_t words[2] = {0, 0}; /* two bytes of each key */
        for (int j = 0; j < LANES; j++) words[j / 4] |= missing(filter, a + j, b + j, bits_of(halves(a[j].low, b[j].low))) << j % 4 * 16;
        __m128i whole = _mm_cmpeq_epi16(_mm_loadu_si128((const __m128i *)(const void *)words), _mm_setzero_si128());
        answer(out + i, n - i, _mm_packs_epi16(whole, whole));
    }
    return 0;
}

COTERIE_TARGET_AVX512 static size_t add_block(const coterie_bloom *filter, const group *keys, size_t n, uint8_t *out) {
    const place *at = keys->at[0];
    size_t i = 0;
    (void)out;
    for (; i + LANES <= n; i += LANES) {
        __m512i places = _mm512_loadu_si512(at + i);
        for (uint32_t j = 0; j < LANES; j += 2)
            set_two(filter, at + i + j, at + i + j + 1, bits_of(_mm512_permutexvar_epi32(halves(2 * j, 2 * j + 2), places)));
    }
    for (; i < n; i++) set_bits(filter, at + i, _mm512_castsi512_si256(bits_of(halves(at[i].low, 0))));
    return 0;
}

COTERIE_TARGET_AVX512 static size_t add_pair(const coterie_bloom *filter, const group *keys, size_t n, uint8_t *out) {
    const place *a = keys->at[0], *b = keys->at[1];
    (void)out;
    for (size_t i = 0; i < n; i++) set_two(filter, a + i, b + i, bits_of(halves(a[i].low, b[i].low)));
    return 0;
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
#endif
