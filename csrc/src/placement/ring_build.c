/* How rings are made. Points are uniform numbers, so one pass of counting by their top bits sorts them almost. */
#include "coterie/placement/ring.h"

#include <stdlib.h>

enum {
    CHUNK = 256,       /* points hashed together */
    SMALL = 1 << 16,   /* points up to which the table is made for speed, not for size */
    COARSE = 3,        /* points are sorted by counting at 2^3 entries together: the counters then fit the caches */
    CROWD = 64,        /* points in one counter from which on qsort takes over */
    RUN = 16,          /* entries written at once */
    ALIGN = 64,
};

/* ---- layout ---- */

/* At least 4 (small rings) or 2 entries a point, at most twice as many. */
static uint32_t table_bits(uint64_t points_len) {
    uint32_t bits = COTERIE_RING_GROUP;
    while (((uint64_t)1 << bits) < points_len * (points_len <= SMALL ? 4 : 2)) bits++;
    return bits;
}

static size_t aligned(size_t size) { return (size + ALIGN - 1) & ~(size_t)(ALIGN - 1); }

/* Sets the fields of `ring` but for its contents; returns the size of its memory. */
static size_t layout(coterie_ring *ring, char *memory, uint64_t points_len, uint32_t nodes_len) {
    uint32_t bits = table_bits(points_len);
    size_t padded = (size_t)points_len + COTERIE_RING_PAD, width = nodes_len < COTERIE_RING_FLAG(1) ? 2 : 4;
    size_t owners = aligned(padded * sizeof(uint64_t));
    size_t table = owners + aligned(padded * width);
    size_t starts = table + aligned((((size_t)1 << bits) + RUN) * width);
    size_t end = starts + aligned((((size_t)1 << (bits - COTERIE_RING_GROUP)) + 1) * sizeof(uint32_t));
    if (ring) {
        ring->points_len = (uint32_t)points_len;
        ring->nodes_len = nodes_len;
        ring->shift = 64 - bits;
        ring->narrow = width == 2;
        ring->points = (const uint64_t *)(const void *)memory;
        ring->owners = memory + owners;
        ring->table = memory + table;
        ring->starts = (const uint32_t *)(const void *)(memory + starts);
    }
    return end;
}

size_t coterie_ring_size(uint64_t points_len, uint32_t nodes_len) { return layout(NULL, NULL, points_len, nodes_len); }

/* The maker may write what others only read. */
static uint64_t *points_of(const coterie_ring *ring) { return (uint64_t *)(uintptr_t)ring->points; }
COTERIE_INLINE void set_owner(const coterie_ring *ring, uint32_t point, uint32_t owner, int narrow) {
    if (narrow) ((uint16_t *)(uintptr_t)ring->owners)[point] = (uint16_t)owner;
    else ((uint32_t *)(uintptr_t)ring->owners)[point] = owner;
}

/* ---- from sorted points to a ring ---- */

/* starts[g] = the number of points before group g. */
static void fill_starts(const coterie_ring *ring) {
    uint32_t *starts = (uint32_t *)(uintptr_t)ring->starts, shift = ring->shift + COTERIE_RING_GROUP;
    size_t groups = (size_t)1 << (64 - shift);
    memset(starts, 0, (groups + 1) * sizeof *starts);
    for (uint32_t i = 0; i < ring->points_len; i++) starts[(ring->points[i] >> shift) + 1] = i + 1;
    for (size_t g = 1; g <= groups; g++)
        if (!starts[g]) starts[g] = starts[g - 1]; /* no points in group g-1 */
}

/* An owner is written to all entries since the last point, a run of RUN at a time: what is too much is overwritten by
 * the next point. So there is hardly a branch that the CPU could not foresee. */
#define FILL_TABLE(name, type, narrow) \
    static void name(const coterie_ring *ring) { \
        type *table = (type *)(uintptr_t)ring->table, run[RUN]; \
        const uint32_t flag = COTERIE_RING_FLAG(narrow), shift = ring->shift, n = ring->points_len; \
        const uint32_t *starts = ring->starts; \
        const uint64_t *points = ring->points; \
        size_t next = 0, end = (size_t)1 << (64 - shift); \
        uint32_t first = 0; \
        for (uint32_t i = 0; i <= n; i++) { \
            size_t entry = i < n ? (size_t)(points[i] >> shift) : end; \
            for (int j = 0; j < RUN; j++) run[j] = ((const type *)ring->owners)[i]; \
            size_t at = next; \
            do memcpy(table + at, run, sizeof run); \
            while (COTERIE_UNLIKELY((at += RUN) < entry)); \
            if (i == n) break; \
            first = entry < next ? first : i; \
            uint32_t delta = first - starts[entry >> COTERIE_RING_GROUP]; \
            table[entry] = (type)(flag | (delta < flag ? delta : flag - 1)); /* a search may begin too early */ \
            next = entry + 1; \
        } \
    }
