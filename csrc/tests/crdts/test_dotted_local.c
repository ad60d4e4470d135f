/* Many strings at once against one after the other: the same state, log and order of dots; and nothing if memory is refused. */
#include "coterie/crdts/dotted_bytes.h"
#include "coterie/crdts/dotted_local.h"
#include "crdts/dotted_model.h"
#include "starve.h"

enum { MOST = 400 };

static const uint64_t KEY[2] = {7, 8};

typedef struct {
    uint8_t bytes[MOST * 16];
    size_t ends[MOST], n;
} batch;

static coterie_strings some(const batch *batch) { return (coterie_strings){batch->bytes, batch->ends, batch->n}; }

static void fill(batch *batch, size_t n, uint32_t different, uint64_t *state) {
    size_t at = 0;
    batch->n = n;
    for (size_t i = 0; i < n; i++) {
        uint32_t string = random_below(state, different);
        at += string ? (size_t)sprintf((char *)batch->bytes + at, "s%u", string) : 0;
        batch->ends[i] = at;
    }
}

static void check_alike(const coterie_dotted *a, const coterie_dotted *b) {
    uint8_t *x = malloc(coterie_dotted_size(a, 0)), *y = malloc(coterie_dotted_size(b, 0)), *x_end = x, *y_end = y;
    CHECK(coterie_dotted_write(a, 0, x, &x_end) == COTERIE_OK && coterie_dotted_write(b, 0, y, &y_end) == COTERIE_OK);
    CHECK(x_end - x == y_end - y && !memcmp(x, y, (size_t)(x_end - x)));
    free(x);
    free(y);
}

static void check_logs(coterie_dot_log *a, coterie_dot_log *b, size_t places) {
    coterie_dots x = {0}, y = {0};
    CHECK(coterie_dot_log_set(a, places, &x) == COTERIE_OK && coterie_dot_log_set(b, places, &y) == COTERIE_OK);
    CHECK(a->n == b->n);
    for (size_t i = 0; i < a->n && i < b->n; i++)
        CHECK(a->each[i].slot == b->each[i].slot && a->each[i].first == b->each[i].first && a->each[i].last == b->each[i].last);
    free(x.prefix);
    free(x.cloud);
    free(y.prefix);
    free(y.cloud);
}

static int appears_before(const batch *batch, size_t i) {
    size_t start = i ? batch->ends[i - 1] : 0, len = batch->ends[i] - start;
    for (size_t k = 0; k < i; k++) {
        size_t from = k ? batch->ends[k - 1] : 0;
        if (batch->ends[k] - from == len && !memcmp(batch->bytes + from, batch->bytes + start, len)) return 1;
    }
    return 0;
}

/* The batch string by string; what was there of them. */
static size_t one_by_one(coterie_dotted *dotted, size_t place, const batch *batch, coterie_dot_log *log, int gone) {
    size_t were = 0;
    for (size_t i = 0; i < batch->n; i++) {
        size_t start = i ? batch->ends[i - 1] : 0, len = batch->ends[i] - start;
        uint32_t hash = coterie_table_hash(&dotted->strings, batch->bytes + start, len);
        uint32_t string = coterie_table_find(&dotted->strings, hash, batch->bytes + start, len);
        if (gone) {
            were += string != COTERIE_NO_STRING;
            if (string != COTERIE_NO_STRING) CHECK(coterie_dotted_unmake(dotted, string, log) == COTERIE_OK);
        } else if (!appears_before(batch, i)) {
            CHECK(coterie_dotted_make(dotted, place, hash, batch->bytes + start, len, log) == COTERIE_OK);
        }
    }
    return were;
}

static void check_batch(coterie_dotted *dotted, size_t place, const batch *batch, int gone, int starve) {
    coterie_dotted before, expected;
    coterie_dot_log log = {0}, expected_log = {0}, no_log = {0};
    size_t were = 0;
    CHECK(coterie_dotted_copy(&before, dotted) == COTERIE_OK && coterie_dotted_copy(&expected, dotted) == COTERIE_OK);
    for (long failures = starve ? 0 : -1;; failures++) {
        allowed = failures;
        coterie_status status =
            gone ? coterie_dotted_unmake_many(dotted, some(batch), &log, &were)
                 : coterie_dotted_make_many(dotted, place, some(batch), &log);
        allowed = -1;
        if (status == COTERIE_OK) break;
        CHECK(status == COTERIE_NO_MEMORY);
        check_alike(dotted, &before);
        check_logs(&log, &no_log, dotted->ids.n);
    }
    size_t expected_were = one_by_one(&expected, place, batch, &expected_log, gone);
    if (gone) CHECK_EQUAL(were, expected_were);
    check_alike(dotted, &expected);
    check_logs(&log, &expected_log, dotted->ids.n);
    coterie_dotted_free(&before);
    coterie_dotted_free(&expected);
    coterie_dot_log_free(&log);
    coterie_dot_log_free(&expected_log);
    coterie_dot_log_free(&no_log);
}

