/* Dotted strings against arrays: replicas that make and drop dots, at gaps too, and join each other in any order. After each step
 * all is compared: what is live, what was seen, which strings there are, how one stands to another; and joins find no memory. */
#include "coterie/crdts/dotted.h"

#include "check.h"

#include <stdlib.h>

enum { IDS = 4, COUNTERS = 60, STRINGS = 12, OBJECTS = 4 };

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

static long allowed = -1; /* allocations that still succeed; below 0: all */

static int refused(void) { return allowed >= 0 && allowed-- == 0; }
void *__wrap_malloc(size_t size) { return refused() ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t count, size_t size) { return refused() ? NULL : __real_calloc(count, size); }
void *__wrap_realloc(void *memory, size_t size) { return refused() ? NULL : __real_realloc(memory, size); }

/* The string of a dot that is live and 1, or 0; and whether it was seen. */
typedef struct {
    uint8_t live[IDS][COUNTERS], seen[IDS][COUNTERS];
} model;

/* Some at the beginning, some on both sides of the second and third chunk. */
static uint64_t counter_of(size_t i) { return i < 30 ? i + 1 : COTERIE_CHUNK * (i < 50 ? 1u : 2u) - 40 + i; }
static size_t name_of(size_t i, char *name) { return (size_t)sprintf(name, "replica %zu", i); }
static size_t string_of(size_t i, char *string) { return i ? (size_t)sprintf(string, "string %zu", i) : 0; }

