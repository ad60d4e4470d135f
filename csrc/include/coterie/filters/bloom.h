/* Bloom filters, in blocks of one half cache line or without blocks.
 *
 * BLOCK: the split block Bloom filter of Apache Parquet (Putze, Sanders, Singler 2007; Impala): 8 words of 32 bits a
 * block, one bit in each. PAIR: two blocks of that kind for each key, chosen independently. CLASSIC: `probes` bits
 * anywhere (Bloom 1970), found by a double hash (Kirsch, Mitzenmacher 2006) whose state is rotated after each step, since
 * without it the bits of a key in a small filter form a progression.
 *
 * The bits are bytes in little-endian order, the same on every machine. Reading is safe while others write: what was
 * added before is found. Who writes does so alone, but for the _shared functions. */
#ifndef COTERIE_FILTERS_BLOOM_H
#define COTERIE_FILTERS_BLOOM_H

#include "coterie/level.h"

enum { COTERIE_BLOOM_BYTES = 32 };                            /* of a block */
#define COTERIE_BLOOM_MAX_BLOCKS 0x7fffffffu                  /* 64 GiB */
enum { COTERIE_BLOOM_BLOCK, COTERIE_BLOOM_PAIR, COTERIE_BLOOM_CLASSIC, COTERIE_BLOOM_LAYOUTS };
enum { COTERIE_BLOOM_MAX_PROBES = 64 };

typedef struct {
    uint8_t *bits;   /* of the caller: 32 * blocks bytes, aligned to 32 */
    uint64_t blocks; /* 1 .. COTERIE_BLOOM_MAX_BLOCKS */
    uint64_t salt;   /* what digests are mixed with; 0: they are taken as they are */
    int layout;
    int probes; /* bits of a key: 8, 16, or 1 .. COTERIE_BLOOM_MAX_PROBES */
    int far;    /* the bits are larger than the second cache: fetch them early */
} coterie_bloom;

/* Parquet's eight odd factors. */
#define COTERIE_BLOOM_SALTS \
    0x47b6137bu, 0x44974d91u, 0x8824ad5bu, 0xa2b7289du, 0x705495c7u, 0x2df1424bu, 0x9efc4947u, 0x5c6bfb31u

/* What the filter sees of a digest, and the second word that PAIR and CLASSIC need. */
#define COTERIE_BLOOM_SECOND 0x243F6A8885A308D3u /* the fraction of pi */
COTERIE_INLINE uint64_t coterie_bloom_word(uint64_t digest, uint64_t salt) {
    return salt ? coterie_mix(digest, salt) : digest;
}
COTERIE_INLINE uint64_t coterie_bloom_second(uint64_t word) { return coterie_mix(word, COTERIE_BLOOM_SECOND); }

/* The block of a word, below `blocks`. */
COTERIE_INLINE uint32_t coterie_bloom_index(uint64_t word, uint64_t blocks) {
    return (uint32_t)((word >> 32) * blocks >> 32);
}

/* The bits of a word in a filter without blocks. */
typedef struct {
    uint64_t state, step, bits;
} coterie_bloom_walk;
COTERIE_INLINE coterie_bloom_walk coterie_bloom_begin(const coterie_bloom *filter, uint64_t word) {
    coterie_bloom_walk walk = {word, coterie_bloom_second(word) | 1, 8 * COTERIE_BLOOM_BYTES * filter->blocks};
    return walk;
}
COTERIE_INLINE uint64_t coterie_bloom_next(coterie_bloom_walk *walk) {
    uint64_t bit = coterie_mul_high64(walk->state, walk->bits);
    walk->state = coterie_rotl64(walk->state, 23) + walk->step;
    return bit;
}

/* ---- one key; one entry per CPU level ---- */

extern int (*const coterie_bloom_has[COTERIE_LEVELS])(const coterie_bloom *filter, uint64_t digest);
/* Adds a key; whether that changed a bit. */
extern int (*const coterie_bloom_put[COTERIE_LEVELS])(const coterie_bloom *filter, uint64_t digest);

/* ---- many keys; one entry per CPU level ---- */

/* A byte for each of n keys: 1 if it may have been added, else 0. */
extern void (*const coterie_bloom_contains[COTERIE_LEVELS])(const coterie_bloom *filter, const uint64_t *digests,
                                                            size_t n, uint8_t *out);
extern void (*const coterie_bloom_add[COTERIE_LEVELS])(const coterie_bloom *filter, const uint64_t *digests, size_t n);
/* Adds one key after the other; how many changed a bit and, unless `out` is NULL, a byte for each. */
extern size_t (*const coterie_bloom_add_new[COTERIE_LEVELS])(const coterie_bloom *filter, const uint64_t *digests,
                                                             size_t n, uint8_t *out);
/* The same for bits that other threads and processes write to meanwhile; no bit is lost, and of those who add one key at
 * the same time at least one is told that it is new. */
size_t coterie_bloom_add_shared(const coterie_bloom *filter, const uint64_t *digests, size_t n, uint8_t *out);
/* Adds to a little-endian number, aligned to 8, that others add to meanwhile. */
void coterie_count_shared(uint8_t *at, uint64_t n);
/* Makes `now` of such a number, unless it is no longer `old`. */
void coterie_replace_shared(uint8_t *at, uint64_t old, uint64_t now);

/* ---- bytes: what a filter is, in the first 24 of its parameters ---- */

/*      0  4  layout      4  4  probes      8  8  double: the promised rate      16  8  blocks */
void coterie_bloom_write(uint8_t *parameters, const coterie_bloom *filter, double fpr);
/* Reads the layout, the probes and the blocks. Whether they are possible, and have their bits in `len` bytes, which begin
 * with the parameters. */
int coterie_bloom_read(const uint8_t *parameters, uint64_t len, coterie_bloom *filter, double *fpr);

#endif
