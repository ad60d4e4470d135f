/* Counting Bloom filters (Fan, Cao, Almeida, Broder 2000) in cache lines, with counters of 4 bits.
 *
 * A line has 64 bytes: 4 lanes of 32 counters. A row has 1, 2, 4 or 8 lines, its columns; a key has one line in each
 * column, of a row that is chosen anew for each of them, and one counter in each lane of its lines. So the counters of a
 * key are distinct, and so are its lines: what one addition does one removal undoes.
 *
 * (4 counters a line and more lines for lower rates need fewer bits a key than 8 counters a line do: 46.6 against 45.7 at
 * 1 % in one line, but 40.2 in two; at 0.1 % 62.3 against 68.7, at 0.01 % 80.4 against 91.4.)
 *
 * A counter that has reached 15 stays there for good: it no longer knows how many keys it counts. Hence no key that is in
 * the filter is ever denied, as long as only keys are removed that are in it.
 *
 * Counter c of a lane is half c & 1 (0: the low one) of its byte c >> 1, the same on every machine. Reading is safe while
 * one thread writes; those who write take turns. */
#ifndef COTERIE_FILTERS_COUNTING_H
#define COTERIE_FILTERS_COUNTING_H

#include "coterie/level.h"

enum { COTERIE_COUNTING_LINE = 64, COTERIE_COUNTING_LANES = 4, COTERIE_COUNTING_COUNTERS = 128 }; /* of a line */
enum { COTERIE_COUNTING_MOST = 15, COTERIE_COUNTING_MAX_COLUMNS = 8 };
#define COTERIE_COUNTING_MAX_ROWS 0x7fffffffu

typedef struct {
    uint8_t *lines; /* of the caller: 64 * rows * columns bytes, aligned to 64 */
    uint64_t rows;  /* 1 .. COTERIE_COUNTING_MAX_ROWS */
    uint64_t salt;  /* what digests are mixed with; 0: they are taken as they are */
    int columns;    /* 1, 2, 4 or 8 */
    int far;        /* the lines are larger than the second cache: fetch them early */
} coterie_counting;

/* What is in a filter. It is brought up to date by those who write. */
typedef struct {
    uint64_t keys;   /* as often as they were added and not removed */
    uint64_t filled; /* counters that are not 0 */
} coterie_counting_tally;

/* ---- one key; one entry per CPU level, but for the count ---- */

extern int (*const coterie_counting_has[COTERIE_LEVELS])(const coterie_counting *filter, uint64_t digest);
/* Adds a key; whether it certainly was not there. */
extern int (*const coterie_counting_put[COTERIE_LEVELS])(const coterie_counting *filter, uint64_t digest,
                                                         coterie_counting_tally *tally);
/* Removes a key once; 0, and nothing changed, if it certainly is not there. */
extern int (*const coterie_counting_take[COTERIE_LEVELS])(const coterie_counting *filter, uint64_t digest,
                                                          coterie_counting_tally *tally);
/* The least of a key's counters: it was not added more often than that, if it is below 15. */
int coterie_counting_count(const coterie_counting *filter, uint64_t digest);

/* ---- many keys; one entry per CPU level where there is a table ---- */

/* A byte for each of n keys: 1 if it may be there, else 0. */
extern void (*const coterie_counting_contains[COTERIE_LEVELS])(const coterie_counting *filter, const uint64_t *digests,
                                                               size_t n, uint8_t *out);
/* Adds one key after the other. Unless `out` is NULL, a byte for each: whether it certainly was not there. */
extern void (*const coterie_counting_add[COTERIE_LEVELS])(const coterie_counting *filter, const uint64_t *digests,
                                                          size_t n, uint8_t *out, coterie_counting_tally *tally);
/* Removes each of those that may be there, one after the other, once; how many. A byte for each: whether it was. Here
 * and below, `level` is the CPU level. */
size_t coterie_counting_discard(const coterie_counting *filter, const uint64_t *digests, size_t n, uint8_t *out,
                                coterie_counting_tally *tally, int level);
/* Removes all, one after the other, and returns n; or the position of the first that is not there then, and nothing has
 * changed (readers may have seen it meanwhile). */
size_t coterie_counting_remove(const coterie_counting *filter, const uint64_t *digests, size_t n,
                               coterie_counting_tally *tally, int level);
/* Adds keys while at most `capacity` are in it, or at most `limit` counters are filled, or the key fills no counter, and
 * returns n; or the position of the first that is too many, and nothing has changed. `noted`: of the caller, n numbers, with
 * which what was added is taken back. `out` as of `add`. */
size_t coterie_counting_add_within(const coterie_counting *filter, const uint64_t *digests, size_t n, uint64_t capacity,
                                   uint64_t limit, uint32_t *noted, uint8_t *out, coterie_counting_tally *tally);
/* The count of each of n keys. */
void coterie_counting_counts(const coterie_counting *filter, const uint64_t *digests, size_t n, int32_t *out);

/* ---- all counters ---- */

/* Adds the counters of another filter of the same shape and salt: each sum, or 15. One entry per CPU level. */
extern void (*const coterie_counting_sum[COTERIE_LEVELS])(uint8_t *lines, const uint8_t *other, size_t bytes);
/* How many counters are not 0; `bytes` is a multiple of 64. One entry per CPU level. */
extern void (*const coterie_counting_filled[COTERIE_LEVELS])(const uint8_t *lines, size_t bytes, uint64_t *filled);
/* The share of random words that the filter, as it is, takes for keys. */
double coterie_counting_estimate(const coterie_counting *filter);

#endif
