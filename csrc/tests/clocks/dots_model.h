/* A set of dots as bits: a few slots with a few counters. */
#ifndef COTERIE_TESTS_DOTS_MODEL_H
#define COTERIE_TESTS_DOTS_MODEL_H

#include "coterie/clocks/dots.h"

#include "check.h"

enum { SLOTS = 3, COUNTERS = 20, RANGES = SLOTS * (COUNTERS + 2) };

/* Bit n of a word is counter n + 1 of its slot. */
typedef struct {
    uint32_t bits[SLOTS];
} dots_model;

typedef struct {
    coterie_dots dots;
    uint64_t prefix[SLOTS];
    coterie_range cloud[2 * RANGES];
} dots_room;

static inline void dots_begin(dots_room *room) {
    memset(room, 0, sizeof *room);
    room->dots = (coterie_dots){room->prefix, SLOTS, room->cloud, 0};
}

/* The ranges of the model, in order. */
static inline size_t model_ranges(const dots_model *model, coterie_range *out) {
    size_t len = 0;
    for (size_t slot = 0; slot < SLOTS; slot++)
        for (uint64_t n = 1; n <= COUNTERS; n++) {
            if (!(model->bits[slot] >> (n - 1) & 1)) continue;
            if (len && out[len - 1].slot == slot && out[len - 1].last + 1 == n) out[len - 1].last = n;
            else out[len++] = (coterie_range){slot, n, n};
        }
    return len;
}

static inline void check_ranges(const coterie_range *found, size_t len, const dots_model *model) {
    coterie_range expected[RANGES];
    size_t expected_len = model_ranges(model, expected);
    CHECK_EQUAL(len, expected_len);
    for (size_t i = 0; i < len && i < expected_len; i++)
        CHECK(found[i].slot == expected[i].slot && found[i].first == expected[i].first && found[i].last == expected[i].last);
}

static inline void check_dots(const coterie_dots *dots, const dots_model *model) {
    coterie_range ranges[2 * RANGES];
    check_ranges(ranges, coterie_dots_ranges(dots, ranges), model);
    for (size_t slot = 0; slot < SLOTS + 1; slot++) {
        uint64_t highest = 0;
        for (uint64_t n = 1; n <= COUNTERS + 1; n++) {
            int there = slot < SLOTS && n <= COUNTERS && model->bits[slot] >> (n - 1) & 1;
            CHECK_EQUAL(coterie_dots_has(dots, slot, n), there);
            if (there) highest = n;
        }
        CHECK_EQUAL(coterie_dots_highest(dots, slot), highest);
    }
    for (size_t i = 0; i < dots->len; i++) CHECK(dots->cloud[i].first > dots->prefix[dots->cloud[i].slot] + 1);
}

static inline int model_relation(const dots_model *a, const dots_model *b) {
    int relation = COTERIE_EQUAL;
    for (size_t slot = 0; slot < SLOTS; slot++) {
        if (b->bits[slot] & ~a->bits[slot]) relation |= COTERIE_BEFORE;
        if (a->bits[slot] & ~b->bits[slot]) relation |= COTERIE_AFTER;
    }
    return relation;
}

/* All that two sets are to each other. */
static inline void check_two(const dots_room *a, const dots_model *x, const dots_room *b, const dots_model *y) {
    coterie_range ranges[4 * RANGES], cloud[2 * RANGES];
    dots_model both = {{0}}, either = {{0}}, missing = {{0}};
    for (size_t slot = 0; slot < SLOTS; slot++) {
        both.bits[slot] = x->bits[slot] & y->bits[slot];
        either.bits[slot] = x->bits[slot] | y->bits[slot];
        missing.bits[slot] = y->bits[slot] & ~x->bits[slot];
    }
    CHECK_EQUAL(coterie_dots_relation(&a->dots, &b->dots, 0), model_relation(x, y));
    check_ranges(ranges, coterie_dots_missing(&a->dots, &b->dots, ranges), &missing);
    dots_room made;
    dots_begin(&made);
    coterie_dots_of_ranges(&made.dots, ranges, coterie_dots_common(&a->dots, &b->dots, ranges));
    check_dots(&made.dots, &both);
    made = *a;
    made.dots.prefix = made.prefix, made.dots.cloud = made.cloud;
    coterie_dots_join(&made.dots, &b->dots, cloud, 0);
    check_dots(&made.dots, &either);
}

#endif
