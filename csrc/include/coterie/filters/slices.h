/* A list of Bloom filters, its slices, that is one filter: it has a key if a slice has it. Only the newest slice takes
 * keys, until it has as many as it is for. What makes the next one, and when, is said by who owns them.
 *
 * All slices see the same word of a digest: their rates add up to at least that of the list, whether or not they err on
 * the same keys. Reading is safe while others add; who adds does so alone. */
#ifndef COTERIE_FILTERS_SLICES_H
#define COTERIE_FILTERS_SLICES_H

#include "coterie/filters/bloom.h"

enum { COTERIE_SLICES_MOST = 64, COTERIE_SLICES_FULL = 2 };
#define COTERIE_SLICE_MOST_KEYS ((uint64_t)1 << 40)

typedef struct {
    coterie_bloom bloom;
    double fpr;         /* promised with `capacity` keys */
    uint64_t capacity;  /* the most keys that it takes */
    uint64_t keys;      /* that it took: those that changed a bit */
    double first, last; /* moments of the first and the last key, if that matters, else 0 */
} coterie_slice;

typedef struct {
    int count;                             /* 1 .. COTERIE_SLICES_MOST */
    coterie_slice at[COTERIE_SLICES_MOST]; /* the oldest first */
} coterie_slices;

/* An empty slice without bits: of the layout that takes fewest, one block a key where that is enough. 0 if none keeps
 * the promise, which 64-bit digests do not below 1e-12 and 100 * capacity / 2^64, or it would be too large. */
int coterie_slice_shape(uint64_t capacity, double fpr, coterie_slice *slice);

/* ---- asking: slices before `from` are left out ---- */

int coterie_slices_has(const coterie_slices *slices, int from, uint64_t digest, int level);
/* A byte for each of n keys. */
void coterie_slices_contains(const coterie_slices *slices, int from, const uint64_t *digests, size_t n, uint8_t *out,
                             int level);

/* ---- adding to the newest slice ---- */

/* Adds what no slice has. 1 if it was new, 0 if not, COTERIE_SLICES_FULL if it is new and there is no room. */
int coterie_slices_add_one(coterie_slices *slices, uint64_t digest, int level);
/* Adds to the newest slice what others may have; the same answers. */
int coterie_slices_refresh_one(coterie_slices *slices, uint64_t digest, int level);
/* The same for n keys, one after the other, up to the first that finds no room; how many were dealt with. Whether each
 * was new goes to `out` unless it is NULL; beyond those dealt with, `out` may have been written to. */
size_t coterie_slices_add(coterie_slices *slices, const uint64_t *digests, size_t n, uint8_t *out, int level);
size_t coterie_slices_refresh(coterie_slices *slices, const uint64_t *digests, size_t n, uint8_t *out, int level);

/* ---- all bits: linear ---- */

uint64_t coterie_slices_bytes(const coterie_slices *slices); /* constant time */
/* The share of random words that a slice from `from` on has. */
double coterie_slices_rate(const coterie_slices *slices, int from);
/* How many distinct keys the slices were made of, if each took what those before it did not seem to have. */
double coterie_slices_distinct(const coterie_slices *slices);
/* How many bits are set in any of the slices, which have one shape. */
uint64_t coterie_slices_union(const coterie_slices *slices, int from, int level);

/* ---- bytes ---- */

/* The payload: parameters, of which 4 bytes at 4 say how many slices there are; a row of 64 bytes for each; their bits
 * in the same order, each at a multiple of 64. A row:
 *      0  24  layout, probes, rate and blocks, as a Bloom filter's          40  8  double: first
 *     24   8  capacity                                                      48  8  double: last
 *     32   8  keys                                                          56  8  XXH3-64 of bytes 0..55 */
uint64_t coterie_slices_size(const coterie_slices *slices);
/* Writes the number, the rows and the bits. */
void coterie_slices_write(uint8_t *payload, const coterie_slices *slices);
/* Reads the rows of a payload of `len` bytes, which has its parameters, and where the bits are in it. Whether they are
 * possible. In constant time: bits are not looked at. */
int coterie_slices_read(const uint8_t *payload, uint64_t len, coterie_slices *slices);

#endif
