/* Maglev hashing (Eisenbud et al. 2016): a table of a prime number of slots, which the nodes fill in turns, each by a
 * permutation of its own. A lookup is one load.
 *
 * With weights, as in Envoy, each is divided by their sum, and a node has a turn in round r = 1, 2, ... if r * weight is
 * at least its target, which begins at 0 and grows by the largest weight with each turn. So every node has its first turn in
 * the first round.
 *
 * A table is immutable and owns nothing: the caller keeps one block of memory alive under it. Any number of threads may
 * read it. Nodes are positions, 0 .. nodes-1. Owners are 16 bits wide (`narrow`) up to 2^16 nodes, else 32 bits. */
#ifndef COTERIE_PLACEMENT_MAGLEV_H
#define COTERIE_PLACEMENT_MAGLEV_H

#include "coterie/level.h"

#define COTERIE_MAGLEV_MAX_SLOTS 5000011u

/* Whether a number of slots is allowed: a prime, 2 .. COTERIE_MAGLEV_MAX_SLOTS. */
int coterie_maglev_allows(uint64_t slots);

/* Node i's permutation of the slots is (offset + j * skip) mod slots, j = 0, 1, ... */
typedef struct {
    uint32_t offset; /* 0 .. slots-1 */
    uint32_t skip;   /* 1 .. slots-1 */
    double weight;   /* finite, above 0 */
    uint32_t owner;  /* what its slots hold */
} coterie_maglev_node;

/* The node of a digest. */
coterie_maglev_node coterie_maglev_permute(uint64_t digest, uint64_t salt, double weight, uint32_t owner, uint32_t slots);

/* Fills `table` with the owner of each slot: of 16 bits each if `narrow`, else of 32. There are 1 .. slots nodes, which
 * have their turns in the order given. Takes about slots * ln(slots) / 2 steps if the permutations are random, at worst
 * slots^2; where weights differ much, each turn takes log(nodes) more. `stop` is asked from time to time, NULL: never;
 * if it returns other than 0, so does the function, with COTERIE_STOPPED. */
coterie_status coterie_maglev_fill(const coterie_maglev_node *nodes, uint32_t nodes_len, uint32_t slots, int narrow,
                                   int (*stop)(void), void *table);

typedef struct {
    uint64_t salt;
    uint32_t slots;
    uint32_t nodes_len; /* 0: no lookup may be called */
    int narrow;
    const void *table;
} coterie_maglev;

/* The slot of a mixed digest, by its upper half; slots differ by one in 2^32 / slots. */
COTERIE_INLINE uint32_t coterie_maglev_slot(const coterie_maglev *m, uint64_t w) {
    return (uint32_t)((w >> 32) * m->slots >> 32);
}
COTERIE_INLINE uint32_t coterie_maglev_owner(const coterie_maglev *m, uint32_t slot, int narrow) {
    return narrow ? ((const uint16_t *)m->table)[slot] : ((const uint32_t *)m->table)[slot];
}

/* ---- lookups: there must be nodes ---- */

/* The node of one digest. */
COTERIE_INLINE uint32_t coterie_maglev_get(const coterie_maglev *m, uint64_t digest) {
    return coterie_maglev_owner(m, coterie_maglev_slot(m, coterie_mix(digest, m->salt)), m->narrow);
}

/* The nodes of n digests. One entry per CPU level. */
extern void (*const coterie_maglev_assign[COTERIE_LEVELS])(const coterie_maglev *m, const uint64_t *digests, size_t n,
                                                           int32_t *out);

/* The first `want` distinct owners from the digest's slot on. `seen`: NULL, or one bit for each node, in which the owners
 * to leave out are set and those found get set. Returns how many were found (fewer than `want` only if no more exist).
 * `out` has room for `want`. Without `seen` the cost grows with the square of `want`. */
uint32_t coterie_maglev_get_many(const coterie_maglev *m, uint64_t digest, uint32_t want, uint64_t *seen, int32_t *out);

/* Rows of `width` owners for n digests, as coterie_maglev_get_many finds them, padded with -1. `seen` is NULL or one bit
 * for each node, all 0 before and after. */
void coterie_maglev_assign_many(const coterie_maglev *m, const uint64_t *digests, size_t n, size_t width, uint64_t *seen,
                                int32_t *out);

#endif
