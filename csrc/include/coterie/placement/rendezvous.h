/* Rendezvous hashing, also called highest random weight (Thaler and Ravishankar 1998): for every key each node draws a
 * number, and the key belongs to the lowest draw.
 *
 * A draw has 64 bits. Its upper half takes only 32-bit arithmetic, in which vectors have twice as many lanes, and
 * decides nearly always; the lower half is computed where two upper ones are equal.
 *
 * With weights the draw is a uniform v in 0..1 that makes an exponential variate -ln(1 - v) / weight, the node's arrival;
 * the key belongs to the first to arrive, so that nodes have exactly the parts of the keys that their weights ask for
 * (Schindelhauer and Schomaker 2005). Arrivals are double arithmetic, spelled out here, the same everywhere. Scans compare
 * a lower bound of them in float; who may still be first is compared exactly.
 *
 * Nodes are positions, 0 .. nodes-1. Equal arrivals are decided by the draw, then by the position. A structure is
 * immutable and owns nothing: the caller keeps one block of memory alive under it. Any number of threads may read it. */
#ifndef COTERIE_PLACEMENT_RENDEZVOUS_H
#define COTERIE_PLACEMENT_RENDEZVOUS_H

#include "coterie/level.h"

typedef struct {
    uint64_t digest;
    double weight; /* finite, above 0 */
} coterie_rendezvous_node;

typedef struct {
    uint64_t salt;
    uint32_t nodes_len; /* 0: no lookup may be called */
    int weighted;       /* whether weights differ */
    /* For each node: */
    const uint64_t *seeds;
    const double *weights; /* scaled by a power of two: no arrival overflows whose weight is within 2^1900 of the greatest */
    const uint32_t *first, *second; /* odd factors, the halves of the seed */
    const float *slowness;          /* 1 / weight; about 2^-31 for the heaviest node, never above COTERIE_SLOWEST */
} coterie_rendezvous;

enum { COTERIE_PAD_NODES = 16 };

/* The bytes of memory that so many nodes take: 28 each, in multiples of COTERIE_PAD_NODES. */
size_t coterie_rendezvous_size(uint32_t nodes_len);

/* Fills `memory` (coterie_rendezvous_size bytes, aligned to 64). Linear. */
void coterie_rendezvous_build(coterie_rendezvous *r, void *memory, uint64_t salt, const coterie_rendezvous_node *nodes,
                              uint32_t nodes_len);

/* ---- draws ---- */

COTERIE_INLINE uint32_t coterie_draw_upper(uint64_t w, uint32_t first, uint32_t second) {
    uint32_t t = (uint32_t)w * first;
    return (t ^ t >> 16 ^ (uint32_t)(w >> 32)) * second;
}
COTERIE_INLINE uint64_t coterie_draw(uint64_t w, uint64_t seed) {
    uint32_t upper = coterie_draw_upper(w, (uint32_t)seed | 1, (uint32_t)(seed >> 32) | 1);
    return (uint64_t)upper << 32 | coterie_splitmix64(w ^ seed) >> 32;
}

/* -ln(1 - v) for the v of a draw, which is neither 0 nor 1. With 1 - v = m / 2^e, m in 0.5 .. 1, it is
 * e ln 2 + 2 artanh((1 - m) / (1 + m)). All terms are positive and every step rounds, so that the result never falls as
 * the draw rises: equal weights have the order of their draws. */
COTERIE_INLINE double coterie_draw_arrival(uint64_t draw) {
    static const double series[] = {1,        1 / 3.0,  1 / 5.0,  1 / 7.0,  1 / 9.0,  1 / 11.0, 1 / 13.0, 1 / 15.0,
                                    1 / 17.0, 1 / 19.0, 1 / 21.0, 1 / 23.0, 1 / 25.0, 1 / 27.0, 1 / 29.0, 1 / 31.0};
    const double ln2 = 0x1.62e42fefa39efp-1;
    double u = 1 - ((double)(int64_t)(draw >> 12) + 0.5) * 0x1p-52, m; /* exact: a multiple of 2^-53 */
    uint64_t bits;
    memcpy(&bits, &u, sizeof bits);
    double e = (double)(1022 - (int)(bits >> 52));
    bits = (bits & 0xfffffffffffffu) | (uint64_t)1022 << 52;
    memcpy(&m, &bits, sizeof m);
    double x = 1 - m, s = x / (2 - x), q = s * s, total = 0;
    for (int k = 15; k >= 0; k--) total = total * q + series[k];
    return e * ln2 + 2 * (s * total);
}

