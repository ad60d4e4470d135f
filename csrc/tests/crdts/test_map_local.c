/* Changes of maps that find no memory leave all as it was, and do their work else: counters against their sums, additions and
 * removals against flags, writers of a time against the greatest. */
#include "coterie/crdts/map_local.h"

#include "check.h"
#include "coterie/crdts/dotted_bytes.h"
#include "coterie/crdts/elements.h"
#include "starve.h"

enum { PATHS = 3, ELEMENTS = 4 };

/* The path of a kind: a key of the outermost map, or of a map in it. */
static size_t write_path(uint8_t *out, size_t path, unsigned kind) {
    static const uint8_t paths[PATHS][6] = {{2, 4, 'a'}, {1, 0}, {1, 0, COTERIE_MAP_MAP, 1, 0}};
    size_t len = path == 0 ? 3 : path == 1 ? 2 : 5;
    memcpy(out, paths[path], len);
    out[len] = (uint8_t)kind;
    return len + 1;
}

static uint8_t *bytes_of(const coterie_dotted *dotted, size_t *size) {
    uint8_t *bytes = malloc(coterie_dotted_size(dotted, 0)), *end = NULL;
    CHECK(coterie_dotted_write(dotted, 0, bytes, &end) == COTERIE_OK);
    *size = (size_t)(end - bytes);
    return bytes;
}
static int have_equal_bytes(const coterie_dotted *a, const coterie_dotted *b) {
    size_t n, m;
    uint8_t *x = bytes_of(a, &n), *y = bytes_of(b, &m);
    int equal = n == m && !memcmp(x, y, n);
    free(x);
    free(y);
    return equal;
}

/* Makes it read its own bytes. */
static void check_read(const coterie_dotted *dotted, const uint64_t key[2]) {
    coterie_dotted read;
    coterie_status status;
    size_t size;
    uint8_t *bytes = bytes_of(dotted, &size);
    coterie_dotted_begin(&read, key);
    CHECK(coterie_map_follow(&read) == COTERIE_OK);
    CHECK(coterie_dotted_read(&read, bytes, bytes + size, coterie_map_string_check, &status) == bytes + size);
    CHECK(have_equal_bytes(&read, dotted));
    CHECK(coterie_map_index_of(&read)->removals == coterie_map_index_of(dotted)->removals);
    coterie_dotted_free(&read);
    free(bytes);
}

typedef struct {
    int64_t sums[PATHS], in_set[PATHS]; /* of elements that are in it, each a bit */
    uint64_t stamps[PATHS];
} model;

/* Which change it is; all of them are of numbers that are known. */
typedef struct {
    unsigned what;
    size_t path, place;
    uint32_t x, y;
} change;

static coterie_status make(coterie_dotted *dotted, const change *c, coterie_dot_log *log, model *after) {
    const coterie_map_index *index = coterie_map_index_of(dotted);
    uint8_t bytes[64];
    size_t ends[2], head, len;
    uint32_t node;
    switch (c->what) {
    case 0:
        head = write_path(bytes, c->path, COTERIE_MAP_COUNTER);
        after->sums[c->path] += c->y ? -(int64_t)c->x : (int64_t)c->x;
        return coterie_map_count(dotted, c->place, bytes, head, c->y == 2 ? UINT64_MAX : 0, c->y != 0, c->x, log);
    case 1: /* two at once */
        len = 0;
        head = write_path(bytes, c->path, COTERIE_MAP_RW_SET);
        for (uint32_t i = 0; i < 2; i++) {
            uint32_t element = (c->x + i * c->y) % ELEMENTS, in = (c->x + c->y) % 2;
            len += write_path(bytes + len, c->path, COTERIE_MAP_RW_SET);
            bytes[len++] = (uint8_t)in, bytes[len++] = 4, bytes[len++] = (uint8_t)('a' + element);
            ends[i] = len;
            if (in) after->in_set[c->path] |= 1 << element;
            else after->in_set[c->path] &= ~(1 << element);
        }
        return coterie_map_make_many(dotted, c->place, bytes, ends, 2, head, log);
    case 2:
        head = write_path(bytes, c->path, COTERIE_MAP_LWW);
        memset(bytes + head, 0, 8);
        bytes[head + 7] = (uint8_t)(c->x + 1), bytes[head + 8] = 4, bytes[head + 9] = 'v';
        after->stamps[c->path] = c->x + 1;
        return coterie_map_make_alone(dotted, c->place, bytes, head + 10, head, log);
    case 3:
        node = coterie_map_find(index, bytes, write_path(bytes, c->path, COTERIE_MAP_COUNTER));
        after->sums[c->path] = 0;
        return node == COTERIE_MAP_NONE ? COTERIE_OK : coterie_map_clear(dotted, node, log);
    default: /* the key that both the second path and the third begin with */
        node = coterie_map_find_key(index, COTERIE_MAP_ROOT, bytes + 1, write_path(bytes, 1, 0) - 2);
        for (size_t path = 1; path < PATHS; path++) after->sums[path] = after->in_set[path] = 0, after->stamps[path] = 0;
        return node == COTERIE_MAP_NONE ? COTERIE_OK : coterie_map_delete(dotted, node, log);
    }
}

