/* What the two files of rendezvous hashing share. */
#ifndef COTERIE_PLACEMENT_RENDEZVOUS_SCAN_H
#define COTERIE_PLACEMENT_RENDEZVOUS_SCAN_H

#include "coterie/placement/rendezvous.h"

/* The least place, and the second, of one key at `nodes` nodes from `from` on, a multiple of COTERIE_CHUNK_NODES. */
extern void (*const coterie_rendezvous_scan[COTERIE_LEVELS])(const coterie_rendezvous *r, uint64_t w, uint32_t from,
                                                             uint32_t nodes, uint32_t *least, uint32_t *second);

/* How a key stands after some chunks: the place of its first node, the least place of any other, and the first node. All
 * ones before the first chunk. Then one more chunk joins. */
COTERIE_INLINE void coterie_join(uint32_t *place, uint32_t *rival, uint32_t *node, uint32_t from, uint32_t least,
                                 uint32_t second) {
    uint32_t new = least & ~COTERIE_NUMBER_MASK, later = new < *place ? *place : new;
    second = second < *rival ? second : *rival;
    *rival = second < later ? second : later;
    *node = new < *place ? from + (least & COTERIE_NUMBER_MASK) : *node;
    *place = new < *place ? new : *place;
}

/* Whether no other node can be before the first one. */
COTERIE_INLINE int coterie_is_first(const coterie_rendezvous *r, uint32_t place, uint32_t rival, uint32_t node) {
    return rival > coterie_last_rival(place, r->slowness[node], r->weighted);
}

/* The first node, compared exactly: `first` if that is before the place `rival`, else with all that may be first. */
uint32_t coterie_rendezvous_exact(const coterie_rendezvous *r, uint64_t w, uint32_t first, uint32_t rival, int level);

#endif
