/* The Bloom filters' kernels against the model, at every level: bits, answers, and what is not touched. */
#include "bloom_model.h"

enum { MOST = 300 };
static const size_t LENGTHS[] = {1,  2,  3,  4,  5,   7,   8,   9,   15,  16,  17,
                                 24, 36, 37, 127, 128, 129, 136, 255, 256, 257, 300};
enum { LENGTHS_LEN = sizeof LENGTHS / sizeof *LENGTHS };

/* Digests with all kinds of halves, every fifth again. */
static void make_digests(uint64_t *digests, size_t n, uint64_t random) {
    for (size_t i = 0; i < n; i++) {
        uint64_t x = random64(&random);
        if (i % 5 == 4) digests[i] = digests[x % i];
        else digests[i] = i % 7 == 6 ? x << 32 : i % 7 == 5 ? x >> 32 : i % 11 == 10 ? ~(x >> 60) : x;
    }
}

/* ---- one filter ---- */

/* What contains and has say of n digests. Nothing may be written but `out`, from now on. */
static void check_answers(const coterie_bloom *filter, const uint8_t *expected_bits, const uint64_t *digests, size_t n,
                          int level) {
    uint8_t *out = (uint8_t *)guard_alloc(n);
    guard_read_only(filter->bits, bloom_bytes(filter));
    coterie_bloom_contains[level](filter, digests, n, out);
    for (size_t i = 0; i < n; i++) {
        int expected = model_has(filter, expected_bits, digests[i]);
        CHECK_EQUAL(out[i], expected);
        CHECK_EQUAL(coterie_bloom_has[level](filter, digests[i]), expected);
    }
    guard_free(out, n);
}

enum { ADD, ADD_NEW, ADD_NEW_SILENT, ADD_SHARED, ADD_SHARED_SILENT, PUT, WAYS };

/* Adds digests in one of the ways. Returns how many changed a bit, and a byte for each in `out`, if the way tells. */
static size_t add(const coterie_bloom *filter, const uint64_t *digests, size_t n, int way, int level, uint8_t *out) {
    size_t sum = 0;
    switch (way) {
        case ADD: coterie_bloom_add[level](filter, digests, n); return 0;
        case ADD_NEW: return coterie_bloom_add_new[level](filter, digests, n, out);
        case ADD_NEW_SILENT: return coterie_bloom_add_new[level](filter, digests, n, NULL);
        case ADD_SHARED: return coterie_bloom_add_shared(filter, digests, n, out);
        case ADD_SHARED_SILENT: return coterie_bloom_add_shared(filter, digests, n, NULL);
        default:
            for (size_t i = 0; i < n; i++) sum += out[i] = (uint8_t)coterie_bloom_put[level](filter, digests[i]);
            return sum;
    }
}

/* Adds the first half of n digests, then all, in every way, and asks for all and for others. */
static void check_filter(int shape, uint64_t blocks, uint64_t salt, int far, size_t n) {
    uint64_t *digests = (uint64_t *)guard_alloc(n * sizeof *digests);
    uint64_t *others = (uint64_t *)guard_alloc(n * sizeof *others);
    uint8_t *out = (uint8_t *)guard_alloc(n), fresh[2 * MOST];
    coterie_bloom model = bloom_of(shape, blocks, salt, 0);
    size_t size = bloom_bytes(&model), half = n / 2, sums[2] = {0, 0};
    make_digests(digests, n, n * blocks + salt);
    make_digests(others, n, ~salt);
    guard_read_only(digests, n * sizeof *digests);
    for (size_t i = 0; i < half; i++) sums[0] += fresh[i] = (uint8_t)model_put(&model, model.bits, digests[i]);
    for (size_t i = 0; i < n; i++) sums[1] += fresh[half + i] = (uint8_t)model_put(&model, model.bits, digests[i]);

    EACH_LEVEL(level) for (int way = 0; way < WAYS; way++) {
        coterie_bloom filter = bloom_of(shape, blocks, salt, far);
        int counts = way != ADD, tells = way == ADD_NEW || way == ADD_SHARED || way == PUT;
        for (int second = 0; second < 2; second++) {
            size_t count = second ? n : half;
            memset(out, 0x77, n);
            size_t sum = add(&filter, digests, count, way, level, out);
            if (counts) CHECK_EQUAL(sum, sums[second]);
            CHECK(!tells || !memcmp(out, fresh + (second ? half : 0), count));
            for (size_t i = tells ? count : 0; i < n; i++) CHECK_EQUAL(out[i], 0x77);
        }
        CHECK(!memcmp(filter.bits, model.bits, size));
        if (way == ADD) {
            check_answers(&filter, model.bits, digests, n, level);
            check_answers(&filter, model.bits, others, n, level);
        }
        bloom_free(&filter);
    }
    guard_free(digests, n * sizeof *digests);
    guard_free(others, n * sizeof *others);
    guard_free(out, n);
    bloom_free(&model);
}

