/* Tables of binary fuse filters that end where an unmapped page begins. */
#ifndef COTERIE_TESTS_FUSE_TABLES_H
#define COTERIE_TESTS_FUSE_TABLES_H

#include "coterie/filters/fuse.h"
#include "coterie/filters/parameters.h"
#include "guard.h"

typedef struct {
    coterie_fuse_shape shape;
    coterie_fuse filter;
    uint64_t count;
    uint8_t *table;
    size_t size;
} fuse_table;

/* n digests that are as random as those of keys; the same for the same `first`. */
static inline uint64_t *digests_of(size_t n, uint64_t first) {
    uint64_t *digests = (uint64_t *)malloc(n * 8 + 8);
    for (size_t i = 0; i < n; i++) digests[i] = coterie_splitmix64((first + i) * COTERIE_SPLITMIX64_STEP);
    return digests;
}

static inline fuse_table fuse_made(const uint64_t *digests, size_t n, uint64_t seed, uint32_t bits, int level) {
    uint64_t *keys = (uint64_t *)guard_alloc(n * 8);
    fuse_table t;
    coterie_fuse_plan plan;
    if (n) memcpy(keys, digests, n * 8);
    CHECK(coterie_fuse_plan_for(keys, n, seed, level, NULL, &plan) == COTERIE_OK);
    guard_free(keys, n * 8);
    t.shape = plan.shape, t.count = plan.count;
    t.size = (size_t)coterie_fuse_slots(&plan.shape) * (bits / 8);
    t.table = (uint8_t *)guard_alloc(t.size);
    coterie_fuse_fill(&plan, bits, t.table);
    guard_read_only(t.table, t.size);
    coterie_fuse_forget(&plan);
    t.filter = coterie_fuse_of(&t.shape, seed, bits, t.table);
    return t;
}

static inline fuse_table fuse_digested(size_t n, uint64_t seed, uint32_t bits) {
    uint64_t *digests = digests_of(n, 0);
    fuse_table t = fuse_made(digests, n, seed, bits, COTERIE_BASELINE);
    free(digests);
    return t;
}

static inline void fuse_free(fuse_table *t) { guard_free(t->table, t->size); }

/* The payload that stores a table. */
static inline uint8_t *fuse_payload(const fuse_table *t, size_t *len) {
    *len = COTERIE_FILTER_PARAMETERS + t->size;
    uint8_t *payload = (uint8_t *)guard_alloc(*len);
    coterie_fuse_write(payload, &t->shape, t->filter.bits, 77);
    memcpy(payload + COTERIE_FILTER_PARAMETERS, t->table, t->size);
    return payload;
}

#endif
