/* Dotted strings against arrays: replicas that make and drop dots, at gaps too, and join each other in any order. After each step
 * all is compared: what is live, what was seen, which strings there are, how one stands to another; and joins find no memory. */
#include "crdts/dotted_model.h"
#include "starve.h"

/* How often a string is in such a list, and how many there are. */
static size_t listed(const uint8_t *list, size_t size, const char *string, size_t len, size_t *all) {
    size_t found = 0;
    *all = 0;
    for (size_t at = 0; at < size; at += 4 + coterie_load32(list + at), ++*all)
        found += coterie_load32(list + at) == len && !memcmp(list + at + 4, string, len);
    return found;
}

/* Each string that came, and each that went, once. */
static void check_changes(const coterie_came_and_went *changes, const model *before, const model *after) {
    char string[32];
    size_t came = 0, went = 0, all_came = 0, all_went = 0;
    for (size_t i = 0; i < STRINGS; i++) {
        size_t len = string_of(i, string);
        int was = has(before, i), is = has(after, i);
        CHECK_EQUAL(listed(changes->came, changes->came_size, string, len, &all_came), !was && is);
        CHECK_EQUAL(listed(changes->went, changes->went_size, string, len, &all_went), was && !is);
        came += (size_t)(!was && is), went += (size_t)(was && !is);
    }
    CHECK(came == all_came && went == all_went);
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
        if (!level) check_changes(&changes, x, &both);
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
        if (status != COTERIE_OK) coterie_dotted_within(a, b, COTERIE_BASELINE, &within);
        allowed = -1;
        if (status != COTERIE_OK) continue;
        check_same(&made, x);
        coterie_dotted_free(&made);
        break;
    }
}

int main(void) {
    static const uint64_t key[2] = {5, 6};
    static history h;
    uint64_t state = 1;
    for (int turn = 0; turn < 150; turn++) {
        history_begin(&h, key);
        for (uint32_t step = 10 + random_below(&state, 150); step; step--) {
            size_t k = random_below(&state, OBJECTS), other = random_below(&state, OBJECTS), id = random_below(&state, IDS);
            size_t i = random_below(&state, turn % 2 ? 12 : COUNTERS);
            switch (random_below(&state, 4)) {
            case 0:
            case 1: history_make(&h, k, id, i, &state); break;
            case 2: history_let_go(&h, k, id, i); break;
            default:
                if (step % 8 == 0 && k != other)
                    check_join(&h.objects[k], &h.models[k], &h.objects[other], &h.models[other], turn % 10 == 0);
                history_join(&h, k, other, coterie_level_best());
            }
            if (step % 4 == 0) check_same(&h.objects[k], &h.models[k]);
        }
        for (size_t k = 0; k < OBJECTS; k++) {
            check_same(&h.objects[k], &h.models[k]);
            CHECK(coterie_dotted_memory(&h.objects[k]) > 0 || !h.objects[k].ids.n);
        }
        history_end(&h);
    }
    return check_report();
}
