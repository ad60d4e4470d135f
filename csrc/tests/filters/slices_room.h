/* Slices with memory of their own, which ends at an unmapped page; and the plain way to ask and to add. */
#ifndef COTERIE_TESTS_SLICES_ROOM_H
#define COTERIE_TESTS_SLICES_ROOM_H

#include "coterie/filters/slices.h"
#include "guard.h"

static inline size_t room_of(const coterie_slice *slice) { return (size_t)slice->bloom.blocks * COTERIE_BLOOM_BYTES; }

/* Appends an empty slice of this shape. */
static inline void begin_slice(coterie_slices *slices, const coterie_slice *shape, uint64_t salt, int far) {
    coterie_slice *slice = &slices->at[slices->count++];
    *slice = *shape;
    slice->bloom.bits = (uint8_t *)guard_alloc(room_of(slice));
    memset(slice->bloom.bits, 0, room_of(slice));
    slice->bloom.salt = salt;
    slice->bloom.far = far;
}

/* Drops slices from the oldest on. */
static inline void drop_slices(coterie_slices *slices, int drop) {
    for (int i = 0; i < drop; i++) guard_free(slices->at[i].bloom.bits, room_of(&slices->at[i]));
    slices->count -= drop;
    memmove(slices->at, slices->at + drop, (size_t)slices->count * sizeof *slices->at);
}

static inline int plain_has(const coterie_slices *slices, int from, uint64_t digest) {
    int found = 0;
    for (int i = from; i < slices->count; i++)
        found |= coterie_bloom_has[COTERIE_BASELINE](&slices->at[i].bloom, digest);
    return found;
}

/* Whether two lists have the same slices and bits. */
static inline int same_slices(const coterie_slices *a, const coterie_slices *b) {
    if (a->count != b->count) return 0;
    for (int i = 0; i < a->count; i++) {
        const coterie_slice *x = &a->at[i], *y = &b->at[i];
        if (x->bloom.layout != y->bloom.layout || x->bloom.probes != y->bloom.probes) return 0;
        if (x->bloom.blocks != y->bloom.blocks) return 0;
        if (x->capacity != y->capacity || x->keys != y->keys || memcmp(&x->fpr, &y->fpr, sizeof x->fpr)) return 0;
        if (memcmp(&x->first, &y->first, sizeof x->first) || memcmp(&x->last, &y->last, sizeof x->last)) return 0;
        if (memcmp(x->bloom.bits, y->bloom.bits, room_of(x))) return 0;
    }
    return 1;
}

#endif
