/* A ring as a sorted list: the oracle of its tests and of its fuzz target. */
#ifndef COTERIE_TESTS_RING_MODEL_H
#define COTERIE_TESTS_RING_MODEL_H

#include "check.h"
#include "coterie/placement/ring.h"
#include "guard.h"
#include "placement/backwards.h"

/* ---- the model ---- */

typedef struct {
    uint64_t point;
    uint32_t rank, owner;
} model_point;
typedef struct {
    model_point *points; /* ascending by point, then by rank */
    uint32_t len;
} ring_model;

static inline int model_order(const void *a, const void *b) {
    const model_point *x = (const model_point *)a, *y = (const model_point *)b;
    if (x->point != y->point) return x->point < y->point ? -1 : 1;
    return x->rank < y->rank ? -1 : x->rank > y->rank;
}

static inline ring_model model_of(uint64_t salt, const coterie_ring_node *nodes, uint32_t nodes_len) {
    ring_model model = {NULL, 0};
    for (uint32_t n = 0; n < nodes_len; n++) model.len += nodes[n].points_len;
    model.points = (model_point *)malloc((model.len + 1) * sizeof *model.points);
    uint32_t at = 0;
    for (uint32_t n = 0; n < nodes_len; n++)
        for (uint32_t i = 0; i < nodes[n].points_len; i++) {
            uint8_t bytes[8] = {(uint8_t)i, (uint8_t)(i >> 8), (uint8_t)(i >> 16), (uint8_t)(i >> 24), 0, 0, 0, 0};
            uint64_t point = coterie_xxh3(bytes, sizeof bytes, nodes[n].digest ^ salt, COTERIE_BASELINE);
            model.points[at++] = (model_point){point, nodes[n].rank, n};
        }
    qsort(model.points, model.len, sizeof *model.points, model_order);
    return model;
}

/* The first point at or after w, around the circle: one by one. */
static inline uint32_t model_find(const ring_model *model, uint64_t w) {
    for (uint32_t i = 0; i < model->len; i++)
        if (model->points[i].point >= w) return i;
    return 0;
}

/* ---- a ring in memory of just its size ---- */

typedef struct {
    coterie_ring ring;
    void *memory;
    size_t size;
} guarded_ring;

static inline guarded_ring ring_room(const coterie_ring_node *nodes, uint32_t nodes_len) {
    guarded_ring made = {{0}, NULL, 0};
    uint64_t points_len = 0;
    for (uint32_t i = 0; i < nodes_len; i++) points_len += nodes[i].points_len;
    made.size = coterie_ring_size(points_len, nodes_len);
    made.memory = guard_alloc(made.size);
    CHECK((uintptr_t)made.memory % 64 == 0);
    return made;
}
static inline guarded_ring ring_built(uint64_t salt, const coterie_ring_node *nodes, uint32_t nodes_len, int level) {
    guarded_ring made = ring_room(nodes, nodes_len);
    CHECK(coterie_ring_build(&made.ring, made.memory, salt, nodes, nodes_len, level) == COTERIE_OK);
    return made;
}
/* `from`: the nodes of the old ring. */
static inline guarded_ring ring_changed(const coterie_ring *old, const coterie_ring_node *from,
                                        const coterie_ring_node *nodes, uint32_t nodes_len, uint32_t before,
                                        uint32_t after, int level) {
    guarded_ring made = ring_room(nodes, nodes_len);
    const coterie_ring_node *gone = before == COTERIE_RING_NONE ? NULL : from + before;
    coterie_status status =
        coterie_ring_change(&made.ring, made.memory, old, nodes, nodes_len, gone, before, after, level);
    CHECK(status == COTERIE_OK);
    return made;
}
static inline void ring_free(guarded_ring *made) { guard_free(made->memory, made->size); }

/* Whether two rings are the same byte for byte. */
static inline int ring_same(const coterie_ring *a, const coterie_ring *b) {
    if (a->salt != b->salt || a->points_len != b->points_len || a->nodes_len != b->nodes_len) return 0;
    if (a->shift != b->shift || a->narrow != b->narrow) return 0;
    if (!a->points_len) return 1;
    size_t width = a->narrow ? 2 : 4, padded = (size_t)a->points_len + COTERIE_RING_PAD;
    size_t entries = (size_t)1 << (64 - a->shift), groups = entries >> COTERIE_RING_GROUP;
    return !memcmp(a->points, b->points, padded * sizeof *a->points) && !memcmp(a->owners, b->owners, padded * width) &&
           !memcmp(a->table, b->table, entries * width) &&
           !memcmp(a->starts, b->starts, (groups + 1) * sizeof *a->starts);
}

/* ---- checks ---- */

/* The batch of each level gives these owners, for a length around the size of a block and for all. */
static inline void check_assign(const coterie_ring *ring, const uint64_t *digests, const int32_t *owners, size_t n) {
    const size_t lengths[] = {0, 1, 2, 7, 255, 256, 257, 511, 512, 513, n};
    for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
        size_t len = lengths[k] < n ? lengths[k] : n, in_size = len * sizeof *digests, out_size = len * sizeof *owners;
        uint64_t *in = (uint64_t *)guard_alloc(in_size);
        int32_t *out = (int32_t *)guard_alloc(out_size);
        memcpy(in, digests, in_size);
        EACH_LEVEL(level) {
            memset(out, 0xFF, out_size);
            coterie_ring_assign[level](ring, in, len, out);
            CHECK(!memcmp(out, owners, out_size));
        }
        guard_free(in, in_size);
        guard_free(out, out_size);
    }
}