/* ---- places: what scans compare ---- */

/* A place is 32 bits: the upper half of the draw or, with weights, a lower bound of the arrival as a float, whose bits
 * have its order. In a scan its lowest bits are the node's number in a chunk of nodes. */
enum { COTERIE_NUMBER_BITS = 10, COTERIE_CHUNK_NODES = 1 << COTERIE_NUMBER_BITS };
#define COTERIE_NUMBER_MASK ((uint32_t)COTERIE_CHUNK_NODES - 1)
#define COTERIE_SLOWEST 0x1p30f
/* v * (P0 + v * (P1 + v * (P2 + v * (P3 + v * P4)))) is at most -ln(1 - v) * (1 - 2^-17) for v in 0..1, and at least
 * -ln(1 - v) / 1.0045 up to v = 0.8, where it is 1.602. Here v is a 31-bit integer, and the
 * first factor 2^-31 is in the slowness. */
#define COTERIE_ARRIVAL_P0 0x1.fffd6p-1f
#define COTERIE_ARRIVAL_P1 0x1.807934p-33f
#define COTERIE_ARRIVAL_P2 0x1.6607aep-62f
#define COTERIE_ARRIVAL_P3 -0x1.5b5adcp-92f
#define COTERIE_ARRIVAL_P4 0x1.760c7p-123f
/* So the arrival is at most place * SLACK + slowness * STEP, if the place is at most slowness * CEILING: the truncated
 * bits of v and of the place are in SLACK and STEP. */
#define COTERIE_ARRIVAL_SLACK 1.0047f
#define COTERIE_ARRIVAL_STEP 8.0f
#define COTERIE_ARRIVAL_CEILING (1.601f * 0x1p31f)

COTERIE_INLINE uint32_t coterie_float_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}
COTERIE_INLINE float coterie_bits_float(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* The place of the upper half of a draw, with weights. */
COTERIE_INLINE uint32_t coterie_early(uint32_t upper, float slowness) {
    float v = (float)(int32_t)(upper >> 1);
    float early = COTERIE_ARRIVAL_P2 + v * (COTERIE_ARRIVAL_P3 + v * COTERIE_ARRIVAL_P4);
    early = v * (COTERIE_ARRIVAL_P0 + v * (COTERIE_ARRIVAL_P1 + v * early));
    return coterie_float_bits(early * slowness);
}

/* The last place, with any number, that may be before the node at this place. */
COTERIE_INLINE uint32_t coterie_last_rival(uint32_t place, float slowness, int weighted) {
    if (!weighted) return place | COTERIE_NUMBER_MASK;
    float early = coterie_bits_float(place);
    uint32_t last = coterie_float_bits(early * COTERIE_ARRIVAL_SLACK + slowness * COTERIE_ARRIVAL_STEP);
    int bounded = early <= slowness * COTERIE_ARRIVAL_CEILING && slowness < COTERIE_SLOWEST;
    return bounded ? last | COTERIE_NUMBER_MASK : UINT32_MAX;
}

/* ---- lookups, linear in the nodes, of which there must be some; w is a mixed digest ---- */

/* The first node. */
uint32_t coterie_rendezvous_get(const coterie_rendezvous *r, uint64_t w, int level);

/* The first nodes of n digests. One entry per CPU level. */
extern void (*const coterie_rendezvous_assign[COTERIE_LEVELS])(const coterie_rendezvous *r, const uint64_t *digests,
                                                               size_t n, int32_t *out);

/* The bytes of room, aligned to 8, that a search for so many nodes needs. */
size_t coterie_rendezvous_room(size_t want);

/* The first `want` nodes, without those whose bit is set in `seen` (NULL, or one bit for each node), in order; how many
 * there are goes to `found`. `out` has room for `want`. */
extern void (*const coterie_rendezvous_get_many[COTERIE_LEVELS])(const coterie_rendezvous *r, uint64_t w, uint32_t want,
                                                                 const uint64_t *seen, void *room, int32_t *out,
                                                                 uint32_t *found);

/* Rows of `width` nodes for n digests, padded with -1. `room` is for `width` or all nodes, whichever is less. */
void coterie_rendezvous_assign_many(const coterie_rendezvous *r, const uint64_t *digests, size_t n, size_t width,
                                    void *room, int32_t *out, int level);

#endif
