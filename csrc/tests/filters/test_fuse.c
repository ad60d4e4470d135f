/* Binary fuse filters: frozen tables, every small set, sets with equal keys, any table of any shape, stored tables. */
#include "check.h"
#include "filters/fuse_tables.h"

#include <stdlib.h>

/* XXH3-64 of tables of digests 1, 2, ... of SplitMix64, by the baseline in Python: the same on every machine. */
static void frozen(void) {
    static const struct {
        size_t n;
        uint64_t seed;
        uint32_t bits, segments, segment_bits, attempt;
        uint64_t sum;
    } vectors[] = {
        {0, 0, 8, 0, 0, 0, 0x2d06800538d394c2u},
        {1, 0, 8, 1, 0, 0, 0x459bdfdbaf7a6eebu},
        {2, 5, 32, 1, 1, 0, 0x5ade52d8c4aa6cefu},
        {3, 1, 16, 1, 1, 0, 0x14264a95e9ddbb41u},
        {31, 31, 8, 4, 3, 0, 0x2c2e0cf2bcc1549au},
        {1000, 0, 8, 19, 6, 3, 0xd58988e38a043f27u},
        {1000, UINT64_MAX, 16, 19, 6, 0, 0x255f7ca05345c6c8u},
        {5000, 7, 32, 23, 8, 0, 0xbffcb0043811d9beu},
        {70000, 0, 8, 39, 11, 0, 0x1f7906f0ae39f6ceu},
    };
    EACH_LEVEL(level)
        for (size_t v = 0; v < sizeof vectors / sizeof *vectors; v++) {
            uint64_t *digests = digests_of(vectors[v].n, 0);
            fuse_table t = fuse_made(digests, vectors[v].n, vectors[v].seed, vectors[v].bits, level);
            CHECK_EQUAL(t.shape.segments, vectors[v].segments);
            CHECK_EQUAL(t.shape.segment_bits, vectors[v].segment_bits);
            CHECK_EQUAL(t.shape.attempt, vectors[v].attempt);
            CHECK_EQUAL(coterie_xxh3(t.table, t.size, 0, level), vectors[v].sum);
            fuse_free(&t);
            free(digests);
        }
}

/* All keys are in, scalar and batch agree at every level, and nothing beyond the table or the answers is touched. */
static void check_lookups(const coterie_fuse *f, const uint64_t *digests, size_t n, int all) {
    uint8_t *out = (uint8_t *)guard_alloc(n);
    uint64_t *keys = (uint64_t *)guard_alloc(n * 8);
    memcpy(keys, digests, n * 8);
    guard_read_only(keys, n * 8);
    for (int far = 0; far < 2; far++)
        EACH_LEVEL(level) {
            coterie_fuse g = *f;
            g.far = far;
            memset(out, 7, n);
            coterie_fuse_contains[level](&g, keys, n, out);
            for (size_t i = 0; i < n; i++) CHECK(out[i] == coterie_fuse_has(f, keys[i]) && (!all || out[i]));
        }
    guard_free(keys, n * 8);
    guard_free(out, n);
}

static void small_sets(void) {
    uint64_t *digests = digests_of(4100, 0);
    for (size_t n = 0; n <= 2000; n += n < 300 ? 1 : 17)
        for (uint32_t bits = 8; bits <= 32; bits *= 2) {
            fuse_table t = fuse_made(digests, n, n, bits, coterie_level_best());
            CHECK_EQUAL(t.count, n);
            CHECK(t.size <= (n * 2 + 4) * (bits / 8)); /* stays small */
            check_lookups(&t.filter, digests, n, 1);
            check_lookups(&t.filter, digests + n, 130, 0);
            if (!n) CHECK(!coterie_fuse_has(&t.filter, 5) && t.size == 0);
            fuse_free(&t);
        }
    free(digests);
}

