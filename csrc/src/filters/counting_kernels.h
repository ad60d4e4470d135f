/* The kernels of one CPU level; included once for each. Before it stand
 *     LEVEL_ATTRIBUTE and LEVEL_NAME(verb);
 *     line_has(line, low): whether the key's counters of a line are all above 0;
 *     line_put(line, low): counts them up; how many were 0;
 *     line_take(line, low): counts them down, all above 0; how many are 0 now. */
#include "counting_group.h"

/* ---- one key ---- */

LEVEL_ATTRIBUTE int LEVEL_NAME(has)(const coterie_counting *filter, uint64_t digest) {
    uint64_t word = coterie_bloom_word(digest, filter->salt);
    for (int j = 0; j < filter->columns; j++, word = coterie_bloom_second(word))
        if (!line_has(line_of(filter, word, j), (uint32_t)word)) return 0;
    return 1;
}

LEVEL_ATTRIBUTE int LEVEL_NAME(put)(const coterie_counting *filter, uint64_t digest, coterie_counting_tally *tally) {
    uint64_t word = coterie_bloom_word(digest, filter->salt);
    unsigned filled = 0;
    for (int j = 0; j < filter->columns; j++, word = coterie_bloom_second(word))
        filled += line_put(line_of(filter, word, j), (uint32_t)word);
    tally->keys++;
    tally->filled += filled;
    return filled != 0;
}

LEVEL_ATTRIBUTE int LEVEL_NAME(take)(const coterie_counting *filter, uint64_t digest, coterie_counting_tally *tally) {
    if (!LEVEL_NAME(has)(filter, digest)) return 0;
    uint64_t word = coterie_bloom_word(digest, filter->salt);
    for (int j = 0; j < filter->columns; j++, word = coterie_bloom_second(word))
        tally->filled -= line_take(line_of(filter, word, j), (uint32_t)word);
    if (tally->keys) tally->keys--; /* 0 already if keys were removed that had not been added */
    return 1;
}

/* ---- many keys: columns are memory of their own, so that one may be worked on after the other ---- */

LEVEL_ATTRIBUTE static inline void contains_group(const coterie_counting *filter, const group *keys, size_t n,
                                                  uint8_t *out) {
    for (size_t i = 0; i < n; i++) out[i] = (uint8_t)line_has(line_at(filter, keys, 0, i), low_at(keys, 0, i));
    for (int j = 1; j < filter->columns; j++)
        for (size_t i = 0; i < n; i++) out[i] &= (uint8_t)line_has(line_at(filter, keys, j, i), low_at(keys, j, i));
}

LEVEL_ATTRIBUTE static inline uint64_t add_group(const coterie_counting *filter, const group *keys, size_t n,
                                                 uint8_t *out) {
    uint64_t filled = 0;
    if (out) memset(out, 0, n);
    for (int j = 0; j < filter->columns; j++)
        for (size_t i = 0; i < n; i++) {
            unsigned fresh = line_put(line_at(filter, keys, j, i), low_at(keys, j, i));
            filled += fresh;
            if (out) out[i] |= fresh != 0;
        }
    return filled;
}

/* As many as are removed: n, or without `out` those before the first that is not there. With `columns` known the two looks
 * at a line become one. */
LEVEL_ATTRIBUTE static inline size_t take_columns(const coterie_counting *filter, const group *keys, size_t n,
                                                  uint8_t *out, coterie_counting_tally *tally, int columns) {
    size_t taken = 0;
    for (size_t i = 0; i < n; i++) {
        int has = 1;
        for (int j = 0; j < columns; j++) has &= line_has(line_at(filter, keys, j, i), low_at(keys, j, i));
        if (out) out[i] = (uint8_t)has;
        if (!has && out) continue;
        if (!has) break;
        for (int j = 0; j < columns; j++)
            tally->filled -= line_take(line_at(filter, keys, j, i), low_at(keys, j, i));
        taken++;
    }
    tally->keys -= taken < tally->keys ? taken : tally->keys;
    return taken;
}

LEVEL_ATTRIBUTE static inline size_t take_group(const coterie_counting *filter, const group *keys, size_t n,
                                                uint8_t *out, coterie_counting_tally *tally) {
    if (filter->columns == 1) return take_columns(filter, keys, n, out, tally, 1);
    if (filter->columns == 2) return take_columns(filter, keys, n, out, tally, 2);
    return take_columns(filter, keys, n, out, tally, filter->columns);
}

/* A walk over n digests in groups. */
#define EACH_GROUP(count, statement) \
    group groups[2]; \
    groups[0].stride = groups[1].stride = GROUP / (size_t)filter->columns; \
    size_t most = groups[0].stride, count = n < most ? n : most; \
    find(filter, digests, count, &groups[0]); \
    for (int turn = 0; count; turn = !turn) { \
        size_t rest = n - count, next = rest < most ? rest : most; \
        if (next) find(filter, digests + count, next, &groups[!turn]); \
        const group *keys = &groups[turn]; \
        statement; \
        digests += count, n -= count, count = next; \
    }

LEVEL_ATTRIBUTE void LEVEL_NAME(contains)(const coterie_counting *filter, const uint64_t *digests, size_t n,
                                          uint8_t *out) {
    EACH_GROUP(count, (contains_group(filter, keys, count, out), out += count))
}

LEVEL_ATTRIBUTE void LEVEL_NAME(add)(const coterie_counting *filter, const uint64_t *digests, size_t n, uint8_t *out,
                                     coterie_counting_tally *tally) {
    tally->keys += n;
    EACH_GROUP(count, (tally->filled += add_group(filter, keys, count, out), out = out ? out + count : NULL))
}

/* Those that are there, with `out`; else those before the first that is not. How many. */
LEVEL_ATTRIBUTE size_t LEVEL_NAME(takes)(const coterie_counting *filter, const uint64_t *digests, size_t n, uint8_t *out,
                                         coterie_counting_tally *tally) {
    size_t sum = 0;
    EACH_GROUP(count, {
        size_t taken = take_group(filter, keys, count, out, tally);
        sum += taken;
        if (!out && taken < count) break;
        if (out) out += count;
    })
    return sum;
}

#undef EACH_GROUP
