/* The scans: many keys, node by node, and one key over all nodes. */
#include "rendezvous_scan.h"

#if defined(COTERIE_TARGET_AVX2)
#include <immintrin.h>
#endif

/* A scan keeps the least place and the second. A place holds its node's number, so that this takes no compare and no
 * blend. Where the second may still be first, the key is looked up exactly.
 *
 * The text is a macro because gcc takes vectors apart in inline functions that are compiled for the baseline first. A
 * level gives its vectors, `min` and `max` of unsigned words, `xor3`, `numbered` and `madd`. */
enum { TILE = 64, FEW = 16 /* keys that are looked up one by one */ };

typedef struct {
    uint32_t lower[TILE], upper[TILE]; /* halves of the mixed digests */
    uint32_t least[TILE], second[TILE];
} __attribute__((aligned(64))) tile;

#define VECTORS(type, width) \
    typedef uint32_t type##_words __attribute__((vector_size(4 * (width)))); \
    typedef int32_t type##_ints __attribute__((vector_size(4 * (width)))); \
    typedef float type##_floats __attribute__((vector_size(4 * (width))));

/* The numbered place of `lower` and `upper`, the halves of w, at nodes of these factors and this slowness. */
#define PLACE(type, ops, lower, upper, first, second, slowness, number, weighted, out) \
    do { \
        type##_words place_ = (lower) * (first); \
        place_ = XOR3_##ops(type, place_, place_ >> 16, upper) * (second); \
        if (weighted) { \
            type##_floats x_ = __builtin_convertvector((type##_ints)(place_ >> 1), type##_floats); \
            type##_floats y_ = MADD_##ops(type, x_, MADD_##ops(type, x_, p4, p3), p2); \
            y_ = MADD_##ops(type, x_, MADD_##ops(type, x_, y_, p1), p0); \
            place_ = (type##_words)(x_ * y_ * (slowness)); \
        } \
        (out) = NUMBERED_##ops(type, place_, number); \
    } while (0)

/* A float in all lanes; through its bits, since compilers that compute floats as doubles refuse to add one. */
#define SPREAD(type, x) ((type##_floats)((type##_words){0} + coterie_float_bits(x)))

#define CONSTANTS(type) \
    const type##_floats p0 = SPREAD(type, COTERIE_ARRIVAL_P0), p1 = SPREAD(type, COTERIE_ARRIVAL_P1); \
    const type##_floats p2 = SPREAD(type, COTERIE_ARRIVAL_P2), p3 = SPREAD(type, COTERIE_ARRIVAL_P3); \
    const type##_floats p4 = SPREAD(type, COTERIE_ARRIVAL_P4); \
    (void)p0, (void)p1, (void)p2, (void)p3, (void)p4

/* A tile of keys stays in vectors while the nodes pass. */
#define SCAN_KEYS(name, attribute, type, width, count, ops, weighted) \
    attribute static void name(const coterie_rendezvous *r, uint32_t from, uint32_t nodes, tile *t) { \
        const uint32_t *first = r->first + from, *second = r->second + from; \
        const float *slowness = r->slowness + from; \
        CONSTANTS(type); \
        for (size_t at = 0; at < TILE; at += (width) * (count)) { \
            type##_words lower[count], upper[count], least[count], next[count]; \
            for (int v = 0; v < (count); v++) { \
                memcpy(lower + v, t->lower + at + (width) * v, sizeof *lower); \
                memcpy(upper + v, t->upper + at + (width) * v, sizeof *upper); \
                least[v] = next[v] = ~(type##_words){0}; \
            } \
            for (uint32_t i = 0; i < nodes; i++) { \
                type##_words a = (type##_words){0} + first[i], b = (type##_words){0} + second[i]; \
                type##_words number = (type##_words){0} + i, place; \
                type##_floats slow = weighted ? SPREAD(type, slowness[i]) : (type##_floats){0}; \
                (void)slow; \
                for (int v = 0; v < (count); v++) { \
                    PLACE(type, ops, lower[v], upper[v], a, b, slow, number, weighted, place); \
                    next[v] = MIN_##ops(type, next[v], MAX_##ops(type, least[v], place)); \
                    least[v] = MIN_##ops(type, least[v], place); \
                } \
            } \
            for (int v = 0; v < (count); v++) { \
                memcpy(t->least + at + (width) * v, least + v, sizeof *least); \
                memcpy(t->second + at + (width) * v, next + v, sizeof *next); \
            } \
        } \
    }

/* Nodes pass in vectors; what lies in the last one beyond the nodes is behind all of them. */
#define SCAN_NODES(name, attribute, type, width, ops, weighted) \
    attribute static void name(const coterie_rendezvous *r, uint64_t w, uint32_t from, uint32_t nodes, uint32_t *least, \
                               uint32_t *second) { \
        const type##_words lower = (type##_words){0} + (uint32_t)w, upper = (type##_words){0} + (uint32_t)(w >> 32); \
        type##_words best = ~(type##_words){0}, next = best, number, first, other, place; \
        type##_floats slowness = {0}; \
        uint32_t numbers[width]; \
        CONSTANTS(type); \
        for (uint32_t i = 0; i < (width); i++) numbers[i] = i; \
        memcpy(&number, numbers, sizeof number); \
        for (uint32_t i = 0; i < nodes; i += (width), number += (width)) { \
            memcpy(&first, r->first + from + i, sizeof first); \
            memcpy(&other, r->second + from + i, sizeof other); \
            if (weighted) memcpy(&slowness, r->slowness + from + i, sizeof slowness); \
            PLACE(type, ops, lower, upper, first, other, slowness, number, weighted, place); \
            if (COTERIE_UNLIKELY(nodes - i < (width))) place |= (type##_words)(number >= nodes); \
            next = MIN_##ops(type, next, MAX_##ops(type, best, place)); \
            best = MIN_##ops(type, best, place); \
        } \
        REDUCE_##ops(type, width, best, next, least, second); \
    }

/* The least and the second of all lanes. */
#define REDUCE_baseline(type, width, best, next, least, second) \
    do { \
        uint32_t bests_[width], nexts_[width]; \
        memcpy(bests_, &(best), sizeof bests_); \
        memcpy(nexts_, &(next), sizeof nexts_); \
        for (int half_ = (width) / 2; half_ > 0; half_ /= 2) \
            for (int i_ = 0; i_ < half_; i_++) { \
                uint32_t a_ = bests_[i_], b_ = bests_[i_ + half_], later_ = a_ < b_ ? b_ : a_; \
                uint32_t rival_ = nexts_[i_] < nexts_[i_ + half_] ? nexts_[i_] : nexts_[i_ + half_]; \
                nexts_[i_] = rival_ < later_ ? rival_ : later_; \
                bests_[i_] = a_ < b_ ? a_ : b_; \
            } \
        *(least) = bests_[0]; \
        *(second) = nexts_[0]; \
    } while (0)

/* Takes keys through chunks of nodes, a tile at a time, and then those whose first node is not certain one by one. */
#define ASSIGN(name, level, attribute, scan, weighted) \
    attribute static void name(const coterie_rendezvous *r, const uint64_t *digests, size_t n, int32_t *out) { \
        tile t; \
        uint64_t w[TILE]; \
        uint32_t place[TILE], rival[TILE], node[TILE], doubt[TILE]; \
        while (n > FEW) { \
            size_t len = n < TILE ? n : TILE; \
            uint32_t doubts = 0; \
            for (size_t k = 0; k < len; k++) w[k] = coterie_mix(digests[k], r->salt); \
            for (size_t k = len; k < TILE; k++) w[k] = 0; \
            for (size_t k = 0; k < TILE; k++) { \
                t.lower[k] = (uint32_t)w[k]; \
                t.upper[k] = (uint32_t)(w[k] >> 32); \
                place[k] = rival[k] = UINT32_MAX; \
                node[k] = 0; \
            } \
            for (uint32_t from = 0; from < r->nodes_len; from += COTERIE_CHUNK_NODES) { \
                uint32_t left = r->nodes_len - from; \
                scan(r, from, left < COTERIE_CHUNK_NODES ? left : COTERIE_CHUNK_NODES, &t); \
                for (size_t k = 0; k < TILE; k++) \
                    coterie_join(place + k, rival + k, node + k, from, t.least[k], t.second[k]); \
            } \
            for (size_t k = 0; k < len; k++) { \
                float slowness = weighted ? r->slowness[node[k]] : 0; \
                doubt[k] = rival[k] <= coterie_last_rival(place[k], slowness, weighted); \
                doubts |= doubt[k]; \
                out[k] = (int32_t)node[k]; \
            } \
            for (size_t k = 0; COTERIE_UNLIKELY(doubts) && k < len; k++) \
                if (doubt[k]) out[k] = (int32_t)coterie_rendezvous_exact(r, w[k], node[k], rival[k], level); \
            n -= len, digests += len, out += len; \
        } \
        for (size_t k = 0; k < n; k++) \
            out[k] = (int32_t)coterie_rendezvous_get(r, coterie_mix(digests[k], r->salt), level); \
    }

#define LEVEL(level, attribute, type, width, count) \
    VECTORS(type, width) \
    SCAN_KEYS(keys_equal_##level, attribute, type, width, count, level, 0) \
    SCAN_KEYS(keys_weighted_##level, attribute, type, width, count, level, 1) \
    SCAN_NODES(nodes_equal_##level, attribute, type, width, level, 0) \
    SCAN_NODES(nodes_weighted_##level, attribute, type, width, level, 1) \
    static void nodes_##level(const coterie_rendezvous *r, uint64_t w, uint32_t from, uint32_t nodes, uint32_t *least, \
                              uint32_t *second) { \
        if (r->weighted) nodes_weighted_##level(r, w, from, nodes, least, second); \
        else nodes_equal_##level(r, w, from, nodes, least, second); \
    } \
    ASSIGN(equal_##level, LEVEL_##level, attribute, keys_equal_##level, 0) \
    ASSIGN(weighted_##level, LEVEL_##level, attribute, keys_weighted_##level, 1) \
    static void assign_##level(const coterie_rendezvous *r, const uint64_t *digests, size_t n, int32_t *out) { \
        if (r->weighted) weighted_##level(r, digests, n, out); \
        else equal_##level(r, digests, n, out); \
    }

#define MIN_baseline(type, a, b) (((a) & (type##_words)((a) < (b))) | ((b) & ~(type##_words)((a) < (b))))
#define MAX_baseline(type, a, b) (((b) & (type##_words)((a) < (b))) | ((a) & ~(type##_words)((a) < (b))))
#define XOR3_baseline(type, a, b, c) ((a) ^ (b) ^ (c))
#define NUMBERED_baseline(type, place, number) (((place) & ~COTERIE_NUMBER_MASK) | (number))
#define MADD_baseline(type, a, b, c) ((a) * (b) + (c))
#define LEVEL_baseline COTERIE_BASELINE
LEVEL(baseline, , four, 4, 2)

#if defined(COTERIE_TARGET_AVX2)
#define MIN_avx2(type, a, b) ((type##_words)_mm256_min_epu32((__m256i)(a), (__m256i)(b)))
#define MAX_avx2(type, a, b) ((type##_words)_mm256_max_epu32((__m256i)(a), (__m256i)(b)))
#define XOR3_avx2 XOR3_baseline
#define NUMBERED_avx2 NUMBERED_baseline
#define REDUCE_avx2 REDUCE_baseline
#define MADD_avx2(type, a, b, c) ((type##_floats)_mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(c)))
#define LEVEL_avx2 COTERIE_AVX2
LEVEL(avx2, COTERIE_TARGET_AVX2, eight, 8, 2)

#define MIN_avx512(type, a, b) ((type##_words)_mm512_min_epu32((__m512i)(a), (__m512i)(b)))
#define MAX_avx512(type, a, b) ((type##_words)_mm512_max_epu32((__m512i)(a), (__m512i)(b)))
#define XOR3_avx512(type, a, b, c) \
    ((type##_words)_mm512_ternarylogic_epi32((__m512i)(a), (__m512i)(b), (__m512i)(c), 0x96))
#define NUMBERED_avx512(type, place, number) /* the number where the mask has ones */ \
    ((type##_words)_mm512_ternarylogic_epi32((__m512i)(place), (__m512i)(number), _mm512_set1_epi32(COTERIE_NUMBER_MASK), \
                                             0xd8))
#define MADD_avx512(type, a, b, c) ((type##_floats)_mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c)))
#define REDUCE_avx512(type, width, best, next, least, second) \
    do { \
        *(least) = _mm512_reduce_min_epu32((__m512i)(best)); \
        __mmask16 first_ = _mm512_cmpeq_epi32_mask((__m512i)(best), _mm512_set1_epi32((int32_t)*(least))); \
        *(second) = _mm512_reduce_min_epu32(_mm512_mask_mov_epi32((__m512i)(best), first_, (__m512i)(next))); \
    } while (0)
#define LEVEL_avx512 COTERIE_AVX512
LEVEL(avx512, COTERIE_TARGET_AVX512, sixteen, 16, 4)
#endif

void (*const coterie_rendezvous_assign[COTERIE_LEVELS])(const coterie_rendezvous *, const uint64_t *, size_t, int32_t *) =
    COTERIE_TABLE(assign);
void (*const coterie_rendezvous_scan[COTERIE_LEVELS])(const coterie_rendezvous *, uint64_t, uint32_t, uint32_t, uint32_t *,
                                                      uint32_t *) = COTERIE_TABLE(nodes);
