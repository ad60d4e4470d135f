/* Maglev's table by the rule as it stands: the oracle of its tests and of its fuzz target. */
#ifndef COTERIE_TESTS_MAGLEV_MODEL_H
#define COTERIE_TESTS_MAGLEV_MODEL_H

#include "check.h"
#include "coterie/placement/maglev.h"
#include "guard.h"
#include "placement/backwards.h"

#include <math.h>

/* ---- the model ---- */

typedef struct {
    uint32_t next;
    double weight, target;
} model_filler;

/* The owner of each slot. */
static inline int32_t *maglev_model_of(const coterie_maglev_node *nodes, uint32_t n, uint32_t slots) {
    int32_t *table = (int32_t *)malloc(slots * sizeof *table);
    model_filler *fillers = (model_filler *)malloc(n * sizeof *fillers);
    double heaviest = 0;
    int scale;
    memset(table, 0xFF, slots * sizeof *table); /* -1: free */
    for (uint32_t i = 0; i < n; i++) heaviest = nodes[i].weight > heaviest ? nodes[i].weight : heaviest;
    double sum = 0;
    heaviest = frexp(heaviest, &scale); /* so that the sum is finite */
    for (uint32_t i = 0; i < n; i++) sum += ldexp(nodes[i].weight, -scale);
    heaviest /= sum;
    for (uint32_t i = 0; i < n; i++) fillers[i] = (model_filler){nodes[i].offset, ldexp(nodes[i].weight, -scale) / sum, 0};
    for (uint32_t round = 1, left = slots; left > 0; round++)
        for (uint32_t i = 0; i < n && left > 0; i++) {
            model_filler *node = fillers + i;
            if (round * node->weight < node->target) continue;
            while (table[node->next] >= 0) {
                node->next += nodes[i].skip;
                if (node->next >= slots) node->next -= slots;
            }
            table[node->next] = (int32_t)nodes[i].owner;
            node->target += heaviest;
            left--;
        }
    free(fillers);
    return table;
}

static inline uint32_t model_slot(const coterie_maglev *m, uint64_t digest) {
    return (uint32_t)((coterie_mix(digest, m->salt) >> 32) * m->slots >> 32);
}

/* The first owners from a slot on: distinct, without those marked in `left_out` (NULL, or one byte a node). Returns
 * how many there are, at most `want`. */
static inline uint32_t model_owners(const coterie_maglev *m, const int32_t *table, uint32_t slot, uint32_t want,
                                    const uint8_t *left_out, int32_t *out) {
    uint8_t *taken = (uint8_t *)calloc(m->nodes_len, 1);
    uint32_t count = 0;
    if (left_out) memcpy(taken, left_out, m->nodes_len);
    for (uint32_t i = 0; i < m->slots && count < want; i++) {
        int32_t owner = table[(slot + i) % m->slots];
        if (!taken[owner]) taken[owner] = 1, out[count++] = owner;
    }
    free(taken);
    return count;
}

/* ---- a table in memory of just its size ---- */

typedef struct {
    coterie_maglev m;
    void *memory;
    size_t size;
} guarded_maglev;

static inline guarded_maglev maglev_filled(uint64_t salt, const coterie_maglev_node *nodes, uint32_t n,
                                           uint32_t slots, int narrow) {
    guarded_maglev made = {{salt, slots, n, narrow, NULL}, NULL, (size_t)slots * (narrow ? 2 : 4)};
    made.m.table = made.memory = guard_alloc(made.size);
    CHECK(coterie_maglev_fill(nodes, n, slots, narrow, NULL, made.memory) == COTERIE_OK);
    guard_read_only(made.memory, made.size);
    return made;
}
static inline void maglev_free(guarded_maglev *made) { guard_free(made->memory, made->size); }

/* ---- checks ---- */

static inline void check_table(const coterie_maglev *m, const int32_t *table) {
    int same = 1;
    for (uint32_t slot = 0; slot < m->slots; slot++)
        same &= coterie_maglev_owner(m, slot, m->narrow) == (uint32_t)table[slot];
    CHECK(same);
}

/* One by one, and in batches of lengths around that of a block. */
static inline void check_owners(const coterie_maglev *m, const int32_t *table, const uint64_t *digests, size_t n) {
    const size_t lengths[] = {0, 1, 2, 7, 255, 256, 257, 511, 512, 513, n};
    int32_t *owners = (int32_t *)malloc(n * sizeof *owners + 1);
    for (size_t i = 0; i < n; i++) {
        owners[i] = table[model_slot(m, digests[i])];
        CHECK_EQUAL(coterie_maglev_get(m, digests[i]), owners[i]);
    }
    for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
        size_t len = lengths[k] < n ? lengths[k] : n;
        size_t in_size = len * sizeof *digests, out_size = len * sizeof *owners;
        uint64_t *in = (uint64_t *)guard_alloc(in_size);
        int32_t *out = (int32_t *)guard_alloc(out_size);
        memcpy(in, digests, in_size);
        EACH_LEVEL(level) {
            memset(out, 0xFF, out_size);
            coterie_maglev_assign[level](m, in, len, out);
            CHECK(!memcmp(out, owners, out_size));
        }
        guard_free(in, in_size);
        guard_free(out, out_size);
    }
    free(owners);
}

