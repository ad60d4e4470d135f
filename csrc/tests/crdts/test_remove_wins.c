/* A set in which removals win: what follows its strings against looking for all of them; many changes at once against one after
 * the other; and nothing changes without memory. */
#include "coterie/crdts/dotted_bytes.h"
#include "coterie/crdts/elements.h"
#include "coterie/crdts/remove_wins.h"

#include "check.h"
#include "starve.h"

enum { REPLICAS = 3, ELEMENTS = 9, MOST = 12 };

static const uint64_t KEY[2] = {7, 8};

/* A kind, and up to 600 bytes. */
static size_t element(size_t i, uint8_t *out) {
    size_t len = i == 4 ? 600 : i;
    memset(out, (int)i, 1 + len);
    out[0] = COTERIE_ELEMENT_BYTES;
    return 1 + len;
}

static uint32_t find(const coterie_dotted *dotted, uint8_t mark, size_t i) {
    uint8_t bytes[700] = {mark};
    size_t len = 1 + element(i, bytes + 1);
    return coterie_table_find(&dotted->strings, coterie_table_hash(&dotted->strings, bytes, len), bytes, len);
}

static void check_follower(const coterie_dotted *dotted) {
    const coterie_remove_wins *all = coterie_remove_wins_of(dotted);
    uint8_t bytes[ELEMENTS * 700], found[ELEMENTS];
    size_t ends[ELEMENTS], size = 0, removals = 0, pairs = 0, present = 0;
    for (size_t i = 0; i < ELEMENTS; i++) ends[i] = size += element(i, bytes + size);
    CHECK(coterie_remove_wins_have(dotted, (coterie_strings){bytes, ends, ELEMENTS}, found) == COTERIE_OK);
    for (size_t i = 0; i < ELEMENTS; i++) {
        uint32_t removed = find(dotted, COTERIE_REMOVED, i), added = find(dotted, COTERIE_ADDED, i);
        int shows = added != COTERIE_NO_STRING && removed == COTERIE_NO_STRING;
        removals += removed != COTERIE_NO_STRING;
        pairs += added != COTERIE_NO_STRING && removed != COTERIE_NO_STRING;
        present += (size_t)shows;
        if (added != COTERIE_NO_STRING) CHECK_EQUAL(all->twins[added], removed);
        if (removed != COTERIE_NO_STRING) CHECK_EQUAL(all->twins[removed], added);
        CHECK_EQUAL(coterie_remove_wins_shows(dotted, added), shows);
        CHECK_EQUAL(coterie_remove_wins_shows(dotted, removed), 0);
        CHECK_EQUAL(found[i], shows);
    }
    CHECK_EQUAL(all->removals, removals);
    CHECK_EQUAL(all->pairs, pairs);
    CHECK_EQUAL(coterie_remove_wins_len(dotted), present);
}

static void check_alike(const coterie_dotted *a, const coterie_dotted *b) {
    uint8_t *x = malloc(coterie_dotted_size(a, 0)), *y = malloc(coterie_dotted_size(b, 0)), *x_end = x, *y_end = y;
    CHECK(coterie_dotted_write(a, 0, x, &x_end) == COTERIE_OK && coterie_dotted_write(b, 0, y, &y_end) == COTERIE_OK);
    CHECK(x_end - x == y_end - y && !memcmp(x, y, (size_t)(x_end - x)));
    free(x);
    free(y);
}

typedef struct {
    uint8_t bytes[MOST * 700];
    size_t ends[MOST], n, which[MOST];
} batch;

static coterie_strings some(const batch *batch) {
    return (coterie_strings){batch->bytes, batch->ends, batch->n};
}

/* Some of every other element, some of them twice. */
static void fill(batch *batch, size_t parity, uint64_t *state) {
    size_t size = 0;
    batch->n = random_below(state, MOST);
    for (size_t i = 0; i < batch->n; i++) {
        batch->which[i] = (parity + 2 * random_below(state, ELEMENTS / 2)) % ELEMENTS;
        batch->ends[i] = size += element(batch->which[i], batch->bytes + size);
    }
}

