/* What the hardware gives: read a key, hash it, touch the memory, write the answer, and nothing else.
 * Every function is compiled once per CPU level and called with 2^20 keys by native.py. */
#include <stddef.h>
#include <stdint.h>

#define BLOCK 64 /* keys whose table indices are made together */
#define STEPS 8  /* jump steps per key */
#define INLINE static inline __attribute__((always_inline))

/* XXH3-64, seed 0, of 8 bytes. */
INLINE uint64_t xxh3(uint64_t k) {
    uint64_t h = (k << 32 | k >> 32) ^ 0xc73ab174c5ecd5a2u;
    h ^= (h << 49 | h >> 15) ^ (h << 24 | h >> 40);
    h *= 0x9FB21C651E98DF25u;
    h ^= (h >> 35) + 8;
    h *= 0x9FB21C651E98DF25u;
    return h ^ h >> 28;
}

INLINE void hash_body(const uint64_t *restrict k, uint64_t *restrict out, size_t n) {
    for (size_t i = 0; i < n; i++) out[i] = xxh3(k[i]);
}

/* Hash, scale to 0 .. size-1, load 4 bytes at random, write them. n is a multiple of BLOCK. */
INLINE void lookup_body(const uint64_t *restrict k, uint32_t *restrict out, size_t n, const uint32_t *restrict table,
                        uint32_t size) {
    uint32_t high[BLOCK], at[BLOCK];
    for (size_t i = 0; i < n; i += BLOCK) {
        /* Two loops, because each then vectorises with 32-bit multiplications. */
        for (int j = 0; j < BLOCK; j++) high[j] = (uint32_t)(xxh3(k[i + (size_t)j]) >> 32);
        for (int j = 0; j < BLOCK; j++) at[j] = (uint32_t)((uint64_t)high[j] * size >> 32);
        for (int j = 0; j < BLOCK; j++) {
            uint32_t answer = table[at[j]];
            __asm__ volatile("" : "+r"(answer)); /* plain loads: gathers are no faster, and slower on some CPUs */
            out[i + (size_t)j] = answer;
        }
    }
}

/* The loop body of jump consistent hash: a linear congruence, a double division, a multiplication. */
INLINE void jump_body(const uint64_t *restrict k, double *restrict out, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint64_t s = k[i];
        double b = 0;
        for (int step = 0; step < STEPS; step++) {
            s = s * 2862933555777941757u + 1;
            /* 31 bits under the exponent of 2^52: a conversion that vectorises on every level. */
            union { uint64_t u; double d; } x = {s >> 33 | 0x4330000000000000u};
            b = (b + 1) * (2147483648.0 / (x.d - 4503599627370495.0));
        }
        out[i] = b;
    }
}

#define LEVEL(NAME, TARGET) \
    TARGET void hash_##NAME(const uint64_t *k, uint64_t *out, size_t n) { hash_body(k, out, n); } \
    TARGET void lookup_##NAME(const uint64_t *k, uint32_t *out, size_t n, const uint32_t *table, uint32_t size) { \
        lookup_body(k, out, n, table, size); \
    } \
    TARGET void jump_##NAME(const uint64_t *k, double *out, size_t n) { jump_body(k, out, n); }

LEVEL(baseline, )
#ifdef __x86_64__
#define AVX2 "avx2,bmi,bmi2,fma"
#define AVX512 AVX2 ",avx512f,avx512dq,avx512bw,avx512vl"
LEVEL(avx2, __attribute__((target(AVX2))))
#ifdef __clang__
LEVEL(avx512, __attribute__((target(AVX512), min_vector_width(512))))
#else
LEVEL(avx512, __attribute__((target(AVX512 ",prefer-vector-width=512"))))
#endif
#endif
