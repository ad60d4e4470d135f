/* The bytes of dotted strings and of their digests, plain ones, sets in which removals win, and maps: what is accepted is what a
 * writer writes, joins with another as it should, and what a digest says is lacking is lacking. */
#include "coterie/crdts/dotted_parts.h"
#include "coterie/crdts/elements.h"
#include "coterie/crdts/map_local.h"
#include "coterie/crdts/remove_wins.h"
#include "input.h"

static const uint64_t KEY[2] = {1, 2};

static enum { PLAIN, REMOVE_WINS, MAP, KINDS } kind; /* of this input */

static void begin(coterie_dotted *dotted) {
    coterie_dotted_begin(dotted, KEY);
    if (kind == REMOVE_WINS) CHECK(coterie_remove_wins_follow(dotted) == COTERIE_OK);
    if (kind == MAP) CHECK(coterie_map_follow(dotted) == COTERIE_OK);
}

static size_t written(const coterie_dotted *dotted, int digest, uint8_t **bytes) {
    size_t room = coterie_dotted_size(dotted, digest);
    uint8_t *end = NULL, *out = (uint8_t *)malloc(room);
    CHECK(coterie_dotted_write(dotted, digest, out, &end) == COTERIE_OK);
    CHECK((size_t)(end - out) <= room);
    *bytes = out;
    return (size_t)(end - out);
}

/* Whether the bytes are dotted strings; these. */
static int read_dotted(const uint8_t *data, size_t size, coterie_dotted *dotted) {
    coterie_status status;
    uint8_t *again;
    begin(dotted);
    const uint8_t *end = coterie_dotted_read(dotted, data, data + size,
                                             kind == PLAIN         ? coterie_element_check
                                             : kind == REMOVE_WINS ? coterie_remove_wins_check
                                                                   : coterie_map_string_check,
                                             &status);
    CHECK(status == COTERIE_OK);
    if (!end) return 0;
    size_t len = written(dotted, 0, &again);
    CHECK(len == (size_t)(end - data) && !memcmp(again, data, len));
    free(again);
    return 1;
}

/* Where what follows a digest comes from; NULL if it is none. */
static const uint8_t *read_digest(const uint8_t *data, size_t size, coterie_dotted_digest *digest) {
    coterie_status status;
    *digest = (coterie_dotted_digest){.ids.key = {KEY[0], KEY[1]}};
    const uint8_t *end = coterie_dotted_digest_read(digest, data, data + size, &status);
    CHECK(status == COTERIE_OK);
    return end;
}

static int within(const coterie_dotted *a, const coterie_dotted *b) {
    int is = -1;
    CHECK(coterie_dotted_within(a, b, coterie_level_best(), &is) == COTERIE_OK);
    return is;
}

static int same(const coterie_dotted *a, const coterie_dotted *b) { return within(a, b) && within(b, a); }

/* `out` becomes the join of both. */
static void join(coterie_dotted *out, const coterie_dotted *a, const coterie_dotted *b) {
    coterie_came_and_went changes = {0};
    CHECK(coterie_dotted_copy(out, a) == COTERIE_OK);
    CHECK(coterie_dotted_join(out, b, &changes, coterie_level_best()) == COTERIE_OK);
    coterie_came_and_went_free(&changes);
}

static void check_diff(const coterie_dotted *a, const coterie_dotted *b) {
    uint8_t *bytes;
    coterie_dotted_digest digest;
    coterie_dotted both, diff, again;
    size_t size = written(b, 1, &bytes);
    CHECK(read_digest(bytes, size, &digest) == bytes + size);
    coterie_dotted_begin(&diff, KEY);
    CHECK(coterie_dotted_beyond(&diff, a, &digest) == COTERIE_OK);
    CHECK(within(&diff, a));
    join(&both, b, a);
    join(&again, b, &diff);
    CHECK(same(&both, &again) && within(a, &both) && within(b, &both));
    CHECK(both.len <= a->len + b->len);
    coterie_dotted_free(&both);
    coterie_dotted_free(&again);
    coterie_dotted_free(&diff);
    coterie_dotted_digest_free(&digest);
    free(bytes);
}

/* Of a dot that has two strings, as no replica makes them, each keeps its own: so only digests are compared. */
static void check_two(const coterie_dotted *a, const coterie_dotted *b) {
    coterie_dotted ab, ba;
    check_diff(a, b);
    check_diff(b, a);
    join(&ab, a, b);
    join(&ba, b, a);
    CHECK(same(&ab, &ba) && ab.len == ba.len);
    uint8_t *bytes, *others;
    size_t size = written(&ab, 1, &bytes), other = written(&ba, 1, &others);
    CHECK(size == other && !memcmp(bytes, others, size));
    free(bytes);
    free(others);
    coterie_dotted_free(&ab);
    coterie_dotted_free(&ba);
}

