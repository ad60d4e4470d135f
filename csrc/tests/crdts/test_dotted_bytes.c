/* Dotted strings as bytes: the same whatever led to them, read into the same, and nothing else is read. */
#include "coterie/crdts/dotted_bytes.h"
#include "crdts/dotted_model.h"

#include <stdlib.h>

static const uint64_t KEY[2] = {5, 6};

static size_t written(const coterie_dotted *dotted, int digest, uint8_t **bytes) {
    size_t room = coterie_dotted_size(dotted, digest);
    uint8_t *end = NULL, *out = malloc(room);
    CHECK(coterie_dotted_write(dotted, digest, out, &end) == COTERIE_OK);
    size_t size = (size_t)(end - out);
    CHECK(size <= room);
    *bytes = malloc(size ? size : 1); /* exactly as many, so that sanitizers see what is read beyond them */
    memcpy(*bytes, out, size);
    free(out);
    return size;
}

/* A string that begins with q stands nowhere. */
static int allowed_string(const uint8_t *bytes, size_t len) { return !len || bytes[0] != 'q'; }

/* Whether bytes are read to their end; what is read is written the same. */
static int reads(const uint8_t *bytes, size_t size, coterie_dotted *dotted) {
    coterie_status status;
    coterie_dotted_begin(dotted, KEY);
    const uint8_t *end = coterie_dotted_read(dotted, bytes, bytes + size, allowed_string, &status);
    CHECK(status == COTERIE_OK);
    if (end) {
        uint8_t *again;
        size_t len = written(dotted, 0, &again);
        CHECK(len == (size_t)(end - bytes) && !memcmp(again, bytes, len));
        free(again);
    }
    return end == bytes + size;
}

static int digest_reads(const uint8_t *bytes, size_t size, coterie_dotted_digest *digest) {
    coterie_status status;
    *digest = (coterie_dotted_digest){.ids.key = {KEY[0], KEY[1]}};
    const uint8_t *end = coterie_dotted_digest_read(digest, bytes, bytes + size, &status);
    CHECK(status == COTERIE_OK);
    return end == bytes + size;
}