static void check_model(const coterie_dotted *dotted, const model *model) {
    const coterie_map_index *index = coterie_map_index_of(dotted);
    uint8_t bytes[64], *list;
    for (size_t path = 0; path < PATHS; path++) {
        uint32_t node = coterie_map_find(index, bytes, write_path(bytes, path, COTERIE_MAP_COUNTER));
        coterie_map_sum sum = {0};
        int64_t in_set = 0;
        size_t size;
        if (node != COTERIE_MAP_NONE) coterie_map_sum_of(dotted, node, &sum);
        CHECK_EQUAL(sum.added[0] - sum.taken[0], model->sums[path]);
        CHECK(!sum.added[1] && !sum.taken[1]);
        node = coterie_map_find(index, bytes, write_path(bytes, path, COTERIE_MAP_RW_SET));
        if (node != COTERIE_MAP_NONE) {
            CHECK(coterie_map_list(dotted, node, SIZE_MAX, &list, &size) == COTERIE_OK);
            for (size_t at = 0; at < size; at += 6) {
                CHECK(coterie_load32(list + at) == 2);
                in_set |= (int64_t)1 << (list[at + 5] - 'a');
            }
            free(list);
            CHECK(coterie_map_list(dotted, node, 1, &list, &size) == COTERIE_OK && size == (in_set ? 6 : 0));
            free(list);
        }
        CHECK_EQUAL(in_set, model->in_set[path]);
        node = coterie_map_find(index, bytes, write_path(bytes, path, COTERIE_MAP_LWW));
        CHECK_EQUAL(node != COTERIE_MAP_NONE, model->stamps[path] > 0);
        if (node == COTERIE_MAP_NONE) continue;
        size_t len;
        const uint8_t *rest = coterie_map_rest(dotted, node, dotted->records[coterie_map_winner(dotted, node)].string, &len);
        CHECK(len == 10 && rest[7] == model->stamps[path]);
        CHECK(index->latest >= coterie_map_latest(dotted) && coterie_map_latest(dotted) >= model->stamps[path]);
    }
}

static const uint64_t key[2] = {5, 6};

static void begin(coterie_dotted *dotted) {
    coterie_dotted_begin(dotted, key);
    CHECK(coterie_map_follow(dotted) == COTERIE_OK);
}

/* Amounts that have more than 64 bits together, in as few dots as can be. */
static void check_large_sums(void) {
    static const struct {
        uint64_t amounts[3];
        size_t n, dots;
    } cases[] = {{{UINT64_MAX, UINT64_MAX}, 2, 2}, {{UINT64_MAX, 1}, 2, 2},           {{UINT64_MAX, 0}, 2, 1},
                 {{UINT64_MAX, 1, UINT64_MAX}, 3, 3}, {{UINT64_MAX - 1, 1, 0}, 3, 1}, {{0}, 1, 1},
                 {{1, 2, 3}, 3, 1},                   {{UINT64_MAX, UINT64_MAX, UINT64_MAX}, 3, 3}};
    for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
        coterie_dotted dotted, fresh;
        coterie_dot_log log = {0};
        coterie_map_sum before, after;
        uint8_t path[64];
        size_t place, head = write_path(path, 2, COTERIE_MAP_COUNTER);
        begin(&dotted);
        begin(&fresh);
        CHECK(coterie_dotted_place(&dotted, "a", 1, &place) == COTERIE_OK);
        for (size_t k = 0; k < cases[i / 2].n; k++)
            CHECK(coterie_map_count(&dotted, place, path, head, UINT64_MAX, i % 2, cases[i / 2].amounts[k], &log) == COTERIE_OK);
        CHECK(coterie_map_renew(&fresh, &dotted, "new", 3) == COTERIE_OK);
        CHECK_EQUAL(fresh.len, cases[i / 2].dots);
        coterie_map_sum_of(&dotted, coterie_map_find(coterie_map_index_of(&dotted), path, head), &before);
        coterie_map_sum_of(&fresh, coterie_map_find(coterie_map_index_of(&fresh), path, head), &after);
        CHECK(!memcmp(&before, &after, sizeof before));
        check_read(&fresh, key);
        coterie_dotted_free(&dotted);
        coterie_dotted_free(&fresh);
        coterie_dot_log_free(&log);
    }
}

