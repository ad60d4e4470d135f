/* Lists of Bloom filters: one key, many keys, growth, and what is asked of all bits. */
#include "coterie/filters/rotating.h"
#include "coterie/filters/scalable.h"
#include "slices_room.h"

enum { KEYS = 9000 };

static uint64_t digests[KEYS];

/* Some keys come again, soon or late. */
static void make_digests(uint64_t seed) {
    for (int i = 0; i < KEYS; i++) {
        uint64_t x = random64(&seed);
        if (i && x % 4 == 0) digests[i] = digests[random_below(&seed, (uint32_t)i)];
        else if (i && x % 16 == 1) digests[i] = digests[i - 1];
        else digests[i] = random64(&seed);
    }
}

typedef struct {
    int rotating;
    coterie_scalable scalable;
    coterie_rotating window;
    uint64_t salt;
    int far;
} kind;

/* Makes room, as who owns the slices does. */
static void begin(const kind *kind, coterie_slices *slices) {
    coterie_slice shape;
    if (kind->rotating) {
        coterie_rotation turn = {0, 1};
        if (slices->count) turn = coterie_rotating_turn(&kind->window, slices, 0, 1);
        CHECK(turn.begin && coterie_rotating_slice(&kind->window, &shape));
        drop_slices(slices, turn.drop);
    } else CHECK(coterie_scalable_slice(&kind->scalable, slices->count, &shape));
    begin_slice(slices, &shape, kind->salt, kind->far);
}

static int add_one(const kind *kind, coterie_slices *slices, uint64_t digest, int level) {
    int was_there = plain_has(slices, 0, digest);
    int in_newest = plain_has(slices, slices->count - 1, digest);
    int answer = kind->rotating ? coterie_slices_refresh_one(slices, digest, level)
                                : coterie_slices_add_one(slices, digest, level);
    coterie_slice *newest = &slices->at[slices->count - 1];
    if (answer == COTERIE_SLICES_FULL) {
        CHECK(newest->keys == newest->capacity && !in_newest && (kind->rotating || !was_there));
        begin(kind, slices);
        return add_one(kind, slices, digest, level);
    }
    CHECK_EQUAL(answer, !was_there);
    CHECK(plain_has(slices, kind->rotating ? slices->count - 1 : 0, digest));
    CHECK(newest->keys <= newest->capacity);
    return answer;
}

static void add_many(const kind *kind, coterie_slices *slices, const uint64_t *keys, size_t n, uint8_t *out,
                     int level) {
    size_t done = 0;
    while (done < n) {
        uint8_t *to = out ? out + done : NULL;
        done += kind->rotating ? coterie_slices_refresh(slices, keys + done, n - done, to, level)
                               : coterie_slices_add(slices, keys + done, n - done, to, level);
        if (done < n) begin(kind, slices);
    }
}

static void test_adding(const kind *kind) {
    static uint8_t want[KEYS], out[KEYS + 1];
    coterie_slices one = {0}, many = {0}, silent = {0};
    begin(kind, &one);
    for (int i = 0; i < KEYS; i++) want[i] = (uint8_t)add_one(kind, &one, digests[i], i % (coterie_level_best() + 1));
    EACH_LEVEL(level) {
        uint64_t state = 5;
        begin(kind, &many);
        begin(kind, &silent);
        for (size_t i = 0, n; i < KEYS; i += n) {
            const size_t sizes[] = {0, 1, 7, 64, 129, 2047, 2048, 2049, KEYS};
            n = sizes[random_below(&state, 9)];
            n = n < KEYS - i ? n : KEYS - i;
            uint64_t *keys = (uint64_t *)guard_alloc(n * sizeof *keys);
            memcpy(keys, digests + i, n * sizeof *keys);
            guard_read_only(keys, n * sizeof *keys);
            out[i + n] = GUARD_FILL;
            add_many(kind, &many, keys, n, out + i, level);
            CHECK(out[i + n] == GUARD_FILL);
            add_many(kind, &silent, keys, n, NULL, level);
            guard_free(keys, n * sizeof *keys);
        }
        CHECK(memcmp(out, want, KEYS) == 0);
        CHECK(same_slices(&one, &many));
        CHECK(same_slices(&one, &silent));
        drop_slices(&many, many.count);
        drop_slices(&silent, silent.count);
    }

    /* Asking: added keys and others mixed, from any slice on, in batches of all sizes. */
    static uint64_t asked[2 * KEYS];
    static uint8_t answers[2 * KEYS];
    uint64_t state = 6;
    for (int share = 0; share <= 4; share++) {
        for (int i = 0; i < 2 * KEYS; i++)
            asked[i] = (int)random_below(&state, 4) < share ? digests[random_below(&state, KEYS)] : random64(&state);
        EACH_LEVEL(level)
            for (int from = 0; from <= one.count; from++) {
                size_t n = from ? random_below(&state, 2 * KEYS) : 2 * KEYS;
                memset(answers, 7, sizeof answers);
                coterie_slices_contains(&one, from, asked, n, answers, level);
                for (size_t i = 0; i < n; i += 1 + random_below(&state, 20)) {
                    CHECK_EQUAL(answers[i], plain_has(&one, from, asked[i]));
                    CHECK_EQUAL(answers[i], coterie_slices_has(&one, from, asked[i], level));
                }
                CHECK(n == 2 * KEYS || answers[n] == 7);
            }
    }
    drop_slices(&one, one.count);
}

