/* The index of a map's strings against a list of them: strings of few keys and kinds, in maps within maps, come and go with their
 * dots, in states that are copied, that join, and that find no memory. After each step all nodes are compared. */
#include "coterie/crdts/map_index.h"

#include "check.h"
#include "coterie/crdts/elements.h"
#include "starve.h"

enum { STRINGS = 400, MOST = 64, DEPTH = 3, KEYS = 3 };

typedef struct {
    uint8_t bytes[MOST];
    size_t len;
    size_t heads[DEPTH + 1], n_heads; /* where each of its paths ends */
    int hides;                        /* it is a removal */
} sample;
static sample samples[STRINGS];

static size_t write_key(uint8_t *out, size_t key) {
    static const uint8_t keys[KEYS][4] = {{2, 4, 'a'}, {1, 0}, {2, 4, 'b'}};
    size_t len = keys[key][0] + 1u;
    memcpy(out, keys[key], len);
    return len;
}

/* Strings that differ. */
static void make_samples(uint64_t *state) {
    for (size_t i = 0; i < STRINGS; i++) {
        sample *s = &samples[i];
        int again = 0;
        memset(s, 0, sizeof *s);
        for (;;) {
            unsigned kind = s->n_heads < DEPTH && random_below(state, 3) == 0 ? COTERIE_MAP_MAP : random_below(state, COTERIE_MAP_MAP);
            s->len += write_key(s->bytes + s->len, random_below(state, KEYS));
            s->bytes[s->len++] = (uint8_t)kind;
            s->heads[s->n_heads++] = s->len;
            if (kind == COTERIE_MAP_MAP) continue;
            uint8_t *at = s->bytes + s->len;
            if (kind == COTERIE_MAP_RW_SET) *at = (uint8_t)random_below(state, 2), s->hides = !*at++;
            if (kind == COTERIE_MAP_LWW) at[7] = (uint8_t)(1 + random_below(state, 3)), at += 8;
            if (kind == COTERIE_MAP_COUNTER) at = coterie_element_int(at, (int)random_below(state, 2), 1 + random_below(state, 5));
            else if (kind < COTERIE_MAP_FLAG) *at++ = 4, *at++ = (uint8_t)('a' + random_below(state, 4));
            s->len = (size_t)(at - s->bytes);
            break;
        }
        CHECK(coterie_map_string_check(s->bytes, s->len));
        for (size_t k = 0; k < i && !again; k++) again = samples[k].len == s->len && !memcmp(samples[k].bytes, s->bytes, s->len);
        if (again) i--;
    }
}

static uint32_t number_of(const coterie_dotted *dotted, const uint8_t *bytes, size_t len) {
    return coterie_table_find(&dotted->strings, coterie_table_hash(&dotted->strings, bytes, len), bytes, len);
}
static int is_there(const coterie_dotted *dotted, const sample *s) { return number_of(dotted, s->bytes, s->len) != COTERIE_NO_STRING; }

static int is_shown(const coterie_dotted *dotted, const sample *s) {
    sample other = *s;
    size_t head = s->heads[s->n_heads - 1];
    if (!is_there(dotted, s) || s->hides) return 0;
    if (s->bytes[head - 1] != COTERIE_MAP_RW_SET) return 1;
    other.bytes[head] = 0;
    return !is_there(dotted, &other);
}

static int begins_as(const sample *s, const sample *path, size_t head) {
    return s->len >= head && !memcmp(s->bytes, path->bytes, head);
}

/* The node of the path of a sample that ends there, against all samples. */
static void check_node(const coterie_dotted *dotted, const sample *path, size_t head, unsigned kind) {
    const coterie_map_index *index = coterie_map_index_of(dotted);
    uint32_t node = coterie_map_find(index, path->bytes, head);
    size_t all = 0, present = 0, shown = 0, removals = 0, listed = 0;
    for (size_t i = 0; i < STRINGS; i++) {
        if (!begins_as(&samples[i], path, head) || !is_there(dotted, &samples[i])) continue;
        all++, present += !samples[i].hides, shown += (size_t)is_shown(dotted, &samples[i]), removals += (size_t)samples[i].hides;
    }
    CHECK_EQUAL(node != COTERIE_MAP_NONE, all > 0 || !head);
    if (node == COTERIE_MAP_NONE) return;
    const coterie_map_node *at = &index->nodes[node];
    CHECK(at->kind == kind && at->head == head);
    CHECK_EQUAL(at->present > 0, present > 0);
    if (!head) CHECK_EQUAL(index->removals, removals);
    if (kind != COTERIE_MAP_MAP) CHECK(at->len == all && at->n_shown == shown && at->present == present);
    for (uint32_t member = COTERIE_MAP_NONE; (member = coterie_map_next(index, node, member)) != COTERIE_MAP_NONE; listed++) {
        size_t len;
        const uint8_t *rest = coterie_map_rest(dotted, node, member, &len);
        if (kind == COTERIE_MAP_MAP) {
            CHECK(coterie_map_find_key(index, node, rest, len) == member && coterie_map_kinds(index, member));
        } else {
            const coterie_string *string = &dotted->strings.each[member];
            size_t before = head + (kind == COTERIE_MAP_RW_SET);
            CHECK(string->len == before + len && !memcmp(coterie_table_bytes(&dotted->strings, member), path->bytes, head));
            CHECK(rest == coterie_table_bytes(&dotted->strings, member) + before);
        }
    }
    CHECK_EQUAL(listed, at->n_shown);
    CHECK(listed || !at->content);
    for (size_t key = 0; key < KEYS && kind == COTERIE_MAP_MAP; key++) { /* each key that it may have */
        sample longer = *path;
        size_t len = write_key(longer.bytes + head, key);
        unsigned kinds = 0;
        for (size_t i = 0; i < STRINGS; i++)
            if (begins_as(&samples[i], &longer, head + len) && is_there(dotted, &samples[i]) && !samples[i].hides)
                kinds |= 1u << samples[i].bytes[head + len];
        uint32_t number = coterie_map_find_key(index, node, longer.bytes + head + 1, len - 1);
        CHECK_EQUAL(number == COTERIE_MAP_NONE ? 0 : coterie_map_kinds(index, number), kinds);
        CHECK(number == COTERIE_MAP_NONE || index->each_key[number].node != COTERIE_MAP_NONE);
        listed -= kinds != 0;
    }
    if (kind == COTERIE_MAP_MAP) CHECK_EQUAL(listed, 0);
}

