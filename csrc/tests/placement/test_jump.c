/* Jump consistent hash: the paper's program, published answers, lanes against the scalar form, and replicas. */
#include "check.h"
#include "coterie/placement/jump.h"
#include "guard.h"

enum { SIZES = 11, MOST = 200 };
static const int32_t BUCKETS[SIZES] = {1, 2, 3, 7, 10, 11, 100, 666, 1000, 65537, INT32_MAX};

/* Answers of Lamping and Veach's program, one per number of buckets. */
static const struct {
    uint64_t key;
    int32_t bucket[SIZES];
} FROZEN[] = {
    {0x0000000000000000u, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
    {0x0000000000000001u, {0, 0, 0, 6, 6, 6, 55, 549, 549, 21134, 262355607}},
    {0x0000000000000002u, {0, 0, 0, 6, 6, 6, 62, 338, 338, 3927, 736532115}},
    {0x0000000000000003u, {0, 0, 2, 3, 8, 8, 8, 198, 961, 59579, 1315363102}},
    {0x0000000000000004u, {0, 1, 1, 1, 1, 1, 45, 172, 172, 2326, 1713570006}},
    {0x0000000000000005u, {0, 1, 1, 4, 4, 10, 59, 231, 231, 29347, 1968702175}},
    {0x00000000DEADBEEFu, {0, 1, 2, 5, 5, 5, 87, 285, 285, 64244, 1452406526}},
    {0xFFFFFFFFFFFFFFFFu, {0, 1, 2, 2, 9, 10, 92, 313, 313, 18311, 699554662}},
    {0x8000000000000000u, {0, 1, 1, 5, 5, 5, 84, 453, 453, 53854, 1119800965}},
    {0x7FFFFFFFFFFFFFFFu, {0, 0, 2, 2, 8, 8, 97, 644, 972, 8550, 213047985}},
};

/* The program of the paper. */
static int32_t paper(uint64_t key, int32_t buckets) {
    int64_t b = -1, j = 0;
    while (j < buckets) {
        b = j;
        key = key * 2862933555777941757u + 1;
        j = (int64_t)((double)(b + 1) * ((double)(1LL << 31) / (double)((key >> 33) + 1)));
    }
    return (int32_t)b;
}

static void frozen(void) {
    const int32_t pins[] = {55, 62, 8, 45, 59};
    for (uint64_t key = 1; key <= 5; key++) CHECK_EQUAL(coterie_jump(key, 100), pins[key - 1]);
    for (size_t i = 0; i < sizeof FROZEN / sizeof *FROZEN; i++)
        for (int s = 0; s < SIZES; s++) {
            int32_t out = -1;
            CHECK_EQUAL(paper(FROZEN[i].key, BUCKETS[s]), FROZEN[i].bucket[s]);
            CHECK_EQUAL(coterie_jump(FROZEN[i].key, BUCKETS[s]), FROZEN[i].bucket[s]);
            EACH_LEVEL(level) {
                coterie_jump_many[level](&FROZEN[i].key, 1, BUCKETS[s], &out);
                CHECK_EQUAL(out, FROZEN[i].bucket[s]);
            }
        }
}

static void scalar(void) {
    uint64_t random = 1;
    for (int i = 0; i < 200000; i++) {
        uint64_t key = random64(&random);
        int32_t buckets = (int32_t)(1 + (random64(&random) >> 33) % INT32_MAX) >> random_below(&random, 31);
        if (buckets < 1) buckets = 1;
        CHECK_EQUAL(coterie_jump(key, buckets), paper(key, buckets));
    }
}

/* Keys whose first step is a division without a remainder, so that it ends exactly at a number of buckets. */
static void exact_steps(void) {
    uint64_t inverse = COTERIE_JUMP_FACTOR, random = 7, keys[64];
    for (int i = 0; i < 5; i++) inverse *= 2 - COTERIE_JUMP_FACTOR * inverse;
    for (int bits = 0; bits <= 31; bits++) {
        for (int i = 0; i < 64; i++) {
            uint64_t state = ((uint64_t)1 << bits) - 1;
            keys[i] = ((state << 33 | random64(&random) >> 31) - 1) * inverse; /* 2^31 / 2^bits is its first bucket */
        }
        for (int n = 0; n <= 30; n++)
            for (int32_t buckets = ((int32_t)1 << n) - (n > 0); buckets <= ((int32_t)1 << n) + 1; buckets++) {
                int32_t out[64];
                for (int i = 0; i < 64; i++) CHECK_EQUAL(coterie_jump(keys[i], buckets), paper(keys[i], buckets));
                EACH_LEVEL(level) {
                    coterie_jump_many[level](keys, 64, buckets, out);
                    for (int i = 0; i < 64; i++) CHECK_EQUAL(out[i], coterie_jump(keys[i], buckets));
                }
            }
    }
}

/* A key stays or moves to the new bucket. */
static void disruption(void) {
    uint64_t random = 2;
    for (int i = 0; i < 2000; i++) {
        uint64_t key = random64(&random);
        for (int32_t n = 1; n < 60; n++) {
            int32_t now = coterie_jump(key, n), next = coterie_jump(key, n + 1);
            CHECK(next == now || next == n);
        }
    }
}

/* Every length of a batch, between unmapped pages. */
static void lanes(void) {
    const int32_t buckets[] = {1, 2, 3, 10, 1000, 1 << 30, INT32_MAX - 1, INT32_MAX};
    uint64_t random = 3, salt = coterie_splitmix64(4);
    for (size_t n = 0; n <= MOST; n++) {
        uint64_t *keys = (uint64_t *)guard_alloc(n * sizeof *keys);
        int32_t *out = (int32_t *)guard_alloc(n * sizeof *out);
        for (size_t i = 0; i < n; i++) keys[i] = random64(&random);
        EACH_LEVEL(level) for (size_t b = 0; b < sizeof buckets / sizeof *buckets; b++) {
            coterie_jump_many[level](keys, n, buckets[b], out);
            for (size_t i = 0; i < n; i++) CHECK_EQUAL(out[i], paper(keys[i], buckets[b]));
            coterie_jump_assign[level](keys, n, salt, buckets[b], out);
            for (size_t i = 0; i < n; i++) CHECK_EQUAL(out[i], paper(coterie_mix(keys[i], salt), buckets[b]));
        }
        guard_free(keys, n * sizeof *keys);
        guard_free(out, n * sizeof *out);
    }
}

static void levels_agree(void) {
    enum { MANY = 100003 };
    static uint64_t keys[MANY];
    static int32_t first[MANY], other[MANY];
    uint64_t random = 4;
    for (int i = 0; i < MANY; i++) keys[i] = random64(&random);
    for (int s = 0; s < SIZES; s++) {
        coterie_jump_many[COTERIE_BASELINE](keys, MANY, BUCKETS[s], first);
        for (int i = 0; i < MANY; i++) CHECK(first[i] == coterie_jump(keys[i], BUCKETS[s]));
        EACH_LEVEL(level) {
            coterie_jump_many[level](keys, MANY, BUCKETS[s], other);
            CHECK(!memcmp(first, other, sizeof first));
        }
    }
}

/* ---- replicas ---- */

/* The definition: draw until `want` new ones are found that are not left out. */
static void model_replicas(uint64_t digest, uint64_t salt, int32_t buckets, uint32_t want, uint64_t left_out,
                           int32_t *out) {
    uint64_t mixed = coterie_mix(digest, salt), random = mixed, draw = mixed;
    for (uint32_t count = 0; count < want; draw = random64(&random)) {
        int32_t bucket = paper(draw, buckets);
        uint32_t i = 0;
        while (i < count && out[i] != bucket) i++;
        if (i == count && !(bucket < 64 && left_out >> bucket & 1)) out[count++] = bucket;
    }
}

/* The same from the library, in one go or by so many draws at a time. */
static void replicas_in_steps(uint64_t digest, uint64_t salt, int32_t n, uint32_t want, uint64_t *seen, uint64_t draws,
                              int32_t *out) {
    coterie_jump_walk walk = coterie_jump_begin(digest, salt);
    do coterie_jump_go(&walk, n, want, seen, draws, out);
    while (walk.found < want);
    CHECK_EQUAL(walk.found, want);
}

/* The first `want` buckets with those of the bits in `left_out` left out; with no bitmap if that is NULL. */
static void check_replicas(uint64_t digest, uint64_t salt, int32_t n, uint32_t want, const uint64_t *left_out) {
    int32_t expected[64], *out = (int32_t *)guard_alloc(want * sizeof *out);
    size_t size = want * sizeof *out, words = ((size_t)n + 63) / 64;
    uint64_t *seen = left_out ? (uint64_t *)guard_alloc(words * 8) : NULL;
    if (seen) memset(seen, 0, words * 8), seen[0] = *left_out;
    model_replicas(digest, salt, n, want, left_out ? *left_out : 0, expected);
    replicas_in_steps(digest, salt, n, want, seen, digest % 3 ? UINT64_MAX : 1 + want / 4, out);
    CHECK(!memcmp(out, expected, size));
    if (!left_out && want) CHECK_EQUAL(out[0], coterie_jump(coterie_mix(digest, salt), n));
    for (uint32_t i = 0; seen && i < want; i++) CHECK(seen[out[i] >> 6] >> (out[i] & 63) & 1);
    if (seen) guard_free(seen, words * 8);
    guard_free(out, size);
}

static void replicas(void) {
    const int32_t buckets[] = {1, 2, 5, 63, 64, 65, 1000};
    const uint64_t none = 0, some = 0x50F00500300u; /* 11 buckets to leave out */
    uint64_t random = 5;
    for (size_t b = 0; b < sizeof buckets / sizeof *buckets; b++)
        for (int turn = 0; turn < 50; turn++) {
            uint64_t digest = random64(&random), salt = random64(&random);
            uint32_t n = (uint32_t)buckets[b], most = n < 40 ? n : 40;
            for (uint32_t want = 0; want <= most; want++) {
                check_replicas(digest, salt, buckets[b], want, NULL);
                check_replicas(digest, salt, buckets[b], want, &none);
                if (n >= 63) check_replicas(digest, salt, buckets[b], want, &some);
            }
        }
}

static void rows_of_replicas(void) {
    const size_t widths[] = {0, 1, 2, 3, 5, 6, 9};
    uint64_t random = 6, salt = coterie_splitmix64(7), digests[17], scratch[2];
    for (size_t i = 0; i < 17; i++) digests[i] = random64(&random);
    for (int32_t n = 1; n < 8; n++)
        for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
            size_t width = widths[w], want = width < (size_t)n ? width : (size_t)n, size = 17 * width * sizeof(int32_t);
            int32_t *rows = (int32_t *)guard_alloc(size), row[9];
            for (int with_seen = 0; with_seen < 2; with_seen++) {
                memset(rows, 0x77, size);
                memset(scratch, 0, sizeof scratch);
                coterie_jump_assign_many(digests, 17, salt, n, width, with_seen ? scratch : NULL, rows);
                CHECK(!scratch[0] && !scratch[1]); /* as clean as it was given */
                for (size_t i = 0; i < 17; i++) {
                    model_replicas(digests[i], salt, n, (uint32_t)want, 0, row);
                    for (size_t j = 0; j < width; j++) CHECK_EQUAL(rows[width * i + j], j < want ? row[j] : -1);
                }
            }
            guard_free(rows, size);
        }
}

int main(void) {
    frozen();
    scalar();
    exact_steps();
    disruption();
    lanes();
    levels_agree();
    replicas();
    rows_of_replicas();
    return check_report();
}