/* Some of a batch are made and the others dropped: as in two steps, or not at all. */
static void check_change(coterie_dotted *dotted, size_t place, const batch *all) {
    coterie_dotted before, expected;
    coterie_dot_log log = {0}, expected_log = {0}, no_log = {0};
    batch made = {.n = 0}, dropped = {.n = 0};
    size_t were, gone;
    for (size_t i = 0; i < all->n; i++) {
        size_t start = i ? all->ends[i - 1] : 0, len = all->ends[i] - start;
        batch *to = len && all->bytes[start + len - 1] % 2 ? &made : &dropped;
        size_t at = to->n ? to->ends[to->n - 1] : 0;
        memcpy(to->bytes + at, all->bytes + start, len);
        to->ends[to->n++] = at + len;
    }
    CHECK(coterie_dotted_copy(&before, dotted) == COTERIE_OK && coterie_dotted_copy(&expected, dotted) == COTERIE_OK);
    for (long failures = 0;; failures++) {
        allowed = failures;
        coterie_status status = coterie_dotted_change_many(dotted, place, some(&made), some(&dropped), &log, &gone);
        allowed = -1;
        if (status == COTERIE_OK) break;
        check_alike(dotted, &before);
        check_logs(&log, &no_log, dotted->ids.n);
    }
    CHECK(coterie_dotted_make_many(&expected, place, some(&made), &expected_log) == COTERIE_OK);
    CHECK(coterie_dotted_unmake_many(&expected, some(&dropped), &expected_log, &were) == COTERIE_OK);
    CHECK_EQUAL(gone, were);
    check_alike(dotted, &expected);
    check_logs(&log, &expected_log, dotted->ids.n);
    coterie_dotted_free(&before);
    coterie_dotted_free(&expected);
    coterie_dot_log_free(&log);
    coterie_dot_log_free(&expected_log);
}

static void check_have(const coterie_dotted *dotted, const batch *batch) {
    uint8_t found[MOST];
    coterie_dotted_have_many(dotted, some(batch), found);
    for (size_t i = 0; i < batch->n; i++) {
        size_t start = i ? batch->ends[i - 1] : 0, len = batch->ends[i] - start;
        uint32_t hash = coterie_table_hash(&dotted->strings, batch->bytes + start, len);
        CHECK_EQUAL(found[i],
                    coterie_table_find(&dotted->strings, hash, batch->bytes + start, len) != COTERIE_NO_STRING);
    }
}

/* Most of many strings go, and their memory with them, unless memory is refused. */
static void check_tidy(uint64_t *state) {
    coterie_dotted a, before;
    coterie_dot_log log = {0};
    static batch batches[10];
    size_t place, gone;
    coterie_dotted_begin(&a, KEY);
    CHECK(coterie_dotted_place(&a, "a", 1, &place) == COTERIE_OK && coterie_dotted_place(&a, "b", 1, &place) == COTERIE_OK);
    for (int i = 0; i < 10; i++) {
        fill(&batches[i], MOST, 100000, state);
        CHECK(coterie_dotted_make_many(&a, place, some(&batches[i]), &log) == COTERIE_OK);
    }
    for (int i = 0; i < 10; i++)
        CHECK(coterie_dotted_unmake_many(&a, (coterie_strings){batches[i].bytes, batches[i].ends, MOST - 10}, &log, &gone) == COTERIE_OK);
    CHECK(coterie_dotted_copy(&before, &a) == COTERIE_OK);
    for (long failures = 0; failures < 1000; failures++) {
        allowed = failures;
        coterie_dotted_tidy(&a);
        allowed = -1;
        check_alike(&a, &before);
        if (a.strings.n == a.strings.len) break;
        CHECK_EQUAL(a.n, before.n);
    }
    CHECK(a.n == a.len && coterie_dotted_memory(&a) < coterie_dotted_memory(&before));
    coterie_dotted_free(&a);
    coterie_dotted_free(&before);
    coterie_dot_log_free(&log);
}

/* A log has room for what is in it, and not for all that was: dots that follow each other, in whatever order they came. */
static void check_log(uint64_t *state) {
    coterie_dot_log log = {0};
    uint64_t counters[5000], most = 0;
    for (uint32_t i = 0; i < 5000; i++) {
        uint32_t at = random_below(state, i + 1);
        counters[i] = counters[at], counters[at] = i + 1;
    }
    for (size_t i = 0; i < 5000; i++) {
        CHECK(coterie_dot_log_reserve(&log, 1) == COTERIE_OK);
        coterie_dot_log_note(&log, 0, counters[i]);
        most = log.room > most ? log.room : most;
    }
    allowed = 0;
    CHECK_EQUAL(coterie_dot_log_len(&log), 5000);
    allowed = -1;
    CHECK_EQUAL(coterie_dot_log_len(&log), 5000);
    CHECK(log.n == 1 && log.room < 100 && most > 1000);
    for (size_t i = 0; i < 100; i++) { /* what comes again needs no more */
        coterie_dot_log_note(&log, 0, 5000);
        coterie_dot_log_note(&log, 0, 5001);
    }
    CHECK_EQUAL(log.n, 1);
    coterie_dot_log_free(&log);
}

int main(void) {
    uint64_t state = 3;
    static batch batch;
    for (int turn = 0; turn < 60; turn++) {
        coterie_dotted a, b;
        size_t place;
        coterie_dotted_begin(&a, KEY);
        coterie_dotted_begin(&b, KEY);
        for (int step = 0; step < 12; step++) {
            coterie_dotted *dotted = random_below(&state, 2) ? &a : &b;
            fill(&batch, random_below(&state, 3) ? random_below(&state, MOST) : random_below(&state, 4), turn % 2 ? 20 : 2000, &state);
            CHECK(coterie_dotted_place(dotted, dotted == &a ? "a" : "b", 1, &place) == COTERIE_OK);
            check_batch(dotted, place, &batch, random_below(&state, 3) == 0, turn % 4 < 2 && batch.n < 50);
            fill(&batch, random_below(&state, MOST), turn % 2 ? 20 : 2000, &state);
            check_have(dotted, &batch);
            if (turn % 4 < 2 && batch.n < 50) check_change(dotted, place, &batch);
            if (random_below(&state, 3) == 0)
                CHECK(coterie_dotted_join(&a, &b, NULL, COTERIE_BASELINE) == COTERIE_OK);
        }
        coterie_dotted_free(&a);
        coterie_dotted_free(&b);
    }
    check_tidy(&state);
    check_log(&state);
    return check_report();
}
