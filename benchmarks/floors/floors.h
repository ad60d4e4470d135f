/* What the floors in C share: the hash of a key, places in a table, and the targets of the CPU levels. */
#include <stddef.h>
#include <stdint.h>

#define BLOCK 64 /* keys whose places are made together */
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

/* Hashes BLOCK keys and scales each to 0 .. size-1: two loops, because each then vectorises with 32-bit
 * multiplications. */
INLINE void places(const uint64_t *restrict k, uint32_t *restrict at, uint32_t size) {
    _Alignas(64) uint32_t high[BLOCK];
    for (int j = 0; j < BLOCK; j++) high[j] = (uint32_t)(xxh3(k[j]) >> 32);
    for (int j = 0; j < BLOCK; j++) at[j] = (uint32_t)((uint64_t)high[j] * size >> 32);
}

#ifdef __x86_64__
#define AVX2 __attribute__((target("avx2,bmi,bmi2,fma")))
#define AVX512_ISA "avx2,bmi,bmi2,fma,avx512f,avx512dq,avx512bw,avx512vl"
#ifdef __clang__
#define AVX512 __attribute__((target(AVX512_ISA), min_vector_width(512)))
#else
#define AVX512 __attribute__((target(AVX512_ISA ",prefer-vector-width=512")))
#endif
#endif
