/* Rendezvous hashing as a sorted list: the oracle of its tests and of its fuzz target. */
#ifndef COTERIE_TESTS_RENDEZVOUS_MODEL_H
#define COTERIE_TESTS_RENDEZVOUS_MODEL_H

#include "check.h"
#include "coterie/placement/rendezvous.h"
#include "guard.h"
#include "placement/backwards.h"

#include <math.h>

/* ---- the model ---- */

typedef struct {
    uint64_t salt, *seeds;
    double *weights;
    uint32_t len;
    int weighted;
} rendezvous_model;

static inline rendezvous_model rendezvous_model_of(uint64_t salt, const coterie_rendezvous_node *nodes,
                                                   uint32_t len) {
    rendezvous_model model = {salt, (uint64_t *)malloc(len * 8 + 1), (double *)malloc(len * 8 + 1), len, 0};
    double heaviest = 0;
    int scale;
    for (uint32_t i = 0; i < len; i++) heaviest = nodes[i].weight > heaviest ? nodes[i].weight : heaviest;
    (void)frexp(heaviest, &scale);
    for (uint32_t i = 0; i < len; i++) {
        model.seeds[i] = coterie_xxh3((const uint8_t[8]){0}, 8, nodes[i].digest ^ salt, COTERIE_BASELINE);
        model.weights[i] = ldexp(nodes[i].weight, 900 - scale);
        if (nodes[i].weight != nodes[0].weight) model.weighted = 1;
    }
    return model;
}
static inline void rendezvous_model_free(rendezvous_model *model) {
    free(model->seeds);
    free(model->weights);
}

static inline uint64_t model_draw(uint64_t w, uint64_t seed) {
    uint32_t first = (uint32_t)seed | 1, second = (uint32_t)(seed >> 32) | 1, t = (uint32_t)w * first;
    uint32_t upper = (t ^ t >> 16 ^ (uint32_t)(w >> 32)) * second;
    return (uint64_t)upper << 32 | coterie_splitmix64(w ^ seed) >> 32;
}

/* -ln(1 - v) for the v of a draw. */
static inline double model_arrival(uint64_t draw) {
    const double ln2 = 0.693147180559945309417;
    int e;
    double v = ldexp((double)(draw >> 12) + 0.5, -52), m = frexp(1 - v, &e), s = (1 - m) / (1 + m), total = 0;
    for (int k = 31; k > 0; k -= 2) total = total * (s * s) + 1.0 / k;
    return -e * ln2 + 2 * (s * total);
}

typedef struct {
    double arrival;
    uint64_t draw;
    uint32_t node;
} model_runner;

static inline model_runner model_run(const rendezvous_model *model, uint64_t w, uint32_t node) {
    uint64_t draw = model_draw(w, model->seeds[node]);
    return (model_runner){model->weighted ? model_arrival(draw) / model->weights[node] : 0, draw, node};
}
static inline int model_before(const void *a, const void *b) {
    const model_runner *x = (const model_runner *)a, *y = (const model_runner *)b;
    if (x->arrival != y->arrival) return x->arrival < y->arrival ? -1 : 1;
    if (x->draw != y->draw) return x->draw < y->draw ? -1 : 1;
    return x->node < y->node ? -1 : x->node > y->node;
}

static inline uint32_t model_first(const rendezvous_model *model, uint64_t w) {
    model_runner first = model_run(model, w, 0);
    for (uint32_t i = 1; i < model->len; i++) {
        model_runner next = model_run(model, w, i);
        if (model_before(&next, &first) < 0) first = next;
    }
    return first.node;
}

/* All nodes in their order at w. */
static inline void model_order_at(const rendezvous_model *model, uint64_t w, uint32_t *out) {
    model_runner *runners = (model_runner *)malloc(model->len * sizeof *runners + 1);
    for (uint32_t i = 0; i < model->len; i++) runners[i] = model_run(model, w, i);
    qsort(runners, model->len, sizeof *runners, model_before);
    for (uint32_t i = 0; i < model->len; i++) out[i] = runners[i].node;
    free(runners);
}