/* The order of the keys and those that come twice change nothing, at any level. */
static void canonical(void) {
    static const size_t sizes[] = {1, 2, 3, 10, 257, 1000, 30000};
    uint64_t random = 1;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        size_t n = sizes[s], most = 3 * n + 1000;
        uint64_t *set = digests_of(n, (uint64_t)s << 40), *keys = (uint64_t *)malloc(most * 8);
        fuse_table expected = fuse_made(set, n, 3, 16, COTERIE_BASELINE);
        for (int how = 0; how < 6; how++)
            EACH_LEVEL(level) {
                size_t m = n;
                for (size_t i = 0; i < n; i++) keys[i] = set[n - 1 - i];
                if (how == 1) keys[m++] = set[0];                                             /* one twice, */
                if (how == 2) for (size_t i = 0; i < 1000; i++) keys[m++] = set[n / 2];       /* one often, */
                if (how == 3) for (size_t i = 0; i < 256; i++) keys[m++] = set[0];            /* 257 times, */
                if (how == 4) for (size_t i = 0; i < n; i++) keys[m++] = set[i];              /* all twice, */
                if (how == 5) while (m < most) keys[m++] = set[random_below(&random, (uint32_t)n)]; /* or any of them */
                for (size_t i = m; i-- > 1;) {
                    size_t j = random_below(&random, (uint32_t)i + 1);
                    uint64_t x = keys[i];
                    keys[i] = keys[j], keys[j] = x;
                }
                fuse_table t = fuse_made(keys, m, 3, 16, level);
                CHECK(t.count == n && t.size == expected.size && t.shape.attempt == expected.shape.attempt);
                CHECK(!memcmp(t.table, expected.table, t.size));
                fuse_free(&t);
            }
        fuse_free(&expected);
        free(set);
        free(keys);
    }
}

/* Digests that are not random at all: all that is asked of them is that they differ. */
static void structured(void) {
    enum { N = 20000 };
    uint64_t *keys = (uint64_t *)malloc(N * 8);
    for (int how = 0; how < 5; how++) {
        for (uint64_t i = 0; i < N; i++) {
            const uint64_t forms[] = {i, i << 40, ~i, i * 0x100000001u, i * 0x9E3779B97F4A7C15u};
            keys[i] = forms[how];
        }
        fuse_table t = fuse_made(keys, N, 0, 8, coterie_level_best());
        CHECK_EQUAL(t.count, N);
        check_lookups(&t.filter, keys, N, 1);
        fuse_free(&t);
    }
    free(keys);
}

/* Digests whose words differ in a few places only: the more attempts fail, the larger the table, however few they are. */
static void alike(void) {
    static const uint64_t digests[] = {0x10, 0x18, 0x1000000000};
    for (uint64_t seed = 0; seed < 300; seed++) {
        fuse_table t = fuse_made(digests, 3, seed, 32, COTERIE_BASELINE);
        for (int i = 0; i < 3; i++) CHECK(coterie_fuse_has(&t.filter, digests[i]));
        fuse_free(&t);
    }
}

/* The rate of false positives, within four standard deviations. */
static void rate(void) {
    enum { N = 100000, ASKED = 1 << 22 };
    uint64_t *digests = digests_of(N, 0), *others = digests_of(ASKED, (uint64_t)1 << 50);
    uint8_t *out = (uint8_t *)malloc(ASKED);
    for (uint32_t bits = 8; bits <= 32; bits *= 2) {
        fuse_table t = fuse_made(digests, N, 9, bits, coterie_level_best());
        size_t found = 0;
        coterie_fuse_contains[coterie_level_best()](&t.filter, others, ASKED, out);
        for (size_t i = 0; i < ASKED; i++) found += out[i];
        if (bits == 8) CHECK(found > 16384 - 512 && found < 16384 + 512);
        if (bits == 16) CHECK(found > 64 - 32 && found < 64 + 32);
        if (bits == 32) CHECK(found <= 1);
        fuse_free(&t);
    }
    free(digests);
    free(others);
    free(out);
}

