/* Keyed entries against the model: written, joined, compared and picked, and without memory nothing changes. */
#include "crdts/keyed_model.h"
#include "starve.h"

enum { REPLICAS = 3 };

static void join_model(model *to, const model *from) {
    for (size_t i = 0; i < KEYS; i++) model_raise(to, &to->each[i], &from->each[i]);
}

static int relation_of(const model *a, const model *b) {
    int relation = 0;
    for (size_t i = 0; i < KEYS; i++)
        relation |= is_more(b, &b->each[i], &a->each[i]) | is_more(a, &a->each[i], &b->each[i]) << 1;
    return relation;
}

static int seen_differs(const model *a, const model *b) {
    int differs = 0;
    for (size_t i = 0; i < KEYS; i++)
        differs |= model_shows(a, &a->each[i]) != model_shows(b, &b->each[i]) ||
                   (model_shows(a, &a->each[i]) && a->each[i].value != b->each[i].value);
    return differs;
}

/* Joins with less memory than it needs, until there is enough. */
static void check_join(coterie_keyed *keyed, model *model_, const coterie_keyed *other, const model *theirs) {
    model after = *model_;
    coterie_status status = COTERIE_NO_MEMORY;
    int changed;
    CHECK_EQUAL(coterie_keyed_relate(keyed, other), relation_of(model_, theirs));
    join_model(&after, theirs);
    for (long memory = 0; status != COTERIE_OK && memory < 100; memory++) {
        allowed = memory;
        status = coterie_keyed_join(keyed, other, &changed);
        allowed = -1;
        if (status != COTERIE_OK) check_same(keyed, model_);
    }
    CHECK(status == COTERIE_OK);
    CHECK_EQUAL(changed, seen_differs(model_, &after));
    *model_ = after;
    check_same(keyed, model_);
}

/* Only keys that another one has, too. */
static void check_common(const coterie_keyed *keyed, const model *model_, const coterie_keyed *other, const model *theirs) {
    coterie_keyed common;
    model part;
    begin_kind(&common, &part, model_->kind == COTERIE_KEYED_TIMES && model_->removes ? 4 : (int)model_->kind);
    for (size_t i = 0; i < KEYS; i++)
        if (theirs->each[i].there) part.each[i] = model_->each[i];
    allowed = 0;
    CHECK(coterie_keyed_common(&common, keyed, other) == COTERIE_NO_MEMORY);
    allowed = -1;
    CHECK(coterie_keyed_common(&common, keyed, other) == COTERIE_OK);
    check_same(&common, &part);
    coterie_keyed_free(&common);
}

/* What was noted, and nothing else, is what is picked. */
static void check_log(const coterie_keyed *keyed, const model *model_, coterie_keyed_log *log, int *touched) {
    coterie_keyed delta;
    model part;
    begin_kind(&delta, &part, model_->kind == COTERIE_KEYED_TIMES && model_->removes ? 4 : (int)model_->kind);
    for (size_t i = 0; i < KEYS; i++)
        if (touched[i]) part.each[i] = model_->each[i];
    allowed = 0;
    CHECK(coterie_keyed_pick(&delta, keyed, log->each, log->n, 0) == COTERIE_NO_MEMORY);
    allowed = -1;
    CHECK(coterie_keyed_pick(&delta, keyed, log->each, log->n, 0) == COTERIE_OK);
    check_same(&delta, &part);
    coterie_keyed_free(&delta);
    coterie_keyed_log_clear(log);
    memset(touched, 0, KEYS * sizeof *touched);
}

static void check_renewed(const coterie_keyed *keyed, const model *model_, int kind) {
    coterie_keyed fresh;
    model left;
    begin_kind(&fresh, &left, kind);
    for (size_t i = 0; i < KEYS; i++) {
        if (!model_shows(model_, &model_->each[i])) continue;
        left.each[i] = model_->each[i];
        left.each[i].removed = 0;
    }
    CHECK(coterie_keyed_renew(&fresh, keyed) == COTERIE_OK);
    check_same(&fresh, &left);
    coterie_keyed_free(&fresh);
}