/* ---- the way back ---- */

/* The w of this lower half at which the upper half of a node's draw is `upper`. */
static inline uint64_t w_with_draw(uint32_t lower, uint32_t upper, uint64_t seed) {
    uint32_t t = lower * ((uint32_t)seed | 1), inverse = (uint32_t)odd_inverse(seed >> 32 | 1);
    return (uint64_t)(t ^ t >> 16 ^ upper * inverse) << 32 | lower;
}

/* The digest of a node that draws this upper half at w, which is odd; one more if its lower 16 bits are 0, for which
 * there may be no factors. */
static inline uint64_t node_with_draw(uint64_t w, uint32_t upper, uint64_t salt, uint64_t *random) {
    upper |= (upper & 0xFFFFu) == 0;
    for (;;) {
        uint32_t second = (uint32_t)random64(random) | 1;
        uint32_t t = upper * (uint32_t)odd_inverse(second) ^ (uint32_t)(w >> 32), first;
        t ^= t >> 16; /* its own inverse */
        first = t * (uint32_t)odd_inverse((uint32_t)w);
        if (first & 1) return node_with_point((uint64_t)second << 32 | first, 0, salt);
    }
}

/* ---- the structure, in memory of just its size that cannot be written ---- */

typedef struct {
    coterie_rendezvous r;
    void *memory;
    size_t size;
} guarded_rendezvous;

static inline guarded_rendezvous rendezvous_built(uint64_t salt, const coterie_rendezvous_node *nodes, uint32_t len) {
    guarded_rendezvous made = {{0}, NULL, coterie_rendezvous_size(len)};
    made.memory = guard_alloc(made.size);
    CHECK((uintptr_t)made.memory % 64 == 0);
    coterie_rendezvous_build(&made.r, made.memory, salt, nodes, len);
    guard_read_only(made.memory, made.size);
    return made;
}
static inline void rendezvous_free(guarded_rendezvous *made) { guard_free(made->memory, made->size); }

/* ---- checks ---- */

/* The batch of so many digests at each level, with its ends at unmapped pages. */
static inline void check_firsts(const coterie_rendezvous *r, const uint64_t *digests, const int32_t *firsts,
                                size_t n) {
    uint64_t *in = (uint64_t *)guard_alloc(n * sizeof *in);
    int32_t *out = (int32_t *)guard_alloc(n * sizeof *out);
    memcpy(in, digests, n * sizeof *in);
    guard_read_only(in, n * sizeof *in);
    EACH_LEVEL(level) {
        memset(out, 0xFF, n * sizeof *out);
        coterie_rendezvous_assign[level](r, in, n, out);
        CHECK(!memcmp(out, firsts, n * sizeof *out));
    }
    guard_free(in, n * sizeof *in);
    guard_free(out, n * sizeof *out);
}

/* The first node of each digest: one by one, as the first of many, and in batches whose ends are at other places. */
static inline void check_first_nodes(const coterie_rendezvous *r, const rendezvous_model *model,
                                     const uint64_t *digests, size_t n) {
    const size_t lengths[] = {0, 1, 16, 17, 63, 64, 65, 80, 81};
    int32_t *firsts = (int32_t *)malloc(n * sizeof *firsts + 1), *one = (int32_t *)guard_alloc(sizeof *one);
    size_t room_size = coterie_rendezvous_room(1);
    void *room = guard_alloc(room_size);
    uint32_t found;
    for (size_t i = 0; i < n; i++) {
        uint64_t w = coterie_mix(digests[i], model->salt);
        firsts[i] = (int32_t)model_first(model, w);
        EACH_LEVEL(level) {
            CHECK_EQUAL(coterie_rendezvous_get(r, w, level), firsts[i]);
            coterie_rendezvous_get_many[level](r, w, 1, NULL, room, one, &found);
            CHECK(found == 1 && *one == firsts[i]);
        }
    }
    for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++)
        if (lengths[k] < n) check_firsts(r, digests + n - lengths[k], firsts + n - lengths[k], lengths[k]);
    check_firsts(r, digests, firsts, n);
    guard_free(room, room_size);
    guard_free(one, sizeof *one);
    free(firsts);
}

