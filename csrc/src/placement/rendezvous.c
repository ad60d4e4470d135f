/* The structure, and exact comparisons: one key, and rows of replicas. */
#include "rendezvous_scan.h"

#include "coterie/hashing/xxh3.h"

/* ---- the structure ---- */

/* Vectors of nodes read beyond the last one. */
static size_t padded(uint32_t nodes_len) { return ((size_t)nodes_len + COTERIE_PAD_NODES - 1) & ~(size_t)(COTERIE_PAD_NODES - 1); }

size_t coterie_rendezvous_size(uint32_t nodes_len) {
    return padded(nodes_len) * (sizeof(uint64_t) + sizeof(double) + 2 * sizeof(uint32_t) + sizeof(float));
}

/* The power of two at or below a weight, which may be denormal. */
static double binade(double weight) {
    double power = 1;
    while (power > weight) power /= 2;
    while (power <= weight / 2) power *= 2;
    return power;
}

void coterie_rendezvous_build(coterie_rendezvous *r, void *memory, uint64_t salt, const coterie_rendezvous_node *nodes,
                              uint32_t nodes_len) {
    size_t len = padded(nodes_len);
    uint64_t *seeds = (uint64_t *)memory;
    double *weights = (double *)(seeds + len), heaviest = 0;
    uint32_t *first = (uint32_t *)(weights + len), *second = first + len;
    float *slowness = (float *)(second + len);
    int weighted = 0;
    memset(memory, 0, coterie_rendezvous_size(nodes_len));
    for (uint32_t i = 0; i < nodes_len; i++) {
        seeds[i] = coterie_xxh3_u64(0, nodes[i].digest ^ salt);
        first[i] = (uint32_t)seeds[i] | 1;
        second[i] = (uint32_t)(seeds[i] >> 32) | 1;
        weights[i] = nodes[i].weight;
        weighted |= weights[i] != weights[0];
        if (weights[i] > heaviest) heaviest = weights[i];
    }
    double unit = nodes_len ? binade(heaviest) * 0x1p-31 : 1;
    for (uint32_t i = 0; i < nodes_len; i++) {
        double slow = unit / weights[i];
        slowness[i] = slow < COTERIE_SLOWEST ? (float)slow : COTERIE_SLOWEST;
    }
    *r = (coterie_rendezvous){salt, nodes_len, weighted, seeds, weights, first, second, slowness};
}

/* ---- who is first, exactly ---- */

typedef struct {
    double arrival; /* 0 for all where weights are equal */
    uint64_t draw;
    uint32_t node;
    uint32_t last; /* nodes at places after this one are later */
} runner;

COTERIE_INLINE runner run(const coterie_rendezvous *r, uint64_t w, uint32_t node, uint32_t place) {
    uint64_t draw = coterie_draw(w, r->seeds[node]);
    double arrival = r->weighted ? coterie_draw_arrival(draw) / r->weights[node] : 0;
    return (runner){arrival, draw, node, coterie_last_rival(place, r->slowness[node], r->weighted)};
}

COTERIE_INLINE int before(const runner *a, const runner *b) {
    if (a->arrival != b->arrival) return a->arrival < b->arrival;
    if (a->draw != b->draw) return a->draw < b->draw;
    return a->node < b->node;
}

/* ---- several nodes ---- */

size_t coterie_rendezvous_room(size_t want) { return want * sizeof(runner); }

/* A heap of the first nodes so far, whose root is the last of them. */
static void sink(runner *heap, uint32_t count, runner new) {
    uint32_t at = 0;
    for (uint32_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && before(heap + child, heap + child + 1)) child++;
        if (!before(&new, heap + child)) break;
        heap[at] = heap[child];
    }
    heap[at] = new;
}

static void rise(runner *heap, uint32_t at, runner new) {
    for (; at > 0 && before(heap + (at - 1) / 2, &new); at = (at - 1) / 2) heap[at] = heap[(at - 1) / 2];
    heap[at] = new;
}

COTERIE_INLINE uint32_t first_nodes(const coterie_rendezvous *r, uint64_t w, uint32_t want, const uint64_t *seen,
                                    runner *heap, int weighted) {
    uint32_t places[COTERIE_CHUNK_NODES], count = 0;
    for (uint32_t from = 0; from < r->nodes_len; from += COTERIE_CHUNK_NODES) {
        uint32_t n = r->nodes_len - from < COTERIE_CHUNK_NODES ? r->nodes_len - from : COTERIE_CHUNK_NODES;
        for (uint32_t i = 0; i < n; i++) {
            places[i] = coterie_draw_upper(w, r->first[from + i], r->second[from + i]);
            if (weighted) places[i] = coterie_early(places[i], r->slowness[from + i]);
        }
        for (uint32_t i = 0; i < n; i++) {
            uint32_t node = from + i;
            if (count == want && places[i] > heap[0].last) continue;
            if (seen && seen[node >> 6] >> (node & 63) & 1) continue;
            runner next = run(r, w, node, places[i]);
            if (count < want) rise(heap, count++, next);
            else if (before(&next, heap)) sink(heap, count, next);
        }
    }
    return count;
}

COTERIE_INLINE void get_many_body(const coterie_rendezvous *r, uint64_t w, uint32_t want, const uint64_t *seen, void *room,
                                  int32_t *out, uint32_t *found) {
    runner *heap = (runner *)room;
    *found = 0;
    if (want == 0) return;
    uint32_t count = *found = r->weighted ? first_nodes(r, w, want, seen, heap, 1) : first_nodes(r, w, want, seen, heap, 0);
    while (count > 0) {
        runner last = heap[--count];
        out[count] = (int32_t)heap[0].node;
        sink(heap, count, last);
    }
}
COTERIE_KERNEL(coterie_rendezvous_get_many, get_many_body,
               (const coterie_rendezvous *r, uint64_t w, uint32_t want, const uint64_t *seen, void *room, int32_t *out,
                uint32_t *found), (r, w, want, seen, room, out, found));

uint32_t coterie_rendezvous_exact(const coterie_rendezvous *r, uint64_t w, int level) {
    runner room;
    int32_t node;
    uint32_t found;
    coterie_rendezvous_get_many[level](r, w, 1, NULL, &room, &node, &found);
    return (uint32_t)node;
}

uint32_t coterie_rendezvous_get(const coterie_rendezvous *r, uint64_t w, int level) {
    uint32_t place = UINT32_MAX, rival = UINT32_MAX, node = 0;
    for (uint32_t from = 0; from < r->nodes_len; from += COTERIE_CHUNK_NODES) {
        uint32_t left = r->nodes_len - from, least, second;
        coterie_rendezvous_scan[level](r, w, from, left < COTERIE_CHUNK_NODES ? left : COTERIE_CHUNK_NODES, &least, &second);
        coterie_join(&place, &rival, &node, from, least, second);
    }
    return COTERIE_LIKELY(coterie_is_first(r, place, rival, node)) ? node : coterie_rendezvous_exact(r, w, level);
}

void coterie_rendezvous_assign_many(const coterie_rendezvous *r, const uint64_t *digests, size_t n, size_t width,
                                    void *room, int32_t *out, int level) {
    uint32_t want = width < r->nodes_len ? (uint32_t)width : r->nodes_len, found;
    for (size_t i = 0; i < n; i++, out += width) {
        coterie_rendezvous_get_many[level](r, coterie_mix(digests[i], r->salt), want, NULL, room, out, &found);
        for (size_t j = found; j < width; j++) out[j] = -1;
    }
}
