/* The counting filter as it is defined, one counter after the other. */
#ifndef COTERIE_TESTS_COUNTING_MODEL_H
#define COTERIE_TESTS_COUNTING_MODEL_H

#include "check.h"
#include "coterie/filters/counting.h"

#include <stdlib.h>

typedef struct {
    uint8_t *counters; /* one byte for each: of a line 128 */
    uint64_t rows, salt, keys;
    int columns;
} counting_model;

static inline counting_model counting_model_new(uint64_t rows, int columns, uint64_t salt) {
    uint8_t *counters = (uint8_t *)calloc((size_t)rows * (size_t)columns, 128);
    if (!counters) abort();
    return (counting_model){counters, rows, salt, 0, columns};
}

static inline uint64_t counting_model_mix(uint64_t word, uint64_t salt) {
    word = (word ^ word >> 32 ^ salt) * 0x9E3779B97F4A7C15u;
    return word ^ word >> 32;
}

/* The counters of a digest, 4 for each column. */
static inline int counting_model_find(const counting_model *model, uint64_t digest, uint8_t *found[32]) {
    static const uint32_t salts[] = {0x47b6137bu, 0x44974d91u, 0x8824ad5bu, 0xa2b7289du};
    uint64_t word = model->salt ? counting_model_mix(digest, model->salt) : digest;
    int n = 0;
    for (int j = 0; j < model->columns; j++) {
        uint64_t row = (word >> 32) * model->rows >> 32;
        uint8_t *line = model->counters + (row * (uint64_t)model->columns + (uint64_t)j) * 128;
        for (int lane = 0; lane < 4; lane++) found[n++] = line + 32 * lane + ((uint32_t)word * salts[lane] >> 27);
        word = counting_model_mix(word, 0x243F6A8885A308D3u);
    }
    return n;
}

static inline int counting_model_count(const counting_model *model, uint64_t digest) {
    uint8_t *found[32];
    int n = counting_model_find(model, digest, found), least = 15;
    for (int i = 0; i < n; i++) least = *found[i] < least ? *found[i] : least;
    return least;
}

static inline int counting_model_add(counting_model *model, uint64_t digest) {
    uint8_t *found[32];
    int n = counting_model_find(model, digest, found), new = counting_model_count(model, digest) == 0;
    for (int i = 0; i < n; i++)
        if (*found[i] < 15) ++*found[i];
    model->keys++;
    return new;
}

static inline int counting_model_remove(counting_model *model, uint64_t digest) {
    uint8_t *found[32];
    int n = counting_model_find(model, digest, found);
    if (counting_model_count(model, digest) == 0) return 0;
    for (int i = 0; i < n; i++)
        if (*found[i] < 15) --*found[i];
    model->keys -= model->keys > 0;
    return 1;
}

static inline uint64_t counting_model_filled(const counting_model *model) {
    uint64_t filled = 0;
    for (uint64_t i = 0; i < 128 * model->rows * (uint64_t)model->columns; i++) filled += model->counters[i] != 0;
    return filled;
}

/* Whether a filter holds the same. */
static inline void counting_model_check(const counting_model *model, const coterie_counting *filter,
                                        const coterie_counting_tally *tally) {
    size_t same = 0, counters = 128 * (size_t)model->rows * (size_t)model->columns;
    for (size_t i = 0; i < counters; i++)
        same += (filter->lines[i / 2] >> (i & 1 ? 4 : 0) & 15) == model->counters[i];
    CHECK_EQUAL(same, counters);
    CHECK_EQUAL(tally->keys, model->keys);
    CHECK_EQUAL(tally->filled, counting_model_filled(model));
}

#endif
