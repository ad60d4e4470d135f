/* Counters of replicas against arrays: joins, orders and differences of any two, their bytes, and what happens without memory. */
#include "coterie/crdts/counts.h"

#include "check.h"
#include "starve.h"
#include "coterie/clocks/dense.h"

enum { IDS = 60, ROWS = 2 };

typedef struct {
    uint64_t counts[ROWS][IDS];
} model;

static const coterie_counts EMPTY = {.ids.key = {1, 2}, .rows = ROWS};

static size_t id_of(size_t i, char *id) { return (size_t)sprintf(id, "%s%zu", i % 3 ? "replica-" : "", i); }

static void put(coterie_counts *counts, model *model, size_t i, size_t row, uint64_t count) {
    char id[32];
    size_t place, len = id_of(i, id);
    CHECK(coterie_counts_place(counts, id, len, &place) == COTERIE_OK);
    *coterie_count(counts, row, place) = model->counts[row][i] = count;
}

static void fill(coterie_counts *counts, model *model, uint64_t *state) {
    *counts = EMPTY;
    memset(model, 0, sizeof *model);
    uint32_t most = random_below(state, 4) ? IDS : 6;
    for (uint32_t n = random_below(state, 2 * most); n; n--)
        put(counts, model, random_below(state, most), random_below(state, ROWS), random64(state) >> random_below(state, 65) % 64);
}

static void check_same(const coterie_counts *counts, const model *model) {
    char id[32];
    size_t filled = 0, len = 0;
    for (size_t i = 0; i < IDS; i++) {
        size_t place = coterie_replicas_find(&counts->ids, id, id_of(i, id));
        for (size_t row = 0; row < ROWS; row++) {
            CHECK_EQUAL(place == COTERIE_NOWHERE ? 0 : *coterie_count(counts, row, place), model->counts[row][i]);
            filled += model->counts[row][i] != 0;
        }
        len += model->counts[0][i] || model->counts[1][i];
    }
    for (size_t row = 0; row < ROWS; row++) {
        uint64_t high, low = 0, carry = 0, sum = coterie_counts_sum(counts, row, &high);
        for (size_t i = 0; i < IDS; i++) low += model->counts[row][i], carry += low < model->counts[row][i];
        CHECK(sum == low && high == carry);
        for (size_t place = 0; place < counts->ids.n; place++) filled -= *coterie_count(counts, row, place) != 0;
    }
    CHECK_EQUAL(filled, 0);
    CHECK_EQUAL(coterie_counts_len(counts), len);
}

static size_t written(const coterie_counts *counts, uint8_t **bytes) {
    uint8_t *end = NULL;
    *bytes = malloc(coterie_counts_size(counts));
    CHECK(coterie_counts_write(counts, *bytes, &end) == COTERIE_OK);
    return (size_t)(end - *bytes);
}

/* Bytes are read into the same, or not at all. */
static int reads(const uint8_t *bytes, size_t size) {
    coterie_counts again = EMPTY;
    coterie_status status;
    const uint8_t *end = coterie_counts_read(&again, bytes, bytes + size, 64, &status);
    CHECK(status == COTERIE_OK);
    if (end) {
        uint8_t *other;
        size_t len = written(&again, &other);
        CHECK(len == (size_t)(end - bytes) && !memcmp(bytes, other, len));
        free(other);
    }
    coterie_counts_free(&again);
    return end == bytes + size;
}

static void check_bytes(const coterie_counts *counts, int damaged) {
    uint8_t *bytes;
    size_t size = written(counts, &bytes);
    CHECK(reads(bytes, size));
    for (size_t less = 0; damaged && less < size; less++) {
        uint8_t *cut = malloc(less + 1); /* of its own, so that sanitizers see what is read beyond it */
        memcpy(cut, bytes, less);
        CHECK(!reads(cut, less));
        free(cut);
    }
    for (size_t bit = 0; damaged && bit < 8 * size; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        reads(bytes, size);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    free(bytes);
}

static void check_two(const coterie_counts *a, const model *x, const coterie_counts *b, const model *y) {
    model joined, more = {0};
    int expected = COTERIE_EQUAL, relation = -1;
    for (size_t row = 0; row < ROWS; row++)
        for (size_t i = 0; i < IDS; i++) {
            uint64_t mine = x->counts[row][i], theirs = y->counts[row][i];
            joined.counts[row][i] = mine > theirs ? mine : theirs;
            more.counts[row][i] = mine > theirs ? mine : 0;
            expected |= (mine > theirs ? COTERIE_AFTER : 0) | (mine < theirs ? COTERIE_BEFORE : 0);
        }
    CHECK(coterie_counts_relation(a, b, &relation) == COTERIE_OK && relation == expected);
    EACH_LEVEL(level) {
        coterie_counts both;
        CHECK(coterie_counts_copy(&both, a) == COTERIE_OK);
        CHECK(coterie_counts_join(&both, b, level) == COTERIE_OK);
        check_same(&both, &joined);
        coterie_counts_free(&both);
    }
    coterie_counts out = EMPTY;
    CHECK(coterie_counts_more(&out, a, b) == COTERIE_OK);
    check_same(&out, &more);
    coterie_counts_free(&out);
    check_same(a, x);
    check_same(b, y);
}

/* Each of these fails as often as it asks for memory, and leaves what is there as it was. */
static void check_no_memory(const coterie_counts *a, const model *x, const coterie_counts *b) {
    uint8_t *bytes;
    size_t size = written(a, &bytes);
    for (int what = 0; what < 5; what++) {
        for (int failures = 0;; failures++) {
            coterie_counts out = EMPTY;
            coterie_status status = COTERIE_OK;
            int relation;
            if (what < 2) CHECK(coterie_counts_copy(&out, a) == COTERIE_OK);
            allowed = failures;
            if (what == 0) status = coterie_counts_join(&out, b, COTERIE_BASELINE);
            if (what == 1) status = coterie_counts_relation(a, b, &relation);
            if (what == 2) status = coterie_counts_more(&out, a, b);
            if (what == 3) status = coterie_counts_copy(&out, a);
            if (what == 4) coterie_counts_read(&out, bytes, bytes + size, 64, &status);
            allowed = -1;
            CHECK(status == COTERIE_OK || status == COTERIE_NO_MEMORY);
            if (what == 0 && status != COTERIE_OK) check_same(&out, x);
            if (what != 3 || status == COTERIE_OK) coterie_counts_free(&out);
            if (status == COTERIE_OK) break;
        }
    }
    free(bytes);
}

int main(void) {
    uint64_t state = 1;
    for (int turn = 0; turn < 400; turn++) {
        coterie_counts a, b;
        model x, y;
        fill(&a, &x, &state);
        fill(&b, &y, &state);
        check_same(&a, &x);
        check_two(&a, &x, &b, &y);
        check_two(&a, &x, &a, &x);
        check_bytes(&a, a.ids.n < 8);
        if (turn % 10 == 0) check_no_memory(&a, &x, &b);
        coterie_counts_free(&a);
        coterie_counts_free(&b);
    }
    return check_report();
}