/* Many at once: all or none. */
static void check_many(coterie_keyed *keyed, model *model_, coterie_keyed_log *log, int *touched, uint64_t *state) {
    char bytes[20 * KEY_ROOM], held[20 * KEY_ROOM], text[KEY_ROOM];
    size_t ends[20], held_ends[20], which[20], n = random_below(state, 20), at = 0, held_at = 0;
    int shown = (int)random_below(state, 2), many = !shown && model_->kind == COTERIE_KEYED_VALUES && random_below(state, 2);
    model after = *model_;
    model_entry entry = random_entry(model_, state), before;
    coterie_keyed_outcome outcome;
    coterie_status status = COTERIE_NO_MEMORY, expected = COTERIE_OK;
    size_t stopped = 0;
    if (many) entry.time = keyed->greatest + 1;
    for (size_t k = 0; k < n; k++) {
        which[k] = random_below(state, KEYS);
        at += key_of(which[k], bytes + at), ends[k] = at;
        if (many) entry.value = k % (VALUES - 1) + 1;
        held_at += value_of(entry.value, held + held_at), held_ends[k] = held_at;
        before = after.each[which[k]];
        if (shown && !model_shows(&after, &before)) continue;
        if (model_->kind == COTERIE_KEYED_REMOVALS && before.removed && !entry.removed && model_->each[which[k]].removed) {
            if (expected == COTERIE_OK) stopped = k;
            expected = COTERIE_STOPPED;
        }
        if (many) after.each[which[k]] = entry;
        else model_raise(&after, &after.each[which[k]], &entry);
    }
    coterie_strings keys = {(uint8_t *)bytes, ends, n}, values = {(uint8_t *)held, held_ends, n};
    for (long memory = 0; status == COTERIE_NO_MEMORY && memory < 100; memory++) {
        coterie_keyed_entry made = entry_of(keyed, &entry, text);
        allowed = memory;
        status = coterie_keyed_write(keyed, &keys, many ? &values : NULL, made, shown, log, &outcome);
        allowed = -1;
        if (status != COTERIE_OK) check_same(keyed, model_);
    }
    CHECK(status == expected);
    if (status == COTERIE_STOPPED) CHECK_EQUAL(outcome.last, stopped);
    if (status != COTERIE_OK) return;
    CHECK_EQUAL(outcome.changed, seen_differs(model_, &after));
    size_t came = SIZE_MAX;
    for (size_t i = 0; i < KEYS; i++)
        if (model_shows(&after, &after.each[i]) && !model_shows(model_, &model_->each[i]) && number_of(keyed, i) < came)
            came = number_of(keyed, i);
    CHECK_EQUAL(outcome.came, came);
    for (size_t i = 0; i < KEYS; i++) touched[i] |= is_more(&after, &after.each[i], &model_->each[i]);
    *model_ = after;
    check_same(keyed, model_);
    uint8_t found[20];
    coterie_keyed_have(keyed, &keys, found);
    for (size_t k = 0; k < n; k++) CHECK_EQUAL(found[k], model_shows(model_, &model_->each[which[k]]));
}

static void check_shared(int kind) {
    coterie_shared_keyed *a = coterie_shared_keyed_new(kind < 4 ? (coterie_keyed_kind)kind : COTERIE_KEYED_TIMES, kind == 4, KEY);
    coterie_shared_keyed *b = coterie_shared_keyed_hold(a);
    model model, empty;
    coterie_keyed_log log = {0};
    begin_kind(&a->keyed, &model, kind);
    empty = model;
    for (long memory = 0; memory < 5; memory++) {
        allowed = memory;
        CHECK(coterie_shared_keyed_own(&b) == COTERIE_NO_MEMORY && a == b);
        allowed = -1;
    }
    CHECK(coterie_shared_keyed_own(&b) == COTERIE_OK && a != b);
    write_one(&b->keyed, &model, 5, &(model_entry){.there = 1, .time = model.kind >= COTERIE_KEYED_TIMES, .value = 1}, &log);
    check_same(&a->keyed, &empty);
    coterie_keyed_log_free(&log);
    coterie_shared_keyed_drop(a);
    coterie_shared_keyed_drop(b);
}

