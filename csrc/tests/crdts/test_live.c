/* Live dots against an array: they come and go in few chunks and many, as lists and as bitmaps, are copied, and find no memory. */
#include "coterie/crdts/live.h"

#include "check.h"
#include "starve.h"

enum { DOTS = 40000 };

/* The i-th counter, ascending: close to each other at first, then far. */
static uint64_t counter_of(size_t i) {
    if (i < DOTS / 2) return 1 + 3 * i;
    return ((uint64_t)1 << 20) + (uint64_t)(i - DOTS / 2) * (i - DOTS / 2) * 700;
}

static void check_all(const coterie_live *live, const uint32_t *numbers) {
    coterie_live_walk walk = {0};
    uint64_t len = 0;
    for (size_t i = 0; i < DOTS; i++) {
        uint32_t *found = coterie_live_find(live, counter_of(i));
        CHECK_EQUAL(found ? *found : 0, numbers[i]);
        CHECK(!coterie_live_find(live, counter_of(i) + 1));
        if (!numbers[i]) continue;
        CHECK(coterie_live_next(live, &walk) && walk.counter == counter_of(i) && walk.number == numbers[i]);
        len++;
    }
    CHECK(!coterie_live_next(live, &walk));
    CHECK_EQUAL(live->len, len);
    size_t empty = 0;
    for (size_t i = 0; i < live->n; i++) {
        const coterie_chunk *chunk = &live->chunks[i];
        coterie_run run = {0};
        CHECK(coterie_live_chunk(live, chunk->base) == chunk && (i == 0 || chunk[-1].base < chunk->base));
        CHECK_EQUAL(coterie_chunk_run(chunk, &run), chunk->len > 0);
        empty += !chunk->len;
        CHECK((chunk->bits ? chunk->len >= COTERIE_CHUNK_MANY : chunk->len <= COTERIE_CHUNK_FEW));
        CHECK(chunk->bits || 4 * chunk->len >= chunk->room || chunk->room <= 16 || chunk->room == COTERIE_CHUNK_FEW);
    }
    CHECK_EQUAL(live->empty, empty);
}

/* A list that could shrink by half only, the counters but not the numbers, grows again. */
static void check_half_shrunk(void) {
    coterie_live live = {0};
    for (uint32_t i = 0; i < 64; i++) CHECK(coterie_live_add(&live, i, i) == COTERIE_OK);
    for (uint32_t i = 63; i >= 8; i--) {
        allowed = 1;
        coterie_live_remove(&live, i);
    }
    allowed = -1;
    for (uint32_t i = 8; i < 64; i++) CHECK(coterie_live_add(&live, i, i) == COTERIE_OK);
    for (uint32_t i = 0; i < 64; i++) CHECK_EQUAL(*coterie_live_find(&live, i), i);
    coterie_live_free(&live);
}

/* Chunks that are made between others all at once, and go, with and without memory. */
static void check_open(void) {
    enum { MANY = 300 };
    coterie_live live = {0};
    uint64_t state = 7, bases[MANY];
    uint8_t has[MANY] = {0};
    for (int turn = 0; turn < 200; turn++) {
        size_t n = 0;
        for (uint64_t base = 0; base < MANY; base++)
            if (random_below(&state, 1 + (uint32_t)turn % 20) == 0) bases[n++] = base;
        allowed = turn % 3 - 1;
        coterie_status status = coterie_live_open(&live, bases, n);
        allowed = -1;
        CHECK(status == COTERIE_OK || (status == COTERIE_NO_MEMORY && turn % 3 == 1));
        for (size_t i = 0; i < n && status == COTERIE_OK; i++) CHECK(coterie_live_chunk(&live, bases[i]) != NULL);
        for (size_t i = 0; i < n; i++) {
            if (has[bases[i]]) coterie_live_remove(&live, bases[i] * COTERIE_CHUNK + 9);
            else CHECK(coterie_live_add(&live, bases[i] * COTERIE_CHUNK + 9, (uint32_t)bases[i]) == COTERIE_OK);
            has[bases[i]] ^= 1;
        }
        coterie_live_walk walk = {0};
        for (uint64_t base = 0; base < MANY; base++) {
            uint32_t *found = coterie_live_find(&live, base * COTERIE_CHUNK + 9);
            CHECK_EQUAL(found ? *found + 1 : 0, has[base] ? base + 1 : 0);
            CHECK(!coterie_live_find(&live, base * COTERIE_CHUNK + 8));
            if (has[base]) CHECK(coterie_live_next(&live, &walk) && walk.number == base);
        }
        CHECK(!coterie_live_next(&live, &walk));
        for (size_t i = 1; i < live.n; i++) CHECK(live.chunks[i - 1].base < live.chunks[i].base);
    }
    coterie_live_free(&live);
}

