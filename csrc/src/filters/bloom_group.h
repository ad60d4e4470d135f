/* A batch goes through a filter in groups: where the words of one lie is found, and fetched, while the one before it is
 * tested. */
#ifndef COTERIE_FILTERS_BLOOM_GROUP_H
#define COTERIE_FILTERS_BLOOM_GROUP_H

#include "coterie/filters/bloom.h"

/* Keys; of which a vector takes so many at a time. Near groups of 112 and more take up to 1.4 times as long on Zen 4. */
enum { GROUP = 128, NEAR_GROUP = 96, LANES = 8 };

/* The low half of a word, which says where its bits are in a block, and the block. */
typedef struct {
    uint32_t low, block;
} place;

/* Of words, and of second words if the layout has them. */
typedef struct {
    _Alignas(64) place at[2][GROUP]; /* no vector lies in two cache lines */
} group;

COTERIE_INLINE place place_of(uint64_t word, uint64_t blocks) {
    place at = {(uint32_t)word, coterie_bloom_index(word, blocks)};
    return at;
}
COTERIE_INLINE uint8_t *block_at(uint8_t *bits, const place *at) {
    return bits + (size_t)at->block * COTERIE_BLOOM_BYTES;
}

/* Of those from the first on. */
COTERIE_INLINE void find(const coterie_bloom *filter, const uint64_t *digests, size_t first, size_t n, group *out) {
    for (size_t i = first; i < n; i++) {
        uint64_t word = coterie_bloom_word(digests[i], filter->salt);
        out->at[0][i] = place_of(word, filter->blocks);
        if (filter->layout == COTERIE_BLOOM_PAIR) out->at[1][i] = place_of(coterie_bloom_second(word), filter->blocks);
    }
}

typedef void (*group_find)(const coterie_bloom *filter, const uint64_t *digests, size_t n, group *out);
/* What is done with a group of n keys; `out` may be NULL. */
typedef size_t (*group_step)(const coterie_bloom *filter, const group *keys, size_t n, uint8_t *out);

COTERIE_INLINE size_t each_near_group(const coterie_bloom *filter, const uint64_t *digests, size_t n, group_find find,
                                      group_step step, uint8_t *out) {
    group keys;
    size_t sum = 0;
    while (n) {
        size_t count = n < NEAR_GROUP ? n : NEAR_GROUP;
        find(filter, digests, count, &keys);
        sum += step(filter, &keys, count, out);
        if (out) out += count;
        digests += count, n -= count;
    }
    return sum;
}

COTERIE_INLINE void find_and_fetch(const coterie_bloom *filter, const uint64_t *digests, size_t n, group_find find,
                                   group *out) {
    find(filter, digests, n, out);
    for (int which = 0; which <= (filter->layout == COTERIE_BLOOM_PAIR); which++)
        for (size_t i = 0; i < n; i++) COTERIE_PREFETCH_SECOND(block_at(filter->bits, &out->at[which][i]));
}

COTERIE_INLINE size_t each_far_group(const coterie_bloom *filter, const uint64_t *digests, size_t n, group_find find,
                                     group_step step, uint8_t *out) {
    group groups[2];
    size_t sum = 0, count = n < GROUP ? n : GROUP;
    find_and_fetch(filter, digests, count, find, &groups[0]);
    for (int turn = 0; count; turn = !turn) {
        size_t rest = n - count, next = rest < GROUP ? rest : GROUP;
        if (next) find_and_fetch(filter, digests + count, next, find, &groups[!turn]);
        sum += step(filter, &groups[turn], count, out);
        if (out) out += count;
        digests += count, n -= count, count = next;
    }
    return sum;
}

COTERIE_INLINE size_t each_group(const coterie_bloom *filter, const uint64_t *digests, size_t n, group_find find,
                                 group_step step, uint8_t *out) {
    return filter->far ? each_far_group(filter, digests, n, find, step, out)
                       : each_near_group(filter, digests, n, find, step, out);
}

#if defined(COTERIE_TARGET_AVX2)
int coterie_bloom_has_avx2(const coterie_bloom *filter, uint64_t digest);
int coterie_bloom_put_avx2(const coterie_bloom *filter, uint64_t digest);
void coterie_bloom_contains_avx2(const coterie_bloom *filter, const uint64_t *digests, size_t n, uint8_t *out);
void coterie_bloom_contains_avx512(const coterie_bloom *filter, const uint64_t *digests, size_t n, uint8_t *out);
void coterie_bloom_add_avx2(const coterie_bloom *filter, const uint64_t *digests, size_t n);
void coterie_bloom_add_avx512(const coterie_bloom *filter, const uint64_t *digests, size_t n);
size_t coterie_bloom_add_new_avx2(const coterie_bloom *filter, const uint64_t *digests, size_t n, uint8_t *out);
size_t coterie_bloom_add_new_avx512(const coterie_bloom *filter, const uint64_t *digests, size_t n, uint8_t *out);
#endif

/* CLASSIC has no vectors: its bits are anywhere. */
int coterie_bloom_classic_has(const coterie_bloom *filter, uint64_t digest);
int coterie_bloom_classic_put(const coterie_bloom *filter, uint64_t digest);
void coterie_bloom_classic_contains(const coterie_bloom *filter, const uint64_t *digests, size_t n, uint8_t *out);
size_t coterie_bloom_classic_add(const coterie_bloom *filter, const uint64_t *digests, size_t n, uint8_t *out);

#endif
