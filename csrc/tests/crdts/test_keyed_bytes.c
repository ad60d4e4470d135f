/* Keyed entries as bytes: the same whatever led to them, read into the same, and nothing else is read; and their digests. */
#include "coterie/crdts/keyed_bytes.h"
#include "crdts/keyed_model.h"

#include <stdlib.h>

static size_t written(const coterie_keyed *keyed, int digest, uint8_t **bytes) {
    size_t room = digest ? coterie_keyed_digest_size(keyed) : coterie_keyed_size(keyed);
    uint8_t *end = NULL, *out = malloc(room);
    CHECK((digest ? coterie_keyed_digest_write(keyed, 0, out, &end) : coterie_keyed_encode(keyed, out, &end)) == COTERIE_OK);
    size_t size = (size_t)(end - out);
    CHECK(size <= room);
    *bytes = malloc(size ? size : 1); /* exactly as many, so that sanitizers see what is read beyond them */
    memcpy(*bytes, out, size);
    free(out);
    return size;
}

/* One that begins with q stands nowhere. */
static int allowed_string(const uint8_t *bytes, size_t len) { return !len || bytes[0] != 'q'; }

/* Whether bytes are read to their end; what is read is written the same. */
static int reads(const uint8_t *bytes, size_t size, coterie_keyed *keyed, int kind) {
    coterie_status status;
    model model;
    begin_kind(keyed, &model, kind == 4 ? 2 : kind); /* what is removed is in the bytes */
    const uint8_t *end = coterie_keyed_decode(keyed, bytes, bytes + size, allowed_string, &status);
    CHECK(status == COTERIE_OK);
    if (end) {
        uint8_t *again;
        size_t len = written(keyed, 0, &again);
        CHECK(len == (size_t)(end - bytes) && !memcmp(again, bytes, len));
        free(again);
    }
    return end == bytes + size;
}

static int digest_reads(const uint8_t *bytes, size_t size, coterie_keyed_digest *digest, int kind) {
    coterie_status status;
    coterie_keyed keyed;
    model model;
    begin_kind(&keyed, &model, kind);
    *digest = (coterie_keyed_digest){0};
    const uint8_t *end = coterie_keyed_digest_read(digest, &keyed, bytes, bytes + size, &status);
    CHECK(status == COTERIE_OK);
    return end == bytes + size;
}

static void check_bytes(const coterie_keyed *keyed, const model *model, int kind, int damage) {
    uint8_t *bytes, *sums;
    coterie_keyed again, nothing;
    coterie_keyed_digest digest;
    size_t size = written(keyed, 0, &bytes), sums_size = written(keyed, 1, &sums);
    CHECK(reads(bytes, size, &again, kind));
    check_same(&again, model);
    CHECK_EQUAL(again.removes, model->removes);
    CHECK(digest_reads(sums, sums_size, &digest, kind));
    coterie_keyed_begin(&nothing, model->kind, model->removes, KEY);
    CHECK(coterie_keyed_beyond(&nothing, &again, &digest, 0) == COTERIE_OK);
    CHECK_EQUAL(nothing.keys.n, 0);
    free(digest.sums);
    coterie_keyed_free(&again);
    coterie_keyed_free(&nothing);
    for (size_t less = 0; damage && less < size; less++) {
        uint8_t *cut = malloc(less ? less : 1);
        memcpy(cut, bytes, less);
        CHECK(!reads(cut, less, &again, kind));
        coterie_keyed_free(&again);
        free(cut);
    }
    for (size_t bit = 0; damage && bit < 8 * size; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        reads(bytes, size, &again, kind);
        coterie_keyed_free(&again);
        digest_reads(bytes, size, &digest, kind);
        free(digest.sums);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t less = 0; less < sums_size; less += 7) {
        CHECK(!digest_reads(sums, less, &digest, kind));
        free(digest.sums);
    }
    free(bytes);
    free(sums);
}

/* What the other lacks is what makes it the join. */
static void check_beyond(const coterie_keyed *a, const coterie_keyed *b) {
    coterie_keyed joined, diff, all;
    coterie_keyed_digest digest = {0};
    uint8_t *sums;
    coterie_status status;
    int changed;
    size_t size = written(b, 1, &sums);
    coterie_keyed_begin(&diff, a->kind, a->removes, KEY);
    CHECK(coterie_keyed_digest_read(&digest, &diff, sums, sums + size, &status) == sums + size);
    CHECK(coterie_keyed_beyond(&diff, a, &digest, coterie_level_best()) == COTERIE_OK);
    CHECK(coterie_keyed_copy(&joined, b) == COTERIE_OK && coterie_keyed_copy(&all, b) == COTERIE_OK);
    CHECK(coterie_keyed_join(&joined, &diff, &changed) == COTERIE_OK && coterie_keyed_join(&all, a, &changed) == COTERIE_OK);
    CHECK_EQUAL(coterie_keyed_relate(&joined, &all), 0);
    CHECK(!(coterie_keyed_relate(&diff, a) & 2));
    coterie_keyed_free(&joined);
    coterie_keyed_free(&all);
    coterie_keyed_free(&diff);
    free(digest.sums);
    free(sums);
}