static void check_same(const coterie_dotted *dotted, const model *model) {
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

static void make(coterie_dotted *dotted, model *model, size_t id, size_t i, size_t string) {
    char name[32], bytes[32];
    size_t place, len = string_of(string, bytes);
    uint32_t record;
    CHECK(coterie_dotted_place(dotted, name, name_of(id, name), &place) == COTERIE_OK);
    CHECK(coterie_dotted_put(dotted, place, counter_of(i), coterie_table_hash(&dotted->strings, bytes, len), bytes, len,
                             &record) == COTERIE_OK);
    CHECK(coterie_dotted_see(dotted, place, counter_of(i)) == COTERIE_OK);
    model->live[id][i] = (uint8_t)(string + 1), model->seen[id][i] = 1;
}

static void let_go(coterie_dotted *dotted, model *model, size_t id, size_t i) {
    char name[32];
    size_t place = coterie_replicas_find(&dotted->ids, name, name_of(id, name));
    coterie_dotted_drop(dotted, *coterie_live_find(&dotted->live[place], counter_of(i)));
    model->live[id][i] = 0;
}

static int has(const model *model, size_t string) {
    for (size_t id = 0; id < IDS; id++)
        for (size_t i = 0; i < COUNTERS; i++)
            if (model->live[id][i] == string + 1) return 1;
    return 0;
}

static model joined(const model *a, const model *b) {
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

/* Each string that came, and each that went, once. */
static void check_changes(const coterie_dotted *dotted, const coterie_came_and_went *changes, const model *before,
                          const model *after) {
    char string[32];
    size_t came = 0, went = 0;
    for (size_t i = 0; i < STRINGS; i++) {
        size_t len = string_of(i, string), found = 0;
        for (size_t k = 0; k < changes->came.n; k++) {
            const coterie_string *one = &dotted->strings.each[changes->came.each[k]];
            found += one->len == len && !memcmp(dotted->strings.bytes + one->start, string, len);
        }
        CHECK_EQUAL(found, !has(before, i) && has(after, i));
        came += found;
        found = 0;
        for (size_t at = 0; at < changes->went_size; at += 4 + coterie_load32(changes->went + at))
            found += coterie_load32(changes->went + at) == len && !memcmp(changes->went + at + 4, string, len);
        CHECK_EQUAL(found, has(before, i) && !has(after, i));
        went += found;
    }
    CHECK_EQUAL(came, changes->came.n);
    for (size_t at = 0; at < changes->went_size; at += 4 + coterie_load32(changes->went + at)) went--;
    CHECK_EQUAL(went, 0);
}

static void check_join(const coterie_dotted *a, const model *x, const coterie_dotted *b, const model *y, int starve) {
    model both = joined(x, y);
    int within = -1;
    CHECK(coterie_dotted_within(b, a, COTERIE_BASELINE, &within) == COTERIE_OK);
    CHECK_EQUAL(within, !memcmp(&both, x, sizeof both));
    EACH_LEVEL(level) {
        coterie_dotted made;
        coterie_came_and_went changes = {0};
        CHECK(coterie_dotted_copy(&made, a) == COTERIE_OK);
        CHECK(coterie_dotted_join(&made, b, level ? NULL : &changes, level) == COTERIE_OK);
        check_same(&made, &both);
        if (!level) check_changes(&made, &changes, x, &both);
        coterie_came_and_went_free(&changes);
        coterie_dotted_free(&made);
    }
    for (int failures = 0; starve; failures++) {
        coterie_dotted made;
        coterie_came_and_went changes = {0};
        CHECK(coterie_dotted_copy(&made, a) == COTERIE_OK);
        allowed = failures;
        coterie_status status = coterie_dotted_join(&made, b, &changes, COTERIE_BASELINE);
        allowed = -1;
        check_same(&made, status == COTERIE_OK ? &both : x);
        coterie_came_and_went_free(&changes);
        coterie_dotted_free(&made);
        if (status == COTERIE_OK) break;
        CHECK(status == COTERIE_NO_MEMORY);
    }
    for (int failures = 0; starve; failures++) {
        coterie_dotted made;
        allowed = failures;
        coterie_status status = coterie_dotted_copy(&made, a);
        if (status != COTERIE_OK) status = coterie_dotted_within(a, b, COTERIE_BASELINE, &within) == COTERIE_OK ? status : status;
        allowed = -1;
        if (status != COTERIE_OK) continue;
        check_same(&made, x);
        coterie_dotted_free(&made);
        break;
    }
}

int main(void) {
    static const uint64_t key[2] = {5, 6};
    uint64_t state = 1;
    for (int turn = 0; turn < 150; turn++) {
        coterie_dotted objects[OBJECTS];
        model models[OBJECTS] = {0};
        for (size_t k = 0; k < OBJECTS; k++) coterie_dotted_begin(&objects[k], key);
        static size_t made[IDS][COUNTERS]; /* the string of each dot and 1: it has one for ever */
        memset(made, 0, sizeof made);
        for (uint32_t step = 10 + random_below(&state, 150); step; step--) {
            size_t k = random_below(&state, OBJECTS), other = random_below(&state, OBJECTS), id = random_below(&state, IDS);
            size_t i = random_below(&state, turn % 2 ? 12 : COUNTERS);
            switch (random_below(&state, 4)) {
            case 0:
            case 1:
                if (models[k].seen[id][i]) break;
                if (!made[id][i]) made[id][i] = 1 + random_below(&state, STRINGS);
                make(&objects[k], &models[k], id, i, made[id][i] - 1);
                break;
            case 2:
                if (models[k].live[id][i]) let_go(&objects[k], &models[k], id, i);
                break;
            default:
                if (k == other) break;
                if (step % 8 == 0) check_join(&objects[k], &models[k], &objects[other], &models[other], turn % 10 == 0);
                CHECK(coterie_dotted_join(&objects[k], &objects[other], NULL, coterie_level_best()) == COTERIE_OK);
                models[k] = joined(&models[k], &models[other]);
            }
            if (step % 4 == 0) check_same(&objects[k], &models[k]);
        }
        for (size_t k = 0; k < OBJECTS; k++) {
            check_same(&objects[k], &models[k]);
            CHECK(coterie_dotted_memory(&objects[k]) > 0 || !objects[k].ids.n);
            coterie_dotted_free(&objects[k]);
        }
    }
    return check_report();
}