FILL_TABLE(fill_narrow, uint16_t, 1)
FILL_TABLE(fill_wide, uint32_t, 0)

static void finish(coterie_ring *ring) {
    uint32_t n = ring->points_len;
    for (uint32_t i = n; i < n + COTERIE_RING_PAD; i++) {
        points_of(ring)[i] = UINT64_MAX;
        set_owner(ring, i, coterie_ring_owner(ring, 0, ring->narrow), ring->narrow);
    }
    fill_starts(ring);
    if (ring->narrow) fill_narrow(ring);
    else fill_wide(ring);
}

/* ---- points ---- */

/* The points from..from+n-1 of a node, n <= CHUNK. */
static void make_points(const coterie_ring_node *node, uint64_t salt, uint32_t from, uint32_t n, uint64_t *out,
                        int level) {
    for (uint32_t i = 0; i < n; i++) out[i] = from + i;
    coterie_xxh3_u64s[level](out, n, node->digest ^ salt, out);
}

typedef struct {
    uint64_t point;
    uint32_t rank, owner;
} claim;

static int compare_claims(const void *a, const void *b) {
    const claim *x = (const claim *)a, *y = (const claim *)b;
    if (x->point != y->point) return x->point < y->point ? -1 : 1;
    return x->rank < y->rank ? -1 : x->rank > y->rank;
}

static coterie_status sort_crowd(const coterie_ring *ring, const coterie_ring_node *nodes, uint32_t from, uint32_t to) {
    uint64_t *points = points_of(ring);
    claim *claims = (claim *)malloc((to - from) * sizeof *claims);
    if (!claims) return COTERIE_NO_MEMORY;
    for (uint32_t i = from; i < to; i++) {
        uint32_t owner = coterie_ring_owner(ring, i, ring->narrow);
        claims[i - from] = (claim){points[i], nodes[owner].rank, owner};
    }
    qsort(claims, to - from, sizeof *claims, compare_claims);
    for (uint32_t i = from; i < to; i++) {
        points[i] = claims[i - from].point;
        set_owner(ring, i, claims[i - from].owner, ring->narrow);
    }
    free(claims);
    return COTERIE_OK;
}

/* Insertion sort. */
COTERIE_INLINE void sort_few(const coterie_ring *ring, const coterie_ring_node *nodes, uint32_t from, uint32_t to,
                             int narrow) {
    uint64_t *points = points_of(ring);
    for (uint32_t i = from + 1; i < to; i++) {
        uint64_t point = points[i];
        uint32_t owner = coterie_ring_owner(ring, i, narrow), at = i;
        for (; at > from; at--) {
            uint32_t other = coterie_ring_owner(ring, at - 1, narrow);
            if (points[at - 1] < point || (points[at - 1] == point && nodes[other].rank < nodes[owner].rank)) break;
            points[at] = points[at - 1];
            set_owner(ring, at, other, narrow);
        }
        points[at] = point;
        set_owner(ring, at, owner, narrow);
    }
}

COTERIE_INLINE coterie_status build(coterie_ring *ring, const coterie_ring_node *nodes, uint32_t *ends, uint32_t shift,
                                    int narrow, int level) {
    uint64_t chunk[CHUNK], *points = points_of(ring);
    size_t counters = (size_t)1 << (64 - shift);
    for (int placing = 0; placing <= 1; placing++) { /* points are cheaper made twice than kept */
        for (uint32_t node = 0; node < ring->nodes_len; node++)
            for (uint32_t from = 0; from < nodes[node].points_len; from += CHUNK) {
                uint32_t left = nodes[node].points_len - from, n = left < CHUNK ? left : CHUNK;
                make_points(nodes + node, ring->salt, from, n, chunk, level);
                if (!placing)
                    for (uint32_t i = 0; i < n; i++) ends[chunk[i] >> shift]++;
                else
                    for (uint32_t i = 0; i < n; i++) {
                        uint32_t at = ends[chunk[i] >> shift]++;
                        points[at] = chunk[i];
                        set_owner(ring, at, node, narrow);
                    }
            }
        uint32_t sum = 0;
        if (!placing)
            for (size_t i = 0; i < counters; i++) {
                uint32_t count = ends[i];
                ends[i] = sum;
                sum += count;
            }
    }
    for (size_t i = 0, from = 0; i < counters; from = ends[i++]) {
        if (COTERIE_LIKELY(ends[i] - from < CROWD)) sort_few(ring, nodes, (uint32_t)from, ends[i], narrow);
        else if (sort_crowd(ring, nodes, (uint32_t)from, ends[i])) return COTERIE_NO_MEMORY;
    }
    finish(ring);
    return COTERIE_OK;
}