static int compare(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void distinct(void) {
    enum { MOST = 5000 };
    uint64_t random = 2, *digests = (uint64_t *)malloc(MOST * 8), *model = (uint64_t *)malloc(MOST * 8);
    const uint64_t masks[] = {UINT64_MAX, 1, 0, 0xff, 0xff00000000000000u, 0x8000000000000001u, 0x0f0f0f0f0f0f0f0fu};
    for (size_t n = 0; n < MOST; n += n < 100 ? 1 : 613)
        for (size_t m = 0; m < sizeof masks / sizeof *masks; m++) {
            size_t count = 77, kept = 0;
            for (size_t i = 0; i < n; i++) model[i] = digests[i] = random64(&random) & masks[m];
            qsort(model, n, 8, compare);
            for (size_t i = 0; i < n; i++)
                if (!i || model[i] != model[i - 1]) model[kept++] = model[i];
            CHECK(coterie_fuse_distinct(digests, n, NULL, &count) == COTERIE_OK);
            CHECK(count == kept && !memcmp(digests, model, kept * 8));
        }
    free(digests);
    free(model);
}

static int asked, patient;
static int stop(void) { return ++asked > patient; }

/* Whoever asks to stop is heard, at each place where it is asked. */
static void stopping(void) {
    enum { N = 3 << 20 };
    uint64_t *digests = digests_of(N, 0), *keys = (uint64_t *)malloc(N * 8);
    for (size_t i = 0; i < N / 8; i++) digests[i] = digests[N / 2 + i]; /* so that they are sorted too */
    coterie_fuse_plan plan;
    coterie_status status = COTERIE_STOPPED;
    for (patient = 0; status == COTERIE_STOPPED; patient++) {
        memcpy(keys, digests, N * 8);
        asked = 0;
        status = coterie_fuse_plan_for(keys, N, 0, coterie_level_best(), stop, &plan);
        if (status == COTERIE_STOPPED) CHECK(asked == patient + 1 && !plan.memory);
    }
    CHECK(status == COTERIE_OK && patient > 8 && plan.count == N - N / 8);
    coterie_fuse_forget(&plan);
    CHECK(!plan.memory);
    free(digests);
    free(keys);
}

/* Tables of random bytes, of every shape that fits into this test. */
static void any_table(void) {
    uint64_t random = 3, digests[333];
    for (int turn = 0; turn < 300; turn++) {
        uint32_t segments = 1 + random_below(&random, 40);
        coterie_fuse_shape shape = {segments, random_below(&random, 12), random_below(&random, 256)};
        uint32_t bits = (uint32_t)8 << random_below(&random, 3);
        size_t size = (size_t)coterie_fuse_slots(&shape) * (bits / 8);
        uint8_t *table = (uint8_t *)guard_alloc(size);
        for (size_t i = 0; i < size; i++) table[i] = (uint8_t)(random64(&random) >> 60);
        for (size_t i = 0; i < 333; i++) digests[i] = random64(&random);
        coterie_fuse f = coterie_fuse_of(&shape, random64(&random), bits, table);
        size_t n = 300 + random_below(&random, 33);
        check_lookups(&f, digests, n, 0);
        for (size_t i = 0; i < n; i++) { /* slots lie in three segments that follow each other */
            uint64_t w = coterie_fuse_word(digests[i], f.salt);
            uint32_t a = coterie_fuse_first(w, shape.segments, shape.segment_bits), at = a >> shape.segment_bits;
            uint32_t s = (uint32_t)1 << shape.segment_bits;
            CHECK(at < shape.segments && coterie_fuse_second(w, a, s) >> shape.segment_bits == at + 1 &&
                  coterie_fuse_third(w, a, s) >> shape.segment_bits == at + 2);
        }
        guard_free(table, size);
    }
}

/* The largest tables: slots are in their segments, all segments are used, and numbers do not overflow. */
static void largest(void) {
    static const uint64_t counts[] = {COTERIE_FUSE_MAX_KEYS, COTERIE_FUSE_MAX_KEYS - 1, (uint64_t)1 << 31, 1000000000u};
    for (size_t c = 0; c < 4; c++)
        for (uint32_t attempt = 0; attempt < COTERIE_FUSE_ATTEMPTS; attempt += 51) {
            coterie_fuse_shape shape = coterie_fuse_size(counts[c], attempt);
            CHECK(coterie_fuse_slots(&shape) <= UINT32_MAX && coterie_fuse_slots(&shape) > counts[c]);
            CHECK(shape.segments <= COTERIE_FUSE_MAX_SEGMENTS);
            const uint64_t words[] = {0, UINT64_MAX, UINT64_MAX << 24, (uint64_t)1 << 63};
            for (int i = 0; i < 4; i++) {
                uint32_t a = coterie_fuse_first(words[i], shape.segments, shape.segment_bits);
                uint32_t at = a >> shape.segment_bits, s = (uint32_t)1 << shape.segment_bits;
                CHECK(at == (i == 0 ? 0 : i == 3 ? shape.segments / 2 : shape.segments - 1));
                CHECK(coterie_fuse_second(words[i], a, s) >> shape.segment_bits == at + 1);
                CHECK(coterie_fuse_third(words[i], a, s) >> shape.segment_bits == at + 2);
            }
        }
    for (uint64_t n = 1; n < 3000000000u; n += 1 + n / 7) { /* no size is too small, and none grows downwards */
        coterie_fuse_shape shape = coterie_fuse_size(n, 0), later = coterie_fuse_size(n, 100);
        CHECK(coterie_fuse_slots(&shape) > n && coterie_fuse_slots(&later) >= coterie_fuse_slots(&shape));
    }
}

/* ---- stored tables ---- */

static void round_trip(void) {
    for (size_t n = 0; n < 600; n += 1 + n / 5)
        for (uint32_t bits = 8; bits <= 32; bits *= 2) {
            fuse_table t = fuse_digested(n, n, bits);
            size_t len;
            uint8_t *payload = fuse_payload(&t, &len);
            coterie_fuse_shape shape = {9, 9, 9};
            uint32_t read_bits = 0;
            uint64_t key = 0;
            CHECK(coterie_fuse_read(payload, len, n, &shape, &read_bits, &key) == COTERIE_OK);
            CHECK(read_bits == bits && shape.segments == t.shape.segments && shape.attempt == t.shape.attempt &&
                  shape.segment_bits == t.shape.segment_bits && key == 77);
            guard_free(payload, len);
            fuse_free(&t);
        }
}

static void damaged(void) {
    fuse_table t = fuse_digested(50, 1, 16);
    size_t len;
    uint8_t *whole = fuse_payload(&t, &len);
    coterie_fuse_shape shape;
    uint32_t bits;
    uint64_t key;
    for (size_t cut = 0; cut < len; cut++) {
        uint8_t *data = (uint8_t *)guard_alloc(cut);
        memcpy(data, whole, cut);
        CHECK(coterie_fuse_read(data, cut, 50, &shape, &bits, &key) == COTERIE_TRUNCATED);
        guard_free(data, cut);
    }
    CHECK(coterie_fuse_read(whole, len + 1, 50, &shape, &bits, &key) == COTERIE_TRAILING_BYTES);
    for (size_t bit = 0; bit < 64 * 8; bit++) {
        whole[bit / 8] ^= (uint8_t)(1 << bit % 8);
        coterie_status status = coterie_fuse_read(whole, len, 50, &shape, &bits, &key);
        CHECK(status == (bit / 64 == 6 ? COTERIE_BAD_FLAGS : COTERIE_BAD_CHECKSUM));
        coterie_parameters_seal(whole); /* now only what it says can be wrong; the attempt and the key may be others */
        status = coterie_fuse_read(whole, len, 50, &shape, &bits, &key);
        CHECK((status == COTERIE_OK) == (bit / 8 == 4 || bit / 64 == 3 || bit / 64 == 5));
        if (bit / 64 != 5) whole[bit / 8] ^= (uint8_t)(1 << bit % 8);
        coterie_parameters_seal(whole);
    }
    CHECK(coterie_fuse_read(whole, len, 50, &shape, &bits, &key) == COTERIE_OK);
    CHECK(coterie_fuse_read(whole, len, 0, &shape, &bits, &key) == COTERIE_BAD_FLAGS);
    CHECK(coterie_fuse_read(whole, len, coterie_fuse_slots(&t.shape) + 1, &shape, &bits, &key) == COTERIE_BAD_FLAGS);
    guard_free(whole, len);
    fuse_free(&t);
}

int main(void) {
    frozen();
    small_sets();
    canonical();
    structured();
    alike();
    rate();
    distinct();
    stopping();
    any_table();
    largest();
    round_trip();
    damaged();
    return check_report();
}
