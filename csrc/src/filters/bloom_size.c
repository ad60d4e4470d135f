#include "coterie/filters/bloom_size.h"

#include "coterie/filters/bloom.h"
#include "doubles.h"

static double eighth_power(double x) {
    x *= x;
    x *= x;
    return x * x;
}

/* The chance that a random word hits in all eight lanes of a block that took i words. */
static double hit(uint64_t i) { return eighth_power(1 - power(31.0 / 32, i)); }

/* The chance that two random words do: the mean of the square, not the square of the mean. */
static double hit_twice(uint64_t i) {
    double empty = power(31.0 / 32, i), both_empty = power(30.0 / 32, i);
    return eighth_power(1 - empty - 31.0 / 32 * (empty - both_empty));
}

typedef double chance(uint64_t i);

/* The mean of a chance over a block that takes each of n words with chance p: binomial weights, from the likeliest number
 * outwards, so that none is ever too small to tell from 0. */
static double mixture(uint64_t n, double p, chance *hit) {
    const double enough = 1e-18;
    const uint64_t full = 40000; /* words that leave no bit of a block unset */
    if (p >= 1) return hit(n);
    double odds = p / (1 - p), likeliest = ((double)n + 1) * p;
    if (likeliest > (double)full) return 1;
    uint64_t mode = (uint64_t)likeliest < n ? (uint64_t)likeliest : n;
    double total = 1, value = hit(mode), weight = 1;
    for (uint64_t i = mode; i < n; i++) {
        weight = weight * ((double)(n - i) / (double)(i + 1)) * odds;
        if (weight < enough) break;
        total += weight;
        value += weight * hit(i + 1);
    }
    weight = 1;
    for (uint64_t i = mode; i > 0; i--) {
        weight = weight * ((double)i / (double)(n - i + 1)) / odds;
        if (weight < enough) break;
        total += weight;
        value += weight * hit(i - 1);
    }
    return value / total;
}

/* Scaling 2^32 prefixes to blocks gives some blocks one more than others. */
static double block_rate(uint64_t blocks, uint64_t words, chance *hit) {
    const double prefixes = 4294967296.0;
    uint64_t each = ((uint64_t)1 << 32) / blocks, larger = ((uint64_t)1 << 32) % blocks;
    double rate = 0;
    if (larger) {
        double p = (double)(each + 1) / prefixes;
        rate += (double)larger * p * mixture(words, p, hit);
    }
    double p = (double)each / prefixes;
    return rate + (double)(blocks - larger) * p * mixture(words, p, hit);
}

/* Both blocks of a key are asked in one filter, whose rate differs from that of others: the mean of its square. Blocks are
 * taken as independent; since a word that is in one is not in another, that promises a little less than is true. */
static double pair_rate(uint64_t blocks, uint64_t words) {
    double rate = block_rate(blocks, words, hit), square = rate * rate;
    double variance = (block_rate(blocks, words, hit_twice) - square) / (double)blocks;
    return variance > 0 ? square + variance : square;
}

/* Independent bits; that their share varies matters to small filters. */
static double classic_rate(uint64_t blocks, int probes, uint64_t n) {
    double bits = 8.0 * COTERIE_BLOOM_BYTES * (double)blocks, k = probes, load = k * (double)n / bits;
    double empty = power(1 - 1 / bits, (uint64_t)probes * n), full = 1 - empty;
    double variance = empty * (1 - (1 + load) * empty) / bits;
    if (variance < 0) variance = 0;
    double rate = power(full, (uint64_t)probes) * (1 + k * (k - 1) / 2 * variance / (full * full));
    return rate < 1 ? rate : 1;
}

double coterie_bloom_rate(int layout, uint64_t blocks, int probes, uint64_t n) {
    if (n == 0) return 0;
    if (layout == COTERIE_BLOOM_CLASSIC) return classic_rate(blocks, probes, n);
    if (layout == COTERIE_BLOOM_BLOCK) return block_rate(blocks, n, hit);
    return pair_rate(blocks, 2 * n);
}

/* The fewest blocks up to `most`; 0 if those are not enough. */
static uint64_t fewest(int layout, int probes, uint64_t capacity, double fpr, uint64_t most) {
    /* Begins at 4 bits a key, where a rate is found quickly: in fuller blocks there are more words to go through. */
    uint64_t low = 0, high = capacity / 64 + 1; /* too few, enough */
    if (high > most) high = most;
    while (coterie_bloom_rate(layout, high, probes, capacity) > fpr) {
        if (high == most) return 0;
        low = high;
        high = high > most / 2 ? most : 2 * high;
    }
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (coterie_bloom_rate(layout, middle, probes, capacity) > fpr) low = middle;
        else high = middle;
    }
    return high;
}

uint64_t coterie_bloom_size(int layout, uint64_t capacity, double fpr, int *probes) {
    if (layout != COTERIE_BLOOM_CLASSIC) {
        *probes = layout == COTERIE_BLOOM_BLOCK ? 8 : 16;
        return fewest(layout, *probes, capacity, fpr, COTERIE_BLOOM_MAX_BLOCKS);
    }
    uint64_t best = 0;
    for (int k = 1; k <= COTERIE_BLOOM_MAX_PROBES && best != 1; k++) {
        uint64_t blocks = fewest(layout, k, capacity, fpr, best ? best - 1 : COTERIE_BLOOM_MAX_BLOCKS);
        if (blocks) best = blocks, *probes = k;
    }
    return best;
}