/* ---- filters ---- */

static const uint64_t SALTS[] = {0, 1, 0x0123456789ABCDEFu};

static void every_length(void) {
    for (int shape = 0; shape < SHAPES; shape++)
        for (size_t n = 0; n <= MOST; n++) check_filter(shape, 11, SALTS[n % 3], n & 1, n);
}

static void every_shape(void) {
    const uint64_t blocks[] = {1, 2, 3, 7, 8, 127, 128, 129, 1000, 4096};
    for (int shape = 0; shape < SHAPES; shape++)
        for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++)
            for (size_t s = 0; s < 3; s++)
                for (int far = 0; far < 2; far++)
                    for (size_t l = (b + s) & 1; l < LENGTHS_LEN; l += 2)
                        check_filter(shape, blocks[b], SALTS[s], far, LENGTHS[l]);
}

static void every_number_of_probes(void) {
    uint64_t digests[MOST];
    uint8_t out[MOST];
    make_digests(digests, MOST, 3);
    for (int probes = 1; probes <= COTERIE_BLOOM_MAX_PROBES; probes++) {
        coterie_bloom filter = bloom_made(COTERIE_BLOOM_CLASSIC, probes, 50, 5, probes & 1);
        coterie_bloom model = bloom_made(COTERIE_BLOOM_CLASSIC, probes, 50, 5, 0);
        coterie_bloom_add_new[COTERIE_BASELINE](&filter, digests, MOST, out);
        for (int i = 0; i < MOST; i++) CHECK_EQUAL(out[i], model_put(&model, model.bits, digests[i]));
        CHECK(!memcmp(filter.bits, model.bits, bloom_bytes(&filter)));
        coterie_bloom_contains[COTERIE_BASELINE](&filter, digests, MOST, out);
        for (int i = 0; i < MOST; i++) CHECK_EQUAL(out[i], 1);
        bloom_free(&filter);
        bloom_free(&model);
    }
}

/* In a batch, too, only the first of equal digests is new. */
static void duplicates(void) {
    uint64_t digests[MOST];
    uint8_t out[MOST];
    for (int shape = 0; shape < SHAPES; shape++)
        EACH_LEVEL(level) for (size_t distinct = 1; distinct <= 130; distinct += 43)
            for (int shared = 0; shared < 2; shared++) {
                coterie_bloom filter = bloom_of(shape, 1 << 14, 7, shared);
                for (size_t i = 0; i < MOST; i++) digests[i] = coterie_splitmix64(i % distinct);
                size_t sum = shared ? coterie_bloom_add_shared(&filter, digests, MOST, out)
                                    : coterie_bloom_add_new[level](&filter, digests, MOST, out);
                CHECK_EQUAL(sum, distinct); /* no two of these share all their bits */
                for (size_t i = 0; i < MOST; i++) CHECK_EQUAL(out[i], i < distinct);
                bloom_free(&filter);
            }
}