static uint64_t sum_points(const coterie_ring_node *nodes, uint32_t nodes_len) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < nodes_len; i++) sum += nodes[i].points_len;
    return sum;
}

coterie_status coterie_ring_build(coterie_ring *ring, void *memory, uint64_t salt, const coterie_ring_node *nodes,
                                  uint32_t nodes_len, int level) {
    layout(ring, (char *)memory, sum_points(nodes, nodes_len), nodes_len);
    ring->salt = salt;
    if (!nodes_len) return COTERIE_OK;
    uint32_t shift = ring->shift + COARSE;
    uint32_t *ends = (uint32_t *)calloc((size_t)1 << (64 - shift), sizeof *ends);
    if (!ends) return COTERIE_NO_MEMORY;
    coterie_status status = ring->narrow ? build(ring, nodes, ends, shift, 1, level)
                                         : build(ring, nodes, ends, shift, 0, level);
    free(ends);
    return status;
}

/* ---- a change of one node ---- */

/* Merges the points of `old` with the sorted claims of the changed node. */
COTERIE_INLINE void merge(coterie_ring *ring, const coterie_ring *old, const coterie_ring_node *nodes,
                          uint32_t before, uint32_t after, const claim *fresh, uint32_t fresh_len, int was_narrow,
                          int narrow) {
    uint64_t *points = points_of(ring);
    uint32_t at = 0, k = 0;
    for (uint32_t i = 0; i < old->points_len; i++) {
        uint64_t point = old->points[i];
        uint32_t was = coterie_ring_owner(old, i, was_narrow), owner = was - (was > before);
        owner += owner >= after;
        for (; k < fresh_len && COTERIE_UNLIKELY(fresh[k].point <= point); k++) {
            if (fresh[k].point == point && (was == before || fresh[k].rank > nodes[owner].rank)) break;
            points[at] = fresh[k].point;
            set_owner(ring, at++, after, narrow);
        }
        points[at] = point; /* overwritten by the next one if it was the changed node's */
        set_owner(ring, at, owner, narrow);
        at += was != before;
    }
    for (; k < fresh_len; k++) {
        points[at] = fresh[k].point;
        set_owner(ring, at++, after, narrow);
    }
}

coterie_status coterie_ring_change(coterie_ring *ring, void *memory, const coterie_ring *old,
                                   const coterie_ring_node *nodes, uint32_t nodes_len, uint32_t before, uint32_t after,
                                   int level) {
    uint32_t fresh_len = after == COTERIE_RING_NONE ? 0 : nodes[after].points_len;
    claim *fresh = NULL;
    layout(ring, (char *)memory, sum_points(nodes, nodes_len), nodes_len);
    ring->salt = old->salt;
    if (!nodes_len) return COTERIE_OK;
    if (fresh_len) {
        uint64_t chunk[CHUNK];
        fresh = (claim *)malloc(fresh_len * sizeof *fresh);
        if (!fresh) return COTERIE_NO_MEMORY;
        for (uint32_t from = 0; from < fresh_len; from += CHUNK) {
            uint32_t n = fresh_len - from < CHUNK ? fresh_len - from : CHUNK;
            make_points(nodes + after, ring->salt, from, n, chunk, level);
            for (uint32_t i = 0; i < n; i++) fresh[from + i] = (claim){chunk[i], nodes[after].rank, after};
        }
        qsort(fresh, fresh_len, sizeof *fresh, compare_claims);
    }
    if (old->narrow && ring->narrow) merge(ring, old, nodes, before, after, fresh, fresh_len, 1, 1);
    else merge(ring, old, nodes, before, after, fresh, fresh_len, old->narrow, ring->narrow);
    free(fresh);
    finish(ring);
    return COTERIE_OK;
}