/* Many write one key, one after the other: only ids that are needed stay, unless memory is refused. */
static void check_writers(void) {
    coterie_keyed keyed;
    coterie_keyed_log log = {0};
    coterie_keyed_outcome outcome;
    size_t most = 0;
    coterie_keyed_begin(&keyed, COTERIE_KEYED_VALUES, 0, KEY);
    for (uint64_t time = 1; time <= 1000; time++) {
        char id[32];
        size_t ends[] = {1, 2}, len = (size_t)sprintf(id, "writer %u", (unsigned)time);
        coterie_keyed_entry entry = {.time = time, .value = (const uint8_t *)"v", .len = 1};
        coterie_strings keys = {(const uint8_t *)"ab", ends, time == 1 ? 2 : 1};
        CHECK(coterie_replicas_add(&keyed.ids, id, len, &entry.writer) == COTERIE_OK);
        allowed = time % 3 ? -1 : (long)(time % 5); /* where there is room already, only for what is given back */
        coterie_status status = coterie_keyed_write(&keyed, &keys, NULL, entry, 0, &log, &outcome);
        allowed = -1;
        if (status != COTERIE_OK) CHECK(coterie_keyed_write(&keyed, &keys, NULL, entry, 0, &log, &outcome) == COTERIE_OK);
        entry = coterie_keyed_get(&keyed, 0);
        CHECK(entry.time == time && keyed.ids.each[entry.writer].len == len);
        CHECK(!memcmp(coterie_replica_id(&keyed.ids, entry.writer), id, len));
        entry = coterie_keyed_get(&keyed, 1);
        CHECK(entry.time == 1 && !memcmp(coterie_replica_id(&keyed.ids, entry.writer), "writer 1", 8));
        if (keyed.ids.n > most) most = keyed.ids.n;
    }
    CHECK(most > 50 && most < 100);
    coterie_keyed_free(&keyed);
    coterie_keyed_log_free(&log);
}

int main(void) {
    uint64_t state = 1;
    check_writers();
    for (int turn = 0; turn < 200; turn++) {
        coterie_keyed made[REPLICAS];
        model models[REPLICAS];
        coterie_keyed_log logs[REPLICAS] = {{0}};
        int touched[REPLICAS][KEYS] = {{0}};
        for (size_t k = 0; k < REPLICAS; k++) begin_kind(&made[k], &models[k], turn % KINDS);
        for (uint32_t step = random_below(&state, 100); step; step--) {
            size_t at = random_below(&state, REPLICAS), from = random_below(&state, REPLICAS);
            size_t i = random_below(&state, turn % 2 ? 8 : KEYS);
            model before = models[at];
            model_entry entry = random_entry(&models[at], &state);
            switch (random_below(&state, 5)) {
            case 0:
                check_common(&made[at], &models[at], &made[from], &models[from]);
                if (at != from) check_join(&made[at], &models[at], &made[from], &models[from]);
                break;
            case 1: check_log(&made[at], &models[at], &logs[at], touched[at]); break;
            case 2: check_many(&made[at], &models[at], &logs[at], touched[at], &state); break;
            default:
                write_one(&made[at], &models[at], i, &entry, &logs[at]);
                touched[at][i] |= is_more(&before, &models[at].each[i], &before.each[i]);
                check_same(&made[at], &models[at]);
            }
            CHECK(coterie_keyed_memory(&made[at]) < 100000);
        }
        for (size_t k = 0; k < REPLICAS; k++) {
            check_renewed(&made[k], &models[k], turn % KINDS);
            coterie_keyed_free(&made[k]);
            coterie_keyed_log_free(&logs[k]);
        }
    }
    for (int kind = 0; kind < KINDS; kind++) check_shared(kind);
    return check_report();
}
