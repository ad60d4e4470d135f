/* The bytes of keyed entries and their digests: what is accepted is what a writer writes, and joins with another as it should. */
#include "coterie/clocks/dense.h"
#include "coterie/crdts/elements.h"
#include "coterie/crdts/keyed_bytes.h"
#include "coterie/crdts/keyed_local.h"
#include "input.h"

static const uint64_t KEY[2] = {1, 2};

/* Whether the bytes are such entries; these. */
static int read_keyed(const uint8_t *data, size_t size, coterie_keyed_kind kind, coterie_keyed *keyed) {
    coterie_status status;
    coterie_keyed_begin(keyed, kind, 0, KEY);
    const uint8_t *end = coterie_keyed_decode(keyed, data, data + size, coterie_element_check, &status);
    CHECK(status == COTERIE_OK);
    if (!end) return 0;
    uint8_t *again = (uint8_t *)malloc(coterie_keyed_size(keyed)), *out = NULL;
    CHECK(coterie_keyed_encode(keyed, again, &out) == COTERIE_OK);
    CHECK(out - again == end - data && !memcmp(again, data, (size_t)(out - again)));
    free(again);
    return 1;
}

/* What one has that another has not makes the other their join. */
static void check_two(coterie_keyed *a, const coterie_keyed *b) {
    coterie_keyed both, diff, fresh;
    coterie_keyed_digest digest = {0};
    coterie_status status;
    int changed;
    uint8_t *sums = (uint8_t *)malloc(coterie_keyed_digest_size(a)), *end = NULL;
    coterie_keyed_begin(&diff, a->kind, a->removes, KEY);
    coterie_keyed_begin(&fresh, a->kind, a->removes, KEY);
    CHECK(coterie_keyed_copy(&both, a) == COTERIE_OK && coterie_keyed_join(&both, b, &changed) == COTERIE_OK);
    CHECK(coterie_keyed_relate(b, &both) <= COTERIE_BEFORE && coterie_keyed_relate(a, &both) <= COTERIE_BEFORE);
    CHECK(coterie_keyed_digest_write(a, COTERIE_BASELINE, sums, &end) == COTERIE_OK);
    CHECK(coterie_keyed_digest_read(&digest, &diff, sums, end, &status) == end);
    CHECK(coterie_keyed_beyond(&diff, b, &digest, coterie_level_best()) == COTERIE_OK);
    CHECK(coterie_keyed_join(a, &diff, &changed) == COTERIE_OK);
    CHECK_EQUAL(coterie_keyed_relate(a, &both), COTERIE_EQUAL);
    CHECK(coterie_keyed_renew(&fresh, a) == COTERIE_OK);
    CHECK_EQUAL(fresh.keys.n, a->shown);
    free(digest.sums);
    free(sums);
    coterie_keyed_free(&both);
    coterie_keyed_free(&diff);
    coterie_keyed_free(&fresh);
}

static void keyed_of(const uint8_t *data, size_t size, coterie_keyed_kind kind) {
    coterie_keyed a, b;
    coterie_keyed_digest digest = {0};
    coterie_status status;
    size_t half = size / 2;
    int good = read_keyed(data, half, kind, &a);
    if (read_keyed(data + half, size - half, kind, &b) && good && a.removes == b.removes) check_two(&a, &b);
    coterie_keyed_free(&a);
    coterie_keyed_free(&b);
    coterie_keyed_begin(&a, kind, 0, KEY);
    coterie_keyed_digest_read(&digest, &a, data, data + size, &status);
    CHECK(status == COTERIE_OK);
    free(digest.sums);
    coterie_keyed_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t *copy = (uint8_t *)malloc(size + 1); /* exactly as long as it is */
    memcpy(copy, data, size);
    for (int kind = COTERIE_KEYED_KEYS; kind <= COTERIE_KEYED_VALUES; kind++) keyed_of(copy, size, (coterie_keyed_kind)kind);
    free(copy);
    stop_if_failed();
    return 0;
}
