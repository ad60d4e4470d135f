/* What the CPU levels of the counting filter share: where the lines of a key are, and batches, which go through in groups:
 * where the lines of one lie is found, and fetched, while the one before it is worked on. */
#ifndef COTERIE_FILTERS_COUNTING_GROUP_H
#define COTERIE_FILTERS_COUNTING_GROUP_H

#include "coterie/filters/bloom.h"
#include "coterie/filters/counting.h"

/* The line of a word in a column. */
COTERIE_INLINE uint8_t *line_of(const coterie_counting *filter, uint64_t word, int column) {
    uint64_t row = coterie_bloom_index(word, filter->rows);
    return filter->lines + (size_t)(row * (uint64_t)filter->columns + (uint64_t)column) * COTERIE_COUNTING_LINE;
}

enum { GROUP = 128 }; /* lines */

/* Column j of key i is at j * stride + i. */
typedef struct {
    uint64_t line[GROUP];
    uint32_t low[GROUP]; /* halves of words */
    size_t stride;       /* the most keys: GROUP / columns */
} group;

COTERIE_INLINE uint8_t *line_at(const coterie_counting *filter, const group *keys, int column, size_t i) {
    return filter->lines + (size_t)keys->line[(size_t)column * keys->stride + i] * COTERIE_COUNTING_LINE;
}
COTERIE_INLINE uint32_t low_at(const group *keys, int column, size_t i) {
    return keys->low[(size_t)column * keys->stride + i];
}

COTERIE_INLINE void find(const coterie_counting *filter, const uint64_t *digests, size_t n, group *out) {
    uint64_t words[GROUP], columns = (uint64_t)filter->columns;
    for (size_t i = 0; i < n; i++) words[i] = digests[i];
    if (filter->salt)
        for (size_t i = 0; i < n; i++) words[i] = coterie_mix(words[i], filter->salt);
    for (uint64_t j = 0; j < columns; j++) {
        uint64_t *line = out->line + j * out->stride;
        uint32_t *low = out->low + j * out->stride;
        for (size_t i = 0; i < n; i++) {
            line[i] = (words[i] >> 32) * filter->rows >> 32;
            line[i] = line[i] * columns + j;
            low[i] = (uint32_t)words[i];
            words[i] = coterie_bloom_second(words[i]);
        }
        if (filter->far)
            for (size_t i = 0; i < n; i++) COTERIE_PREFETCH_SECOND(filter->lines + (size_t)line[i] * COTERIE_COUNTING_LINE);
    }
}

#define COUNTING_LEVEL(level) \
    int coterie_counting_has_##level(const coterie_counting *, uint64_t); \
    int coterie_counting_put_##level(const coterie_counting *, uint64_t, coterie_counting_tally *); \
    int coterie_counting_take_##level(const coterie_counting *, uint64_t, coterie_counting_tally *); \
    void coterie_counting_contains_##level(const coterie_counting *, const uint64_t *, size_t, uint8_t *); \
    void coterie_counting_add_##level(const coterie_counting *, const uint64_t *, size_t, uint8_t *, \
                                      coterie_counting_tally *); \
    size_t coterie_counting_takes_##level(const coterie_counting *, const uint64_t *, size_t, uint8_t *, \
                                          coterie_counting_tally *);
COUNTING_LEVEL(baseline)
#if defined(COTERIE_TARGET_AVX2)
COUNTING_LEVEL(avx2)
COUNTING_LEVEL(avx512)
#endif

#endif
