/* Keyed entries in the plainest way: what each of a few keys has. */
#ifndef COTERIE_TESTS_KEYED_MODEL_H
#define COTERIE_TESTS_KEYED_MODEL_H

#include "coterie/crdts/keyed_local.h"

#include "check.h"

enum { KEYS = 40, IDS = 3, TIMES = 6, VALUES = 5, KEY_ROOM = 64, KINDS = 5 };

static const uint64_t KEY[2] = {7, 8};

typedef struct {
    int there;
    uint64_t time, removed;
    size_t writer, value;
} model_entry;
typedef struct {
    coterie_keyed_kind kind;
    int removes;
    model_entry each[KEYS];
} model;

/* Of any length; some begin alike, for more bytes than are shared. */
static inline size_t key_of(size_t i, char *out) {
    if (i < 3) return (size_t)sprintf(out, "%.*s", (int)i, "ab");
    if (i % 3 == 0) return (size_t)sprintf(out, "a beginning that is longer than %zu", i);
    return (size_t)sprintf(out, i % 3 == 1 ? "k%zu" : "a beginning %zu", i);
}
static inline size_t id_of(size_t i, char *out) { return (size_t)sprintf(out, "%.*s", (int)i + 1, "abc"); }
/* The one with number 0 has no bytes; some are others' beginnings. */
static inline size_t value_of(size_t i, char *out) { return (size_t)sprintf(out, "%.*s", (int)i * 3, "a value of it"); }

static inline void begin_kind(coterie_keyed *keyed, model *model, int kind) {
    memset(model, 0, sizeof *model);
    model->kind = kind < 4 ? (coterie_keyed_kind)kind : COTERIE_KEYED_TIMES, model->removes = kind == 4;
    coterie_keyed_begin(keyed, model->kind, model->removes, KEY);
}

static inline model_entry random_entry(const model *model, uint64_t *state) {
    model_entry entry = {.there = 1};
    if (model->kind == COTERIE_KEYED_REMOVALS) entry.removed = random_below(state, 3) == 0;
    if (model->kind >= COTERIE_KEYED_TIMES)
        entry.time = (1 + random_below(state, TIMES)) * (random_below(state, 2) ? 1 : 50000);
    if (model->kind == COTERIE_KEYED_TIMES && random_below(state, 2)) {
        entry.removed = entry.time;
        entry.time = 0;
    }
    if (model->kind == COTERIE_KEYED_VALUES) entry.writer = random_below(state, IDS), entry.value = random_below(state, VALUES);
    return entry;
}

/* Longer ids and values sort after their beginnings, so that numbers stand for them. */
static inline int is_more(const model *model, const model_entry *a, const model_entry *b) {
    if (!b->there) return a->there;
    if (model->kind != COTERIE_KEYED_VALUES) return a->time > b->time || a->removed > b->removed;
    if (a->time != b->time) return a->time > b->time;
    if (a->writer != b->writer) return a->writer > b->writer;
    return a->value > b->value;
}
static inline void model_raise(const model *model, model_entry *to, const model_entry *from) {
    if (!from->there) return;
    if (model->kind == COTERIE_KEYED_VALUES) {
        if (is_more(model, from, to)) *to = *from;
        return;
    }
    to->there = 1;
    if (from->time > to->time) to->time = from->time;
    if (from->removed > to->removed) to->removed = from->removed;
}
static inline int model_shows(const model *model, const model_entry *entry) {
    if (!entry->there) return 0;
    if (model->kind == COTERIE_KEYED_REMOVALS) return !entry->removed;
    if (model->kind == COTERIE_KEYED_TIMES) return model->removes ? entry->time > entry->removed : entry->time >= entry->removed;
    return model->kind == COTERIE_KEYED_KEYS || entry->value;
}

/* Makes such an entry of it, whose writer and value are put into `text`. */
static inline coterie_keyed_entry entry_of(coterie_keyed *keyed, const model_entry *entry, char *text) {
    coterie_keyed_entry out = {.time = entry->time, .removed = entry->removed, .value = (uint8_t *)text};
    char id[8];
    if (keyed->kind == COTERIE_KEYED_VALUES) {
        CHECK(coterie_replicas_add(&keyed->ids, id, id_of(entry->writer, id), &out.writer) == COTERIE_OK);
        out.len = value_of(entry->value, text);
    }
    return out;
}

static inline uint32_t number_of(const coterie_keyed *keyed, size_t i) {
    char key[KEY_ROOM];
    size_t len = key_of(i, key);
    return coterie_table_find(&keyed->keys, coterie_table_hash(&keyed->keys, key, len), key, len);
}

static inline void check_same(const coterie_keyed *keyed, const model *model) {
    char text[KEY_ROOM];
    size_t n = 0, shown = 0;
    uint64_t greatest = 0;
    for (size_t i = 0; i < KEYS; i++) {
        const model_entry *entry = &model->each[i];
        uint32_t number = number_of(keyed, i);
        CHECK_EQUAL(number != COTERIE_NO_STRING, entry->there);
        if (number == COTERIE_NO_STRING) continue;
        coterie_keyed_entry found = coterie_keyed_get(keyed, number);
        CHECK(found.time == entry->time && found.removed == entry->removed);
        CHECK_EQUAL(coterie_keyed_shows(keyed, &found), model_shows(model, entry));
        if (keyed->kind == COTERIE_KEYED_VALUES) {
            CHECK(found.len == value_of(entry->value, text) && !memcmp(found.value, text, found.len));
            CHECK(keyed->ids.each[found.writer].len == entry->writer + 1);
        }
        n++, shown += (size_t)model_shows(model, entry);
        if (entry->time > greatest) greatest = entry->time;
        if (model->kind == COTERIE_KEYED_TIMES && entry->removed > greatest) greatest = entry->removed;
    }
    CHECK_EQUAL(keyed->keys.n, n);
    CHECK_EQUAL(keyed->shown, shown);
    CHECK_EQUAL(keyed->greatest, greatest);
}

/* Writes an entry of a key here and there. */
static inline void write_one(coterie_keyed *keyed, model *model, size_t i, const model_entry *entry, coterie_keyed_log *log) {
    char key[KEY_ROOM], text[KEY_ROOM];
    size_t len = key_of(i, key);
    coterie_strings keys = {(uint8_t *)key, &len, 1};
    coterie_keyed_outcome outcome;
    model_entry before = model->each[i];
    coterie_status status = coterie_keyed_write(keyed, &keys, NULL, entry_of(keyed, entry, text), 0, log, &outcome);
    if (model->kind == COTERIE_KEYED_REMOVALS && before.removed && !entry->removed) {
        CHECK(status == COTERIE_STOPPED && outcome.last == 0);
        return;
    }
    CHECK(status == COTERIE_OK);
    model_raise(model, &model->each[i], entry);
    CHECK_EQUAL(outcome.changed, model_shows(model, &before) != model_shows(model, &model->each[i]) ||
                                     (model_shows(model, &before) && before.value != model->each[i].value));
}

#endif