/* The first `want` nodes of those that are not left out (`seen` may be NULL). `order` is that of all nodes at w. */
static inline void check_first_many(const coterie_rendezvous *r, uint64_t w, const uint32_t *order, uint32_t want,
                                    const uint64_t *seen) {
    size_t size = want * sizeof(int32_t), room_size = coterie_rendezvous_room(want);
    int32_t *out = (int32_t *)guard_alloc(size);
    void *room = guard_alloc(room_size);
    EACH_LEVEL(level) {
        uint32_t found = UINT32_MAX, count = 0;
        memset(out, 0xFF, size);
        coterie_rendezvous_get_many[level](r, w, want, seen, room, out, &found);
        for (uint32_t i = 0; i < r->nodes_len && count < want; i++)
            if (!seen || !(seen[order[i] >> 6] >> (order[i] & 63) & 1)) CHECK_EQUAL(out[count++], order[i]);
        CHECK_EQUAL(found, count);
    }
    guard_free(out, size);
    guard_free(room, room_size);
}

/* Rows of replicas, with room for no more than they need. */
static inline void check_rows_of_nodes(const coterie_rendezvous *r, const rendezvous_model *model,
                                       const uint64_t *digests, size_t n, size_t width) {
    size_t size = n * width * sizeof(int32_t), want = width < r->nodes_len ? width : r->nodes_len;
    size_t room_size = coterie_rendezvous_room(want);
    uint64_t *in = (uint64_t *)guard_alloc(n * sizeof *in);
    int32_t *rows = (int32_t *)guard_alloc(size);
    uint32_t *order = (uint32_t *)malloc(r->nodes_len * sizeof *order + 1);
    void *room = guard_alloc(room_size);
    memcpy(in, digests, n * sizeof *in);
    guard_read_only(in, n * sizeof *in);
    EACH_LEVEL(level) {
        memset(rows, 0x77, size);
        coterie_rendezvous_assign_many(r, in, n, width, room, rows, level);
        for (size_t i = 0; i < n; i++) {
            model_order_at(model, coterie_mix(digests[i], model->salt), order);
            for (size_t j = 0; j < width; j++) CHECK_EQUAL(rows[i * width + j], j < want ? (int32_t)order[j] : -1);
        }
    }
    guard_free(in, n * sizeof *in);
    guard_free(rows, size);
    guard_free(room, room_size);
    free(order);
}

/* Searches at one w: without a bitmap, with an empty one, without the first, some, all but the last, and all. */
static inline void check_searches(const coterie_rendezvous *r, const rendezvous_model *model, uint64_t w,
                                  uint32_t want, uint64_t random) {
    uint32_t n = r->nodes_len, *order = (uint32_t *)malloc(n * sizeof *order + 1);
    size_t size = ((size_t)n + 63) / 64 * 8;
    uint64_t *seen = (uint64_t *)guard_alloc(size);
    model_order_at(model, w, order);
    check_first_many(r, w, order, want, NULL);
    for (int mode = 0; mode < 5; mode++) {
        memset(seen, 0, size);
        for (uint32_t i = 0; i < n; i++) {
            const int out[5] = {0, i == 0, random_below(&random, 3) > 0, i < n - 1, 1};
            if (out[mode]) seen[order[i] >> 6] |= (uint64_t)1 << (order[i] & 63);
        }
        check_first_many(r, w, order, want, seen);
    }
    guard_free(seen, size);
    free(order);
}

#endif
