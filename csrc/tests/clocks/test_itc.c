/* Interval tree clocks: random replicas, known bytes, and the deepest and the greatest there are. */
#include "clocks/itc_stamps.h"

static stamp stamp_of_bytes(const char *data, size_t size) {
    stamp s = {{NULL, NULL, 0}, {NULL, NULL, 0}};
    if (!CHECK(stamp_read(&s, (const uint8_t *)data, size))) abort();
    return s;
}

static stamp after_event(const stamp *s) {
    stamp next = {{NULL, NULL, 0}, {NULL, NULL, 0}};
    if (!CHECK(stamp_event(s, &next))) abort();
    return next;
}

static void replace(stamp *s, stamp new) {
    stamp_free(s);
    *s = new;
}

static void fork_at(stamp *live, size_t at, size_t n) {
    stamp left = {tree_room(live[at].id.n + 1), tree_copy(&live[at].history, live[at].history.n)};
    live[n] = (stamp){tree_room(live[at].id.n + 1), tree_copy(&live[at].history, live[at].history.n)};
    CHECK(coterie_itc_split(&live[at].id, &left.id, &live[n].id));
    replace(&live[at], left);
}

/* Replicas fork, count, tell each other, and leave. */
static void test_random(uint64_t *state) {
    enum { MOST = 24 };
    stamp live[MOST];
    size_t n = 1;
    live[0] = stamp_of_bytes("\x30", 1);
    for (int step = 0; step < 150; step++) {
        uint32_t at = random_below(state, (uint32_t)n), other = random_below(state, (uint32_t)n), what = random_below(state, 8);
        if (what < 2 && n < MOST) {
            fork_at(live, at, n++);
        } else if (what < 5) {
            replace(&live[at], after_event(&live[at]));
        } else if (at != other) {
            CHECK(!coterie_itc_overlap(&live[at].id, &live[other].id));
            check_pair(&live[at], &live[other]);
            coterie_itc_tree id =
                what == 7 ? tree_join(&live[at].id, &live[other].id) : tree_copy(&live[at].id, live[at].id.n);
            replace(&live[at], (stamp){id, tree_join(&live[at].history, &live[other].history)});
            if (what == 7) {
                stamp_free(&live[other]);
                live[other] = live[--n];
                at = at == n ? other : at;
            }
        }
        check_stamp(&live[at]);
        check_laws(&live[at]);
    }
    while (n > 1) { /* all join: the whole is one id again */
        stamp next = {tree_join(&live[0].id, &live[n - 1].id), tree_join(&live[0].history, &live[n - 1].history)};
        stamp_free(&live[--n]);
        replace(&live[0], next);
    }
    CHECK(live[0].id.n == 1 && live[0].id.numbers[0] == 1);
    stamp_free(&live[0]);
}

/* Of the Erlang reference. */
static void test_known(void) {
    stamp b, a = stamp_of_bytes("\x3f\xff\xc0\x00\x60", 5); /* the whole, and 65535 events */
    CHECK(a.id.n == 1 && a.id.numbers[0] == 1 && a.history.n == 1 && a.history.numbers[0] == 65535);
    stamp_free(&a);
    /* Id ((1, 0), (0, 1)), history (7, 0, (1, 0, 2)): the right part grows, since the left one has no leaf of its own. */
    coterie_itc_maker maker;
    coterie_itc_tree id = tree_room(4), history = tree_room(3);
    const struct {
        int inner;
        uint64_t number;
    } id_nodes[] = {{1, 0}, {1, 0}, {0, 1}, {0, 0}, {1, 0}, {0, 0}, {0, 1}}, nodes[] = {{1, 7}, {0, 0}, {1, 1}, {0, 0}, {0, 2}};
    coterie_itc_begin(&maker, &id, 1);
    for (size_t i = 0; i < 7; i++) CHECK(!coterie_itc_put(&maker, id_nodes[i].inner, id_nodes[i].number));
    coterie_itc_begin(&maker, &history, 1);
    for (size_t i = 0; i < 5; i++) CHECK(!coterie_itc_put(&maker, nodes[i].inner, nodes[i].number));
    CHECK(maker.done && history.n == 3 && history.numbers[2] == 10);
    a = (stamp){id, history};
    check_laws(&a);
    b = after_event(&a);
    CHECK(b.history.n == 3 && b.history.numbers[0] == 7 && b.history.numbers[1] == 8 && b.history.numbers[2] == 11);
    stamp_free(&a);
    stamp_free(&b);
}

