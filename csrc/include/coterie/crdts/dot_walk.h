/* Goes through live dots that others lack, by 64 at a time, and looks at no more of them than it has to. */
#ifndef COTERIE_CRDTS_DOT_WALK_H
#define COTERIE_CRDTS_DOT_WALK_H

#include "coterie/clocks/dots.h"
#include "coterie/crdts/live.h"

/* The ranges of a place in the cloud of a set of dots: how many, the first at `ranges`. */
size_t coterie_dots_cloud(const coterie_dots *dots, size_t place, const coterie_range **ranges);

/* Through the dots of a chunk, those from `first` to `last` alone, that another chunk, which may be NULL, does not have. */
typedef struct {
    const coterie_chunk *chunk, *other;
    uint32_t at, other_at; /* in lists; or the next word */
    uint32_t first, last;
    uint64_t bits; /* that are left of the word before it */
} coterie_chunk_walk;

void coterie_chunk_walk_begin(coterie_chunk_walk *walk, const coterie_chunk *chunk, const coterie_chunk *other, uint32_t first,
                              uint32_t last);
int coterie_chunk_walk_next(coterie_chunk_walk *walk, uint64_t *counter, uint32_t *number);

/* Through the live dots that a set of dots has of a place, and that are not live in another one, which may be NULL. */
typedef struct {
    const coterie_live *live, *other;
    const coterie_range *ranges; /* of the cloud, those that are left */
    size_t n;
    uint64_t first, last; /* the range that it is in */
    size_t chunk;         /* the next one */
    coterie_chunk_walk in;
} coterie_dot_walk;

void coterie_dot_walk_begin(coterie_dot_walk *walk, const coterie_live *live, const coterie_live *other, const coterie_dots *dots,
                            size_t place);
int coterie_dot_walk_next(coterie_dot_walk *walk, uint64_t *counter, uint32_t *number);

#endif
