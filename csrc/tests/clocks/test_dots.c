/* Sets of dots against bits: any order of additions, and all that two sets are to each other. */
#include "clocks/dots_model.h"

static void fill(dots_room *room, dots_model *model, uint64_t *state) {
    dots_begin(room);
    memset(model, 0, sizeof *model);
    for (uint32_t i = random_below(state, SLOTS * COUNTERS * 2); i; i--) {
        uint32_t slot = random_below(state, SLOTS), n = 1 + random_below(state, COUNTERS);
        int new = !(model->bits[slot] >> (n - 1) & 1);
        model->bits[slot] |= (uint32_t)1 << (n - 1);
        CHECK_EQUAL(coterie_dots_add(&room->dots, slot, n), new);
        if (i % 8 == 0) check_dots(&room->dots, model);
    }
    check_dots(&room->dots, model);
}

static void test_ends(void) {
    dots_room room;
    dots_begin(&room);
    CHECK(coterie_dots_add(&room.dots, 1, INT64_MAX));
    CHECK(!coterie_dots_add(&room.dots, 1, INT64_MAX));
    CHECK_EQUAL(coterie_dots_highest(&room.dots, 1), INT64_MAX);
    CHECK_EQUAL(coterie_dots_highest(&room.dots, 0), 0);
    room.prefix[1] = INT64_MAX - 2;
    CHECK(coterie_dots_add(&room.dots, 1, INT64_MAX - 1));
    CHECK(room.prefix[1] == INT64_MAX && room.dots.len == 0);
}

int main(void) {
    uint64_t state = 1;
    for (int turn = 0; turn < 3000; turn++) {
        dots_room a, b;
        dots_model x, y;
        fill(&a, &x, &state);
        fill(&b, &y, &state);
        check_two(&a, &x, &b, &y);
        check_two(&a, &x, &a, &x);
    }
    test_ends();
    return check_report();
}