/* No keys: nothing is read or written, not even at an address. */
static void no_keys(void) {
    for (int shape = 0; shape < SHAPES; shape++)
        EACH_LEVEL(level) for (int far = 0; far < 2; far++) {
            coterie_bloom filter = bloom_of(shape, 1, 0, far);
            guard_read_only(filter.bits, bloom_bytes(&filter));
            coterie_bloom_contains[level](&filter, NULL, 0, NULL);
            coterie_bloom_add[level](&filter, NULL, 0);
            CHECK_EQUAL(coterie_bloom_add_new[level](&filter, NULL, 0, NULL), 0);
            CHECK_EQUAL(coterie_bloom_add_shared(&filter, NULL, 0, NULL), 0);
            CHECK(!coterie_bloom_has[level](&filter, 0) && !coterie_bloom_has[level](&filter, UINT64_MAX));
            bloom_free(&filter);
        }
}

/* Answers may lie at any address. */
static void any_address(void) {
    uint64_t digests[MOST];
    uint8_t out[MOST + 64], expected[MOST];
    make_digests(digests, MOST, 9);
    for (int shape = 0; shape < SHAPES; shape++) {
        coterie_bloom filter = bloom_of(shape, 20, 0, 0);
        coterie_bloom_add[COTERIE_BASELINE](&filter, digests, MOST / 4);
        for (int i = 0; i < MOST; i++) expected[i] = (uint8_t)model_has(&filter, filter.bits, digests[i]);
        EACH_LEVEL(level) for (size_t shift = 1; shift < 64; shift += 3) {
            memset(out, 0x77, sizeof out);
            coterie_bloom_contains[level](&filter, digests, MOST, out + shift);
            CHECK(!memcmp(out + shift, expected, MOST) && out[shift - 1] == 0x77 && out[shift + MOST] == 0x77);
        }
        bloom_free(&filter);
    }
}

/* Filters that miss one of a key's bits, each in turn. */
static void one_bit_missing(void) {
    for (int shape = 0; shape < SHAPES; shape++)
        for (uint64_t digest = 0; digest < 40; digest++) {
            coterie_bloom filter = bloom_of(shape, 5, digest & 1, 0);
            uint64_t bits[MODEL_MOST], keys[9];
            int n = model_bits(&filter, coterie_splitmix64(digest), bits);
            for (int i = 0; i < 9; i++) keys[i] = coterie_splitmix64(digest);
            EACH_LEVEL(level) for (int i = -1; i < n; i++) {
                uint8_t out[9], whole = i < 0;
                memset(filter.bits, 0xFF, bloom_bytes(&filter));
                if (!whole) filter.bits[bits[i] / 8] = (uint8_t)~(1u << bits[i] % 8);
                CHECK_EQUAL(coterie_bloom_has[level](&filter, keys[0]), whole);
                coterie_bloom_contains[level](&filter, keys, 9, out);
                for (int j = 0; j < 9; j++) CHECK_EQUAL(out[j], whole);
                CHECK_EQUAL(coterie_bloom_put[level](&filter, keys[0]), !whole);
                CHECK(filter.bits[bits[i < 0 ? 0 : i] / 8] == 0xFF);
            }
            bloom_free(&filter);
        }
}

/* ---- known answers ---- */

/* The filter of 32 blocks that the Parquet project publishes (bloom_filter.xxhash.bin), of four texts whose digests are
 * XXH64: their blocks, and the eight words of each. */
static const struct {
    uint64_t digest, block;
    uint32_t words[8];
} PARQUET[] = {
    {0x26C7827D889F6DA3u, 4, /* hello */
     {0x100000u, 0x200u, 0x400u, 0x80u, 0x200u, 0x80000000u, 0x10000000u, 0x8000000u}},
    {0x3C9D29275C52E429u, 7, {0x4u, 0x400000u, 0x400000u, 0x80000u, 0x4000000u, 0x2000u, 0x10u, 0x2u}}, /* parquet */
    {0x50C8FB9E62DBC53Cu, 10, /* bloom */
     {0x200000u, 0x800u, 0x100u, 0x20000000u, 0x800000u, 0x8000000u, 0x100u, 0x1000u}},
    {0x2A5736CDFCD7A9A1u, 5, /* filter */
     {0x800000u, 0x10000000u, 0x1u, 0x10000000u, 0x20u, 0x200000u, 0x40000000u, 0x80000u}},
};

