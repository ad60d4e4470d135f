/* A line in two vectors. */
#include "counting_group.h"

#if defined(COTERIE_TARGET_AVX2)
#include <immintrin.h>

static const uint32_t SALTS[] = {COTERIE_BLOOM_SALTS};

typedef struct {
    __m256i low, high;
} halves;

/* A lane is two words of 64 bits: in one of them the 1 that counts the key's counter up, in the other 0, since a shift
 * by 64 or more, or by less than 0, leaves nothing. */
COTERIE_TARGET_AVX2 static inline halves ones_of(uint32_t low) {
    __m128i salts = _mm_loadu_si128((const __m128i *)(const void *)SALTS);
    __m128i product = _mm_mullo_epi32(_mm_set1_epi32((int)low), salts);
    __m128i bits = _mm_slli_epi32(_mm_srli_epi32(product, 27), 2);
    const __m256i one = _mm256_set1_epi64x(1), words = _mm256_set_epi64x(64, 0, 64, 0);
    __m256i a = _mm256_cvtepu32_epi64(_mm_unpacklo_epi32(bits, bits));
    __m256i b = _mm256_cvtepu32_epi64(_mm_unpackhi_epi32(bits, bits));
    return (halves){_mm256_sllv_epi64(one, _mm256_sub_epi64(a, words)), _mm256_sllv_epi64(one, _mm256_sub_epi64(b, words))};
}

COTERIE_TARGET_AVX2 static inline halves load(const uint8_t *line) {
    const __m256i *at = (const __m256i *)(const void *)line;
    return (halves){_mm256_loadu_si256(at), _mm256_loadu_si256(at + 1)};
}
COTERIE_TARGET_AVX2 static inline void store(uint8_t *line, __m256i low, __m256i high) {
    __m256i *at = (__m256i *)(void *)line;
    _mm256_storeu_si256(at, low);
    _mm256_storeu_si256(at + 1, high);
}

/* All bits of a counter. */
COTERIE_TARGET_AVX2 static inline __m256i whole(__m256i one) { return _mm256_sub_epi64(_mm256_slli_epi64(one, 4), one); }

/* In how many words two halves are equal. */
COTERIE_TARGET_AVX2 static inline unsigned equal(__m256i a, __m256i b, __m256i c, __m256i d) {
    __m256i low = _mm256_cmpeq_epi64(a, b), high = _mm256_cmpeq_epi64(c, d);
    unsigned signs = (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(low)) << 4 |
                     (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(high));
    return (unsigned)__builtin_popcount(signs);
}

/* How many of a key's counters are 0, given its counters: in the other four words there is nothing. */
COTERIE_TARGET_AVX2 static inline unsigned zeros(__m256i a, __m256i b) {
    return equal(a, _mm256_setzero_si256(), b, _mm256_setzero_si256()) - COTERIE_COUNTING_LANES;
}

COTERIE_TARGET_AVX2 static inline int line_has(const uint8_t *line, uint32_t low) {
    halves one = ones_of(low), all = load(line);
    return zeros(_mm256_and_si256(all.low, whole(one.low)), _mm256_and_si256(all.high, whole(one.high))) == 0;
}

/* 1 for each counter that is not at its most. */
COTERIE_TARGET_AVX2 static inline __m256i free_to(__m256i one, __m256i counter) {
    return _mm256_andnot_si256(_mm256_cmpeq_epi64(counter, whole(one)), one);
}

COTERIE_TARGET_AVX2 static inline unsigned line_put(uint8_t *line, uint32_t low) {
    halves one = ones_of(low), all = load(line);
    __m256i a = _mm256_and_si256(all.low, whole(one.low)), b = _mm256_and_si256(all.high, whole(one.high));
    store(line, _mm256_add_epi64(all.low, free_to(one.low, a)), _mm256_add_epi64(all.high, free_to(one.high, b)));
    return zeros(a, b);
}

COTERIE_TARGET_AVX2 static inline unsigned line_take(uint8_t *line, uint32_t low) {
    halves one = ones_of(low), all = load(line);
    __m256i a = _mm256_and_si256(all.low, whole(one.low)), b = _mm256_and_si256(all.high, whole(one.high));
    store(line, _mm256_sub_epi64(all.low, free_to(one.low, a)), _mm256_sub_epi64(all.high, free_to(one.high, b)));
    return equal(a, one.low, b, one.high) - COTERIE_COUNTING_LANES;
}

#define LEVEL_ATTRIBUTE COTERIE_TARGET_AVX2
#define LEVEL_NAME(verb) coterie_counting_##verb##_avx2
#include "counting_kernels.h"
#endif
