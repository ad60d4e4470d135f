/* The table against an array: strings come and go, in tables that grow, are copied, and find no memory. */
#include "coterie/crdts/table.h"

#include "check.h"
#include "starve.h"

enum { STRINGS = 3000, MOST = 40 };

/* The i-th string: of any length, some in each other's beginning, some of which have equal hashes. */
static size_t string_of(size_t i, char *out) {
    memset(out, 'x', MOST);
    if (i < 30) return i;
    return (size_t)sprintf(out, "%s%zu%s", i % 7 ? "" : "a longer string ", i, i % 3 ? "" : " and more");
}

static uint32_t hash_of(const coterie_table *table, size_t i, const char *string, size_t len) {
    return i % 5 ? coterie_table_hash(table, string, len) : (uint32_t)(i % 64);
}

static uint32_t find(const coterie_table *table, size_t i) {
    char string[MOST + 32];
    size_t len = string_of(i, string);
    return coterie_table_find(table, hash_of(table, i, string, len), string, len);
}

static void check_all(const coterie_table *table, const uint32_t *numbers) {
    char string[MOST + 32];
    size_t len = 0;
    for (size_t i = 0; i < STRINGS; i++) {
        CHECK_EQUAL(find(table, i), numbers[i]);
        if (numbers[i] == COTERIE_NO_STRING) continue;
        size_t size = string_of(i, string);
        CHECK(table->each[numbers[i]].len == size && !memcmp(coterie_table_bytes(table, numbers[i]), string, size));
        len++;
    }
    CHECK_EQUAL(table->len, len);
    CHECK(table->n <= STRINGS);
}

static coterie_status add(coterie_table *table, size_t i, uint32_t *number) {
    char string[MOST + 32];
    size_t len = string_of(i, string);
    return coterie_table_add(table, hash_of(table, i, string, len), string, len, number);
}

/* Each stands behind the one before it. */
static void check_order(const coterie_table *table) {
    static uint32_t order[STRINGS];
    allowed = 0;
    CHECK(coterie_table_sort(table, order) == COTERIE_NO_MEMORY);
    allowed = -1;
    CHECK(coterie_table_sort(table, order) == COTERIE_OK);
    for (size_t i = 1; i < table->len; i++) {
        const coterie_string *a = &table->each[order[i - 1]], *b = &table->each[order[i]];
        uint32_t less = a->len < b->len ? a->len : b->len;
        int first = less ? memcmp(coterie_table_bytes(table, order[i - 1]), coterie_table_bytes(table, order[i]), less) : 0;
        CHECK(first < 0 || (first == 0 && a->len < b->len));
    }
}

/* Bytes of strings that went are given back if they are many, unless memory is refused. */
static void check_tidy(void) {
    static char string[10000];
    coterie_table table = {.key = {3, 4}};
    uint32_t numbers[20];
    for (size_t i = 0; i < 20; i++) {
        string[0] = (char)i;
        CHECK(coterie_table_add(&table, (uint32_t)i, string, i % 2 ? sizeof string : 1, &numbers[i]) == COTERIE_OK);
    }
    coterie_table_tidy(&table);
    CHECK(table.used == table.live && table.bytes_room > 10 * sizeof string);
    for (size_t i = 1; i < 20; i += 2) coterie_table_remove(&table, numbers[i]);
    allowed = 0;
    coterie_table_tidy(&table);
    allowed = -1;
    CHECK(table.bytes_room > 10 * sizeof string);
    coterie_table_tidy(&table);
    CHECK_EQUAL(table.bytes_room, 11);
    for (size_t i = 0; i < 20; i++) {
        string[0] = (char)i;
        CHECK_EQUAL(coterie_table_find(&table, (uint32_t)i, string, i % 2 ? sizeof string : 1), i % 2 ? COTERIE_NO_STRING : numbers[i]);
    }
    for (size_t i = 0; i < 20; i += 2) coterie_table_remove(&table, numbers[i]);
    CHECK(coterie_table_add(&table, 5, string, sizeof string, &numbers[0]) == COTERIE_OK);
    coterie_table_remove(&table, numbers[0]);
    coterie_table_tidy(&table);
    CHECK_EQUAL(table.bytes_room, 1); /* also of one that is empty */
    CHECK(coterie_table_add(&table, 5, string, 9, &numbers[0]) == COTERIE_OK);
    CHECK(!memcmp(coterie_table_bytes(&table, numbers[0]), string, 9));
    coterie_table_free(&table);
}

int main(void) {
    check_tidy();
    static uint32_t numbers[STRINGS];
    coterie_table table = {.key = {3, 4}}, copy;
    uint64_t state = 1;
    for (size_t i = 0; i < STRINGS; i++) numbers[i] = COTERIE_NO_STRING;
    check_all(&table, numbers);
    for (int turn = 0; turn < 60; turn++) {
        uint32_t among = turn % 3 ? STRINGS : 40, more = turn % 2 ? 3 : 1;
        for (uint32_t n = random_below(&state, 2000); n; n--) {
            size_t i = random_below(&state, among);
            if (numbers[i] != COTERIE_NO_STRING) {
                if (random_below(&state, more) == 0) {
                    coterie_table_remove(&table, numbers[i]);
                    numbers[i] = COTERIE_NO_STRING;
                }
                continue;
            }
            if (random_below(&state, 50) == 0) { /* without memory nothing changes */
                uint32_t number;
                allowed = 0;
                coterie_status status = add(&table, i, &number);
                allowed = -1;
                CHECK(status == COTERIE_OK || (status == COTERIE_NO_MEMORY && find(&table, i) == COTERIE_NO_STRING));
                if (status == COTERIE_OK) coterie_table_remove(&table, number);
            }
            CHECK(add(&table, i, &numbers[i]) == COTERIE_OK);
        }
        check_all(&table, numbers);
        check_order(&table);
        for (long left = 0; left < 3; left++) {
            allowed = left;
            CHECK(coterie_table_copy(&copy, &table) == COTERIE_NO_MEMORY);
            allowed = -1;
        }
        CHECK(coterie_table_copy(&copy, &table) == COTERIE_OK);
        CHECK(coterie_table_memory(&copy) <= coterie_table_memory(&table));
        if (turn % 2) { /* go on with the copy */
            coterie_table_free(&table);
            table = copy;
        } else {
            coterie_table_free(&copy);
        }
        check_all(&table, numbers);
    }
    for (size_t i = 0; i < STRINGS; i++)
        if (numbers[i] != COTERIE_NO_STRING) coterie_table_remove(&table, numbers[i]), numbers[i] = COTERIE_NO_STRING;
    check_all(&table, numbers);
    CHECK_EQUAL(table.used, 0);
    coterie_table_free(&table);
    return check_report();
}
