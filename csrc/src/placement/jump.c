#include "coterie/placement/jump.h"

#include "coterie/placement/replicas.h"

#if defined(COTERIE_TARGET_AVX2)
#include <immintrin.h>
#endif

/* Keys step together in the lanes of several vectors until the last of them has arrived; enough lanes to hide how long
 * a division takes. (Refilling the lanes that have arrived costs more than they lose.)
 *
 * A level gives its vectors (`type`_words of uint64_t, `type`_reals of double), `down` for rounding down what is at
 * least 0 and below 2^31, and `choose(mask, a, b)`. The text is a macro because gcc takes vectors apart in inline
 * functions that are compiled for the baseline first. */
enum { LANES = 32, LANES_512 = 64, FEW = 4 };

#define VECTORS(type, width) \
    typedef uint64_t type##_words __attribute__((vector_size(8 * (width)))); \
    typedef int64_t type##_masks __attribute__((vector_size(8 * (width)))); \
    typedef double type##_reals __attribute__((vector_size(8 * (width))));

#define JUMP_LANES(name, attribute, type, width, down, choose) \
    attribute static inline void name(const uint64_t *from, uint64_t salt, int mix, int32_t buckets, int32_t *out) { \
        enum { COUNT = LANES / (width) }; \
        type##_words keys[COUNT]; \
        type##_reals bucket[COUNT], limit[COUNT]; \
        int64_t any; \
        memcpy(keys, from, sizeof keys); \
        for (int v = 0; v < COUNT; v++) { \
            if (mix) { \
                keys[v] = (keys[v] ^ keys[v] >> 32 ^ salt) * COTERIE_MIX_FACTOR; \
                keys[v] ^= keys[v] >> 32; \
            } \
            bucket[v] = (type##_reals){0}; \
            limit[v] = (type##_reals){0} + (double)buckets; \
        } \
        do { \
            type##_masks going = {0}; \
            for (int v = 0; v < COUNT; v++) { \
                keys[v] = keys[v] * COTERIE_JUMP_FACTOR + 1; \
                type##_words bits = keys[v] >> 33 | COTERIE_JUMP_EXPONENT; \
                type##_reals target = (bucket[v] + 1) * (0x1p31 / ((type##_reals)bits - COTERIE_JUMP_OFFSET)); \
                type##_masks go = target < limit[v]; \
                bucket[v] = choose(type, go, down(type, target), bucket[v]); \
                limit[v] = (type##_reals)((type##_masks)limit[v] & go); /* 0 for who has arrived: it stays */ \
                going |= go; \
            } \
            any = 0; \
            for (int i = 0; i < (width); i++) any |= going[i]; \
        } while (any); \
        for (int v = 0; v < COUNT; v++) \
            for (int i = 0; i < (width); i++) out[(width) * v + i] = (int32_t)bucket[v][i]; \
    }

/* Adding 2^52 rounds to a whole number, perhaps upwards. */
#define DOWN(type, x) \
    (((x) + 0x1p52) - 0x1p52 - (type##_reals)((((x) + 0x1p52) - 0x1p52 > (x)) & (type##_masks)((type##_reals){0} + 1)))
#define CHOOSE(type, mask, a, b) ((type##_reals)(((type##_masks)(a) & (mask)) | ((type##_masks)(b) & ~(mask))))
VECTORS(two, 2)
JUMP_LANES(lanes_baseline, , two, 2, DOWN, CHOOSE)

#if defined(COTERIE_TARGET_AVX2)
#define DOWN_AVX2(type, x) ((type##_reals)_mm256_floor_pd((__m256d)(x)))
#define CHOOSE_AVX2(type, mask, a, b) ((type##_reals)_mm256_blendv_pd((__m256d)(b), (__m256d)(a), (__m256d)(mask)))
VECTORS(four, 4)
JUMP_LANES(lanes_avx2, COTERIE_TARGET_AVX2, four, 4, DOWN_AVX2, CHOOSE_AVX2)

/* The same with mask registers, which the compilers do not make of the text above. */
COTERIE_TARGET_AVX512 static inline __m512d target_512(__m512i *keys, __m512d bucket) {
    __m512i k = _mm512_mullo_epi64(*keys, _mm512_set1_epi64((int64_t)COTERIE_JUMP_FACTOR));
    *keys = k = _mm512_add_epi64(k, _mm512_set1_epi64(1));
    k = _mm512_or_si512(_mm512_srli_epi64(k, 33), _mm512_set1_epi64((int64_t)COTERIE_JUMP_EXPONENT));
    __m512d divisor = _mm512_sub_pd(_mm512_castsi512_pd(k), _mm512_set1_pd(COTERIE_JUMP_OFFSET));
    return _mm512_mul_pd(_mm512_add_pd(bucket, _mm512_set1_pd(1)), _mm512_div_pd(_mm512_set1_pd(0x1p31), divisor));
}

COTERIE_TARGET_AVX512 static inline void lanes_avx512(const uint64_t *from, uint64_t salt, int mix, int32_t buckets,
                                                      int32_t *out) {
    enum { COUNT = LANES_512 / 8, DOWN_512 = _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC };
    const __m512d limit = _mm512_set1_pd(buckets);
    __m512i keys[COUNT];
    __m512d bucket[COUNT];
    __mmask8 go[COUNT];
    unsigned any = 0;
    for (int v = 0; v < COUNT; v++) { /* with the first step: from bucket 0 it takes neither sum nor product */
        __m512i k = _mm512_loadu_si512(from + 8 * v);
        if (mix) {
            k = _mm512_xor_si512(k, _mm512_srli_epi64(k, 32));
            k = _mm512_xor_si512(k, _mm512_set1_epi64((int64_t)salt));
            k = _mm512_mullo_epi64(k, _mm512_set1_epi64((int64_t)COTERIE_MIX_FACTOR));
            k = _mm512_xor_si512(k, _mm512_srli_epi64(k, 32));
        }
        keys[v] = k;
        __m512d target = target_512(keys + v, _mm512_setzero_pd());
        go[v] = _mm512_cmp_pd_mask(target, limit, _CMP_LT_OQ);
        bucket[v] = _mm512_maskz_roundscale_pd(go[v], target, DOWN_512);
        any |= go[v];
    }
    while (any) {
        any = 0;
        for (int v = 0; v < COUNT; v++) {
            __m512d target = target_512(keys + v, bucket[v]);
            go[v] = _mm512_mask_cmp_pd_mask(go[v], target, limit, _CMP_LT_OQ);
            bucket[v] = _mm512_mask_roundscale_pd(bucket[v], go[v], target, DOWN_512);
            any |= go[v];
        }
    }
    for (int v = 0; v < COUNT; v++) _mm256_storeu_si256((void *)(out + 8 * v), _mm512_cvttpd_epi32(bucket[v]));
}
#endif

static int32_t one_baseline(uint64_t key, int32_t buckets) { return coterie_jump(key, buckets); }
#if defined(COTERIE_TARGET_AVX2)
COTERIE_TARGET_AVX2 static int32_t one_avx2(uint64_t key, int32_t buckets) {
    double bucket = 0;
    for (;;) {
        double target = coterie_jump_step(&key, bucket);
        if (!(target < buckets)) return (int32_t)bucket;
        bucket = __builtin_floor(target);
    }
}
#define one_avx512 one_avx2
#endif
int32_t (*const coterie_jump_one[COTERIE_LEVELS])(uint64_t, int32_t) = COTERIE_TABLE(one);

/* Whole turns of lanes; then the keys that are left, if few by themselves, else in a turn that repeats one of them. */
#define JUMP_MANY(level, attribute, lanes) \
    attribute static inline void many_##level(const uint64_t *keys, size_t n, uint64_t salt, int mix, \
                                              int32_t buckets, int32_t *out) { \
        size_t i = 0; \
        for (; i + (lanes) <= n; i += (lanes)) lanes_##level(keys + i, salt, mix, buckets, out + i); \
        if (n - i <= FEW) \
            for (; i < n; i++) out[i] = one_##level(mix ? coterie_mix(keys[i], salt) : keys[i], buckets); \
        else { \
            uint64_t rest[lanes]; \
            int32_t result[lanes]; \
            for (size_t j = 0; j < (lanes); j++) rest[j] = keys[i + j < n ? i + j : i]; \
            lanes_##level(rest, salt, mix, buckets, result); \
            memcpy(out + i, result, (n - i) * sizeof *out); \
        } \
    } \
    attribute static void jump_##level(const uint64_t *keys, size_t n, int32_t buckets, int32_t *out) { \
        many_##level(keys, n, 0, 0, buckets, out); \
    } \
    attribute static void assign_##level(const uint64_t *digests, size_t n, uint64_t salt, int32_t buckets, \
                                         int32_t *out) { \
        many_##level(digests, n, salt, 1, buckets, out); \
    }

JUMP_MANY(baseline, , LANES)
#if defined(COTERIE_TARGET_AVX2)
JUMP_MANY(avx2, COTERIE_TARGET_AVX2, LANES)
JUMP_MANY(avx512, COTERIE_TARGET_AVX512, LANES_512)
#endif

void (*const coterie_jump_many[COTERIE_LEVELS])(const uint64_t *, size_t, int32_t, int32_t *) = COTERIE_TABLE(jump);
void (*const coterie_jump_assign[COTERIE_LEVELS])(const uint64_t *, size_t, uint64_t, int32_t, int32_t *) =
    COTERIE_TABLE(assign);

void coterie_jump_go(coterie_jump_walk *walk, int32_t buckets, uint32_t want, uint64_t *seen, uint64_t draws,
                     int32_t *out) {
    for (; walk->found < want && draws > 0; draws--, walk->counter += COTERIE_SPLITMIX64_STEP) {
        int32_t bucket = coterie_jump(walk->draw, buckets);
        if (coterie_is_new(out, walk->found, seen, (uint32_t)bucket)) out[walk->found++] = bucket;
        walk->draw = coterie_splitmix64(walk->counter);
    }
}

void coterie_jump_assign_many(const uint64_t *digests, size_t n, uint64_t salt, int32_t buckets, size_t width,
                              uint64_t *seen, int32_t *out) {
    uint32_t want = width < (size_t)buckets ? (uint32_t)width : (uint32_t)buckets;
    for (size_t i = 0; i < n; i++, out += width) {
        coterie_jump_walk walk = coterie_jump_begin(digests[i], salt);
        coterie_jump_go(&walk, buckets, want, seen, UINT64_MAX, out);
        for (uint32_t j = 0; seen && j < want; j++) seen[out[j] >> 6] = 0;
        for (size_t j = want; j < width; j++) out[j] = -1;
    }
}
