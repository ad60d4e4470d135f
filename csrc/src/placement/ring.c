/* Lookups. How rings are made: ring_build.c. */
#include "coterie/placement/ring.h"

#include "coterie/placement/replicas.h"

enum { BLOCK = 256 };

/* First every key's entry, without a branch; then those whose entry was flagged. */
COTERIE_INLINE void block(const coterie_ring *ring, const uint64_t *digests, size_t n, int32_t *out, int narrow) {
    uint64_t w[BLOCK];
    uint16_t flagged[BLOCK];
    uint32_t flag = COTERIE_RING_FLAG(narrow);
    size_t count = 0;
    for (size_t i = 0; i < n; i++) w[i] = coterie_mix(digests[i], ring->salt);
    for (size_t i = 0; i < n; i++) {
        uint32_t entry = coterie_ring_entry(ring, w[i], narrow);
        out[i] = (int32_t)entry;
        flagged[count] = (uint16_t)i;
        count += entry >= flag;
    }
    for (size_t i = 0; i < count; i++) {
        size_t k = flagged[i];
        out[k] = (int32_t)coterie_ring_finish(ring, w[k], (uint32_t)out[k], narrow);
    }
}

COTERIE_INLINE void assign_body(const coterie_ring *ring, const uint64_t *digests, size_t n, int32_t *out) {
    for (size_t i = 0; i < n; i += BLOCK) {
        size_t len = n - i < BLOCK ? n - i : BLOCK;
        if (ring->narrow) block(ring, digests + i, len, out + i, 1);
        else block(ring, digests + i, len, out + i, 0);
    }
}
COTERIE_KERNEL(coterie_ring_assign, assign_body,
               (const coterie_ring *ring, const uint64_t *digests, size_t n, int32_t *out), (ring, digests, n, out));

uint32_t coterie_ring_get_many(const coterie_ring *ring, uint64_t digest, uint32_t want, uint64_t *seen, int32_t *out) {
    uint32_t at = coterie_ring_rank(ring, coterie_mix(digest, ring->salt)), count = 0;
    for (uint32_t left = ring->points_len; left > 0 && count < want; left--, at++) {
        if (at >= ring->points_len) at = 0;
        uint32_t owner = coterie_ring_owner(ring, at, ring->narrow);
        if (coterie_is_new(out, count, seen, owner)) out[count++] = (int32_t)owner;
    }
    return count;
}

void coterie_ring_assign_many(const coterie_ring *ring, const uint64_t *digests, size_t n, size_t width,
                              uint64_t *seen, int32_t *out) {
    uint32_t want = width < ring->nodes_len ? (uint32_t)width : ring->nodes_len;
    for (size_t i = 0; i < n; i++, out += width) {
        uint32_t count = coterie_ring_get_many(ring, digests[i], want, seen, out);
        for (uint32_t j = 0; seen && j < count; j++) seen[out[j] >> 6] = 0;
        for (size_t j = count; j < width; j++) out[j] = -1;
    }
}