static void test_promises(void) {
    const double fprs[] = {0.9, 0.1, 0.01, 1e-3, 1e-6}, ratios[] = {0.05, 0.5, 0.85, 0.99};
    for (int f = 0; f < 5; f++)
        for (int t = 0; t < 4; t++) {
            coterie_scalable filter = {1000, 2, fprs[f], ratios[t]};
            coterie_slice slice;
            double all = 0;
            uint64_t capacity = 1000;
            int i = 0;
            for (; coterie_scalable_slice(&filter, i, &slice); i++, capacity *= 2) {
                all += slice.fpr;
                CHECK_EQUAL(slice.capacity, capacity);
                CHECK(slice.bloom.layout == (slice.fpr >= 1e-3 ? COTERIE_BLOOM_BLOCK : COTERIE_BLOOM_PAIR));
                CHECK(slice.keys == 0 && !(slice.first < 0 || slice.first > 0));
                if (i > 12) break; /* sizes of large slices take a while */
            }
            CHECK(i > 2 && all <= fprs[f] * (1 + 1e-12));
        }
    coterie_slice slice;
    coterie_scalable large = {COTERIE_SLICE_MOST_KEYS / 8, 16, 0.5, 0.85}, fine = {10, 2, 2e-12, 0.4};
    coterie_scalable most = {1, 16, 0.5, 0.99};
    CHECK(!coterie_scalable_slice(&large, 1, &slice));
    CHECK(coterie_scalable_slice(&fine, 0, &slice) && !coterie_scalable_slice(&fine, 1, &slice));
    CHECK(coterie_scalable_slice(&most, 5, &slice) && slice.capacity == 1 << 20);
    CHECK(!coterie_scalable_slice(&most, COTERIE_SLICES_MOST, &slice));
    CHECK(!coterie_slice_shape(0, 0.01, &slice) && !coterie_slice_shape(COTERIE_SLICE_MOST_KEYS + 1, 0.01, &slice));
    CHECK(!coterie_slice_shape(10, 0, &slice) && !coterie_slice_shape(10, 1, &slice));
    CHECK(!coterie_slice_shape(10, 0.9e-12, &slice) && coterie_slice_shape(10, 1e-12, &slice));
    CHECK(!coterie_slice_shape((uint64_t)1 << 40, 1e-6, &slice));
}

static coterie_slices moments(int count, const double (*when)[2], uint64_t keys) {
    coterie_slices slices = {0};
    slices.count = count;
    for (int i = 0; i < count; i++) {
        slices.at[i].first = when[i][0], slices.at[i].last = when[i][1];
        slices.at[i].keys = keys, slices.at[i].capacity = 50;
    }
    return slices;
}