/* Lookups at, right before and right after every point, and at `random_probes` other places. */
static inline void check_lookups(const coterie_ring *ring, const ring_model *model, uint32_t random_probes,
                                 uint64_t random) {
    const model_point *points = model->points;
    size_t n = 0, room = 3 * (size_t)model->len + random_probes;
    uint64_t *digests = (uint64_t *)malloc((room + 1) * sizeof *digests);
    int32_t *owners = (int32_t *)malloc((room + 1) * sizeof *owners), first = (int32_t)points[0].owner, one;
    for (uint32_t i = 0, next, last = UINT32_MAX; i < model->len; last = i, i = next) { /* equal points i..next-1 */
        uint64_t point = points[i].point;
        for (next = i; next < model->len && points[next].point == point;) next++;
        digests[n] = unmix(point, ring->salt);
        owners[n++] = (int32_t)points[i].owner;
        digests[n] = unmix(point - 1, ring->salt); /* before the point 0 comes the end of the circle */
        if (point == 0) owners[n++] = (int32_t)points[model_find(model, UINT64_MAX)].owner;
        else owners[n++] = (int32_t)points[i && points[last].point == point - 1 ? last : i].owner;
        digests[n] = unmix(point + 1, ring->salt);
        owners[n++] = next < model->len ? (int32_t)points[next].owner : first;
    }
    for (uint32_t i = 0; i < random_probes; i++) {
        digests[n] = random64(&random);
        owners[n] = (int32_t)points[model_find(model, coterie_mix(digests[n], ring->salt))].owner;
        n++;
    }
    for (size_t i = 0; i < n; i++) {
        CHECK_EQUAL(coterie_ring_get(ring, digests[i]), owners[i]);
        CHECK(coterie_ring_get_many(ring, digests[i], 1, NULL, &one) == 1 && one == owners[i]);
    }
    check_assign(ring, digests, owners, n);
    free(digests);
    free(owners);
}

/* The first owners from w on, by walking: distinct, without those marked in `left_out` (NULL, or one byte a node).
 * Returns how many there are, at most `want`. */
static inline uint32_t model_replicas(const ring_model *model, uint64_t w, uint32_t want, const uint8_t *left_out,
                                      int32_t *out) {
    uint32_t from = model_find(model, w), count = 0;
    for (uint32_t step = 0; step < model->len && count < want; step++) {
        uint32_t owner = model->points[(from + step) % model->len].owner, i = 0;
        while (i < count && out[i] != (int32_t)owner) i++;
        if (i == count && !(left_out && left_out[owner])) out[count++] = (int32_t)owner;
    }
    return count;
}

/* The first `want` owners at one digest: without a bitmap, with an empty one, and with about a third left out. */
static inline void check_replicas(const coterie_ring *ring, const ring_model *model, uint64_t digest, uint32_t want,
                                  uint64_t random) {
    size_t size = want * sizeof(int32_t), nodes = ring->nodes_len, words = (nodes + 63) / 64;
    int32_t *out = (int32_t *)guard_alloc(size), *expected = (int32_t *)malloc(size + 1);
    uint64_t *seen = (uint64_t *)guard_alloc(words * 8), w = coterie_mix(digest, ring->salt);
    uint8_t *left_out = (uint8_t *)calloc(nodes, 1);
    for (int mode = 0; mode < 3; mode++) {
        memset(seen, 0, words * 8);
        for (size_t i = 0; mode == 2 && i < nodes; i++)
            if (random_below(&random, 3) == 0) left_out[i] = 1, seen[i >> 6] |= (uint64_t)1 << (i & 63);
        uint32_t count = model_replicas(model, w, want, left_out, expected);
        CHECK_EQUAL(coterie_ring_get_many(ring, digest, want, mode ? seen : NULL, out), count);
        CHECK(!memcmp(out, expected, count * sizeof *out));
        for (uint32_t i = 0; mode && i < count; i++) CHECK(seen[out[i] >> 6] >> (out[i] & 63) & 1);
    }
    guard_free(out, size);
    guard_free(seen, words * 8);
    free(expected);
    free(left_out);
}

/* Everything that a ring must be. */
static inline void check_ring(const coterie_ring *ring, uint64_t salt, const coterie_ring_node *nodes,
                              uint32_t nodes_len) {
    ring_model model = model_of(salt, nodes, nodes_len);
    uint32_t entries_log2 = 64 - ring->shift;
    CHECK_EQUAL(ring->salt, salt);
    CHECK_EQUAL(ring->nodes_len, nodes_len);
    CHECK_EQUAL(ring->narrow, nodes_len < 0x8000);
    if (CHECK_EQUAL(ring->points_len, model.len) && model.len) {
        CHECK(((uint64_t)1 << entries_log2) >= 2 * (uint64_t)model.len);
        for (uint32_t i = 0; i < model.len + COTERIE_RING_PAD; i++) {
            int pad = i >= model.len;
            CHECK_EQUAL(ring->points[i], pad ? UINT64_MAX : model.points[i].point);
            CHECK_EQUAL(coterie_ring_owner(ring, i, ring->narrow), model.points[pad ? 0 : i].owner);
        }
        for (size_t g = 0, i = 0, groups = (size_t)1 << (entries_log2 - COTERIE_RING_GROUP); g <= groups; g++) {
            while (i < model.len && model.points[i].point >> ring->shift >> COTERIE_RING_GROUP < g) i++;
            CHECK_EQUAL(ring->starts[g], i);
        }
        check_lookups(ring, &model, 1 + 1000000 / (model.len + 1000), salt);
    }
    free(model.points);
}

#endif
