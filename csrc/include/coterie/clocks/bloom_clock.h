/* Which cells of a Bloom clock an event counts in: some of them, distinct, all choices equally likely. */
#ifndef COTERIE_CLOCKS_BLOOM_CLOCK_H
#define COTERIE_CLOCKS_BLOOM_CLOCK_H

#include "coterie/base.h"

enum { COTERIE_BLOOM_CLOCK_FEW = 16, COTERIE_BLOOM_CLOCK_MOST = 1 << 20 };

/* `hashes` of `cells` for a digest: 1 <= hashes <= cells <= COTERIE_BLOOM_CLOCK_MOST. `seen` has a bit for each cell, all 0,
 * and may be NULL for up to COTERIE_BLOOM_CLOCK_FEW hashes. By Floyd's sampling (Bentley 1987). */
COTERIE_INLINE void coterie_bloom_clock_cells(uint64_t digest, uint64_t salt, uint32_t cells, uint32_t hashes, uint64_t *seen,
                                              uint32_t *out) {
    uint64_t state = coterie_mix(digest, salt);
    for (uint32_t i = 0; i < hashes; i++) {
        uint32_t last = cells - hashes + i;
        uint32_t cell = (uint32_t)coterie_mul_high64(coterie_splitmix64(state), (uint64_t)last + 1);
        int taken = 0;
        state += COTERIE_SPLITMIX64_STEP;
        if (seen) taken = (int)(seen[cell >> 6] >> (cell & 63) & 1);
        else
            for (uint32_t j = 0; j < i; j++) taken |= out[j] == cell;
        if (taken) cell = last; /* which was not possible before */
        if (seen) seen[cell >> 6] |= (uint64_t)1 << (cell & 63);
        out[i] = cell;
    }
}

#endif
