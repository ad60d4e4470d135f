/* The table of ids against an array: ids come in any order and come again, in tables that grow, are copied, and find no memory. */
#include "coterie/crdts/replicas.h"

#include "check.h"
#include "starve.h"

enum { IDS = 300, MOST = 2 * COTERIE_REPLICA_MOST };

static const coterie_replicas EMPTY = {.key = {5, 6}};

/* The i-th id: some are the beginning of others. */
static size_t id_of(size_t i, uint8_t *id) {
    size_t len = 1 + i % MOST;
    memset(id, 'x', len);
    if (i >= MOST) id[len - 1] = 'y', id[len / 2] = (uint8_t)(i / MOST);
    return len;
}

/* Places are given in the order in which ids come, and stay. */
static void check_all(const coterie_replicas *replicas, const size_t *places, size_t n) {
    uint8_t id[MOST];
    CHECK_EQUAL(replicas->n, n);
    for (size_t i = 0; i < IDS; i++) {
        size_t len = id_of(i, id);
        CHECK_EQUAL(coterie_replicas_find(replicas, id, len), places[i]);
        if (places[i] == COTERIE_NOWHERE) continue;
        CHECK(replicas->each[places[i]].len == len && !memcmp(coterie_replica_id(replicas, places[i]), id, len));
    }
}

/* Also right after another one: of the last one the place is known already. */
static void add(coterie_replicas *replicas, size_t *places, size_t *n, size_t i) {
    uint8_t id[MOST];
    size_t len = id_of(i, id), place;
    coterie_status status = COTERIE_NO_MEMORY;
    for (long left = 0; status != COTERIE_OK && left < 9; left++) { /* without memory nothing changes */
        allowed = left;
        status = coterie_replicas_add(replicas, id, len, &place);
        allowed = -1;
        if (status != COTERIE_OK) check_all(replicas, places, *n);
    }
    CHECK(status == COTERIE_OK);
    if (places[i] == COTERIE_NOWHERE) places[i] = (*n)++;
    CHECK_EQUAL(place, places[i]);
}

int main(void) {
    uint64_t state = 1;
    for (int turn = 0; turn < 20; turn++) {
        coterie_replicas replicas = EMPTY, copy;
        size_t places[IDS], n = 0;
        uint32_t among = turn % 2 ? IDS : COTERIE_REPLICAS_FEW + 2;
        for (size_t i = 0; i < IDS; i++) places[i] = COTERIE_NOWHERE;
        for (int step = 0; step < 400; step++) {
            size_t i = random_below(&state, among);
            for (uint32_t times = 1 + random_below(&state, 3); times; times--) add(&replicas, places, &n, i);
            if (random_below(&state, 100)) continue;
            allowed = random_below(&state, 2);
            CHECK(coterie_replicas_copy(&copy, &replicas) == COTERIE_NO_MEMORY);
            allowed = -1;
            CHECK(coterie_replicas_copy(&copy, &replicas) == COTERIE_OK);
            CHECK(coterie_replicas_memory(&copy) <= coterie_replicas_memory(&replicas));
            coterie_replicas_free(&replicas);
            replicas = copy;
            check_all(&replicas, places, n);
        }
        check_all(&replicas, places, n);
        coterie_replicas_free(&replicas);
    }
    return check_report();
}
