/* A rendezvous scan: score every node for every key by a 64-bit multiplication and an xor-shift, keep the best score
 * and its node. Written with intrinsics, because compilers do not keep the running best in registers. Signed comparisons
 * are cheaper than unsigned ones and as random. native.py calls with aligned arrays of a multiple of 32 keys. */
#include "floors.h"

#define GROUP 4 /* vectors of keys whose best scores are in registers while the nodes pass */
#define MULTIPLIER 0x9E3779B97F4A7C15u

void scan64_baseline(const uint64_t *restrict k, uint64_t *restrict out, size_t n, const uint64_t *restrict seed,
                     size_t nodes) {
    for (size_t i = 0; i < n; i++) {
        int64_t best = INT64_MIN;
        size_t at = 0;
        for (size_t node = 0; node < nodes; node++) {
            uint64_t z = (k[i] ^ seed[node]) * MULTIPLIER;
            int64_t score = (int64_t)(z ^ z >> 32);
            at = score > best ? node : at;
            best = score > best ? score : best;
        }
        out[i] = at;
    }
}

#ifdef __x86_64__
#include <immintrin.h>

/* A product of 64 bits from three of 32, which is what AVX2 has. */
AVX2 INLINE __m256i multiply(__m256i a) {
    __m256i low = _mm256_set1_epi64x(MULTIPLIER & 0xffffffff), high = _mm256_set1_epi64x(MULTIPLIER >> 32);
    __m256i middle = _mm256_add_epi64(_mm256_mul_epu32(a, high), _mm256_mul_epu32(_mm256_srli_epi64(a, 32), low));
    return _mm256_add_epi64(_mm256_mul_epu32(a, low), _mm256_slli_epi64(middle, 32));
}

AVX2 INLINE void keep_avx2(__m256i *best, __m256i *at, __m256i k, __m256i seed, __m256i node) {
    __m256i z = multiply(_mm256_xor_si256(k, seed));
    z = _mm256_xor_si256(z, _mm256_srli_epi64(z, 32));
    __m256i more = _mm256_cmpgt_epi64(z, *best);
    *at = _mm256_blendv_epi8(*at, node, more);
    *best = _mm256_blendv_epi8(*best, z, more);
}

AVX512 INLINE void keep_avx512(__m512i *best, __m512i *at, __m512i k, __m512i seed, __m512i node) {
    __m512i z = _mm512_mullo_epi64(_mm512_xor_si512(k, seed), _mm512_set1_epi64((int64_t)MULTIPLIER));
    z = _mm512_xor_si512(z, _mm512_srli_epi64(z, 32));
    *at = _mm512_mask_mov_epi64(*at, _mm512_cmpgt_epi64_mask(z, *best), node);
    *best = _mm512_max_epi64(*best, z);
}

#define SCAN(NAME, TARGET, VECTOR, SET1) \
    TARGET void scan64_##NAME(const uint64_t *k, uint64_t *out, size_t n, const uint64_t *seed, size_t nodes) { \
        const VECTOR *end = (const VECTOR *)(const void *)(k + n); \
        VECTOR *to = (VECTOR *)(void *)out; \
        for (const VECTOR *from = (const VECTOR *)(const void *)k; from < end; from += GROUP, to += GROUP) { \
            VECTOR best[GROUP], at[GROUP]; \
            for (int v = 0; v < GROUP; v++) best[v] = SET1(INT64_MIN), at[v] = SET1(0); \
            for (size_t node = 0; node < nodes; node++) \
                _Pragma("GCC unroll 4") for (int v = 0; v < GROUP; v++) \
                    keep_##NAME(&best[v], &at[v], from[v], SET1((int64_t)seed[node]), SET1((int64_t)node)); \
            for (int v = 0; v < GROUP; v++) to[v] = at[v]; \
        } \
    }
SCAN(avx2, AVX2, __m256i, _mm256_set1_epi64x)
SCAN(avx512, AVX512, __m512i, _mm512_set1_epi64)
#endif
