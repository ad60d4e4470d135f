/* Adding many more keys than a filter has cache lines: words are first gathered for each region of the filter, so many that
 * a region is fetched once for several words of each of its lines. */
#ifndef COTERIE_FILTERS_BLOOM_BUILD_H
#define COTERIE_FILTERS_BLOOM_BUILD_H

#include "coterie/filters/bloom.h"

typedef struct {
    coterie_bloom filter;
    uint32_t regions;
    uint32_t room;     /* words of a region that are gathered */
    uint64_t *words;   /* `room` for each region */
    uint32_t *count;   /* of each region */
    uint64_t gathered; /* of all */
} coterie_bloom_build;

/* Whether it is faster for n keys than adding them at once: not for CLASSIC, whose bits have no regions. */
int coterie_bloom_build_pays(const coterie_bloom *filter, uint64_t n);

/* Takes about one and a half times the memory of the filter; the bits stay the caller's. COTERIE_NO_MEMORY, and nothing to end, if there is
 * none. */
coterie_status coterie_bloom_build_begin(coterie_bloom_build *build, const coterie_bloom *filter);
/* Adds keys, now or later. */
void coterie_bloom_build_add(coterie_bloom_build *build, const uint64_t *digests, size_t n, int level);
/* Adds what was gathered, and gives the memory back. */
void coterie_bloom_build_end(coterie_bloom_build *build, int level);

#endif
