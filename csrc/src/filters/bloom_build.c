#include "coterie/filters/bloom_build.h"

#include "bloom_group.h"

enum {
    REGION = 128 << 10,  /* bytes about: two of them, and their words, stay in the second cache */
    MOST_REGIONS = 2048, /* to each of which there is an open cache line */
    LINE = 64,
    EACH = 12,    /* words that are gathered for each line */
    SPREAD = 512, /* room for regions that get more than others: five standard deviations */
    PAYS = 8,     /* keys for each line */
};

#if defined(__GNUC__)
#define FETCH_TO_WRITE(address) __builtin_prefetch(address, 1, 3)
#else
#define FETCH_TO_WRITE(address) ((void)(address))
#endif

int coterie_bloom_build_pays(const coterie_bloom *filter, uint64_t n) {
    uint64_t size = filter->blocks * COTERIE_BLOOM_BYTES;
    return filter->layout != COTERIE_BLOOM_CLASSIC && filter->far && size >= 16 * REGION && n / PAYS >= size / LINE;
}

static void release(coterie_bloom_build *build) {
    coterie_free(build->count);
    coterie_free(build->words);
}

coterie_status coterie_bloom_build_begin(coterie_bloom_build *build, const coterie_bloom *filter) {
    uint64_t size = filter->blocks * COTERIE_BLOOM_BYTES, regions = size / REGION + 1;
    build->filter = *filter;
    build->regions = (uint32_t)(regions < MOST_REGIONS ? regions : MOST_REGIONS);
    build->room = (uint32_t)(size / build->regions / LINE * EACH + SPREAD);
    build->gathered = 0;
    build->count = coterie_alloc(build->regions * sizeof *build->count);
    build->words = coterie_alloc((size_t)build->regions * build->room * sizeof *build->words);
    if (!build->count || !build->words) {
        release(build);
        return COTERIE_NO_MEMORY;
    }
    memset(build->count, 0, build->regions * sizeof *build->count);
    return COTERIE_OK;
}

typedef struct {
    const uint8_t *at, *end;
} bytes;

static void fetch(bytes *ahead, size_t size) {
    for (; size && ahead->at < ahead->end; size -= LINE, ahead->at += LINE) COTERIE_PREFETCH_SECOND(ahead->at);
}

static bytes bits_of(const coterie_bloom_build *build, uint32_t region) {
    const coterie_bloom *filter = &build->filter;
    bytes all = {filter->bits + filter->blocks * region / build->regions * COTERIE_BLOOM_BYTES,
                 filter->bits + filter->blocks * (region + 1) / build->regions * COTERIE_BLOOM_BYTES};
    return all;
}

static bytes words_of(const coterie_bloom_build *build, uint32_t region) {
    const uint64_t *words = build->words + (size_t)region * build->room;
    bytes all = {(const uint8_t *)words, (const uint8_t *)(words + build->count[region])};
    return all;
}

/* Adds what was gathered of a region, and fetches the next one meanwhile, line after line, which is faster than one line
 * for each word. */
static void add_region(coterie_bloom_build *build, uint32_t region, uint32_t next, int level) {
    coterie_bloom near = {build->filter.bits, build->filter.blocks, 0, COTERIE_BLOOM_BLOCK, LANES, 0}; /* of words */
    bytes bits = bits_of(build, next), words = words_of(build, next);
    const uint64_t *from = build->words + (size_t)region * build->room;
    uint32_t count = build->count[region];
    size_t turns = count / GROUP + 1, each = ((size_t)(bits.end - bits.at) / turns / LINE + 1) * LINE;
    for (uint32_t i = 0; i < count; i += GROUP) {
        fetch(&bits, each);
        fetch(&words, 2 * GROUP * sizeof *from);
        coterie_bloom_add[level](&near, from + i, count - i < GROUP ? count - i : GROUP);
    }
    build->count[region] = 0;
}

static void add_gathered(coterie_bloom_build *build, int level) {
    for (uint32_t region = 0; region < build->regions; region++)
        add_region(build, region, region + 1 < build->regions ? region + 1 : region, level);
    build->gathered = 0;
}

/* `copy` is *build, which the compiler would read again for each word. */
COTERIE_INLINE void gather(const coterie_bloom_build *copy, uint64_t word, coterie_bloom_build *build, int level) {
    uint32_t region = coterie_bloom_index(word, copy->regions), count = copy->count[region]++;
    uint64_t *at = copy->words + (size_t)region * copy->room + count;
    FETCH_TO_WRITE(at + 2 * LINE / sizeof *at);
    *at = word;
    if (COTERIE_UNLIKELY(count + 1 == copy->room)) add_region(build, region, region, level);
}

void coterie_bloom_build_add(coterie_bloom_build *build, const uint64_t *digests, size_t n, int level) {
    const coterie_bloom_build copy = *build;
    int pair = copy.filter.layout == COTERIE_BLOOM_PAIR;
    if (pair)
        for (size_t i = 0; i < n; i++) {
            uint64_t word = coterie_bloom_word(digests[i], copy.filter.salt);
            gather(&copy, word, build, level);
            gather(&copy, coterie_bloom_second(word), build, level);
        }
    else
        for (size_t i = 0; i < n; i++) gather(&copy, coterie_bloom_word(digests[i], copy.filter.salt), build, level);
    build->gathered += pair ? 2 * n : n;
    if (build->gathered >= (uint64_t)build->regions * (build->room - SPREAD)) add_gathered(build, level);
}

void coterie_bloom_build_end(coterie_bloom_build *build, int level) {
    add_gathered(build, level);
    release(build);
}
