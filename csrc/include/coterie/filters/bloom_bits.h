/* What is done with all bits of a Bloom filter: 64-bit words, n of them, aligned to 8, in the order of bytes. One entry per
 * CPU level. */
#ifndef COTERIE_FILTERS_BLOOM_BITS_H
#define COTERIE_FILTERS_BLOOM_BITS_H

#include "coterie/level.h"

extern void (*const coterie_bits_or[COTERIE_LEVELS])(uint64_t *words, const uint64_t *other, size_t n);
/* The same into words that others write to meanwhile: no bit is lost. */
void coterie_bits_or_shared(uint64_t *words, const uint64_t *other, size_t n);
extern void (*const coterie_bits_and[COTERIE_LEVELS])(uint64_t *words, const uint64_t *other, size_t n);
/* The same where others write: no bit is lost that is in `other`. */
void coterie_bits_and_shared(uint64_t *words, const uint64_t *other, size_t n);
/* Whether every bit of `words` is in `other`. */
extern void (*const coterie_bits_within[COTERIE_LEVELS])(const uint64_t *words, const uint64_t *other, size_t n,
                                                         int *within);
/* How many bits are set. */
extern void (*const coterie_bits_count[COTERIE_LEVELS])(const uint64_t *words, size_t n, uint64_t *count);
/* The mean over blocks of 32 bytes of the share of random words that hit a bit in all eight of a block's lanes. */
double coterie_bits_block_rate(const uint8_t *bits, uint64_t blocks);

#endif