static void parquet(void) {
    EACH_LEVEL(level) {
        coterie_bloom filter = bloom_made(COTERIE_BLOOM_BLOCK, 8, 32, 0, 0);
        uint8_t expected[1024] = {0}, out[4];
        uint64_t digests[4];
        for (int i = 0; i < 4; i++) {
            digests[i] = PARQUET[i].digest;
            CHECK_EQUAL(coterie_bloom_index(digests[i], 32), PARQUET[i].block);
            for (int j = 0; j < 8; j++) coterie_store32(expected + 32 * PARQUET[i].block + 4 * j, PARQUET[i].words[j]);
        }
        coterie_bloom_add[level](&filter, digests, 4);
        CHECK(!memcmp(filter.bits, expected, sizeof expected));
        coterie_bloom_contains[level](&filter, digests, 4, out);
        CHECK(out[0] && out[1] && out[2] && out[3]);
        bloom_free(&filter);
    }
}

/* ---- the largest filters ---- */

enum { FEW = 27 };

/* Adds some keys to an empty filter, looks for all their bits, and takes them away. */
static void check_largest(const coterie_bloom *filter, int level, int shared) {
    uint64_t digests[FEW] = {0, UINT64_MAX, 0xFFFFFFFFu, 0xFFFFFFFF00000000u}, random = 11, bits[MODEL_MOST];
    uint8_t out[FEW], fresh[FEW];
    for (int i = 4; i < FEW; i++) digests[i] = random64(&random);
    coterie_bloom_contains[level](filter, digests, FEW, out);
    for (int i = 0; i < FEW; i++) CHECK_EQUAL(out[i], 0);
    if (shared) CHECK_EQUAL(coterie_bloom_add_shared(filter, digests, FEW, fresh), FEW);
    else CHECK_EQUAL(coterie_bloom_add_new[level](filter, digests, FEW, fresh), FEW);
    coterie_bloom_contains[level](filter, digests, FEW, out);
    for (int i = 0; i < FEW; i++) {
        CHECK(out[i] && fresh[i] && coterie_bloom_has[level](filter, digests[i]));
        for (int n = model_bits(filter, digests[i], bits); n-- > 0;)
            CHECK(filter->bits[bits[n] / 8] >> bits[n] % 8 & 1);
    }
    for (int i = 0; i < FEW; i++)
        for (int n = model_bits(filter, digests[i], bits); n-- > 0;) filter->bits[bits[n] / 8] = 0;
}

/* 64 GiB, of which few pages are ever touched. */
static void largest(void) {
    const uint64_t size = (uint64_t)COTERIE_BLOOM_MAX_BLOCKS * COTERIE_BLOOM_BYTES;
    if (size > SIZE_MAX) return;
    void *memory = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return; /* not on this machine */
    madvise(memory, (size_t)size, MADV_NOHUGEPAGE);
    for (int shape = 0; shape < SHAPES; shape++)
        EACH_LEVEL(level) for (int shared = 0; shared < 2; shared++) {
            coterie_bloom filter = {(uint8_t *)memory,          COTERIE_BLOOM_MAX_BLOCKS, 0,
                                    BLOOM_SHAPES[shape].layout, BLOOM_SHAPES[shape].probes, shared};
            check_largest(&filter, level, shared);
        }
    munmap(memory, (size_t)size);
}

int main(void) {
    every_length();
    every_shape();
    every_number_of_probes();
    duplicates();
    no_keys();
    any_address();
    one_bit_missing();
    parquet();
    largest();
    return check_report();
}
