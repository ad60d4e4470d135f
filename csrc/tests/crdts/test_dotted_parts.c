/* Parts of dotted strings against arrays: what a peer lacks brings it up to date, also if it has gone on since, and is the least
 * that does. */
#include "coterie/crdts/dotted_parts.h"
#include "crdts/dotted_model.h"

#include <stdlib.h>


static const uint64_t KEY[2] = {5, 6};

static void check_beyond(const coterie_dotted *a, const model *x, const coterie_dotted *b, const model *y,
                         const coterie_dotted *later, const model *z) {
    uint8_t *bytes = malloc(coterie_dotted_size(b, 1)), *end = NULL;
    coterie_dotted_digest digest = {.ids.key = {KEY[0], KEY[1]}};
    coterie_dotted diff, joined_;
    coterie_status status;
    model least = {0}, expected;
    CHECK(coterie_dotted_write(b, 1, bytes, &end) == COTERIE_OK);
    CHECK(coterie_dotted_digest_read(&digest, bytes, end, &status) == end);
    coterie_dotted_begin(&diff, KEY);
    CHECK(coterie_dotted_beyond(&diff, a, &digest) == COTERIE_OK);
    for (size_t id = 0; id < IDS; id++)
        for (size_t i = 0; i < COUNTERS; i++) {
            int fresh = x->seen[id][i] && !y->seen[id][i];
            least.seen[id][i] = (uint8_t)(fresh || (y->live[id][i] && x->seen[id][i] && !x->live[id][i]));
            if (fresh) least.live[id][i] = x->live[id][i];
        }
    check_same(&diff, &least);
    CHECK(coterie_dotted_copy(&joined_, later) == COTERIE_OK);
    CHECK(coterie_dotted_join(&joined_, &diff, NULL, COTERIE_BASELINE) == COTERIE_OK);
    expected = joined(z, x);
    check_same(&joined_, &expected);
    coterie_dotted_free(&joined_);
    coterie_dotted_free(&diff);
    coterie_dotted_digest_free(&digest);
    free(bytes);
}

static void check_only(const coterie_dotted *a, const model *x, uint64_t *state) {
    coterie_dots dots = {calloc(a->ids.n + 1, sizeof(uint64_t)), a->ids.n, malloc(IDS * COUNTERS * sizeof(coterie_range)), 0};
    coterie_dotted part;
    model expected = {0};
    char name[32];
    for (size_t id = 0; id < IDS; id++) {
        size_t place = coterie_replicas_find(&a->ids, name, name_of(id, name));
        for (size_t i = 0; i < COUNTERS && place != COTERIE_NOWHERE; i++)
            if (random_below(state, 3) == 0) {
                coterie_dots_add(&dots, place, counter_of(i));
                expected.seen[id][i] = 1, expected.live[id][i] = x->live[id][i];
            }
    }
    coterie_dotted_begin(&part, KEY);
    CHECK(coterie_dotted_only(&part, a, &dots) == COTERIE_OK);
    check_same(&part, &expected);
    coterie_dotted_free(&part);
    free(dots.prefix);
    free(dots.cloud);
}

/* What a third object lacks, which goes on after it has asked. */
static void check_parts(const history *h, size_t k, size_t other, size_t id, size_t i, uint64_t *state) {
    coterie_dotted later;
    model z = h->models[other];
    CHECK(coterie_dotted_copy(&later, &h->objects[other]) == COTERIE_OK);
    if (!z.seen[id][i] && h->made[id][i]) make(&later, &z, id, i, h->made[id][i] - 1);
    else if (z.live[id][i]) let_go(&later, &z, id, i);
    check_beyond(&h->objects[k], &h->models[k], &h->objects[other], &h->models[other], &later, &z);
    check_only(&h->objects[k], &h->models[k], state);
    coterie_dotted_free(&later);
}

int main(void) {
    static history h;
    uint64_t state = 1;
    for (int turn = 0; turn < 200; turn++) {
        history_begin(&h, KEY);
        for (uint32_t step = 10 + random_below(&state, 150); step; step--) {
            size_t k = random_below(&state, OBJECTS), other = random_below(&state, OBJECTS), id = random_below(&state, IDS);
            size_t i = random_below(&state, turn % 2 ? 12 : COUNTERS);
            switch (random_below(&state, 5)) {
            case 0:
            case 1: history_make(&h, k, id, i, &state); break;
            case 2: history_let_go(&h, k, id, i); break;
            case 3: history_join(&h, k, other, COTERIE_BASELINE); break;
            default: check_parts(&h, k, other, id, i, &state);
            }
        }
        history_end(&h);
    }
    return check_report();
}
