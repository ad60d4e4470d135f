#include "coterie/filters/bloom_bits.h"

COTERIE_INLINE void bits_or(uint64_t *words, const uint64_t *other, size_t n) {
    for (size_t i = 0; i < n; i++) words[i] |= other[i];
}
COTERIE_INLINE void bits_and(uint64_t *words, const uint64_t *other, size_t n) {
    for (size_t i = 0; i < n; i++) words[i] &= other[i];
}

enum { STEP = 512 }; /* words between two looks at whether there is an answer already */

COTERIE_INLINE void bits_within(const uint64_t *words, const uint64_t *other, size_t n, int *within) {
    *within = 1;
    for (size_t i = 0; i < n && *within; i += STEP) {
        size_t end = n - i < STEP ? n : i + STEP;
        uint64_t extra = 0;
        for (size_t j = i; j < end; j++) extra |= words[j] & ~other[j];
        *within = extra == 0;
    }
}

/* The sums of 2, 4 and 8 bits at a time: vectorises at every level. */
COTERIE_INLINE void bits_count(const uint64_t *words, size_t n, uint64_t *count) {
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t x = words[i];
        x -= x >> 1 & 0x5555555555555555u;
        x = (x & 0x3333333333333333u) + (x >> 2 & 0x3333333333333333u);
        x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fu;
        x += x >> 8;
        x += x >> 16;
        sum += (x + (x >> 32)) & 0x7f;
    }
    *count = sum;
}

COTERIE_KERNEL(coterie_bits_or, bits_or, (uint64_t *words, const uint64_t *other, size_t n), (words, other, n));
COTERIE_KERNEL(coterie_bits_and, bits_and, (uint64_t *words, const uint64_t *other, size_t n), (words, other, n));
COTERIE_KERNEL(coterie_bits_within, bits_within, (const uint64_t *words, const uint64_t *other, size_t n, int *within),
               (words, other, n, within));
COTERIE_KERNEL(coterie_bits_count, bits_count, (const uint64_t *words, size_t n, uint64_t *count), (words, n, count));

static uint32_t count32(uint32_t x) {
    x -= x >> 1 & 0x55555555u;
    x = (x & 0x33333333u) + (x >> 2 & 0x33333333u);
    x = (x + (x >> 4)) & 0x0f0f0f0fu;
    return x * 0x01010101u >> 24;
}

double coterie_bits_block_rate(const uint8_t *bits, uint64_t blocks) {
    double sum = 0;
    for (uint64_t b = 0; b < blocks; b++) {
        uint64_t product = 1; /* at most 32^8 */
        for (int i = 0; i < 8; i++, bits += 4) product *= count32(coterie_load32(bits));
        sum += (double)product;
    }
    return sum / 1099511627776.0 / (double)blocks; /* 32^8 */
}
