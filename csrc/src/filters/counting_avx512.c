/* A line in one vector. */
#include "counting_group.h"

#if defined(COTERIE_TARGET_AVX2)
#include <immintrin.h>

static const uint32_t SALTS[] = {COTERIE_BLOOM_SALTS};

/* A lane is two words of 64 bits: in one of them the 1 that counts the key's counter up, in the other 0, since a shift
 * by 64 or more, or by less than 0, leaves nothing. */
COTERIE_TARGET_AVX512 static inline __m512i ones_of(uint32_t low) {
    __m128i salts = _mm_loadu_si128((const __m128i *)(const void *)SALTS);
    __m128i product = _mm_mullo_epi32(_mm_set1_epi32((int)low), salts);
    __m128i bits = _mm_slli_epi32(_mm_srli_epi32(product, 27), 2);
    const __m512i words = _mm512_set_epi64(64, 0, 64, 0, 64, 0, 64, 0);
    const __m512i twice = _mm512_set_epi64(3, 3, 2, 2, 1, 1, 0, 0);
    __m512i shift = _mm512_permutexvar_epi64(twice, _mm512_castsi256_si512(_mm256_cvtepu32_epi64(bits)));
    return _mm512_sllv_epi64(_mm512_set1_epi64(1), _mm512_sub_epi64(shift, words));
}

/* All bits of a counter. */
COTERIE_TARGET_AVX512 static inline __m512i whole(__m512i one) { return _mm512_sub_epi64(_mm512_slli_epi64(one, 4), one); }

COTERIE_TARGET_AVX512 static inline int line_has(const uint8_t *line, uint32_t low) {
    __mmask8 above = _mm512_test_epi64_mask(_mm512_loadu_si512(line), whole(ones_of(low)));
    return __builtin_popcount(above) == COTERIE_COUNTING_LANES;
}

COTERIE_TARGET_AVX512 static inline unsigned line_put(uint8_t *line, uint32_t low) {
    __m512i one = ones_of(low), all = _mm512_loadu_si512(line), counter = _mm512_and_si512(all, whole(one));
    __mmask8 above = _mm512_test_epi64_mask(counter, counter), room = _mm512_cmpneq_epi64_mask(counter, whole(one));
    _mm512_storeu_si512(line, _mm512_mask_add_epi64(all, room, all, one));
    return COTERIE_COUNTING_LANES - (unsigned)__builtin_popcount(above);
}

COTERIE_TARGET_AVX512 static inline unsigned line_take(uint8_t *line, uint32_t low) {
    __m512i one = ones_of(low), all = _mm512_loadu_si512(line), counter = _mm512_and_si512(all, whole(one));
    __mmask8 last = _mm512_mask_cmpeq_epi64_mask(_mm512_test_epi64_mask(one, one), counter, one);
    __mmask8 room = _mm512_cmpneq_epi64_mask(counter, whole(one));
    _mm512_storeu_si512(line, _mm512_mask_sub_epi64(all, room, all, one));
    return (unsigned)__builtin_popcount(last);
}

#define LEVEL_ATTRIBUTE COTERIE_TARGET_AVX512
#define LEVEL_NAME(verb) coterie_counting_##verb##_avx512
#include "counting_kernels.h"
#endif
