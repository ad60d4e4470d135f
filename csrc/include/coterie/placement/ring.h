/* Consistent hashing with virtual nodes (Karger et al. 1997): a key belongs to the owner of the first point at or after
 * it on the circle of 64-bit numbers.
 *
 * A table over the top bits answers most lookups by one load. Its entry is the owner where no point lies in the entry's
 * range; else a flag and where the search through the points begins, counted from the first point of the entry's group.
 * Owners and entries are 16 bits wide (`narrow`) in rings of fewer than 2^15 nodes, else 32 bits.
 *
 * A ring is immutable. It owns nothing: the caller keeps one block of memory alive under it. Any number of threads may
 * read it. Owners are positions, 0 .. nodes-1, in whatever order the caller gives the nodes. */
#ifndef COTERIE_PLACEMENT_RING_H
#define COTERIE_PLACEMENT_RING_H

#include "coterie/hashing/xxh3.h"

/* The most points of a ring: 2^28 take 3.5 GiB, or 5 GiB with 2^15 nodes or more. Callers refuse more. */
#define COTERIE_RING_MAX_POINTS ((uint64_t)1 << 28)
enum {
    COTERIE_RING_PAD = 4,   /* what follows the last point, so that a search may look at 4 points from any start */
    COTERIE_RING_GROUP = 6, /* a group is 2^6 entries */
};
/* Entries from here on are flagged. */
#define COTERIE_RING_FLAG(narrow) ((narrow) ? 0x8000u : 0x80000000u)

typedef struct {
    uint64_t salt;
    uint32_t points_len; /* 0: an empty ring, on which no lookup may be called */
    uint32_t nodes_len;
    uint32_t shift; /* 64 - the bits of a table index */
    int narrow;
    const uint64_t *points; /* ascending; then COTERIE_RING_PAD times 2^64-1 */
    const void *owners;     /* one per point; then that of point 0, once per pad */
    const void *table;
    const uint32_t *starts; /* the first point of each group of entries, and the number of points */
} coterie_ring;

typedef struct {
    uint64_t digest;
    uint32_t points_len; /* at least 1 */
    uint32_t rank; /* among the nodes ordered by key bytes: orders equal points */
} coterie_ring_node;

/* The bytes of memory that a ring of so many points and nodes takes. */
size_t coterie_ring_size(uint64_t points_len, uint32_t nodes_len);

/* Builds the ring of these nodes in `memory` (coterie_ring_size bytes, aligned to 64), at one CPU level. Linear. */
coterie_status coterie_ring_build(coterie_ring *ring, void *memory, uint64_t salt, const coterie_ring_node *nodes,
                                  uint32_t nodes_len, int level);

/* Builds the ring that coterie_ring_build would make of `nodes`, which differ from those of `old` in one node, for the
 * price of a copy if it is small beside the ring. `old` has points. `before` and `after` are that node's positions;
 * COTERIE_RING_NONE if it is new, or gone. `gone`: what it was in `old`, NULL if it is new. A node of another weight keeps
 * its position and rank. */
#define COTERIE_RING_NONE UINT32_MAX
coterie_status coterie_ring_change(coterie_ring *ring, void *memory, const coterie_ring *old,
                                   const coterie_ring_node *nodes, uint32_t nodes_len, const coterie_ring_node *gone,
                                   uint32_t before, uint32_t after, int level);

/* ---- lookups: the ring must have points ---- */

/* The number of points below w, if it is known to lie in from..to: by halves. */
COTERIE_INLINE uint32_t coterie_ring_search(const coterie_ring *ring, uint32_t from, uint32_t to, uint64_t w) {
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (ring->points[middle] < w) from = middle + 1;
        else to = middle;
    }
    return from;
}

COTERIE_INLINE uint32_t coterie_ring_entry(const coterie_ring *ring, uint64_t w, int narrow) {
    size_t at = (size_t)(w >> ring->shift);
    return narrow ? ((const uint16_t *)ring->table)[at] : ((const uint32_t *)ring->table)[at];
}
COTERIE_INLINE uint32_t coterie_ring_owner(const coterie_ring *ring, uint32_t point, int narrow) {
    return narrow ? ((const uint16_t *)ring->owners)[point] : ((const uint32_t *)ring->owners)[point];
}
/* The number of points below w, which has this flagged entry. Mostly the next 4 points decide, without a branch for
 * each; a crowd of points is searched by halves. */
COTERIE_INLINE uint32_t coterie_ring_seek(const coterie_ring *ring, uint64_t w, uint32_t entry, int narrow) {
    size_t group = (size_t)(w >> ring->shift) >> COTERIE_RING_GROUP;
    uint32_t from = ring->starts[group] + (entry - COTERIE_RING_FLAG(narrow));
    const uint64_t *p = ring->points + from;
    uint32_t below = (uint32_t)(p[0] < w) + (p[1] < w) + (p[2] < w) + (p[3] < w);
    if (COTERIE_UNLIKELY(below == 4)) return coterie_ring_search(ring, from + 4, ring->starts[group + 1], w);
    return from + below;
}
/* The number of points below w. */
COTERIE_INLINE uint32_t coterie_ring_rank(const coterie_ring *ring, uint64_t w) {
    size_t group = (size_t)(w >> ring->shift) >> COTERIE_RING_GROUP;
    return coterie_ring_search(ring, ring->starts[group], ring->starts[group + 1], w);
}
/* The owner of a mixed digest that has this entry. */
COTERIE_INLINE uint32_t coterie_ring_finish(const coterie_ring *ring, uint64_t w, uint32_t entry, int narrow) {
    if (entry < COTERIE_RING_FLAG(narrow)) return entry;
    return coterie_ring_owner(ring, coterie_ring_seek(ring, w, entry, narrow), narrow);
}

/* The owner of one digest. */
COTERIE_INLINE uint32_t coterie_ring_get(const coterie_ring *ring, uint64_t digest) {
    uint64_t w = coterie_mix(digest, ring->salt);
    if (COTERIE_LIKELY(ring->narrow)) return coterie_ring_finish(ring, w, coterie_ring_entry(ring, w, 1), 1);
    return coterie_ring_finish(ring, w, coterie_ring_entry(ring, w, 0), 0);
}

/* The owners of n digests. One entry per CPU level. */
extern void (*const coterie_ring_assign[COTERIE_LEVELS])(const coterie_ring *ring, const uint64_t *digests, size_t n,
                                                         int32_t *out);

/* The first `want` distinct owners clockwise from the digest. `seen`: NULL, or one bit for each node, in which the
 * owners to leave out are set and those found get set. Returns how many were found (fewer than `want` only if no more
 * exist). `out` has room for `want`. Without `seen` the cost grows with the square of `want`. */
uint32_t coterie_ring_get_many(const coterie_ring *ring, uint64_t digest, uint32_t want, uint64_t *seen, int32_t *out);

/* Rows of `width` owners for n digests, as coterie_ring_get_many finds them, padded with -1. `seen` is NULL or
 * one bit for each node, all 0 before and after. */
void coterie_ring_assign_many(const coterie_ring *ring, const uint64_t *digests, size_t n, size_t width,
                              uint64_t *seen, int32_t *out);

#endif
