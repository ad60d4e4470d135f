/* How large a Bloom filter must be to keep its promise.
 *
 * The rates are exact for random words in BLOCK, a close bound in PAIR, and right to second order in CLASSIC: what is in a block is
 * binomial (the usual formula, which puts the mean there, promises too much). Only + - * / of doubles, in a fixed order, so
 * that every machine makes the same filter. */
#ifndef COTERIE_FILTERS_BLOOM_SIZE_H
#define COTERIE_FILTERS_BLOOM_SIZE_H

#include "coterie/base.h"

/* The expected share of false positives with n keys in a filter of this shape. */
double coterie_bloom_rate(int layout, uint64_t blocks, int probes, uint64_t n);

/* The fewest blocks, and the probes, whose rate with `capacity` keys is at most `fpr`, which is above 0 and below 1. 0 if
 * there are none: the filter would be too large. */
uint64_t coterie_bloom_size(int layout, uint64_t capacity, double fpr, int *probes);

#endif
