/* Replicas of a key: nodes in order of preference, none of them twice. */
#ifndef COTERIE_PLACEMENT_REPLICAS_H
#define COTERIE_PLACEMENT_REPLICAS_H

#include "coterie/base.h"

/* Whether a node is not yet among the `count` ones in `out`; with `seen`, whether its bit was not yet set, and sets it. */
COTERIE_INLINE int coterie_is_new(const int32_t *out, uint32_t count, uint64_t *seen, uint32_t node) {
    if (seen) {
        uint64_t bit = (uint64_t)1 << (node & 63), was = seen[node >> 6] & bit;
        seen[node >> 6] |= bit;
        return !was;
    }
    for (uint32_t i = 0; i < count; i++)
        if (out[i] == (int32_t)node) return 0;
    return 1;
}

#endif
