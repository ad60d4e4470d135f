/* Lookups. How tables are filled: maglev_fill.c. */
#include "coterie/placement/maglev.h"

#include "coterie/placement/replicas.h"

enum { BLOCK = 256 };

/* First every key's slot, then every slot's owner: the loads do not wait for the hashing. */
COTERIE_INLINE void block(const coterie_maglev *m, const uint64_t *digests, size_t n, int32_t *out, int narrow) {
    uint32_t slots[BLOCK];
    for (size_t i = 0; i < n; i++) slots[i] = coterie_maglev_slot(m, coterie_mix(digests[i], m->salt));
    for (size_t i = 0; i < n; i++) out[i] = (int32_t)coterie_maglev_owner(m, slots[i], narrow);
}

COTERIE_INLINE void assign_body(const coterie_maglev *m, const uint64_t *digests, size_t n, int32_t *out) {
    for (size_t i = 0; i < n; i += BLOCK) {
        size_t len = n - i < BLOCK ? n - i : BLOCK;
        if (m->narrow) block(m, digests + i, len, out + i, 1);
        else block(m, digests + i, len, out + i, 0);
    }
}
COTERIE_KERNEL(coterie_maglev_assign, assign_body,
               (const coterie_maglev *m, const uint64_t *digests, size_t n, int32_t *out), (m, digests, n, out));

uint32_t coterie_maglev_get_many(const coterie_maglev *m, uint64_t digest, uint32_t want, uint64_t *seen, int32_t *out) {
    uint32_t slot = coterie_maglev_slot(m, coterie_mix(digest, m->salt)), count = 0;
    for (uint32_t left = m->slots; left > 0 && count < want; left--) {
        uint32_t owner = coterie_maglev_owner(m, slot, m->narrow);
        if (coterie_is_new(out, count, seen, owner)) out[count++] = (int32_t)owner;
        if (++slot == m->slots) slot = 0;
    }
    return count;
}

void coterie_maglev_assign_many(const coterie_maglev *m, const uint64_t *digests, size_t n, size_t width, uint64_t *seen,
                                int32_t *out) {
    uint32_t want = width < m->nodes_len ? (uint32_t)width : m->nodes_len;
    for (size_t i = 0; i < n; i++, out += width) {
        uint32_t count = coterie_maglev_get_many(m, digests[i], want, seen, out);
        for (uint32_t j = 0; seen && j < count; j++) seen[out[j] >> 6] = 0;
        for (size_t j = count; j < width; j++) out[j] = -1;
    }
}