/* The same entries in another order. */
static void check_order(const model *model_, int kind) {
    coterie_keyed made[2];
    uint8_t *bytes[2], *sums[2];
    size_t size[2], sums_size[2];
    for (int k = 0; k < 2; k++) {
        model again;
        coterie_keyed_log log = {0};
        begin_kind(&made[k], &again, kind);
        for (size_t i = 0; i < KEYS; i++) {
            size_t at = k ? KEYS - 1 - i : i;
            if (model_->each[at].there) write_one(&made[k], &again, at, &model_->each[at], &log);
        }
        size[k] = written(&made[k], 0, &bytes[k]);
        sums_size[k] = written(&made[k], 1, &sums[k]);
        coterie_keyed_log_free(&log);
    }
    CHECK(size[0] == size[1] && !memcmp(bytes[0], bytes[1], size[0]));
    CHECK(sums_size[0] == sums_size[1] && !memcmp(sums[0], sums[1], sums_size[0]));
    for (int k = 0; k < 2; k++) {
        free(bytes[k]);
        free(sums[k]);
        coterie_keyed_free(&made[k]);
    }
}

/* Keys of 14 bytes, of which nothing is known: what one takes, and its digest. */
static void check_large(uint32_t n) {
    coterie_keyed keyed, again;
    coterie_keyed_entry entry = {0};
    uint8_t *bytes;
    char key[32];
    uint64_t state = 9;
    coterie_keyed_begin(&keyed, COTERIE_KEYED_KEYS, 0, KEY);
    for (uint32_t i = 0; i < n; i++) {
        size_t len = (size_t)sprintf(key, "_%014llx", (unsigned long long)(random64(&state) >> 8));
        CHECK(coterie_keyed_reserve(&keyed, 1, len, 0) == COTERIE_OK);
        coterie_keyed_add(&keyed, coterie_table_hash(&keyed.keys, key, len), key, len, &entry);
    }
    size_t size = written(&keyed, 1, &bytes);
    CHECK(size + 30 <= n + 1024);
    free(bytes);
    size = written(&keyed, 0, &bytes);
    CHECK(2 * size < 31 * (size_t)n + 100);
    CHECK(reads(bytes, size, &again, 0));
    CHECK_EQUAL(coterie_keyed_relate(&keyed, &again), 0);
    coterie_keyed_free(&again);
    coterie_keyed_free(&keyed);
    free(bytes);
}

/* Keys that begin alike, each as the next one: sorted, and no more is made of few bytes than is said. */
static void check_nested(void) {
    enum { N = 2000 };
    static char key[N];
    coterie_keyed keyed, again;
    coterie_keyed_entry entry = {0};
    uint8_t *bytes;
    memset(key, 'x', N);
    coterie_keyed_begin(&keyed, COTERIE_KEYED_KEYS, 0, KEY);
    for (size_t i = 0; i < N; i++) {
        size_t len = i * 7919 % N;
        CHECK(coterie_keyed_reserve(&keyed, 1, len, 0) == COTERIE_OK);
        coterie_keyed_add(&keyed, coterie_table_hash(&keyed.keys, key, len), key, len, &entry);
    }
    size_t size = written(&keyed, 0, &bytes);
    CHECK(size > keyed.keys.live - 31 * N);
    CHECK(reads(bytes, size, &again, 0));
    CHECK_EQUAL(coterie_keyed_relate(&keyed, &again), 0);
    coterie_keyed_free(&again);
    coterie_keyed_free(&keyed);
    free(bytes);
}

int main(void) {
    uint64_t state = 1;
    for (int turn = 0; turn < 200; turn++) {
        coterie_keyed keyed, other;
        model model_, theirs;
        coterie_keyed_log log = {0}, other_log = {0};
        int kind = turn % KINDS;
        begin_kind(&keyed, &model_, kind);
        begin_kind(&other, &theirs, kind);
        check_bytes(&keyed, &model_, kind, 1);
        for (uint32_t step = random_below(&state, turn % 3 ? 60 : 6); step; step--) {
            model_entry entry = random_entry(&model_, &state);
            size_t i = random_below(&state, KEYS);
            if (random_below(&state, 3)) write_one(&keyed, &model_, i, &entry, &log);
            if (random_below(&state, 3)) write_one(&other, &theirs, i, &entry, &other_log);
        }
        check_bytes(&keyed, &model_, kind, turn % 4 == 0);
        check_beyond(&keyed, &other);
        check_order(&model_, kind);
        coterie_keyed_free(&keyed);
        coterie_keyed_free(&other);
        coterie_keyed_log_free(&log);
        coterie_keyed_log_free(&other_log);
    }
    for (uint32_t n = 0; n < 200; n += 3) check_large(n);
    check_large(1000);
    check_large(1100);
    check_large(100000);
    check_nested();
    return check_report();
}