static void test_turns(void) {
    const double when[4][2] = {{0, 4}, {5, 8}, {10, 14}, {15, 15}};
    coterie_rotating timed = {100, 2, COTERIE_CLOCK_OWN, 0.01, 10}, counted = {100, 2, COTERIE_CLOCK_NONE, 0.01, 0};
    struct {
        double now;
        int full, drop, begin;
    } table[] = {
        {15, 0, 1, 0},  {13.9, 0, 0, 0}, {14, 0, 1, 0},  {17.9, 1, 1, 1}, {18, 0, 2, 0},
        {19.9, 0, 2, 0}, {20, 0, 2, 1},  {20, 1, 2, 1},  {24, 0, 3, 1},   {25, 0, 4, 1}, {1e9, 0, 4, 1},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        coterie_slices slices = moments(4, when, 30);
        coterie_rotation turn = coterie_rotating_turn(&timed, &slices, table[i].now, table[i].full);
        CHECK_EQUAL(turn.drop, table[i].drop);
        CHECK_EQUAL(turn.begin, table[i].begin);
        CHECK_EQUAL(coterie_rotating_expired(&slices, 10, table[i].now), table[i].drop);
        CHECK_EQUAL(coterie_rotating_due(&slices, 10, 5, table[i].now), turn.drop || table[i].now >= 20);
        CHECK_EQUAL(slices.at[3].capacity, 50);
    }
    /* An empty one waits for its first key. */
    coterie_slices slices = moments(4, when, 0);
    CHECK(coterie_rotating_due(&slices, 10, 5, 15));
    coterie_rotation turn = coterie_rotating_turn(&timed, &slices, 100, 0);
    CHECK(turn.drop == 3 && !turn.begin && slices.at[3].first >= 100 && slices.at[3].last >= 100);
    /* All places are taken: nothing is forgotten, the newest takes more. */
    coterie_slices all = {0};
    all.count = COTERIE_SLICES_MOST;
    for (int i = 0; i < all.count; i++) all.at[i] = (coterie_slice){{0}, 0.01, 50, 50, 0, 5};
    turn = coterie_rotating_turn(&timed, &all, 5, 1);
    CHECK(!turn.drop && !turn.begin && all.at[all.count - 1].capacity == UINT64_MAX);
    all.at[0].last = -5;
    turn = coterie_rotating_turn(&timed, &all, 5, 1);
    CHECK(turn.drop == 1 && turn.begin);
    /* Without a window only room matters. */
    for (int count = 1; count <= 4; count++) {
        slices = moments(count, when, 50);
        turn = coterie_rotating_turn(&counted, &slices, 1e9, 0);
        CHECK(!turn.drop && !turn.begin);
        turn = coterie_rotating_turn(&counted, &slices, 0, 1);
        CHECK(turn.begin && turn.drop == (count > 2 ? count - 2 : 0));
    }
    coterie_slice slice;
    for (uint32_t parts = 1; parts <= COTERIE_ROTATING_MOST_GENERATIONS; parts++) {
        coterie_rotating filter = {1000, parts, COTERIE_CLOCK_NONE, 0.01, 0};
        CHECK(coterie_rotating_slice(&filter, &slice));
        CHECK(slice.capacity * parts >= 1000 && (slice.capacity - 1) * parts < 1000);
        CHECK(slice.fpr * (parts + 1) <= 0.01 * (1 + 1e-12));
    }
}

static void test_all_bits(void) {
    coterie_rotating filter = {300, 3, COTERIE_CLOCK_NONE, 0.3, 0};
    coterie_slices slices = {0};
    coterie_slice shape;
    CHECK(coterie_rotating_slice(&filter, &shape));
    for (int i = 0; i < 3; i++) begin_slice(&slices, &shape, 0, 0);
    CHECK_EQUAL(coterie_slices_bytes(&slices), 3 * room_of(&shape));
    uint64_t state = 7;
    for (int i = 0; i < 3; i++)
        for (size_t j = 0; j < room_of(&shape); j++) 
            slices.at[i].bloom.bits[j] = (uint8_t)(random64(&state) & random64(&state));
    for (int from = 0; from <= 3; from++) {
        uint64_t count = 0;
        for (size_t j = 0; j < 8 * room_of(&shape); j++) {
            int set = 0;
            for (int i = from; i < 3; i++) set |= slices.at[i].bloom.bits[j / 8] >> j % 8 & 1;
            count += (uint64_t)set;
        }
        EACH_LEVEL(level) CHECK_EQUAL(coterie_slices_union(&slices, from, level), count);
        /* A long look at what is said to be the rate. */
        double rate = coterie_slices_rate(&slices, from), hits = 0;
        const int many = 200000;
        for (int i = 0; i < many; i++) hits += plain_has(&slices, from, random64(&state));
        double off = hits / many - rate;
        CHECK(off * off < 25 * (rate + 1e-9) / many + 1e-12); /* five deviations */
    }
    drop_slices(&slices, 3);
}

int main(void) {
    make_digests(1);
    kind kinds[] = {
        {0, {1, 2, 0.9, 0.5}, {0}, 0, 0},      {0, {100, 2, 0.01, 0.85}, {0}, 0, 0},
        {0, {700, 3, 1e-4, 0.5}, {0}, 77, 1},  {0, {KEYS, 2, 0.5, 0.5}, {0}, 9, 0},
        {1, {0}, {1, 1, 0, 0.5, 0}, 0, 0},     {1, {0}, {100, 3, 0, 0.01, 0}, 5, 0},
        {1, {0}, {4000, 2, 0, 1e-5, 0}, 0, 1}, {1, {0}, {KEYS * 16, 16, 0, 0.3, 0}, 0, 0},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) test_adding(&kinds[i]);
    test_promises();
    test_turns();
    test_all_bits();
    return check_report();
}
