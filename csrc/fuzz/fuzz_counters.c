/* The bytes of replicated counters: what is accepted is what a writer writes, and joins with another as it should. */
#include "coterie/clocks/dense.h"
#include "coterie/crdts/bounded.h"
#include "input.h"

static const uint64_t KEY[2] = {1, 2};

static coterie_counts empty(size_t rows) {
    coterie_counts counts = {.ids.key = {1, 2}, .rows = rows};
    return counts;
}

/* Whether the bytes are counters; these. */
static int read_counts(const uint8_t *data, size_t size, coterie_counts *counts) {
    coterie_status status;
    const uint8_t *end = coterie_counts_read(counts, data, data + size, 64, &status);
    CHECK(status == COTERIE_OK);
    if (!end) return 0;
    uint8_t *again = (uint8_t *)malloc(coterie_counts_size(counts)), *out = NULL;
    CHECK(coterie_counts_write(counts, again, &out) == COTERIE_OK);
    CHECK(out - again == end - data && !memcmp(again, data, (size_t)(out - again)));
    free(again);
    return 1;
}

static void counts_of(const uint8_t *data, size_t size, size_t rows) {
    coterie_counts a = empty(rows), b = empty(rows), both, more = empty(rows);
    size_t half = size / 2;
    int relation = 0;
    if (read_counts(data, half, &a) && read_counts(data + half, size - half, &b)) {
        CHECK(coterie_counts_copy(&both, &a) == COTERIE_OK);
        CHECK(coterie_counts_join(&both, &b, coterie_level_best()) == COTERIE_OK);
        CHECK(coterie_counts_relation(&b, &both, &relation) == COTERIE_OK && relation <= COTERIE_BEFORE);
        CHECK(coterie_counts_more(&more, &both, &a) == COTERIE_OK);
        CHECK(coterie_counts_join(&a, &more, COTERIE_BASELINE) == COTERIE_OK);
        CHECK(coterie_counts_relation(&a, &both, &relation) == COTERIE_OK && relation == COTERIE_EQUAL);
        coterie_counts_free(&both);
    }
    coterie_counts_free(&a);
    coterie_counts_free(&b);
    coterie_counts_free(&more);
}

static void bounded_of(const uint8_t *data, size_t size) {
    coterie_bounded a, fresh;
    coterie_status status;
    uint64_t got[2], gone[2];
    int relation = 0;
    coterie_bounded_begin(&a, 0, KEY);
    coterie_bounded_begin(&fresh, 0, KEY);
    const uint8_t *end = coterie_bounded_read(&a, data, data + size, &status);
    CHECK(status == COTERIE_OK);
    if (end) {
        uint8_t *again = (uint8_t *)malloc(coterie_bounded_size(&a)), *out = NULL;
        CHECK(coterie_bounded_write(&a, again, &out) == COTERIE_OK);
        CHECK(out - again == end - data && !memcmp(again, data, (size_t)(out - again)));
        free(again);
        coterie_bounded_rights(&a, data, size < 64 ? size : 64, got, gone);
        coterie_bounded_value(&a, got, gone);
        status = coterie_bounded_renew(&fresh, &a, "renewed", 7);
        CHECK(status == COTERIE_OK || status == COTERIE_STOPPED || status == COTERIE_LACKING);
        CHECK(coterie_bounded_join(&fresh, &a, COTERIE_BASELINE) == COTERIE_OK);
        CHECK(coterie_bounded_relation(&a, &fresh, &relation) == COTERIE_OK && relation <= COTERIE_BEFORE);
    }
    coterie_bounded_free(&a);
    coterie_bounded_free(&fresh);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t *copy = (uint8_t *)malloc(size + 1); /* exactly as long as it is */
    memcpy(copy, data, size);
    counts_of(copy, size, 1);
    counts_of(copy, size, 2);
    bounded_of(copy, size);
    free(copy);
    stop_if_failed();
    return 0;
}