static void one_by_one(coterie_dotted *dotted, size_t place, const batch *batch, uint8_t mark, coterie_dot_log *log) {
    for (size_t i = 0; i < batch->n; i++) {
        uint8_t bytes[700] = {mark};
        int before = 0;
        for (size_t k = 0; k < i; k++) before |= batch->which[k] == batch->which[i];
        if (before) continue;
        CHECK(coterie_remove_wins_make(dotted, place, bytes, 1 + element(batch->which[i], bytes + 1), log) == COTERIE_OK);
    }
}

/* The log has as many dots, for what is made and dropped. */
static uint64_t dots_in(coterie_dot_log *log, size_t places) {
    coterie_dots dots;
    uint64_t n = 0;
    CHECK(coterie_dot_log_set(log, places, &dots) == COTERIE_OK);
    for (size_t i = 0; i < log->n; i++) n += log->each[i].last - log->each[i].first + 1;
    free(dots.prefix);
    free(dots.cloud);
    return n;
}

static void change(coterie_dotted *dotted, const char *id, uint64_t *state) {
    coterie_dotted before, expected;
    coterie_dot_log expected_log = {0};
    batch removed, added;
    size_t place, parity = random_below(state, 2);
    uint32_t least, expected_least = COTERIE_NO_STRING;
    fill(&removed, parity, state);
    fill(&added, 1 - parity, state);
    CHECK(coterie_dotted_place(dotted, id, 1, &place) == COTERIE_OK);
    CHECK(coterie_dotted_copy(&before, dotted) == COTERIE_OK && coterie_dotted_copy(&expected, dotted) == COTERIE_OK);
    one_by_one(&expected, place, &removed, COTERIE_REMOVED, &expected_log);
    one_by_one(&expected, place, &added, COTERIE_ADDED, &expected_log);
    check_follower(&expected);
    for (int failures = 0;; failures++) {
        coterie_dot_log log = {0};
        allowed = failures;
        coterie_status status = coterie_remove_wins_change(dotted, place, some(&removed), some(&added), &log, &least);
        allowed = -1;
        check_follower(dotted);
        check_alike(dotted, status == COTERIE_OK ? &expected : &before);
        CHECK_EQUAL(dots_in(&log, dotted->ids.n), status == COTERIE_OK ? dots_in(&expected_log, dotted->ids.n) : 0);
        coterie_dot_log_free(&log);
        if (status == COTERIE_OK) break;
        CHECK(status == COTERIE_NO_MEMORY);
    }
    for (size_t i = 0; i < added.n; i++) {
        uint32_t number = find(dotted, COTERIE_ADDED, added.which[i]);
        if (number < expected_least) expected_least = number;
    }
    CHECK_EQUAL(least, expected_least);
    coterie_dot_log_free(&expected_log);
    coterie_dotted_free(&before);
    coterie_dotted_free(&expected);
}

static void make_one(coterie_dotted *dotted, const char *id, uint64_t *state) {
    uint8_t bytes[700] = {(uint8_t)random_below(state, 2)};
    size_t len = 1 + element(random_below(state, ELEMENTS), bytes + 1), place;
    coterie_dotted before;
    CHECK(coterie_dotted_place(dotted, id, 1, &place) == COTERIE_OK);
    CHECK(coterie_dotted_copy(&before, dotted) == COTERIE_OK);
    for (int failures = 0;; failures++) {
        coterie_dot_log log = {0};
        allowed = failures;
        coterie_status status = coterie_remove_wins_make(dotted, place, bytes, len, &log);
        allowed = -1;
        coterie_dot_log_free(&log);
        check_follower(dotted);
        if (status == COTERIE_OK) break;
        CHECK(status == COTERIE_NO_MEMORY);
        check_alike(dotted, &before);
    }
    coterie_dotted_free(&before);
}