static void test_bytes(void) {
    const struct {
        const char *data;
        size_t size;
    } bad[] = {{"", 0},        {"\x31", 1},   /* padding */
               {"\x30\x00", 2},               /* a spare byte */
               {"\x3f", 1},                   /* cut off */
               {"\x42", 1},   {"\xc9\x30", 2} /* halves with 0, and with 1 and 1 */};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        stamp s;
        CHECK(!stamp_read(&s, (const uint8_t *)bad[i].data, bad[i].size));
    }
    for (unsigned x = 0; x < 1u << 16; x++) { /* all of two bytes */
        uint8_t data[2] = {(uint8_t)(x >> 8), (uint8_t)x}, *again;
        stamp s;
        size_t size;
        if (!stamp_read(&s, data, 2)) continue;
        again = stamp_write(&s, &size);
        CHECK(size == 2 && !memcmp(again, data, 2));
        free(again);
        if (!owns_nothing(&s.id)) check_laws(&s);
        stamp_free(&s);
    }
}

/* Forked again and again, always this half of it, and each time with an event. */
static void test_deepest(int side) {
    stamp s = stamp_of_bytes("\x30", 1);
    for (int depth = 0; depth < COTERIE_ITC_DEEPEST; depth++) {
        stamp halves[2];
        halves[0] = (stamp){tree_copy(&s.id, s.id.n), tree_copy(&s.history, s.history.n)};
        fork_at(halves, 0, 1);
        replace(&s, after_event(&halves[side]));
        stamp_free(&halves[0]);
        stamp_free(&halves[1]);
    }
    CHECK_EQUAL(s.id.n, COTERIE_ITC_DEEPEST + 1);
    CHECK_EQUAL(s.history.n, COTERIE_ITC_DEEPEST + 1);
    check_stamp(&s);
    check_laws(&s);
    stamp halves = {tree_room(s.id.n + 1), tree_room(s.id.n + 1)};
    CHECK(!coterie_itc_split(&s.id, &halves.id, &halves.history));
    stamp_free(&halves);
    stamp_free(&s);
}

/* As many halves as a maker takes, and one more. */
static void test_maker(void) {
    coterie_itc_maker maker;
    for (int more = 0; more < 2; more++) {
        coterie_itc_tree out = tree_room(COTERIE_ITC_DEEPEST + 1);
        coterie_itc_begin(&maker, &out, 0);
        for (int depth = 0; depth < COTERIE_ITC_DEEPEST; depth++) {
            CHECK(!coterie_itc_put(&maker, 1, 0));
            CHECK(!coterie_itc_put(&maker, 0, 7));
        }
        CHECK(!maker.done);
        if (more) {
            CHECK_EQUAL(coterie_itc_put(&maker, 1, 0), COTERIE_ITC_TOO_DEEP);
        } else {
            CHECK(!coterie_itc_put(&maker, 0, 7));
            CHECK(maker.done);
            CHECK_EQUAL(out.n, COTERIE_ITC_DEEPEST + 1);
            coterie_itc_normalize(&out);
            CHECK(out.n == 1 && out.numbers[0] == 7 && out.levels[0] == 0);
        }
        tree_free(&out);
    }
    coterie_itc_tree out = tree_room(2);
    coterie_itc_begin(&maker, &out, 1);
    CHECK(!coterie_itc_put(&maker, 1, COTERIE_ITC_MOST - 1));
    CHECK(!coterie_itc_put(&maker, 0, 1));
    CHECK_EQUAL(coterie_itc_put(&maker, 0, 2), COTERIE_ITC_TOO_MANY);
    CHECK_EQUAL(coterie_itc_put(&maker, 0, 1), COTERIE_ITC_NOT_NORMAL);
    CHECK(!coterie_itc_put(&maker, 0, 0));
    CHECK(maker.done && out.n == 2 && out.numbers[0] == COTERIE_ITC_MOST && out.numbers[1] == COTERIE_ITC_MOST - 1);
    tree_free(&out);
}

static void test_greatest(void) {
    stamp s = stamp_of_bytes("\x30", 1), next;
    s.history.numbers[0] = COTERIE_ITC_MOST - 1;
    check_stamp(&s);
    replace(&s, after_event(&s));
    CHECK(s.history.numbers[0] == COTERIE_ITC_MOST);
    check_stamp(&s);
    CHECK(!stamp_event(&s, &next));
    stamp_free(&s);
}

int main(void) {
    uint64_t state = 1;
    for (int turn = 0; turn < 60; turn++) test_random(&state);
    test_known();
    test_bytes();
    test_deepest(0);
    test_deepest(1);
    test_maker();
    test_greatest();
    return check_report();
}
