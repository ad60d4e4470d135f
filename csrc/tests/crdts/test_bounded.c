/* Counters with a bound against arrays: rights and values, joins, orders and differences of any two, renewals, their bytes, and what
 * happens without memory. */
#include "coterie/crdts/bounded.h"

#include "check.h"
#include "coterie/clocks/dense.h"
#include "starve.h"

enum { IDS = 7 };

typedef struct model {
    int64_t bound;
    uint64_t grants[IDS][IDS], spent[IDS];
} model;

typedef struct {
    uint64_t low, high;
} wide;

static const uint64_t KEY[2] = {3, 4};

static void add(wide *sum, uint64_t x) {
    sum->low += x;
    sum->high += sum->low < x;
}
static int less(wide a, wide b) { return a.high != b.high ? a.high < b.high : a.low < b.low; }
static wide minus(wide a, wide b) { return (wide){a.low - b.low, a.high - b.high - (a.low < b.low)}; }

/* Some begin with others; one is as long as an id may be. */
static size_t id_of(size_t i, char *id) {
    if (i < 6) return (size_t)sprintf(id, "%s%zu", i % 2 ? "replica" : "r", i / 2);
    memset(id, 'x', COTERIE_REPLICA_MOST);
    return COTERIE_REPLICA_MOST;
}

static void grant(coterie_bounded *bounded, model *model, size_t from, size_t to, uint64_t count) {
    char a[COTERIE_REPLICA_MOST + 1], b[COTERIE_REPLICA_MOST + 1];
    uint8_t pair[COTERIE_PAIR_MOST];
    size_t a_len = id_of(from, a), b_len = id_of(to, b), place;
    CHECK(coterie_counts_place(&bounded->grants, pair, coterie_pair(a, a_len, b, b_len, pair), &place) == COTERIE_OK);
    *coterie_count(&bounded->grants, 0, place) = model->grants[from][to] = count;
}
static void spend(coterie_bounded *bounded, model *model, size_t i, uint64_t count) {
    char id[COTERIE_REPLICA_MOST + 1];
    size_t place;
    CHECK(coterie_counts_place(&bounded->spent, id, id_of(i, id), &place) == COTERIE_OK);
    *coterie_count(&bounded->spent, 0, place) = model->spent[i] = count;
}

static void rights_of(const model *model, size_t i, wide *got, wide *gone) {
    *got = *gone = (wide){0, 0};
    add(gone, model->spent[i]);
    for (size_t k = 0; k < IDS; k++) {
        add(got, model->grants[k][i]);
        if (k != i) add(gone, model->grants[i][k]);
    }
}

/* What replicas do that keep to their rights; or anything. */
static void fill(coterie_bounded *bounded, model *model, int64_t bound, int honest, uint64_t *state) {
    coterie_bounded_begin(bounded, bound, KEY);
    *model = (struct model){.bound = bound};
    for (uint32_t n = random_below(state, 30); n; n--) {
        size_t i = random_below(state, IDS), to = random_below(state, IDS);
        uint64_t more = honest ? random_below(state, 20) : random64(state) >> random_below(state, 64);
        wide got, gone;
        rights_of(model, i, &got, &gone);
        int may = !honest || (!less(got, gone) && !less(minus(got, gone), (wide){more, 0}));
        switch (random_below(state, 3)) {
        case 0: grant(bounded, model, i, i, honest ? model->grants[i][i] + more : more); break;
        case 1:
            if (may && i != to) grant(bounded, model, i, to, honest ? model->grants[i][to] + more : more);
            break;
        default:
            if (may) spend(bounded, model, i, honest ? model->spent[i] + more : more);
        }
    }
}

static size_t replicas_of(const model *model) {
    size_t n = 0;
    for (size_t i = 0; i < IDS; i++) {
        wide got, gone;
        rights_of(model, i, &got, &gone);
        n += got.low || got.high || gone.low || gone.high;
    }
    return n;
}

static void check_same(const coterie_bounded *bounded, const model *model) {
    char id[COTERIE_REPLICA_MOST + 1];
    uint64_t a[2], b[2];
    wide got, gone, added = {0, 0}, taken = {0, 0};
    for (size_t i = 0; i < IDS; i++) {
        rights_of(model, i, &got, &gone);
        coterie_bounded_rights(bounded, id, id_of(i, id), a, b);
        CHECK(a[0] == got.low && a[1] == got.high && b[0] == gone.low && b[1] == gone.high);
        add(&added, model->grants[i][i]);
        add(&taken, model->spent[i]);
    }
    coterie_bounded_rights(bounded, "nobody", 6, a, b);
    CHECK(!a[0] && !a[1] && !b[0] && !b[1]);
    coterie_bounded_value(bounded, a, b);
    CHECK(a[0] == added.low && a[1] == added.high && b[0] == taken.low && b[1] == taken.high);
    CHECK(bounded->bound == model->bound);
    CHECK_EQUAL(coterie_bounded_replicas(bounded), replicas_of(model)); /* not those whose counters are 0 */
}