static void join(coterie_dotted *dotted, const coterie_dotted *other) {
    coterie_dotted before;
    CHECK(coterie_dotted_copy(&before, dotted) == COTERIE_OK);
    for (int failures = 0;; failures++) {
        allowed = failures;
        coterie_status status = coterie_dotted_join(dotted, other, NULL, COTERIE_BASELINE);
        allowed = -1;
        check_follower(dotted);
        if (status == COTERIE_OK) break;
        CHECK(status == COTERIE_NO_MEMORY);
        check_alike(dotted, &before);
    }
    coterie_dotted_free(&before);
}

static void begin(coterie_dotted *dotted) {
    coterie_dotted_begin(dotted, KEY);
    CHECK(coterie_remove_wins_follow(dotted) == COTERIE_OK);
}

static void renew(const coterie_dotted *dotted) {
    for (int failures = 0;; failures++) {
        coterie_dotted out;
        begin(&out);
        allowed = failures;
        coterie_status status = coterie_remove_wins_renew(&out, dotted, "new", 3);
        allowed = -1;
        if (status == COTERIE_OK) {
            check_follower(&out);
            CHECK_EQUAL(out.strings.len, coterie_remove_wins_len(dotted));
            CHECK_EQUAL(out.len, out.strings.len);
            for (size_t i = 0; i < ELEMENTS; i++)
                CHECK_EQUAL(coterie_remove_wins_shows(dotted, find(dotted, COTERIE_ADDED, i)),
                            coterie_remove_wins_shows(&out, find(&out, COTERIE_ADDED, i)));
        }
        coterie_dotted_free(&out);
        if (status == COTERIE_OK) break;
        CHECK(status == COTERIE_NO_MEMORY);
    }
}

static void check_strings(void) {
    static const uint8_t good[][3] = {{0, COTERIE_ELEMENT_NONE}, {1, COTERIE_ELEMENT_BYTES}, {1, COTERIE_ELEMENT_BOOL, 1}};
    static const uint8_t bad[][3] = {{2, COTERIE_ELEMENT_NONE}, {1, 99}, {1, COTERIE_ELEMENT_BOOL, 2}};
    for (size_t i = 0; i < 3; i++) {
        CHECK(coterie_remove_wins_check(good[i], i < 2 ? 2 : 3));
        CHECK(!coterie_remove_wins_check(bad[i], i < 2 ? 2 : 3));
        CHECK(!coterie_remove_wins_check(good[i], i % 2));
    }
}

int main(void) {
    uint64_t state = 1;
    static const char *ids[REPLICAS] = {"a", "b", "c"};
    check_strings();
    for (int turn = 0; turn < 40; turn++) {
        coterie_dotted replicas[REPLICAS];
        for (size_t k = 0; k < REPLICAS; k++) begin(&replicas[k]);
        for (int step = 0; step < 40; step++) {
            size_t k = random_below(&state, REPLICAS), other = random_below(&state, REPLICAS);
            uint64_t turns = coterie_remove_wins_of(&replicas[k])->turns;
            size_t len = coterie_remove_wins_len(&replicas[k]);
            switch (random_below(&state, 4)) {
            case 0: change(&replicas[k], ids[k], &state); break;
            case 1:
            case 2: make_one(&replicas[k], ids[k], &state); break;
            default:
                if (k != other) join(&replicas[k], &replicas[other]);
            }
            if (coterie_remove_wins_len(&replicas[k]) != len) CHECK(coterie_remove_wins_of(&replicas[k])->turns != turns);
        }
        for (size_t k = 0; k < REPLICAS; k++) renew(&replicas[k]);
        CHECK(coterie_dotted_memory(&replicas[0]) > sizeof(coterie_remove_wins));
        for (size_t k = 0; k < REPLICAS; k++) coterie_dotted_free(&replicas[k]);
    }
    return check_report();
}