/* A write that stays is of who has written it, everything else of the new id. */
static void check_writers(const coterie_dotted *fresh, const coterie_dotted *before) {
    for (uint32_t number = 0; number < fresh->n; number++) {
        const coterie_record *record = &fresh->records[number];
        const uint8_t *string = coterie_table_bytes(&fresh->strings, record->string);
        size_t len = fresh->strings.each[record->string].len, place = record->place;
        const coterie_map_index *index = coterie_map_index_of(fresh);
        const coterie_replicas *ids = &before->ids;
        if (index->nodes[index->members[record->string].node].kind != COTERIE_MAP_LWW) {
            CHECK_EQUAL(coterie_replicas_find(&fresh->ids, "new", 3), place);
            continue;
        }
        uint32_t old = coterie_table_find(&before->strings, coterie_table_hash(&before->strings, string, len), string, len);
        size_t was = before->records[before->first[old]].place;
        CHECK_EQUAL(coterie_replicas_find(ids, coterie_replica_id(&fresh->ids, place), fresh->ids.each[place].len), was);
    }
}

/* A set with additions that are all removed is there, and so it is if one replica writes it, with one of them. */
static void check_hidden(void) {
    coterie_dotted a, b, fresh;
    coterie_dot_log log = {0};
    uint8_t bytes[64];
    size_t place, head = write_path(bytes, 2, COTERIE_MAP_RW_SET);
    begin(&a);
    begin(&b);
    begin(&fresh);
    CHECK(coterie_dotted_place(&a, "a", 1, &place) == COTERIE_OK && coterie_dotted_place(&b, "b", 1, &place) == COTERIE_OK);
    for (uint8_t i = 0; i < 20; i++) {
        size_t end = head + 3;
        bytes[head + 1] = 4, bytes[head + 2] = (uint8_t)('a' + (7 * i + 3) % 20);
        bytes[head] = 1;
        if (i % 2) CHECK(coterie_map_make_many(&a, place, bytes, &end, 1, head, &log) == COTERIE_OK);
        bytes[head] = 0;
        CHECK(coterie_map_make_many(&b, place, bytes, &end, 1, head, &log) == COTERIE_OK);
    }
    CHECK(coterie_dotted_join(&a, &b, NULL, COTERIE_BASELINE) == COTERIE_OK);
    CHECK(coterie_map_index_of(&a)->removals == 20);
    CHECK(coterie_map_renew(&fresh, &a, "new", 3) == COTERIE_OK);
    uint32_t node = coterie_map_find(coterie_map_index_of(&fresh), bytes, head);
    CHECK(fresh.len == 2 && node != COTERIE_MAP_NONE && coterie_map_index_of(&fresh)->removals == 1);
    CHECK(coterie_map_index_of(&fresh)->nodes[node].present == 1 && !coterie_map_index_of(&fresh)->nodes[node].n_shown);
    check_read(&fresh, key);
    coterie_dotted_free(&a);
    coterie_dotted_free(&b);
    coterie_dotted_free(&fresh);
    coterie_dot_log_free(&log);
}

/* Keys that have other dots in two maps, one of which was the other; or nothing if there is no memory. */
static size_t touched(const coterie_dotted *a, const coterie_dotted *b, uint8_t *firsts) {
    uint8_t *list;
    size_t size, n = 0;
    for (long left = 0;; left++) {
        allowed = left;
        coterie_status status = coterie_map_list_touched(a, b, &list, &size);
        allowed = -1;
        if (status == COTERIE_OK) break;
    }
    for (size_t at = 0; at < size; at += 4 + coterie_load32(list + at)) firsts[n++] = list[at + 4];
    free(list);
    return n;
}

