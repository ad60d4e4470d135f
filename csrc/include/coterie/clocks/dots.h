/* Sets of dots: for each slot all counters up to one, the prefix, and the cloud, ranges of counters beyond a gap. The cloud is
 * sorted by slot and counter; its ranges touch neither each other nor the prefix. So a set has one form. */
#ifndef COTERIE_CLOCKS_DOTS_H
#define COTERIE_CLOCKS_DOTS_H

#include "coterie/clocks/dense.h"

/* The counters first .. last of a slot, 1 .. 2^63-1. */
typedef struct coterie_range {
    size_t slot;
    uint64_t first, last;
} coterie_range;

/* A set. Who changes it has room for one more range in the cloud, or as much as it says. All slots are below n. */
typedef struct coterie_dots {
    uint64_t *prefix;
    size_t n;
    coterie_range *cloud;
    size_t len;
} coterie_dots;

int coterie_dots_has(const coterie_dots *dots, size_t slot, uint64_t counter);
/* The greatest counter of a slot; 0 if there is none. */
uint64_t coterie_dots_highest(const coterie_dots *dots, size_t slot);
/* Whether that was new. */
int coterie_dots_add(coterie_dots *dots, size_t slot, uint64_t counter);
/* Adds all from the greatest of a slot, of which there is one, to another. */
void coterie_dots_extend(coterie_dots *dots, size_t slot, uint64_t highest);

/* Sorts ranges that do not overlap, as those of a cloud are. */
void coterie_dots_sort(coterie_range *ranges, size_t len);

/* Adds another set, of at most n slots, whose cloud is given: `cloud`, with room for both, becomes the new one. */
void coterie_dots_join(coterie_dots *dots, const coterie_dots *other, coterie_range *cloud, int level);

/* How one set stands to another: COTERIE_EQUAL .. COTERIE_CONCURRENT. */
int coterie_dots_relation(const coterie_dots *a, const coterie_dots *b, int level);

/* The ranges of a set, those of the prefix too: at most `coterie_dots_ranges_room` of them. */
COTERIE_INLINE size_t coterie_dots_ranges_room(const coterie_dots *dots) { return dots->n + dots->len; }
size_t coterie_dots_ranges(const coterie_dots *dots, coterie_range *out);
/* Those of what only b has, and of what both have: at most as many as both have together. */
size_t coterie_dots_missing(const coterie_dots *a, const coterie_dots *b, coterie_range *out);
size_t coterie_dots_common(const coterie_dots *a, const coterie_dots *b, coterie_range *out);
/* Makes a set, whose n prefixes are 0, of such ranges; its cloud has room for all of them. */
void coterie_dots_of_ranges(coterie_dots *dots, const coterie_range *ranges, size_t len);

#endif