static size_t written(const coterie_bounded *bounded, uint8_t **bytes) {
    size_t room = coterie_bounded_size(bounded), size;
    uint8_t *end = NULL, *out = malloc(room);
    CHECK(coterie_bounded_write(bounded, out, &end) == COTERIE_OK);
    size = (size_t)(end - out);
    CHECK(size <= room);
    *bytes = malloc(size); /* exactly as many, so that sanitizers see what is read beyond them */
    memcpy(*bytes, out, size);
    free(out);
    return size;
}

/* Whether bytes are read to their end; what is read is written the same. */
static int reads(const uint8_t *bytes, size_t size, coterie_bounded *again) {
    coterie_status status;
    coterie_bounded_begin(again, 0, KEY);
    const uint8_t *end = coterie_bounded_read(again, bytes, bytes + size, &status);
    CHECK(status == COTERIE_OK);
    if (end) {
        uint8_t *other;
        size_t len = written(again, &other);
        CHECK(len == (size_t)(end - bytes) && !memcmp(bytes, other, len));
        free(other);
    }
    return end == bytes + size;
}

static void check_bytes(const coterie_bounded *bounded, const model *model, int damaged) {
    uint8_t *bytes;
    coterie_bounded again;
    size_t size = written(bounded, &bytes);
    CHECK(reads(bytes, size, &again));
    check_same(&again, model);
    coterie_bounded_free(&again);
    for (size_t less = 0; damaged && less < size; less++) {
        uint8_t *cut = malloc(less + 1);
        memcpy(cut, bytes, less);
        CHECK(!reads(cut, less, &again));
        coterie_bounded_free(&again);
        free(cut);
    }
    for (size_t bit = 0; damaged && bit < 8 * size; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        reads(bytes, size, &again);
        coterie_bounded_free(&again);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    free(bytes);
}

static uint64_t greater(uint64_t a, uint64_t b) { return a > b ? a : b; }

static model joined(const model *x, const model *y) {
    model both = {.bound = x->bound};
    for (size_t i = 0; i < IDS; i++) {
        both.spent[i] = greater(x->spent[i], y->spent[i]);
        for (size_t k = 0; k < IDS; k++) both.grants[i][k] = greater(x->grants[i][k], y->grants[i][k]);
    }
    return both;
}

/* What only x has more of. */
static model beyond(const model *x, const model *y) {
    model more = {.bound = x->bound};
    for (size_t i = 0; i < IDS; i++) {
        if (x->spent[i] > y->spent[i]) more.spent[i] = x->spent[i];
        for (size_t k = 0; k < IDS; k++)
            if (x->grants[i][k] > y->grants[i][k]) more.grants[i][k] = x->grants[i][k];
    }
    return more;
}

/* What an id itself wrote. */
static int wrote(const model *model, size_t i) {
    uint64_t any = model->spent[i];
    for (size_t k = 0; k < IDS; k++) any |= model->grants[i][k];
    return any != 0;
}
static int is_empty(const model *model) {
    int any = 0;
    for (size_t i = 0; i < IDS; i++) any |= wrote(model, i);
    return !any;
}

static void check_two(const coterie_bounded *a, const model *x, const coterie_bounded *b, const model *y) {
    char id[COTERIE_REPLICA_MOST + 1];
    model both = joined(x, y), more = beyond(x, y), less = beyond(y, x);
    coterie_bounded out;
    int relation = -1, expected = (is_empty(&more) ? 0 : COTERIE_AFTER) | (is_empty(&less) ? 0 : COTERIE_BEFORE);
    CHECK(coterie_bounded_relation(a, b, &relation) == COTERIE_OK && relation == expected);
    EACH_LEVEL(level) {
        CHECK(coterie_bounded_copy(&out, a) == COTERIE_OK);
        CHECK(coterie_bounded_join(&out, b, level) == COTERIE_OK);
        check_same(&out, &both);
        coterie_bounded_free(&out);
    }
    coterie_bounded_begin(&out, x->bound, KEY);
    CHECK(coterie_bounded_more(&out, a, b) == COTERIE_OK);
    check_same(&out, &more);
    coterie_bounded_free(&out);
    for (size_t i = 0; i < IDS; i++) CHECK_EQUAL(coterie_bounded_exceeds(a, b, id, id_of(i, id)), wrote(&more, i));
    check_same(a, x);
    check_same(b, y);
}

/* By a new id, or by one that is there: all keep their rights, and the value is the same. */
static void check_renewed(const coterie_bounded *bounded, const model *model, size_t by) {
    char id[COTERIE_REPLICA_MOST + 1];
    size_t len = by < IDS ? id_of(by, id) : (size_t)sprintf(id, "another");
    coterie_bounded fresh;
    wide got, gone, total = {0, 0};
    uint64_t a[2], b[2];
    coterie_status expected;
    int lacks = 0, large = 0;
    for (size_t i = 0; i < IDS; i++) {
        rights_of(model, i, &got, &gone);
        if (less(got, gone)) lacks = 1;
        else if (minus(got, gone).high) large = 1;
        add(&total, minus(got, gone).low);
    }
    expected = lacks ? COTERIE_LACKING : large || total.high ? COTERIE_STOPPED : COTERIE_OK;
    coterie_bounded_begin(&fresh, model->bound, KEY);
    CHECK_EQUAL(coterie_bounded_renew(&fresh, bounded, id, len), expected);
    for (size_t i = 0; expected == COTERIE_OK && i < IDS; i++) {
        char other[COTERIE_REPLICA_MOST + 1];
        rights_of(model, i, &got, &gone);
        coterie_bounded_rights(&fresh, other, id_of(i, other), a, b);
        CHECK(!a[1] && !b[1] && a[0] - b[0] == minus(got, gone).low);
    }
    coterie_bounded_value(&fresh, a, b);
    if (expected == COTERIE_OK) CHECK(a[0] == total.low && !a[1] && !b[0] && !b[1]);
    coterie_bounded_free(&fresh);
}

/* Each of these fails as often as it asks for memory, and leaves what is there as it was. */
static void check_no_memory(const coterie_bounded *a, const model *x, const coterie_bounded *b, const model *y) {
    uint8_t *bytes, *end;
    size_t size = written(a, &bytes);
    model both = joined(x, y);
    for (int what = 0; what < 7; what++)
        for (int failures = 0;; failures++) {
            coterie_bounded out;
            coterie_status status;
            int relation, copied = what < 3;
            if (copied) CHECK(coterie_bounded_copy(&out, a) == COTERIE_OK);
            else coterie_bounded_begin(&out, x->bound, KEY);
            allowed = failures;
            switch (what) {
            case 0: status = coterie_bounded_join(&out, b, COTERIE_BASELINE); break;
            case 1: status = coterie_bounded_relation(&out, b, &relation); break;
            case 2: status = coterie_bounded_write(&out, bytes, &end); break;
            case 3: status = coterie_bounded_more(&out, a, b); break;
            case 4: status = coterie_bounded_renew(&out, a, "another", 7); break;
            case 5: coterie_bounded_read(&out, bytes, bytes + size, &status); break;
            default: status = coterie_bounded_copy(&out, a);
            }
            allowed = -1;
            CHECK(status == COTERIE_OK || status == COTERIE_NO_MEMORY ||
                  (what == 4 && (status == COTERIE_STOPPED || status == COTERIE_LACKING)));
            if (copied) check_same(&out, what == 0 && status == COTERIE_OK ? &both : x);
            if (what < 6 || status == COTERIE_OK) coterie_bounded_free(&out);
            if (status != COTERIE_NO_MEMORY) break;
        }
    free(bytes);
}

/* Two that hand over all: more than one replica can have made. */
static void check_too_many(void) {
    coterie_bounded bounded;
    model model = {0};
    coterie_bounded_begin(&bounded, 0, KEY);
    grant(&bounded, &model, 0, 0, UINT64_MAX);
    check_renewed(&bounded, &model, IDS);
    grant(&bounded, &model, 1, 1, UINT64_MAX);
    check_renewed(&bounded, &model, IDS);
    grant(&bounded, &model, 1, 0, UINT64_MAX);
    check_renewed(&bounded, &model, IDS);
    spend(&bounded, &model, 0, UINT64_MAX);
    check_renewed(&bounded, &model, IDS);
    check_renewed(&bounded, &model, 1);
    coterie_bounded_free(&bounded);
}

/* Pairs whose ids are not both of 1 to 64 bytes. */
static void check_pairs(void) {
    for (size_t from = 0; from < 70; from++)
        for (size_t len = 1; len <= COTERIE_PAIR_MOST + 1; len++) {
            uint8_t pair[COTERIE_PAIR_MOST + 1] = {(uint8_t)from}, *bytes;
            coterie_bounded bounded, again;
            size_t place;
            int good = from >= 1 && from <= 64 && len >= from + 2 && len <= from + 65;
            coterie_bounded_begin(&bounded, 0, KEY);
            CHECK(coterie_counts_place(&bounded.grants, pair, len, &place) == COTERIE_OK);
            *coterie_count(&bounded.grants, 0, place) = 1;
            size_t size = written(&bounded, &bytes);
            CHECK_EQUAL(reads(bytes, size, &again), good);
            coterie_bounded_free(&again);
            coterie_bounded_free(&bounded);
            free(bytes);
        }
}

int main(void) {
    static const int64_t bounds[] = {0, 1, -1, 1000, INT64_MIN, INT64_MAX};
    uint64_t state = 1;
    for (int turn = 0; turn < 600; turn++) {
        coterie_bounded a, b;
        model x, y;
        int64_t bound = bounds[random_below(&state, 6)];
        fill(&a, &x, bound, turn % 3, &state);
        fill(&b, &y, bound, turn % 3, &state);
        check_same(&a, &x);
        check_two(&a, &x, &b, &y);
        check_two(&a, &x, &a, &x);
        check_renewed(&a, &x, random_below(&state, IDS + 1));
        check_bytes(&a, &x, turn % 5 == 0);
        if (turn % 10 == 0) check_no_memory(&a, &x, &b, &y);
        coterie_bounded_free(&a);
        coterie_bounded_free(&b);
    }
    check_too_many();
    check_pairs();
    return check_report();
}
