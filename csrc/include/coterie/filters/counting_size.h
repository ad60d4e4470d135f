/* How large a counting filter must be to keep its promise, and how its shape is stored.
 *
 * The rates are exact for random words: the keys in a line are binomial, and the columns of a row are independent. Only
 * + - * / of doubles, in a fixed order, so that every machine makes the same filter. */
#ifndef COTERIE_FILTERS_COUNTING_SIZE_H
#define COTERIE_FILTERS_COUNTING_SIZE_H

#include "coterie/base.h"

/* The expected share of false positives with n keys, at most 2^53. */
double coterie_counting_rate(uint64_t rows, int columns, uint64_t n);

/* The columns for a rate, and the fewest rows whose rate with `capacity` keys is at most `fpr`, which is above 0 and below
 * 1. 0 rows if there are none: the filter would be too large. */
int coterie_counting_columns(double fpr);
uint64_t coterie_counting_size(uint64_t capacity, double fpr, int columns);

/* How many counters are filled at most, but for less than one filter in 10^8, that holds `n` distinct keys. */
uint64_t coterie_counting_limit(uint64_t rows, int columns, uint64_t n);

/* The first 24 bytes of the parameters before the lines (see parameters.h), little-endian:
 *
 *      0  4  columns               8  8  fpr, a double
 *      4  4  counters of a key    16  8  lines */
enum { COTERIE_COUNTING_SHAPE = 24 };

typedef struct {
    uint64_t rows;
    double fpr;
    int columns;
} coterie_counting_shape;

void coterie_counting_shape_write(uint8_t out[COTERIE_COUNTING_SHAPE], const coterie_counting_shape *shape);
/* Reads 24 bytes at any address, behind whose parameters `bytes` bytes of lines follow. 0 unless they are as a writer
 * writes them and say so many lines. */
int coterie_counting_shape_read(const uint8_t *parameters, uint64_t bytes, coterie_counting_shape *shape);

#endif