/* The first `want` owners at one digest: without a bitmap, with an empty one, a third left out, and all. */
static inline void check_distinct_owners(const coterie_maglev *m, const int32_t *table, uint64_t digest,
                                         uint32_t want, uint64_t random) {
    size_t size = want * sizeof(int32_t), n = m->nodes_len, words = (n + 63) / 64;
    int32_t *out = (int32_t *)guard_alloc(size), *expected = (int32_t *)malloc(size + 1);
    uint64_t *seen = (uint64_t *)guard_alloc(words * 8);
    uint8_t *left_out = (uint8_t *)calloc(n, 1);
    for (int mode = 0; mode < 4; mode++) {
        memset(seen, 0, words * 8);
        for (size_t i = 0; mode >= 2 && i < n; i++)
            if (mode == 3 || random_below(&random, 3) == 0) left_out[i] = 1, seen[i >> 6] |= (uint64_t)1 << (i & 63);
        uint32_t count = model_owners(m, table, model_slot(m, digest), want, left_out, expected);
        CHECK_EQUAL(coterie_maglev_get_many(m, digest, want, mode ? seen : NULL, out), count);
        CHECK(!memcmp(out, expected, count * sizeof *out));
        for (uint32_t i = 0; mode && i < count; i++) CHECK(seen[out[i] >> 6] >> (out[i] & 63) & 1);
    }
    guard_free(out, size);
    guard_free(seen, words * 8);
    free(expected);
    free(left_out);
}

/* Rows of replicas, without a bitmap and with one. */
static inline void check_rows_of_owners(const coterie_maglev *m, const int32_t *table, const uint64_t *digests,
                                        size_t n, size_t width) {
    size_t size = n * width * sizeof(int32_t), words = ((size_t)m->nodes_len + 63) / 64;
    int32_t *rows = (int32_t *)guard_alloc(size), *expected = (int32_t *)malloc(width * sizeof *expected + 1);
    uint64_t *seen = (uint64_t *)guard_alloc(words * 8);
    for (int with_seen = 0; with_seen < 2; with_seen++) {
        memset(rows, 0x77, size);
        memset(seen, 0, words * 8);
        coterie_maglev_assign_many(m, digests, n, width, with_seen ? seen : NULL, rows);
        for (size_t i = 0; i < words; i++) CHECK(!seen[i]); /* as clean as it was given */
        for (size_t i = 0; i < n; i++) {
            uint32_t count = model_owners(m, table, model_slot(m, digests[i]), (uint32_t)width, NULL, expected);
            for (size_t j = 0; j < width; j++) CHECK_EQUAL(rows[i * width + j], j < count ? expected[j] : -1);
        }
    }
    guard_free(rows, size);
    guard_free(seen, words * 8);
    free(expected);
}

/* Everything that the table of these nodes must be, narrow and wide. */
static inline void check_maglev(uint64_t salt, const coterie_maglev_node *nodes, uint32_t n, uint32_t slots,
                                uint64_t random) {
    enum { KEYS = 600 };
    const uint32_t wants[] = {0, 1, 2, n - 1, n, n + 70};
    int32_t *table = maglev_model_of(nodes, n, slots);
    uint64_t digests[KEYS];
    for (int i = 0; i < KEYS; i++) digests[i] = random64(&random);
    for (int i = 0; i < KEYS / 2; i++) { /* the first of a slot, and the last of the one before */
        uint64_t slot = random_below(&random, slots), first = ((slot << 32) + slots - 1) / slots << 32;
        if (i < 2) first = 0; /* both ends */
        digests[i] = unmix(i % 2 ? first : first - 1, salt);
    }
    for (int narrow = n <= 1 << 16; narrow >= 0; narrow--) {
        guarded_maglev made = maglev_filled(salt, nodes, n, slots, narrow);
        check_table(&made.m, table);
        check_owners(&made.m, table, digests, KEYS);
        for (size_t k = 0; k < sizeof wants / sizeof *wants; k++)
            if (wants[k] < 2000) check_distinct_owners(&made.m, table, digests[k], wants[k], random);
        for (size_t width = 0; width < 4; width++) check_rows_of_owners(&made.m, table, digests, 20, width * width);
        maglev_free(&made);
    }
    free(table);
}

#endif