static void check_bytes(const coterie_dotted *dotted, const model *model, int damage) {
    char name[32];
    uint8_t *bytes, *short_bytes;
    coterie_dotted again;
    coterie_dotted_digest digest;
    size_t size = written(dotted, 0, &bytes), digest_size = written(dotted, 1, &short_bytes);
    CHECK(reads(bytes, size, &again));
    check_same(&again, model);
    coterie_dotted_free(&again);
    CHECK(digest_size <= size && digest_reads(short_bytes, digest_size, &digest));
    for (size_t id = 0; id < IDS; id++) {
        size_t place = coterie_replicas_find(&digest.ids, name, name_of(id, name));
        for (size_t i = 0; i < COUNTERS; i++) {
            CHECK_EQUAL(place != COTERIE_NOWHERE && coterie_dots_has(&digest.seen, place, counter_of(i)), model->seen[id][i]);
            CHECK_EQUAL(place != COTERIE_NOWHERE && coterie_dots_has(&digest.live, place, counter_of(i)),
                        !!model->live[id][i]);
        }
    }
    coterie_dotted_digest_free(&digest);
    for (size_t less = 0; damage && less < size; less++) {
        uint8_t *cut = malloc(less ? less : 1);
        memcpy(cut, bytes, less);
        CHECK(!reads(cut, less, &again));
        coterie_dotted_free(&again);
        free(cut);
    }
    for (size_t bit = 0; damage && bit < 8 * size; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        reads(bytes, size, &again);
        coterie_dotted_free(&again);
        digest_reads(bytes, size, &digest);
        coterie_dotted_digest_free(&digest);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    free(bytes);
    free(short_bytes);
}

/* Two that have the same have the same bytes, in whatever order it came. */
static void check_order(const model *model_, uint64_t *state) {
    coterie_dotted made[2];
    uint8_t *bytes[2];
    size_t size[2];
    for (int k = 0; k < 2; k++) {
        static size_t order[IDS * COUNTERS];
        coterie_dotted_begin(&made[k], KEY);
        for (size_t i = 0; i < IDS * COUNTERS; i++) order[i] = i;
        for (size_t i = IDS * COUNTERS - 1; i; i--) {
            size_t other = random_below(state, (uint32_t)i + 1), x = order[i];
            order[i] = order[other], order[other] = x;
        }
        for (size_t i = 0; i < IDS * COUNTERS; i++) {
            size_t id = order[i] / COUNTERS, at = order[i] % COUNTERS;
            model again;
            if (!model_->seen[id][at]) continue;
            make(&made[k], &again, id, at, model_->live[id][at] ? model_->live[id][at] - 1u : 0);
            if (!model_->live[id][at]) let_go(&made[k], &again, id, at);
        }
        size[k] = written(&made[k], 0, &bytes[k]);
    }
    CHECK(size[0] == size[1] && !memcmp(bytes[0], bytes[1], size[0]));
    for (int k = 0; k < 2; k++) {
        free(bytes[k]);
        coterie_dotted_free(&made[k]);
    }
}

/* A million dots: without removals the digest is hardly anything, with them it is a bit for each. */
static void check_large(void) {
    enum { N = 1000000 };
    coterie_dotted dotted, again;
    uint8_t *bytes;
    char string[32];
    uint64_t state = 9;
    size_t place, size;
    uint32_t record;
    coterie_dotted_begin(&dotted, KEY);
    CHECK(coterie_dotted_place(&dotted, "a", 1, &place) == COTERIE_OK);
    for (uint64_t i = 1; i <= N; i++) {
        size_t len = (size_t)sprintf(string, "_%014llu", (unsigned long long)(i * 7919 % 100000007));
        coterie_dotted_put(&dotted, place, i, coterie_table_hash(&dotted.strings, string, len), string, len, &record);
        coterie_dotted_see(&dotted, place, i);
    }
    size = written(&dotted, 1, &bytes);
    CHECK(size < 1000);
    free(bytes);
    size = written(&dotted, 0, &bytes);
    CHECK(size < 15 * N + 1000); /* of which 14 are the string's own */
    CHECK(reads(bytes, size, &again));
    CHECK_EQUAL(again.len, N);
    coterie_dotted_free(&again);
    free(bytes);
    for (uint64_t i = 1; i <= N; i++)
        if (random64(&state) & 1) coterie_dotted_drop(&dotted, *coterie_live_find(&dotted.live[place], i));
    size = written(&dotted, 1, &bytes);
    CHECK(size < 130000);
    free(bytes);
    size = written(&dotted, 0, &bytes);
    CHECK(reads(bytes, size, &again) && again.len == dotted.len);
    coterie_dotted_free(&again);
    free(bytes);
    coterie_dotted_free(&dotted);
}

/* Many ids, each with a gap; and many chunks, each with a dot, which ask for little more room than they take. */
static void check_sparse(void) {
    enum { N = 50000 };
    coterie_dotted gaps, chunks, again;
    uint8_t *bytes;
    char name[32];
    size_t place, size;
    uint32_t record;
    coterie_dotted_begin(&gaps, KEY);
    coterie_dotted_begin(&chunks, KEY);
    for (size_t i = 0; i < N; i++) {
        CHECK(coterie_dotted_place(&gaps, name, name_of(i, name), &place) == COTERIE_OK);
        CHECK(coterie_dotted_see(&gaps, place, 7) == COTERIE_OK);
    }
    size = written(&gaps, 0, &bytes);
    CHECK(reads(bytes, size, &again) && again.context.len == N);
    coterie_dotted_free(&again);
    free(bytes);
    CHECK(coterie_dotted_place(&chunks, "a", 1, &place) == COTERIE_OK);
    CHECK(coterie_dotted_set_context(&chunks, &(coterie_range){place, 1, (uint64_t)N * COTERIE_CHUNK}, 1) == COTERIE_OK);
    for (uint64_t i = 0; i < N; i++)
        CHECK(coterie_dotted_put(&chunks, place, i * COTERIE_CHUNK + 7, 0, "", 0, &record) == COTERIE_OK);
    size = written(&chunks, 0, &bytes);
    CHECK(coterie_dotted_size(&chunks, 0) < 10 * size);
    CHECK(reads(bytes, size, &again) && again.len == N);
    coterie_dotted_free(&again);
    free(bytes);
    coterie_dotted_free(&gaps);
    coterie_dotted_free(&chunks);
}

int main(void) {
    uint64_t state = 1;
    for (int turn = 0; turn < 300; turn++) {
        coterie_dotted dotted;
        model model = {0};
        coterie_dotted_begin(&dotted, KEY);
        check_bytes(&dotted, &model, 1);
        for (uint32_t step = random_below(&state, turn % 3 ? 120 : 6); step; step--) {
            size_t id = random_below(&state, IDS), i = random_below(&state, turn % 2 ? 12 : COUNTERS);
            if (!model.seen[id][i]) make(&dotted, &model, id, i, random_below(&state, STRINGS));
            else if (model.live[id][i]) let_go(&dotted, &model, id, i);
        }
        check_bytes(&dotted, &model, turn % 3 == 0);
        check_order(&model, &state);
        coterie_dotted_free(&dotted);
    }
    check_large();
    check_sparse();
    return check_report();
}