static void check_all(const coterie_dotted *dotted) {
    static const sample root = {{0}, 0, {0}, 0, 0};
    check_node(dotted, &root, 0, COTERIE_MAP_MAP);
    for (size_t i = 0; i < STRINGS; i++)
        for (size_t k = 0; k < samples[i].n_heads; k++)
            check_node(dotted, &samples[i], samples[i].heads[k], samples[i].bytes[samples[i].heads[k] - 1]);
}

static coterie_status put(coterie_dotted *dotted, uint64_t counter, size_t i) {
    const sample *s = &samples[i];
    uint32_t record;
    return coterie_dotted_put(dotted, 0, counter, coterie_table_hash(&dotted->strings, s->bytes, s->len), s->bytes, s->len, &record);
}

int main(void) {
    static const uint64_t key[2] = {5, 6};
    enum { DOTS = 1000 };
    coterie_dotted dotted, copy;
    uint64_t state = 1;
    size_t place;
    make_samples(&state);
    for (long left = 0; left < 2; left++) {
        coterie_dotted_begin(&dotted, key);
        allowed = left;
        CHECK(coterie_map_follow(&dotted) == COTERIE_NO_MEMORY && !dotted.follows);
        allowed = -1;
    }
    CHECK(coterie_map_follow(&dotted) == COTERIE_OK);
    check_all(&dotted);
    CHECK(coterie_dotted_place(&dotted, "a", 1, &place) == COTERIE_OK);
    for (int turn = 0; turn < 120; turn++) {
        uint32_t among = turn % 3 ? STRINGS : 20, more = turn % 2 ? 4 : 2;
        for (uint32_t n = random_below(&state, 300); n; n--) {
            size_t dot = random_below(&state, DOTS), i = random_below(&state, among);
            uint32_t *record = coterie_live_find(&dotted.live[0], dot + 1);
            long tries = random_below(&state, 20) ? -1 : 0;
            coterie_status status;
            if (record && random_below(&state, more)) {
                coterie_dotted_drop(&dotted, *record);
                continue;
            }
            do {
                size_t before = dotted.strings.len;
                allowed = tries < 0 ? -1 : tries++;
                if (record) {
                    status = coterie_dotted_turn(&dotted, *record, coterie_table_hash(&dotted.strings, samples[i].bytes, samples[i].len),
                                                 samples[i].bytes, samples[i].len);
                } else {
                    status = put(&dotted, dot + 1, i);
                }
                allowed = -1;
                CHECK(status == COTERIE_OK || dotted.strings.len == before);
            } while (status != COTERIE_OK);
            record = coterie_live_find(&dotted.live[0], dot + 1);
            CHECK_EQUAL(dotted.records[*record].string, number_of(&dotted, samples[i].bytes, samples[i].len));
        }
        check_all(&dotted);
        for (size_t dot = 0; dot < DOTS && turn % 8 == 0; dot++) {
            uint32_t *record = coterie_live_find(&dotted.live[0], dot + 1);
            if (record && random_below(&state, 20)) coterie_dotted_drop(&dotted, *record);
        }
        uint64_t content = coterie_map_index_of(&dotted)->nodes[COTERIE_MAP_ROOT].content;
        coterie_dotted_tidy(&dotted);
        CHECK_EQUAL(coterie_map_index_of(&dotted)->nodes[COTERIE_MAP_ROOT].content, content);
        check_all(&dotted);
        long left = 0;
        do {
            allowed = left++;
            coterie_status status = coterie_dotted_copy(&copy, &dotted);
            allowed = -1;
            if (status == COTERIE_OK) break;
        } while (left < 100);
        CHECK(left > 10 && left < 100);
        CHECK(coterie_dotted_memory(&copy) <= coterie_dotted_memory(&dotted));
        if (turn % 2) {
            coterie_dotted_free(&dotted);
            dotted = copy;
        } else {
            coterie_dotted_free(&copy);
        }
        check_all(&dotted);
    }
    for (size_t dot = 0; dot < DOTS; dot++) {
        uint32_t *record = coterie_live_find(&dotted.live[0], dot + 1);
        if (record) coterie_dotted_drop(&dotted, *record);
    }
    coterie_dotted_tidy(&dotted);
    check_all(&dotted);
    CHECK_EQUAL(coterie_map_index_of(&dotted)->keys.len, 0);
    CHECK_EQUAL(coterie_map_index_of(&dotted)->nodes[COTERIE_MAP_ROOT].len, 0);
    coterie_dotted_free(&dotted);
    return check_report();
}
