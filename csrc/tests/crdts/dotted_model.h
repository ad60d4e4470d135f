/* Dotted strings as arrays, and what they have to have in common with them. */
#ifndef COTERIE_TESTS_DOTTED_MODEL_H
#define COTERIE_TESTS_DOTTED_MODEL_H

#include "check.h"
#include "coterie/crdts/dotted.h"

enum { IDS = 4, COUNTERS = 60, STRINGS = 12, OBJECTS = 4 };

/* The string of a dot that is live and 1, or 0; and whether it was seen. */
typedef struct {
    uint8_t live[IDS][COUNTERS], seen[IDS][COUNTERS];
} model;

/* Some at the beginning, some on both sides of the second and third chunk. */
static inline uint64_t counter_of(size_t i) { return i < 30 ? i + 1 : COTERIE_CHUNK * (i < 50 ? 1u : 2u) - 40 + i; }
static inline size_t name_of(size_t i, char *name) { return (size_t)sprintf(name, "replica %zu", i); }
static inline size_t string_of(size_t i, char *string) { return i ? (size_t)sprintf(string, "string %zu", i) : 0; }

static inline void check_same(const coterie_dotted *dotted, const model *model) {
    char name[32], string[32];
    size_t live = 0, strings = 0;
    int known[STRINGS] = {0};
    for (size_t id = 0; id < IDS; id++) {
        size_t place = coterie_replicas_find(&dotted->ids, name, name_of(id, name));
        for (size_t i = 0; i < COUNTERS; i++) {
            uint64_t counter = counter_of(i);
            uint32_t *record = place == COTERIE_NOWHERE ? NULL : coterie_live_find(&dotted->live[place], counter);
            CHECK_EQUAL(place == COTERIE_NOWHERE ? 0 : coterie_dots_has(&dotted->context, place, counter), model->seen[id][i]);
            CHECK_EQUAL(!!record, !!model->live[id][i]);
            if (!record || !model->live[id][i]) continue;
            const coterie_record *found = &dotted->records[*record];
            size_t len = string_of(model->live[id][i] - 1u, string);
            CHECK(found->place == place && found->counter == counter);
            CHECK(dotted->strings.each[found->string].len == len);
            CHECK(!memcmp(coterie_table_bytes(&dotted->strings, found->string), string, len));
            known[model->live[id][i] - 1]++;
            live++;
        }
    }
    CHECK_EQUAL(dotted->len, live);
    for (size_t i = 0; i < STRINGS; i++) {
        size_t len = string_of(i, string), dots = 0;
        uint32_t found = coterie_table_find(&dotted->strings, coterie_table_hash(&dotted->strings, string, len), string, len);
        strings += known[i] > 0;
        CHECK_EQUAL(found != COTERIE_NO_STRING, known[i] > 0);
        if (found == COTERIE_NO_STRING) continue;
        for (uint32_t at = dotted->first[found]; at != COTERIE_NO_RECORD; at = dotted->records[at].next) {
            CHECK_EQUAL(dotted->records[at].string, found);
            dots++;
        }
        CHECK_EQUAL(dots, known[i]);
    }
    CHECK_EQUAL(dotted->strings.len, strings);
}

static inline void make(coterie_dotted *dotted, model *model, size_t id, size_t i, size_t string) {
    char name[32], bytes[32];
    size_t place, len = string_of(string, bytes);
    uint32_t record;
    CHECK(coterie_dotted_place(dotted, name, name_of(id, name), &place) == COTERIE_OK);
    CHECK(coterie_dotted_put(dotted, place, counter_of(i), coterie_table_hash(&dotted->strings, bytes, len), bytes, len,
                             &record) == COTERIE_OK);
    CHECK(coterie_dotted_see(dotted, place, counter_of(i)) == COTERIE_OK);
    model->live[id][i] = (uint8_t)(string + 1), model->seen[id][i] = 1;
}

static inline void let_go(coterie_dotted *dotted, model *model, size_t id, size_t i) {
    char name[32];
    size_t place = coterie_replicas_find(&dotted->ids, name, name_of(id, name));
    coterie_dotted_drop(dotted, *coterie_live_find(&dotted->live[place], counter_of(i)));
    model->live[id][i] = 0;
}

static inline int has(const model *model, size_t string) {
    for (size_t id = 0; id < IDS; id++)
        for (size_t i = 0; i < COUNTERS; i++)
            if (model->live[id][i] == string + 1) return 1;
    return 0;
}

static inline model joined(const model *a, const model *b) {
    model both = {0};
    for (size_t id = 0; id < IDS; id++)
        for (size_t i = 0; i < COUNTERS; i++) {
            uint8_t x = a->live[id][i], y = b->live[id][i];
            both.seen[id][i] = a->seen[id][i] | b->seen[id][i];
            if ((x && y) || (x && !b->seen[id][i])) both.live[id][i] = x;
            else if (y && !a->seen[id][i]) both.live[id][i] = y;
        }
    return both;
}

/* Objects with a history, each with its model; and the string of each dot and 1, since a dot has one for ever. */
typedef struct {
    coterie_dotted objects[OBJECTS];
    model models[OBJECTS];
    size_t made[IDS][COUNTERS];
} history;

static inline void history_begin(history *h, const uint64_t key[2]) {
    memset(h, 0, sizeof *h);
    for (size_t k = 0; k < OBJECTS; k++) coterie_dotted_begin(&h->objects[k], key);
}

/* An object makes a dot that it has not seen; or drops one that it has live. */
static inline void history_make(history *h, size_t k, size_t id, size_t i, uint64_t *state) {
    if (h->models[k].seen[id][i]) return;
    if (!h->made[id][i]) h->made[id][i] = 1 + random_below(state, STRINGS);
    make(&h->objects[k], &h->models[k], id, i, h->made[id][i] - 1);
}
static inline void history_let_go(history *h, size_t k, size_t id, size_t i) {
    if (h->models[k].live[id][i]) let_go(&h->objects[k], &h->models[k], id, i);
}
static inline void history_join(history *h, size_t k, size_t other, int level) {
    if (k == other) return;
    CHECK(coterie_dotted_join(&h->objects[k], &h->objects[other], NULL, level) == COTERIE_OK);
    h->models[k] = joined(&h->models[k], &h->models[other]);
}

static inline void history_end(history *h) {
    for (size_t k = 0; k < OBJECTS; k++) coterie_dotted_free(&h->objects[k]);
}

#endif