/* What only these have. */
static void check_followed(const coterie_dotted *dotted) {
    coterie_dotted renewed, emptied;
    coterie_dot_log log = {0};
    begin(&renewed);
    CHECK(coterie_dotted_copy(&emptied, dotted) == COTERIE_OK);
    if (kind == REMOVE_WINS) {
        CHECK(coterie_remove_wins_renew(&renewed, dotted, "r", 1) == COTERIE_OK);
        CHECK(coterie_remove_wins_len(&renewed) == coterie_remove_wins_len(dotted) && renewed.len == renewed.strings.len);
    } else if (kind == MAP) {
        coterie_status status = coterie_map_renew(&renewed, dotted, "r", 1);
        uint32_t n = coterie_map_index_of(dotted)->nodes[COTERIE_MAP_ROOT].n_shown;
        CHECK(status == COTERIE_STOPPED ||
              (status == COTERIE_OK && coterie_map_index_of(&renewed)->nodes[COTERIE_MAP_ROOT].n_shown == n));
        CHECK(coterie_map_clear(&emptied, COTERIE_MAP_ROOT, &log) == COTERIE_OK);
        CHECK(coterie_map_index_of(&emptied)->nodes[COTERIE_MAP_ROOT].n_shown == 0);
    }
    coterie_dot_log_free(&log);
    coterie_dotted_free(&renewed);
    coterie_dotted_free(&emptied);
}

static void check_one(const uint8_t *data, size_t size) {
    coterie_dotted a, empty;
    uint8_t *bytes;
    if (read_dotted(data, size, &a)) {
        size_t len = written(&a, 1, &bytes);
        CHECK(len <= size && !memcmp(bytes, data, len)); /* the digest is what comes before the strings */
        free(bytes);
        check_two(&a, &a);
        check_followed(&a);
        CHECK(coterie_dotted_copy(&empty, &a) == COTERIE_OK);
        for (size_t record = 0; record < a.n; record++) coterie_dotted_drop(&empty, (uint32_t)record);
        CHECK(empty.len == 0 && empty.strings.len == 0 && within(&a, &empty) && within(&empty, &a) == !a.len);
        check_two(&empty, &a);
        coterie_dotted_free(&empty);
    }
    coterie_dotted_free(&a);
}

/* Dotted strings that have such a digest write it. */
static void check_digest(const uint8_t *data, const uint8_t *end, const coterie_dotted_digest *digest) {
    enum { MOST = 5000 };
    coterie_dotted made;
    size_t n = coterie_dots_ranges_room(&digest->seen), more = coterie_dots_ranges_room(&digest->live), place;
    coterie_range *ranges = (coterie_range *)malloc((n + more + 1) * sizeof *ranges);
    uint64_t len = 0;
    uint32_t record;
    coterie_dotted_begin(&made, KEY);
    for (size_t i = 0; i < digest->ids.n; i++)
        CHECK(coterie_dotted_place(&made, coterie_replica_id(&digest->ids, i), digest->ids.each[i].len, &place) == COTERIE_OK);
    n = coterie_dots_ranges(&digest->seen, ranges);
    CHECK(coterie_dotted_set_context(&made, ranges, n) == COTERIE_OK);
    more = coterie_dots_ranges(&digest->live, ranges);
    for (size_t i = 0; i < more; i++) len += ranges[i].last - ranges[i].first + 1;
    for (size_t i = 0; len <= MOST && i < more; i++)
        for (uint64_t counter = ranges[i].first; counter <= ranges[i].last; counter++)
            CHECK(coterie_dotted_put(&made, ranges[i].slot, counter, 0, "", 0, &record) == COTERIE_OK);
    if (len <= MOST) {
        uint8_t *bytes;
        size_t size = written(&made, 1, &bytes);
        CHECK(size == (size_t)(end - data) && !memcmp(bytes, data, size));
        free(bytes);
    }
    coterie_dotted_free(&made);
    free(ranges);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_input input = {data, data + size};
    kind = (unsigned)take(&input, 1) % KINDS;
    size_t first = (size_t)take(&input, 2); /* bytes of the first of two */
    size = (size_t)(input.end - input.next);
    if (first > size) first = size;
    uint8_t *front = (uint8_t *)malloc(first + 1), *back = (uint8_t *)malloc(size - first + 1); /* each exactly as long as it is */
    coterie_dotted a, b;
    coterie_dotted_digest digest;
    memcpy(front, input.next, first);
    memcpy(back, input.next + first, size - first);
    check_one(front, first);
    int good = read_dotted(front, first, &a);
    if (read_dotted(back, size - first, &b) && good) check_two(&a, &b);
    const uint8_t *end = read_digest(back, size - first, &digest);
    if (end) check_digest(back, end, &digest);
    if (end && good) {
        coterie_dotted diff;
        coterie_dotted_begin(&diff, KEY);
        CHECK(coterie_dotted_beyond(&diff, &a, &digest) == COTERIE_OK && within(&diff, &a));
        coterie_dotted_free(&diff);
    }
    coterie_dotted_digest_free(&digest);
    coterie_dotted_free(&a);
    coterie_dotted_free(&b);
    free(front);
    free(back);
    stop_if_failed();
    return 0;
}
