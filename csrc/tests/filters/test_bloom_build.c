/* Adding region by region leaves the bits that the model has, whatever the keys, and says so if memory runs out. The
 * linker puts these in place of the library's allocations (--wrap). */
#include "bloom_model.h"
#include "coterie/filters/bloom_build.h"

void *__real_malloc(size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

static long allowed = -1; /* allocations that still succeed; below 0: all */

static int refused(void) { return allowed >= 0 && allowed-- == 0; }
void *__wrap_malloc(size_t size) { return refused() ? NULL : __real_malloc(size); }
void *__wrap_aligned_alloc(size_t alignment, size_t size) {
    return refused() ? NULL : __real_aligned_alloc(alignment, size);
}

enum { PORTION = 5000 };

/* Which words the keys have. */
enum { RANDOM, ONE, ONE_BLOCK, LAST, NEAR_BORDERS, FEW_REGIONS, KINDS };

static uint64_t digest_of(int kind, uint64_t *random) {
    uint64_t x = random64(random);
    switch (kind) {
        case ONE: return 0x0123456789ABCDEFu;
        case ONE_BLOCK: return x & 0xffffffffu;
        case LAST: return x | 0xffffff0000000000u;
        case NEAR_BORDERS: return (x >> 58 << 58) - (x >> 8) % 3 + (x & 0xffffffffu); /* 64ths of all words */
        case FEW_REGIONS: return x >> 4 | (x & 1) << 63;
        default: return x;
    }
}

/* Adds n keys in portions of at most `portion`; the bits afterwards, and that no others are written. */
static void check_build(int layout, uint64_t blocks, uint64_t salt, int kind, uint64_t n, size_t portion) {
    static uint64_t digests[PORTION];
    int probes = layout == COTERIE_BLOOM_BLOCK ? 8 : 16;
    coterie_bloom model = bloom_made(layout, probes, blocks, salt, 0);
    EACH_LEVEL(level) {
        coterie_bloom filter = bloom_made(layout, probes, blocks, salt, 1);
        coterie_bloom_build build;
        uint64_t random = n + blocks;
        if (!CHECK(coterie_bloom_build_begin(&build, &filter) == COTERIE_OK)) return;
        for (uint64_t done = 0; done < n;) {
            size_t count = (size_t)(n - done < portion ? n - done : portion);
            for (size_t i = 0; i < count; i++) {
                digests[i] = digest_of(kind, &random);
                if (level == COTERIE_BASELINE) model_put(&model, model.bits, digests[i]);
            }
            coterie_bloom_build_add(&build, digests, count, level);
            if (done % 3 == 0) coterie_bloom_build_add(&build, NULL, 0, level);
            done += count;
        }
        coterie_bloom_build_end(&build, level);
        CHECK(!memcmp(filter.bits, model.bits, bloom_bytes(&filter)));
        bloom_free(&filter);
    }
    bloom_free(&model);
}

/* From one region, and some words in it, to many, over and over full. */
static void every_kind(void) {
    const uint64_t blocks[] = {1, 2, 100, 4096, 4097, 12345, 40000};
    const uint64_t counts[] = {0, 1, 127, 128, 129, 511, 512, 513, 3000, 60000};
    for (int layout = COTERIE_BLOOM_BLOCK; layout <= COTERIE_BLOOM_PAIR; layout++)
        for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++)
            for (size_t c = 0; c < sizeof counts / sizeof *counts; c++)
                for (int kind = 0; kind < KINDS; kind++)
                    if (counts[c] < 3000 || (b + (size_t)kind) % 2)
                        check_build(layout, blocks[b], b % 2 ? 5 : 0, kind, counts[c], c % 2 ? PORTION : 700);
}

/* So many that all regions are gone through more than once. */
static void many_keys(void) {
    for (int kind = 0; kind < KINDS; kind++) {
        check_build(COTERIE_BLOOM_BLOCK, 20001, 7, kind, 450000, PORTION);
        check_build(COTERIE_BLOOM_PAIR, 20001, 0, kind, 250000, PORTION);
    }
}

/* The regions of large filters are larger, not more; what was in the filter stays. Few of its pages are touched. */
static void large_filter(void) {
    const uint64_t blocks = (260u << 20) / COTERIE_BLOOM_BYTES + 1;
    const size_t size = (size_t)blocks * COTERIE_BLOOM_BYTES;
    static uint64_t digests[PORTION];
    static uint8_t found[PORTION];
    uint64_t bits[MODEL_MOST], random = 9;
    int level = coterie_level_best();
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return;
    coterie_bloom filter = {(uint8_t *)memory, blocks, 3, COTERIE_BLOOM_PAIR, 16, 1};
    coterie_bloom_build build;
    filter.bits[0] = 0xFF;
    if (coterie_bloom_build_begin(&build, &filter) == COTERIE_OK) { /* else not on this machine */
        for (int i = 0; i < PORTION; i++) digests[i] = random64(&random);
        coterie_bloom_build_add(&build, digests, PORTION, level);
        coterie_bloom_build_end(&build, level);
        CHECK_EQUAL(filter.bits[0], 0xFF);
        coterie_bloom_contains[level](&filter, digests, PORTION, found);
        for (int i = 0; i < PORTION; i++) CHECK(found[i]);
        for (int i = 0; i < PORTION; i++)
            for (int n = model_bits(&filter, digests[i], bits); n-- > 0;) filter.bits[bits[n] / 8] = 0;
        filter.bits[0] = 0;
        size_t others = 0;
        for (size_t i = 0; i < size; i++) others += filter.bits[i] != 0;
        CHECK_EQUAL(others, 0);
    }
    munmap(memory, size);
}

/* It pays for many keys for each cache line of a filter that is far, and only with blocks. */
static void pays(void) {
    const uint64_t blocks = (64u << 20) / COTERIE_BLOOM_BYTES, many = (uint64_t)1 << 40;
    for (int layout = 0; layout < COTERIE_BLOOM_LAYOUTS; layout++)
        for (int far = 0; far < 2; far++) {
            coterie_bloom filter = {NULL, blocks, 0, layout, layout == COTERIE_BLOOM_BLOCK ? 8 : 16, far};
            CHECK_EQUAL(coterie_bloom_build_pays(&filter, many), far && layout != COTERIE_BLOOM_CLASSIC);
            CHECK(!coterie_bloom_build_pays(&filter, 0) && !coterie_bloom_build_pays(&filter, blocks / 2));
            filter.blocks = 1;
            CHECK(!coterie_bloom_build_pays(&filter, many));
        }
}

static void no_memory(void) {
    coterie_bloom filter = bloom_made(COTERIE_BLOOM_BLOCK, 8, 100, 0, 1);
    coterie_bloom_build build;
    int failures = 0;
    for (;; failures++) {
        allowed = failures;
        coterie_status status = coterie_bloom_build_begin(&build, &filter);
        allowed = -1;
        if (status == COTERIE_OK) break;
        CHECK(status == COTERIE_NO_MEMORY);
    }
    CHECK_EQUAL(failures, 2);
    coterie_bloom_build_end(&build, COTERIE_BASELINE);
    for (size_t i = 0; i < bloom_bytes(&filter); i++) CHECK_EQUAL(filter.bits[i], 0);
    bloom_free(&filter);
}

int main(void) {
    every_kind();
    many_keys();
    large_filter();
    pays();
    no_memory();
    return check_report();
}