/* A hundred thousand chunks that go from the first on, and others that come between them. */
static void check_many_chunks(void) {
    enum { MANY = 100000 };
    coterie_live live = {0};
    uint64_t *bases = malloc(MANY * sizeof *bases);
    for (uint64_t i = 0; i < MANY; i++) CHECK(coterie_live_add(&live, 2 * i * COTERIE_CHUNK, 1) == COTERIE_OK);
    for (uint64_t i = 0; i < MANY; i++) bases[i] = 2 * i + 1;
    CHECK(coterie_live_open(&live, bases, MANY) == COTERIE_OK);
    for (uint64_t i = 0; i < MANY; i++) CHECK(coterie_live_add(&live, bases[i] * COTERIE_CHUNK, 1) == COTERIE_OK);
    CHECK(live.n == 2 * MANY && !live.empty);
    for (uint64_t i = 0; i < 2 * MANY; i++) coterie_live_remove(&live, i * COTERIE_CHUNK);
    CHECK(live.n == 0 && live.len == 0);
    coterie_live_free(&live);
    free(bases);
}

int main(void) {
    static uint32_t numbers[DOTS];
    coterie_live live = {0}, copy;
    uint64_t state = 1;
    check_half_shrunk();
    check_open();
    check_many_chunks();
    check_all(&live, numbers);
    for (int turn = 0; turn < 40; turn++) {
        uint32_t from = turn % 4 ? 0 : DOTS / 2 - 20, among = turn % 3 ? DOTS - from : 100 + DOTS / 8;
        int adds = turn % 5 != 4;
        for (uint32_t n = random_below(&state, 40000); n; n--) {
            size_t i = from + random_below(&state, among);
            if (numbers[i]) {
                if (adds && random_below(&state, 4)) continue;
                coterie_live_remove(&live, counter_of(i));
                numbers[i] = 0;
                continue;
            }
            if (!adds) continue;
            uint32_t number = 1 + random_below(&state, 1000);
            if (random_below(&state, 20) == 0) { /* without memory nothing changes */
                allowed = (long)random_below(&state, 3);
                coterie_status status = coterie_live_add(&live, counter_of(i), number);
                allowed = -1;
                if (status == COTERIE_OK) numbers[i] = number;
                else CHECK(status == COTERIE_NO_MEMORY && !coterie_live_find(&live, counter_of(i)));
                continue;
            }
            CHECK(coterie_live_add(&live, counter_of(i), number) == COTERIE_OK);
            numbers[i] = number;
        }
        check_all(&live, numbers);
        for (long left = 0; left < 3 && live.len; left++) {
            allowed = left;
            CHECK(coterie_live_copy(&copy, &live) == COTERIE_NO_MEMORY);
            allowed = -1;
        }
        CHECK(coterie_live_copy(&copy, &live) == COTERIE_OK);
        CHECK(coterie_live_memory(&copy) <= coterie_live_memory(&live));
        if (turn % 2) { /* go on with the copy */
            coterie_live_free(&live);
            live = copy;
        } else {
            coterie_live_free(&copy);
        }
        check_all(&live, numbers);
    }
    coterie_live_free(&live);
    return check_report();
}
