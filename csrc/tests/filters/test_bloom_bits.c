/* Operations on all bits against loops over single bits and bytes, at every level and length. */
#include "bloom_model.h"
#include "coterie/filters/bloom_bits.h"

enum { MOST = 1100 };
static const size_t MORE[] = {255, 256, 257, 511, 512, 513, 514, 768, 1023, 1024, 1025, 1100};

typedef void combine(uint64_t *words, const uint64_t *other, size_t n);

/* Words of few bits, of many, of none or of all. */
static void fill(uint64_t *words, size_t n, uint64_t *random) {
    for (size_t i = 0; i < n; i++) {
        uint64_t x = random64(random), y = random64(random);
        switch (random64(random) >> 61) {
            case 0: words[i] = 0; break;
            case 1: words[i] = UINT64_MAX; break;
            case 2: words[i] = x & y & random64(random); break;
            case 3: words[i] = x | y | random64(random); break;
            default: words[i] = x;
        }
    }
}

static void check_combined(combine *made, int is_and, const uint64_t *words, const uint64_t *other, size_t n) {
    uint64_t *out = (uint64_t *)guard_alloc(n * 8);
    if (n) memcpy(out, words, n * 8);
    made(out, other, n);
    for (size_t i = 0; i < n; i++) CHECK_EQUAL(out[i], is_and ? words[i] & other[i] : words[i] | other[i]);
    if (n) memcpy(out, words, n * 8);
    made(out, out, n); /* with itself */
    CHECK(!n || !memcmp(out, words, n * 8));
    guard_free(out, n * 8);
}

static uint64_t count_plainly(const uint64_t *words, size_t n) {
    uint64_t count = 0;
    for (size_t i = 0; i < n; i++)
        for (int bit = 0; bit < 64; bit++) count += words[i] >> bit & 1;
    return count;
}

static int is_within(const uint64_t *words, const uint64_t *other, size_t n, int level) {
    int within = 7;
    coterie_bits_within[level](words, other, n, &within);
    return within;
}

/* `words` is within `more`, but for any one bit that is taken away. */
static void check_within(const uint64_t *words, uint64_t *more, size_t n, int level) {
    for (size_t i = 0; i < n; i++) more[i] |= words[i];
    CHECK_EQUAL(is_within(words, words, n, level), 1);
    CHECK_EQUAL(is_within(words, more, n, level), 1);
    for (size_t i = 0; i < n; i += n < 80 ? 1 : 1 + i % 13)
        for (unsigned bit = (unsigned)i % 7; bit < 64; bit += 7) {
            if (!(words[i] >> bit & 1)) continue;
            more[i] ^= (uint64_t)1 << bit;
            CHECK_EQUAL(is_within(words, more, n, level), 0);
            more[i] ^= (uint64_t)1 << bit;
        }
}

static void check_length(size_t n, uint64_t *random) {
    uint64_t *words = (uint64_t *)guard_alloc(n * 8), *other = (uint64_t *)guard_alloc(n * 8);
    uint64_t *more = (uint64_t *)guard_alloc(n * 8), count;
    fill(words, n, random);
    fill(other, n, random);
    fill(more, n, random);
    guard_read_only(words, n * 8);
    guard_read_only(other, n * 8);
    check_combined(coterie_bits_or_shared, 0, words, other, n);
    check_combined(coterie_bits_and_shared, 1, words, other, n);
    EACH_LEVEL(level) {
        check_combined(coterie_bits_or[level], 0, words, other, n);
        check_combined(coterie_bits_and[level], 1, words, other, n);
        count = 1;
        coterie_bits_count[level](words, n, &count);
        CHECK_EQUAL(count, count_plainly(words, n));
        check_within(words, more, n, level);
    }
    guard_free(words, n * 8);
    guard_free(other, n * 8);
    guard_free(more, n * 8);
}

static void every_length(void) {
    uint64_t random = 1;
    for (size_t n = 0; n <= 140; n++) check_length(n, &random);
    for (size_t i = 0; i < sizeof MORE / sizeof *MORE; i++) check_length(MORE[i], &random);
}

