/* Many clocks over the same replicas: a matrix of counters below 2^63, a row for each clock. It lies row by row, or column by
 * column. */
#ifndef COTERIE_CLOCKS_CLOCK_MATRIX_H
#define COTERIE_CLOCKS_CLOCK_MATRIX_H

#include "coterie/clocks/dense.h"

typedef struct {
    const uint64_t *counts;
    size_t n, width; /* rows, columns */
    int by_columns;
} coterie_clock_matrix;

/* For each level. Of the rows first .. last-1: */

/* The greatest and the least counter of each column, of at least one row. */
extern void (*const coterie_clock_matrix_most[COTERIE_LEVELS])(const coterie_clock_matrix *m, size_t first, size_t last,
                                                               uint64_t *out);
extern void (*const coterie_clock_matrix_least[COTERIE_LEVELS])(const coterie_clock_matrix *m, size_t first, size_t last,
                                                                uint64_t *out);
/* How each row stands to a clock; the answer for row `first` comes first. */
extern void (*const coterie_clock_matrix_compare[COTERIE_LEVELS])(const coterie_clock_matrix *m, const uint64_t *clock,
                                                                  size_t first, size_t last, uint8_t *out);
/* The sum of each row: its low and its high 64 bits. */
extern void (*const coterie_clock_matrix_sums[COTERIE_LEVELS])(const coterie_clock_matrix *m, size_t first, size_t last,
                                                               uint64_t *low, uint64_t *high);
/* Adds rows to a group of `found`, the rows of it so far that no other is strictly after, nor equal to and before it; there is
 * room for all. The matrix lies by rows. */
extern void (*const coterie_clock_matrix_maximal[COTERIE_LEVELS])(const coterie_clock_matrix *m, size_t first, size_t last,
                                                                  size_t *found, size_t *found_len);

/* ---- panels: what is asked of all pairs of rows is asked of these ----
 *
 * A panel holds some rows by columns, counters in 1, 2, 4 or 8 bytes: what each is more than the least of its column, since the
 * order of rows does not depend on more than that. Rows that are missing to a full panel are 0. */
enum { COTERIE_PANEL = 64 }; /* rows of a panel, or that times something */

typedef struct {
    const void *data;
    size_t n, width;
    size_t rows; /* of a panel */
    int bytes;
} coterie_panels;

/* The bytes that a counter needs. */
int coterie_panels_bytes(const uint64_t *least, const uint64_t *most, size_t width);
COTERIE_INLINE size_t coterie_panels_count(size_t n, size_t rows) { return n / rows + (n % rows != 0); }
/* Writes the panels. */
void coterie_panels_fill(const coterie_panels *panels, const coterie_clock_matrix *m, const uint64_t *least, void *data);

/* How the rows of a panel stand to those of it and of all later ones: at most COTERIE_PANEL rows of n answers in `out`, those
 * of earlier panels not written. Panels have COTERIE_PANEL rows. */
void coterie_panels_relations(const coterie_panels *panels, size_t panel, int level, uint8_t *out);
/* From that: how the rows of later panels stand to those of this one. `out` is the first of n rows of n answers. */
void coterie_panels_mirror(const coterie_panels *panels, size_t panel, uint8_t *out);

/* Pairs of rows that are concurrent, of what coterie_panels_relations gave: their number, and themselves, in order. */
size_t coterie_panels_concurrent(const coterie_panels *panels, size_t panel, const uint8_t *relations);
void coterie_panels_concurrent_pairs(const coterie_panels *panels, size_t panel, const uint8_t *relations, int64_t *out);

/* For each level. Which rows have at least a count in a column: a byte for each, or a bit. All rows are in one panel. */
extern void (*const coterie_panels_at_least[COTERIE_LEVELS])(const coterie_panels *panels, size_t column, uint64_t count,
                                                             uint8_t *out);
extern void (*const coterie_panels_at_least_bits[COTERIE_LEVELS])(const coterie_panels *panels, size_t column, uint64_t count,
                                                                  uint8_t *out);

#endif
