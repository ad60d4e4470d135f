/* Local changes that replace dots of several strings: against arrays, with a log of what they made and dropped, and without
 * memory. */
#include "coterie/crdts/dotted_instead.h"
#include "coterie/crdts/dot_sets.h"
#include "crdts/dotted_model.h"
#include "starve.h"

enum { ALONE, INSTEAD, NOTHING };

/* What a change does to the model; the counter of its dot. */
static uint64_t change_model(model *model, int kind, size_t id, size_t string, size_t other) {
    size_t next = 0;
    for (size_t i = 0; i < COUNTERS; i++)
        if (model->seen[id][i]) next = i + 1;
    for (size_t k = 0; k < IDS; k++)
        for (size_t i = 0; i < COUNTERS; i++)
            if (kind != INSTEAD || model->live[k][i] == string + 1 || model->live[k][i] == other + 1) model->live[k][i] = 0;
    if (kind != NOTHING) model->live[id][next] = (uint8_t)(string + 1), model->seen[id][next] = 1;
    return next;
}

static coterie_status change(coterie_dotted *dotted, int kind, size_t id, size_t string, size_t other, coterie_dot_log *log) {
    char name[32], bytes[32], over[32];
    size_t len = string_of(string, bytes), over_len = string_of(other, over), place;
    uint32_t hash = coterie_table_hash(&dotted->strings, bytes, len);
    if (kind == NOTHING) return coterie_dotted_unmake_all(dotted, log);
    coterie_status status = coterie_dotted_place(dotted, name, name_of(id, name), &place);
    if (status != COTERIE_OK) return status;
    if (kind == ALONE) return coterie_dotted_make_alone(dotted, place, hash, bytes, len, log);
    uint32_t over_hash = coterie_table_hash(&dotted->strings, over, over_len);
    return coterie_dotted_make_instead(dotted, place, hash, bytes, len,
                                       coterie_table_find(&dotted->strings, over_hash, over, over_len), log);
}

/* The log has what is live or seen in one of two models, and not in the other. */
static void check_log(coterie_dotted *dotted, coterie_dot_log *log, const model *before, const model *after) {
    coterie_dots dots;
    char name[32];
    CHECK(coterie_dot_log_set(log, dotted->ids.n, &dots) == COTERIE_OK);
    for (size_t id = 0; id < IDS; id++)
        for (size_t i = 0; i < COUNTERS; i++) {
            size_t place = coterie_replicas_find(&dotted->ids, name, name_of(id, name));
            int differs = before->live[id][i] != after->live[id][i] || before->seen[id][i] != after->seen[id][i];
            CHECK_EQUAL(place == COTERIE_NOWHERE ? 0 : coterie_dots_has(&dots, place, counter_of(i)), differs);
        }
    coterie_dot_set_free(&dots);
}

/* Changes a copy, at each number of allocations that succeed. */
static void check_change(const coterie_dotted *a, const model *x, int kind, size_t id, size_t string, size_t other) {
    model after = *x;
    if (change_model(&after, kind, id, string, other) >= 29) return; /* from here on there are gaps in the model */
    for (int failures = 0;; failures++) {
        coterie_dotted made;
        coterie_dot_log log = {0};
        CHECK(coterie_dotted_copy(&made, a) == COTERIE_OK);
        allowed = failures;
        coterie_status status = change(&made, kind, id, string, other, &log);
        allowed = -1;
        check_same(&made, status == COTERIE_OK ? &after : x);
        check_log(&made, &log, x, status == COTERIE_OK ? &after : x);
        coterie_dot_log_free(&log);
        coterie_dotted_free(&made);
        if (status == COTERIE_OK) break;
        CHECK(status == COTERIE_NO_MEMORY);
    }
}

static void check_the_greatest_dot(const uint64_t key[2]) {
    coterie_dotted dotted;
    coterie_dot_log log = {0};
    size_t place;
    uint32_t hash;
    coterie_dotted_begin(&dotted, key);
    hash = coterie_table_hash(&dotted.strings, "x", 1);
    CHECK(coterie_dotted_place(&dotted, "a", 1, &place) == COTERIE_OK);
    CHECK(coterie_dotted_make_alone(&dotted, place, hash, "x", 1, &log) == COTERIE_OK);
    CHECK(coterie_dotted_see(&dotted, place, COTERIE_DOT_MOST) == COTERIE_OK);
    CHECK(coterie_dotted_make_alone(&dotted, place, hash, "x", 1, &log) == COTERIE_STOPPED);
    CHECK(coterie_dotted_make_instead(&dotted, place, hash, "x", 1, COTERIE_NO_STRING, &log) == COTERIE_STOPPED);
    CHECK(dotted.len == 1);
    coterie_dot_log_free(&log);
    coterie_dotted_free(&dotted);
}

int main(void) {
    static const uint64_t key[2] = {5, 6};
    static history h;
    uint64_t state = 1;
    for (int turn = 0; turn < 60; turn++) {
        history_begin(&h, key);
        for (uint32_t step = 10 + random_below(&state, 100); step; step--) {
            size_t k = random_below(&state, OBJECTS), id = random_below(&state, IDS), i = random_below(&state, 12);
            switch (random_below(&state, 4)) {
            case 0:
            case 1: history_make(&h, k, id, i, &state); break;
            case 2: history_let_go(&h, k, id, i); break;
            default: history_join(&h, k, random_below(&state, OBJECTS), COTERIE_BASELINE);
            }
            if (step % 4) continue;
            size_t string = random_below(&state, STRINGS), other = (string + 1 + random_below(&state, STRINGS - 1)) % STRINGS;
            check_change(&h.objects[k], &h.models[k], (int)random_below(&state, 3), id, string, other);
        }
        history_end(&h);
    }
    check_the_greatest_dot(key);
    return check_report();
}