/* The first word that is not within may be in any of the portions that are looked at; what follows does not matter. */
static void only_one_word_differs(void) {
    static uint64_t words[MOST], other[MOST];
    EACH_LEVEL(level) for (size_t i = 0; i < MOST; i++) {
        words[i] = 1;
        CHECK_EQUAL(is_within(words, other, MOST, level), 0);
        CHECK_EQUAL(is_within(other, words, MOST, level), 1);
        CHECK_EQUAL(is_within(words, other, i, level), 1);
        words[i] = 0;
    }
}

static void counts(void) {
    static uint64_t words[MOST];
    uint64_t count;
    EACH_LEVEL(level) {
        memset(words, 0xFF, sizeof words); /* as many as can be */
        coterie_bits_count[level](words, MOST, &count);
        CHECK_EQUAL(count, 64 * MOST);
        memset(words, 0, sizeof words);
        for (unsigned bit = 0; bit < 64; bit++) { /* of one bit, and of all bits up to it */
            words[bit] = (uint64_t)1 << bit;
            coterie_bits_count[level](words + bit, 1, &count);
            CHECK_EQUAL(count, 1);
            words[bit] |= words[bit] - 1;
            coterie_bits_count[level](words + bit, 1, &count);
            CHECK_EQUAL(count, bit + 1);
        }
    }
}

/* ---- the rate of blocks ---- */

/* The mean of the shares of words that hit in a block: products of multiples of 1/32, and so exact. */
static double rate_plainly(const uint8_t *bits, uint64_t blocks) {
    double sum = 0;
    for (uint64_t b = 0; b < blocks; b++) {
        double share = 1;
        for (unsigned lane = 0; lane < 8; lane++) {
            int set = 0;
            for (unsigned bit = 0; bit < 32; bit++) set += bits[32 * b + 4 * lane + bit / 8] >> bit % 8 & 1;
            share *= set / 32.0;
        }
        sum += share;
    }
    return sum / (double)blocks;
}

static void rates(void) {
    uint64_t random = 2;
    for (uint64_t blocks = 1; blocks <= 300; blocks += blocks < 20 ? 1 : 37) {
        coterie_bloom filter = bloom_made(COTERIE_BLOOM_BLOCK, 8, blocks, 0, 0);
        size_t size = bloom_bytes(&filter);
        CHECK(coterie_bits_block_rate(filter.bits, blocks) == 0);
        for (uint64_t keys = 1; keys < 100 * blocks; keys += keys) {
            for (uint64_t i = 0; i < keys; i++) coterie_bloom_put[COTERIE_BASELINE](&filter, random64(&random));
            CHECK(coterie_bits_block_rate(filter.bits, blocks) == rate_plainly(filter.bits, blocks));
        }
        memset(filter.bits, 0xFF, size);
        CHECK(coterie_bits_block_rate(filter.bits, blocks) == 1);
        for (int lane = 0; lane < 8; lane++) { /* half a lane: half the words */
            memset(filter.bits + 4 * lane + 1, 0, 2);
            CHECK(coterie_bits_block_rate(filter.bits, blocks) == ((double)blocks - 0.5) / (double)blocks);
            memset(filter.bits + 4 * lane, 0xFF, 4);
        }
        if (blocks > 1) {
            memset(filter.bits + 32 * (blocks - 1), 0, 4); /* one lane of none: no word */
            CHECK(coterie_bits_block_rate(filter.bits, blocks) == ((double)blocks - 1) / (double)blocks);
        }
        bloom_free(&filter);
    }
}

/* The measured share of hits is what the bits say. */
static void rate_is_measured(void) {
    enum { WORDS = 400000, BLOCKS = 16 };
    uint64_t random = 3, hits = 0;
    coterie_bloom filter = bloom_made(COTERIE_BLOOM_BLOCK, 8, BLOCKS, 0, 0);
    for (int i = 0; i < 30 * BLOCKS; i++) coterie_bloom_put[COTERIE_BASELINE](&filter, random64(&random));
    double rate = coterie_bits_block_rate(filter.bits, BLOCKS);
    for (int i = 0; i < WORDS; i++) hits += (uint64_t)coterie_bloom_has[COTERIE_BASELINE](&filter, random64(&random));
    double expected = rate * WORDS, difference = (double)hits - expected;
    CHECK(difference * difference < 16 * expected); /* four standard deviations */
    bloom_free(&filter);
}

int main(void) {
    every_length();
    only_one_word_differs();
    counts();
    rates();
    rate_is_measured();
    return check_report();
}
