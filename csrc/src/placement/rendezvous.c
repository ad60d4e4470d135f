/* The structure, and exact comparisons: one key, and rows of replicas. */
#include "rendezvous_scan.h"

#include <math.h>

#include "coterie/hashing/xxh3.h"

/* ---- the structure ---- */

/* The greatest weight is scaled to 2^899 .. 2^900: arrivals, from 2^-53 to 2^6 over a weight, stay normal numbers. */
enum { GREATEST = 900 };

/* Vectors of nodes read beyond the last one. */
static size_t padded(uint32_t nodes_len) { return ((size_t)nodes_len + COTERIE_PAD_NODES - 1) & ~(size_t)(COTERIE_PAD_NODES - 1); }

size_t coterie_rendezvous_size(uint32_t nodes_len) {
    return padded(nodes_len) * (sizeof(uint64_t) + sizeof(double) + 2 * sizeof(uint32_t) + sizeof(float));
}

void coterie_rendezvous_build(coterie_rendezvous *r, void *memory, uint64_t salt, const coterie_rendezvous_node *nodes,
                              uint32_t nodes_len) {
    size_t len = padded(nodes_len);
    uint64_t *seeds = (uint64_t *)memory;
    double *weights = (double *)(seeds + len), heaviest = 0;
    uint32_t *first = (uint32_t *)(weights + len), *second = first + len;
    float *slowness = (float *)(second + len);
    int weighted = 0, scale;
    memset(memory, 0, coterie_rendezvous_size(nodes_len));
    for (uint32_t i = 0; i < nodes_len; i++) {
        seeds[i] = coterie_xxh3_u64(0, nodes[i].digest ^ salt);
        first[i] = (uint32_t)seeds[i] | 1;
        second[i] = (uint32_t)(seeds[i] >> 32) | 1;
        weighted |= nodes[i].weight != nodes[0].weight;
        if (nodes[i].weight > heaviest) heaviest = nodes[i].weight;
    }
    frexp(heaviest, &scale);
    for (uint32_t i = 0; i < nodes_len; i++) {
        weights[i] = ldexp(nodes[i].weight, GREATEST - scale);
        double slow = ldexp(1, GREATEST - 32) / weights[i];
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

/* Places are in units of 2^-899, with a margin that covers the rounding to a float. */
COTERIE_INLINE runner run(const coterie_rendezvous *r, uint64_t w, uint32_t node) {
    uint64_t draw = coterie_draw(w, r->seeds[node]);
    double arrival = r->weighted ? coterie_draw_arrival(draw) / r->weights[node] : 0;
    uint32_t place = r->weighted ? coterie_float_bits((float)(arrival * 0x1p899)) : (uint32_t)(draw >> 32);
    return (runner){arrival, draw, node, place | COTERIE_NUMBER_MASK};
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

/* The numbered places of n nodes from `from` on. */
COTERIE_INLINE void scan(const coterie_rendezvous *r, uint64_t w, uint32_t from, uint32_t n, uint32_t *places, int weighted) {
    for (uint32_t i = 0; i < n; i++) {
        uint32_t place = coterie_draw_upper(w, r->first[from + i], r->second[from + i]);
        if (weighted) place = coterie_early(place, r->slowness[from + i]);
        places[i] = (place & ~COTERIE_NUMBER_MASK) | i;
    }
}

COTERIE_INLINE int is_set(const uint64_t *bits, uint32_t i) { return bits && bits[i >> 6] >> (i & 63) & 1; }

/* The first nodes by a heap; returns how many there are. */
COTERIE_INLINE uint32_t by_heap(const coterie_rendezvous *r, uint64_t w, uint32_t want, const uint64_t *seen, runner *heap,
                                int32_t *out, int weighted) {
    uint32_t places[COTERIE_CHUNK_NODES], count = 0;
    for (uint32_t from = 0; from < r->nodes_len; from += COTERIE_CHUNK_NODES) {
        uint32_t n = r->nodes_len - from < COTERIE_CHUNK_NODES ? r->nodes_len - from : COTERIE_CHUNK_NODES;
        scan(r, w, from, n, places, weighted);
        for (uint32_t i = 0; i < n; i++) {
            if (count == want && places[i] > heap[0].last) continue;
            if (is_set(seen, from + i)) continue;
            runner next = run(r, w, from + i);
            if (count < want) rise(heap, count++, next);
            else if (before(&next, heap)) sink(heap, count, next);
        }
    }
    for (uint32_t left = count; left > 0;) {
        runner last = heap[--left];
        out[left] = (int32_t)heap[0].node;
        sink(heap, left, last);
    }
    return count;
}

/* The same for a few: one pass for each. Returns 0 where places do not decide. (Those of nodes that are set, or found, are
 * the last of all: if no others are left, each has rivals, or a number that is no node's.) */
enum { PASSES = 8 };
COTERIE_INLINE uint32_t by_passes(const coterie_rendezvous *r, uint64_t w, uint32_t want, const uint64_t *seen, int32_t *out,
                                  int weighted) {
    uint32_t places[COTERIE_CHUNK_NODES], n = r->nodes_len;
    scan(r, w, 0, n, places, weighted);
    for (uint32_t i = 0; seen && i < n; i++) places[i] |= -(uint32_t)is_set(seen, i);
    for (uint32_t count = 0; count < want; count++) {
        uint32_t least = UINT32_MAX, rivals = 0;
        for (uint32_t i = 0; i < n; i++) least = places[i] < least ? places[i] : least;
        uint32_t number = least & COTERIE_NUMBER_MASK;
        if (number >= n) return 0;
        uint32_t last = coterie_last_rival(least, r->slowness[number], weighted);
        for (uint32_t i = 0; i < n; i++) rivals += places[i] <= last;
        if (rivals != 1) return 0;
        out[count] = (int32_t)number;
        places[number] = UINT32_MAX;
    }
    return want;
}

COTERIE_INLINE uint32_t first_nodes(const coterie_rendezvous *r, uint64_t w, uint32_t want, const uint64_t *seen, void *room,
                                    int32_t *out, int weighted) {
    uint32_t found = 0;
    if (want <= PASSES && r->nodes_len <= COTERIE_CHUNK_NODES) found = by_passes(r, w, want, seen, out, weighted);
    return found ? found : by_heap(r, w, want, seen, (runner *)room, out, weighted);
}

COTERIE_INLINE void get_many_body(const coterie_rendezvous *r, uint64_t w, uint32_t want, const uint64_t *seen, void *room,
                                  int32_t *out, uint32_t *found) {
    if (want == 0) *found = 0;
    else *found = r->weighted ? first_nodes(r, w, want, seen, room, out, 1) : first_nodes(r, w, want, seen, room, out, 0);
}
COTERIE_KERNEL(coterie_rendezvous_get_many, get_many_body,
               (const coterie_rendezvous *r, uint64_t w, uint32_t want, const uint64_t *seen, void *room, int32_t *out,
                uint32_t *found), (r, w, want, seen, room, out, found));

COTERIE_INLINE void exact_body(const coterie_rendezvous *r, uint64_t w, int32_t *out) {
    runner first;
    if (r->weighted) by_heap(r, w, 1, NULL, &first, out, 1);
    else by_heap(r, w, 1, NULL, &first, out, 0);
}
COTERIE_STATIC_KERNEL(exact, exact_body, (const coterie_rendezvous *r, uint64_t w, int32_t *out), (r, w, out));

uint32_t coterie_rendezvous_exact(const coterie_rendezvous *r, uint64_t w, uint32_t first, uint32_t rival, int level) {
    int32_t node;
    if (r->weighted && rival > run(r, w, first).last) return first;
    exact[level](r, w, &node);
    return (uint32_t)node;
}

uint32_t coterie_rendezvous_get(const coterie_rendezvous *r, uint64_t w, int level) {
    uint32_t place = UINT32_MAX, rival = UINT32_MAX, node = 0;
    for (uint32_t from = 0; from < r->nodes_len; from += COTERIE_CHUNK_NODES) {
        uint32_t left = r->nodes_len - from, least, second;
        coterie_rendezvous_scan[level](r, w, from, left < COTERIE_CHUNK_NODES ? left : COTERIE_CHUNK_NODES, &least, &second);
        coterie_join(&place, &rival, &node, from, least, second);
    }
    return COTERIE_LIKELY(coterie_is_first(r, place, rival, node)) ? node : coterie_rendezvous_exact(r, w, node, rival, level);
}

void coterie_rendezvous_assign_many(const coterie_rendezvous *r, const uint64_t *digests, size_t n, size_t width,
                                    void *room, int32_t *out, int level) {
    uint32_t want = width < r->nodes_len ? (uint32_t)width : r->nodes_len, found;
    for (size_t i = 0; i < n; i++, out += width) {
        coterie_rendezvous_get_many[level](r, coterie_mix(digests[i], r->salt), want, NULL, room, out, &found);
        for (size_t j = found; j < width; j++) out[j] = -1;
    }
}
