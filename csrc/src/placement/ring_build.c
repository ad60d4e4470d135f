/* How rings are made. Points are uniform numbers, so one pass of counting by their top bits sorts them almost. */
#include "coterie/placement/ring.h"

#include <stdlib.h>

enum {
    CHUNK = 256,       /* points hashed together */
    SMALL = 1 << 16,   /* points up to which the table is made for speed, not for size */
    COARSE = 1,        /* points are sorted by counting at 2^1 entries together: counters are few, inversions rare */
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

static uint64_t aligned(uint64_t size) { return (size + ALIGN - 1) & ~(uint64_t)(ALIGN - 1); }

/* Sets the fields of `ring` but for its contents; returns the size of its memory. If a size_t cannot hold it that is
 * SIZE_MAX, which no allocation gives. */
static size_t layout(coterie_ring *ring, char *memory, uint64_t points_len, uint32_t nodes_len) {
    uint32_t bits = table_bits(points_len);
    uint64_t padded = points_len + COTERIE_RING_PAD, width = nodes_len < COTERIE_RING_FLAG(1) ? 2 : 4;
    uint64_t owners = aligned(padded * sizeof(uint64_t));
    uint64_t table = owners + aligned(padded * width);
    uint64_t starts = table + aligned((((uint64_t)1 << bits) + RUN) * width);
    uint64_t end = starts + aligned((((uint64_t)1 << (bits - COTERIE_RING_GROUP)) + 1) * sizeof(uint32_t));
    if (end > SIZE_MAX) return SIZE_MAX;
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
    return (size_t)end;
}

size_t coterie_ring_size(uint64_t points_len, uint32_t nodes_len) { return layout(NULL, NULL, points_len, nodes_len); }

/* In two steps: a table of one group would be a shift by 64. */
static size_t group_of(const coterie_ring *ring, uint64_t w) { return (size_t)(w >> ring->shift) >> COTERIE_RING_GROUP; }
static size_t groups_of(const coterie_ring *ring) { return group_of(ring, UINT64_MAX) + 1; }

/* The maker may write what others only read. */
static uint64_t *points_of(const coterie_ring *ring) { return (uint64_t *)(uintptr_t)ring->points; }
static uint32_t *starts_of(const coterie_ring *ring) { return (uint32_t *)(uintptr_t)ring->starts; }
COTERIE_INLINE void set_owner(const coterie_ring *ring, uint32_t point, uint32_t owner, int narrow) {
    if (narrow) ((uint16_t *)(uintptr_t)ring->owners)[point] = (uint16_t)owner;
    else ((uint32_t *)(uintptr_t)ring->owners)[point] = owner;
}

/* ---- from sorted points to a ring ---- */

/* starts[g] = the number of points before group g. */
static void fill_starts(const coterie_ring *ring) {
    uint32_t *starts = starts_of(ring);
    size_t groups = groups_of(ring);
    memset(starts, 0, (groups + 1) * sizeof *starts);
    for (uint32_t i = 0; i < ring->points_len; i++) starts[group_of(ring, ring->points[i]) + 1] = i + 1;
    for (size_t g = 1; g <= groups; g++)
        if (!starts[g]) starts[g] = starts[g - 1]; /* no points in group g-1 */
}

/* Fills the entries of the groups from..to-1. An owner is written to all entries since the last point, a run of RUN at a
 * time: what is too much is overwritten by the next point. So there is hardly a branch that the CPU could not foresee. */
#define FILL_TABLE(name, type, narrow) \
    static void name(const coterie_ring *ring, size_t from, size_t to) { \
        const uint32_t flag = COTERIE_RING_FLAG(narrow), shift = ring->shift, *starts = ring->starts; \
        const uint64_t *points = ring->points; \
        const uint32_t n = starts[to]; \
        size_t next = from << COTERIE_RING_GROUP, end = to << COTERIE_RING_GROUP; \
        type *table = (type *)(uintptr_t)ring->table, run[RUN], behind[RUN]; \
        memcpy(behind, table + end, sizeof behind); \
        for (uint32_t i = starts[from], first = i; i <= n; i++) { \
            size_t entry = i < n ? (size_t)(points[i] >> shift) : end, at = next; \
            for (int j = 0; j < RUN; j++) run[j] = ((const type *)ring->owners)[i]; \
            do memcpy(table + at, run, sizeof run); \
            while (COTERIE_UNLIKELY((at += RUN) < entry)); \
            if (i == n) break; \
            first = entry < next ? first : i; \
            uint32_t delta = first - starts[entry >> COTERIE_RING_GROUP]; \
            table[entry] = (type)(flag | (delta < flag ? delta : flag - 1)); /* a search may begin too early */ \
            next = entry + 1; \
        } \
        memcpy(table + end, behind, sizeof behind); \
    }
FILL_TABLE(fill_narrow, uint16_t, 1)
FILL_TABLE(fill_wide, uint32_t, 0)

static void fill(const coterie_ring *ring, size_t from, size_t to) {
    if (ring->narrow) fill_narrow(ring, from, to);
    else fill_wide(ring, from, to);
}

static void pad(const coterie_ring *ring) {
    for (uint32_t i = ring->points_len; i < ring->points_len + COTERIE_RING_PAD; i++) {
        points_of(ring)[i] = UINT64_MAX;
        set_owner(ring, i, coterie_ring_owner(ring, 0, ring->narrow), ring->narrow);
    }
}

static void finish(const coterie_ring *ring) {
    pad(ring);
    fill_starts(ring);
    fill(ring, 0, groups_of(ring));
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

/* Insertion sort of points that are almost in order. */
COTERIE_INLINE void sort_almost(const coterie_ring *ring, const coterie_ring_node *nodes, int narrow) {
    uint64_t *points = points_of(ring);
    for (uint32_t i = 1; i < ring->points_len; i++) {
        uint64_t point = points[i];
        if (COTERIE_LIKELY(points[i - 1] < point)) continue;
        uint32_t owner = coterie_ring_owner(ring, i, narrow), at = i;
        for (; at > 0; at--) {
            uint32_t other = coterie_ring_owner(ring, at - 1, narrow);
            if (points[at - 1] < point || (points[at - 1] == point && nodes[other].rank < nodes[owner].rank)) break;
            points[at] = points[at - 1];
            set_owner(ring, at, other, narrow);
        }
        points[at] = point;
        set_owner(ring, at, owner, narrow);
    }
}

/* Turns counts into the places where each counter's points begin; returns the largest count. */
static uint32_t starts_from(uint32_t *counts, size_t len) {
    uint32_t sum = 0, most = 0;
    for (size_t i = 0; i < len; i++) {
        uint32_t count = counts[i];
        most = count > most ? count : most;
        counts[i] = sum;
        sum += count;
    }
    return most;
}

COTERIE_INLINE coterie_status build(coterie_ring *ring, const coterie_ring_node *nodes, uint32_t *ends, uint32_t shift,
                                    int narrow, int level) {
    uint64_t chunk[CHUNK], *points = points_of(ring);
    size_t counters = (size_t)1 << (64 - shift);
    uint32_t crowd = 0;
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
        if (!placing) crowd = starts_from(ends, counters);
    }
    for (size_t i = 0, from = 0; crowd >= CROWD && i < counters; from = ends[i++])
        if (ends[i] - from >= CROWD && sort_crowd(ring, nodes, (uint32_t)from, ends[i])) return COTERIE_NO_MEMORY;
    sort_almost(ring, nodes, narrow);
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

/* A point that comes or goes: where it is, or would be, in the old ring and in the new one. */
typedef struct {
    uint64_t point;
    uint32_t old_at, at;
    int32_t delta; /* +1: it comes, -1: it goes */
} event;

static int compare_events(const void *a, const void *b) {
    const event *x = (const event *)a, *y = (const event *)b;
    return x->point < y->point ? -1 : x->point > y->point;
}

/* The points of a node as events in order; a node has no two equal points. */
static void make_events(const coterie_ring_node *node, uint64_t salt, int32_t delta, event *events, int level) {
    uint64_t chunk[CHUNK];
    for (uint32_t from = 0; from < node->points_len; from += CHUNK) {
        uint32_t n = node->points_len - from < CHUNK ? node->points_len - from : CHUNK;
        make_points(node, salt, from, n, chunk, level);
        for (uint32_t i = 0; i < n; i++) events[from + i] = (event){chunk[i], 0, 0, delta};
    }
    qsort(events, node->points_len, sizeof *events, compare_events);
}

/* Where the node's points are in the old ring. */
static void find_gone(const coterie_ring *old, uint32_t before, event *events, uint32_t len) {
    for (uint32_t k = 0; k < len; k++) {
        uint32_t at = coterie_ring_rank(old, events[k].point);
        while (coterie_ring_owner(old, at, old->narrow) != before) at++; /* equal points of other nodes */
        events[k].old_at = at;
    }
}

/* Where new points of a node of this rank belong in the old ring; `before` is the position of the node there. */
static void find_fresh(const coterie_ring *old, const coterie_ring_node *nodes, uint32_t before, uint32_t after,
                       event *events, uint32_t len) {
    for (uint32_t k = 0; k < len; k++) {
        uint32_t at = coterie_ring_rank(old, events[k].point);
        for (; at < old->points_len && old->points[at] == events[k].point; at++) { /* equal points of other nodes */
            uint32_t owner = coterie_ring_owner(old, at, old->narrow);
            if (owner == before || nodes[owner + (before == COTERIE_RING_NONE && owner >= after)].rank > nodes[after].rank)
                break;
        }
        events[k].old_at = at;
    }
}

/* Copies owners, or entries of a table, whose positions from `first` on move by `by`. As signed numbers flagged entries
 * are below all positions. */
#define MOVE(name, to_type, from_type) \
    static void name(void *restrict to, const void *restrict from, size_t n, from_type first, from_type by) { \
        const from_type *f = (const from_type *)from; \
        to_type *t = (to_type *)to; \
        for (size_t i = 0; i < n; i++) t[i] = (to_type)(f[i] + (f[i] >= first ? by : 0)); \
    }
MOVE(move_narrow, int16_t, int16_t)
MOVE(move_wide, int32_t, int32_t)
MOVE(widen, int32_t, int16_t)
MOVE(narrow_down, int16_t, int32_t)

static void move(void *to, int to_narrow, const void *from, int from_narrow, size_t n, int32_t first, int32_t by) {
    if (from_narrow) (to_narrow ? move_narrow : widen)(to, from, n, (int16_t)first, (int16_t)by);
    else (to_narrow ? narrow_down : move_wide)(to, from, n, first, by);
}

/* Copies the points from..to-1 of the old ring to `at`; returns what follows them. */
static uint32_t copy_points(coterie_ring *ring, uint32_t at, const coterie_ring *old, uint32_t from, uint32_t to,
                            int32_t first, int32_t by) {
    size_t width = ring->narrow ? 2 : 4, old_width = old->narrow ? 2 : 4;
    memcpy(points_of(ring) + at, old->points + from, (to - from) * sizeof(uint64_t));
    move((char *)(uintptr_t)ring->owners + at * width, ring->narrow, (const char *)old->owners + from * old_width,
         old->narrow, to - from, first, by);
    return at + (to - from);
}

/* The events, of which those that come first in memory are of the node that goes, in the order in which they happen. */
static void merge_events(const event *gone, uint32_t gone_len, const event *fresh, uint32_t fresh_len, event *out) {
    uint32_t g = 0, f = 0;
    while (g < gone_len || f < fresh_len) {
        int comes = f < fresh_len && (g == gone_len || fresh[f].old_at <= gone[g].old_at);
        *out++ = comes ? fresh[f++] : gone[g++];
    }
}

/* Brings the points of the old ring and the events together. */
static void merge(coterie_ring *ring, const coterie_ring *old, event *events, uint32_t len, uint32_t after,
                  int32_t first, int32_t by) {
    uint32_t from = 0, at = 0;
    for (uint32_t k = 0; k < len; k++) {
        at = copy_points(ring, at, old, from, events[k].old_at, first, by);
        from = events[k].old_at + (events[k].delta < 0);
        events[k].at = at;
        if (events[k].delta > 0) {
            points_of(ring)[at] = events[k].point;
            set_owner(ring, at++, after, ring->narrow);
        }
    }
    copy_points(ring, at, old, from, old->points_len, first, by);
}

/* The old table with the positions of now, and the groups filled anew in which something happened. */
static void patch(coterie_ring *ring, const coterie_ring *old, const event *events, uint32_t len, int32_t first,
                  int32_t by) {
    size_t groups = groups_of(ring), filled = 0;
    uint32_t *starts = starts_of(ring), moved = 0;
    for (size_t g = 0, k = 0; g <= groups; g++) {
        for (; k < len && group_of(ring, events[k].point) < g; k++) moved += (uint32_t)events[k].delta;
        starts[g] = old->starts[g] + moved;
    }
    move((void *)(uintptr_t)ring->table, ring->narrow, old->table, old->narrow, groups << COTERIE_RING_GROUP, first, by);
    for (uint32_t k = 0; k < len; k++) {
        /* The entries that change are behind the point before it, and in its group. */
        size_t from = events[k].at ? group_of(ring, ring->points[events[k].at - 1]) : 0;
        size_t to = group_of(ring, events[k].point) + 1;
        if (from < filled) from = filled;
        if (from < to) fill(ring, from, filled = to);
    }
    if (events[0].at == 0) { /* the first point changed, which also owns what lies behind the last one */
        size_t from = group_of(ring, ring->points[ring->points_len - 1]);
        fill(ring, from > filled ? from : filled, groups);
    }
}

coterie_status coterie_ring_change(coterie_ring *ring, void *memory, const coterie_ring *old,
                                   const coterie_ring_node *nodes, uint32_t nodes_len, const coterie_ring_node *gone,
                                   uint32_t before, uint32_t after, int level) {
    uint32_t gone_len = gone ? gone->points_len : 0, fresh_len = after == COTERIE_RING_NONE ? 0 : nodes[after].points_len;
    uint32_t len = gone_len + fresh_len;
    int32_t first = (int32_t)(before == COTERIE_RING_NONE ? after : before), by = (int32_t)(nodes_len - old->nodes_len);
    uint64_t points_len = sum_points(nodes, nodes_len);
    if (len > points_len / 32) /* to sort so many costs more than to count all */
        return coterie_ring_build(ring, memory, old->salt, nodes, nodes_len, level);
    layout(ring, (char *)memory, points_len, nodes_len);
    ring->salt = old->salt;
    event *events = (event *)malloc(2 * (size_t)len * sizeof *events);
    if (!events) return COTERIE_NO_MEMORY;
    event *fresh = events + gone_len, *merged = events + len;
    if (gone) {
        make_events(gone, ring->salt, -1, events, level);
        find_gone(old, before, events, gone_len);
    }
    if (fresh_len) {
        make_events(nodes + after, ring->salt, 1, fresh, level);
        find_fresh(old, nodes, before, after, fresh, fresh_len);
    }
    merge_events(events, gone_len, fresh, fresh_len, merged);
    merge(ring, old, merged, len, after, first, by);
    if (ring->shift == old->shift && ring->narrow == old->narrow) {
        pad(ring);
        patch(ring, old, merged, len, first, by);
    } else finish(ring);
    free(events);
    return COTERIE_OK;
}
