/* What the hardware gives: read a key, hash it, touch the memory, write the answer, and nothing else.
 * Every function is compiled once per CPU level and called with 2^20 keys by native.py. */
#include "floors.h"

#define STEPS 8 /* jump steps per key */

INLINE void hash_body(const uint64_t *restrict k, uint64_t *restrict out, size_t n) {
    for (size_t i = 0; i < n; i++) out[i] = xxh3(k[i]);
}

/* Hash, scale to 0 .. size-1, load 4 bytes at random, write them. n is a multiple of BLOCK. */
INLINE void lookup_body(const uint64_t *restrict k, uint32_t *restrict out, size_t n, const uint32_t *restrict table,
                        uint32_t size) {
    _Alignas(64) uint32_t at[BLOCK];
    for (size_t i = 0; i < n; i += BLOCK) {
        places(k + i, at, size);
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
LEVEL(avx2, AVX2)
LEVEL(avx512, AVX512)
#endif
