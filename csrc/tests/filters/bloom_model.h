/* Bloom filters, one bit after the other: the oracle of their tests and of the fuzz target. */
#ifndef COTERIE_TESTS_BLOOM_MODEL_H
#define COTERIE_TESTS_BLOOM_MODEL_H

#include "check.h"
#include "coterie/filters/bloom.h"
#include "guard.h"

/* ---- the model ---- */

enum { MODEL_MOST = COTERIE_BLOOM_MAX_PROBES };

static inline uint64_t model_mix(uint64_t digest, uint64_t salt) {
    uint64_t w = (digest ^ digest >> 32 ^ salt) * 0x9E3779B97F4A7C15u;
    return w ^ w >> 32;
}

/* Eight bits in one block: one in each of its lanes of 32. */
static inline void model_block(uint64_t word, uint64_t blocks, uint64_t *bits) {
    static const uint32_t factors[8] = {0x47b6137bu, 0x44974d91u, 0x8824ad5bu, 0xa2b7289du,
                                        0x705495c7u, 0x2df1424bu, 0x9efc4947u, 0x5c6bfb31u};
    uint64_t block = (word >> 32) * blocks / 0x100000000u, x = word % 0x100000000u;
    for (unsigned lane = 0; lane < 8; lane++)
        bits[lane] = 256 * block + 32 * lane + x * factors[lane] % 0x100000000u / 0x8000000u;
}

/* Bits anywhere. */
static inline void model_walk(uint64_t word, uint64_t blocks, int probes, uint64_t *bits) {
    uint64_t x = word, step = model_mix(word, 0x243F6A8885A308D3u) | 1;
    for (int i = 0; i < probes; i++) {
        bits[i] = ((x >> 32) * blocks + ((x & 0xffffffffu) * blocks >> 32)) >> 24; /* x * 256 * blocks / 2^64 */
        x = (x << 23 | x >> 41) + step;
    }
}

/* The numbers of the bits of a digest, some perhaps more than once. Returns how many. */
static inline int model_bits(const coterie_bloom *filter, uint64_t digest, uint64_t bits[MODEL_MOST]) {
    uint64_t word = filter->salt ? model_mix(digest, filter->salt) : digest;
    if (filter->layout == COTERIE_BLOOM_CLASSIC) {
        model_walk(word, filter->blocks, filter->probes, bits);
        return filter->probes;
    }
    model_block(word, filter->blocks, bits);
    if (filter->layout == COTERIE_BLOOM_BLOCK) return 8;
    model_block(model_mix(word, 0x243F6A8885A308D3u), filter->blocks, bits + 8);
    return 16;
}

static inline int model_has(const coterie_bloom *filter, const uint8_t *memory, uint64_t digest) {
    uint64_t bits[MODEL_MOST];
    int all = 1;
    for (int n = model_bits(filter, digest, bits); n-- > 0;) all &= memory[bits[n] / 8] >> bits[n] % 8 & 1;
    return all;
}

/* Whether a bit changed. */
static inline int model_put(const coterie_bloom *filter, uint8_t *memory, uint64_t digest) {
    uint64_t bits[MODEL_MOST];
    int fresh = !model_has(filter, memory, digest);
    for (int n = model_bits(filter, digest, bits); n-- > 0;)
        memory[bits[n] / 8] = (uint8_t)(memory[bits[n] / 8] | 1 << bits[n] % 8);
    return fresh;
}

/* ---- filters in guarded memory, aligned to 32 ---- */

static inline size_t bloom_bytes(const coterie_bloom *filter) { return (size_t)filter->blocks * COTERIE_BLOOM_BYTES; }

static inline coterie_bloom bloom_made(int layout, int probes, uint64_t blocks, uint64_t salt, int far) {
    coterie_bloom filter = {NULL, blocks, salt, layout, probes, far};
    filter.bits = (uint8_t *)guard_alloc(bloom_bytes(&filter));
    memset(filter.bits, 0, bloom_bytes(&filter));
    return filter;
}
static inline void bloom_free(coterie_bloom *filter) { guard_free(filter->bits, bloom_bytes(filter)); }

/* Every layout, CLASSIC with several numbers of probes. */
static const struct {
    int layout, probes;
} BLOOM_SHAPES[] = {
    {COTERIE_BLOOM_BLOCK, 8},   {COTERIE_BLOOM_PAIR, 16},    {COTERIE_BLOOM_CLASSIC, 1},
    {COTERIE_BLOOM_CLASSIC, 7}, {COTERIE_BLOOM_CLASSIC, 10}, {COTERIE_BLOOM_CLASSIC, 64},
};
enum { SHAPES = sizeof BLOOM_SHAPES / sizeof *BLOOM_SHAPES };

static inline coterie_bloom bloom_of(int shape, uint64_t blocks, uint64_t salt, int far) {
    return bloom_made(BLOOM_SHAPES[shape].layout, BLOOM_SHAPES[shape].probes, blocks, salt, far);
}

#endif