static void check_touched(void) {
    coterie_dotted dotted, before;
    coterie_dot_log log = {0};
    uint8_t path[64], firsts[4];
    size_t a, b;
    begin(&dotted);
    CHECK(coterie_dotted_place(&dotted, "a", 1, &a) == COTERIE_OK);
    for (size_t i = 0; i < PATHS; i++)
        CHECK(coterie_map_count(&dotted, a, path, write_path(path, i, COTERIE_MAP_COUNTER), UINT64_MAX, 0, 1, &log) == COTERIE_OK);
    CHECK(coterie_dotted_copy(&before, &dotted) == COTERIE_OK);
    CHECK_EQUAL(touched(&dotted, &before, firsts) + touched(&before, &dotted, firsts), 0);
    CHECK(coterie_dotted_place(&dotted, "b", 1, &b) == COTERIE_OK);
    for (int i = 0; i < 2; i++)
        CHECK(coterie_map_count(&dotted, b, path, write_path(path, 2, COTERIE_MAP_COUNTER), UINT64_MAX, 0, 1, &log) == COTERIE_OK);
    CHECK(touched(&dotted, &before, firsts) == 1 && firsts[0] == COTERIE_ELEMENT_NONE);
    uint32_t key = coterie_map_find_key(coterie_map_index_of(&dotted), COTERIE_MAP_ROOT, (const uint8_t *)"\4a", 2);
    CHECK(key != COTERIE_MAP_NONE && coterie_map_delete(&dotted, key, &log) == COTERIE_OK);
    CHECK(touched(&before, &dotted, firsts) == 1 && firsts[0] == COTERIE_ELEMENT_STR);
    coterie_dotted_free(&dotted);
    coterie_dotted_free(&before);
    coterie_dot_log_free(&log);
}

int main(void) {
    uint64_t state = 1;
    for (int turn = 0; turn < 40; turn++) {
        coterie_dotted dotted, fresh;
        coterie_dot_log log = {0};
        model model = {{0}, {0}, {0}}, after;
        size_t places[2];
        coterie_dotted_begin(&dotted, key);
        CHECK(coterie_map_follow(&dotted) == COTERIE_OK);
        CHECK(coterie_dotted_place(&dotted, "a", 1, &places[0]) == COTERIE_OK && coterie_dotted_place(&dotted, "b", 1, &places[1]) == COTERIE_OK);
        for (int step = 0; step < 60; step++) {
            change c = {random_below(&state, step % 8 ? 3 : 5), random_below(&state, PATHS), random_below(&state, 2),
                        random_below(&state, 5), random_below(&state, 3)};
            for (long left = 0;; left++) {
                coterie_dotted before;
                CHECK(coterie_dotted_copy(&before, &dotted) == COTERIE_OK);
                after = model;
                allowed = left;
                coterie_status status = make(&dotted, &c, &log, &after);
                allowed = -1;
                if (status != COTERIE_OK) CHECK(have_equal_bytes(&before, &dotted));
                coterie_dotted_free(&before);
                if (status != COTERIE_OK) continue;
                model = after;
                break;
            }
            check_model(&dotted, &model);
        }
        check_read(&dotted, key);
        for (long left = 0;; left++) {
            coterie_dotted_begin(&fresh, key);
            CHECK(coterie_map_follow(&fresh) == COTERIE_OK);
            allowed = left;
            coterie_status status = coterie_map_renew(&fresh, &dotted, "new", 3);
            allowed = -1;
            if (status == COTERIE_OK) break;
            coterie_dotted_free(&fresh);
        }
        check_model(&fresh, &model);
        CHECK(coterie_map_index_of(&fresh)->removals == 0 && fresh.len == fresh.strings.len);
        check_writers(&fresh, &dotted);
        check_read(&fresh, key);
        coterie_dotted_free(&fresh);
        for (size_t i = 0; i < dotted.ids.n; i++) { /* by one that has written */
            begin(&fresh);
            CHECK(coterie_map_renew(&fresh, &dotted, coterie_replica_id(&dotted.ids, i), dotted.ids.each[i].len) == COTERIE_OK);
            check_model(&fresh, &model);
            check_read(&fresh, key);
            coterie_dotted_free(&fresh);
        }
        coterie_dotted_free(&dotted);
        coterie_dot_log_free(&log);
    }
    check_large_sums();
    check_hidden();
    check_touched();
    return check_report();
}
