/* Scalable Bloom filters (Almeida, Baquero, Preguica, Hutchison 2007): slice i is for capacity * growth^i keys and errs
 * at most with fpr * (1 - tightening) * tightening^i, which over all i adds up to fpr. */
#ifndef COTERIE_FILTERS_SCALABLE_H
#define COTERIE_FILTERS_SCALABLE_H

#include "coterie/filters/slices.h"

enum { COTERIE_SCALABLE_MOST_GROWTH = 16 };

typedef struct {
    uint64_t capacity; /* of the first slice: 1 .. COTERIE_SLICE_MOST_KEYS */
    uint32_t growth;   /* 2 .. COTERIE_SCALABLE_MOST_GROWTH */
    double fpr, tightening; /* above 0, below 1 */
} coterie_scalable;

/* Slice number i, empty and without bits; 0 if it cannot be had. */
int coterie_scalable_slice(const coterie_scalable *filter, int i, coterie_slice *slice);

/* The parameters:   0  4  growth     4  4  slices     8  8  double: fpr     16  8  double: tightening */
void coterie_scalable_write(uint8_t *parameters, const coterie_scalable *filter);
/* Reads all but the capacity, which is in `filter` already. Whether the slices may be its own. */
int coterie_scalable_read(const uint8_t *parameters, const coterie_slices *slices, coterie_scalable *filter);

#endif
