/* Bitmaps of nulls: every length, every first bit and every size of an answer against the plainest loops; no byte is
 * read that has none of the bits. */
#include "coterie/keys/nulls.h"

#include "check.h"
#include "guard.h"

enum { MOST = 200, WORDS = (MOST + 63) / 64 };

/* One bit in `odds` is 0; all of them, or none, at the ends. */
static int random_bit(uint64_t *random, uint32_t odds) { return odds && (odds > MOST || random_below(random, odds)); }
static const uint32_t all_odds[] = {0, 2, 8, 60, MOST + 1};
#define EACH_ODDS(odds) \
    for (const uint32_t *odds = all_odds; odds < all_odds + sizeof all_odds / sizeof *all_odds; odds++)

static int bit_of(const void *bits, size_t i) { return ((const uint8_t *)bits)[i / 8] >> (i % 8) & 1; }
static int bit_of_word(const uint64_t *words, size_t i) { return (int)(words[i / 64] >> (i % 64) & 1); }

static void check_load(const uint8_t *bits, size_t from, size_t n) {
    size_t words_size = (n + 63) / 64 * 8, count = 0;
    uint64_t *words = (uint64_t *)guard_alloc(words_size);
    size_t got = coterie_bits_load(bits, from, n, words);
    for (size_t i = 0; i < (n + 63) / 64 * 64; i++) {
        int expected = i < n && bit_of(bits, from + i);
        if (bit_of_word(words, i) != expected) CHECK_EQUAL(bit_of_word(words, i), expected);
        count += (size_t)expected;
    }
    CHECK_EQUAL(got, count);
    guard_free(words, words_size);
}

/* The bytes with the bits begin right after an unmapped page, or end right before one; the bytes before them that a
 * bitmap has do not exist. */
static void load(void) {
    uint64_t random = 1;
    size_t page = guard_page();
    uint8_t *first = (uint8_t *)guard_alloc(page);
    for (size_t n = 0; n <= MOST; n++)
        for (size_t from = 0; from < 27; from++) {
            size_t bytes = (from % 8 + n + 7) / 8;
            uint8_t *starts[2] = {first, first + page - bytes};
            if (!n) starts[0] = starts[1] = first + page; /* nothing at all may be read */
            for (int end = 0; end < 2; end++) {
                for (size_t i = 0; n && i < bytes; i++) starts[end][i] = (uint8_t)random64(&random);
                check_load((const uint8_t *)((uintptr_t)starts[end] - from / 8), from, n);
            }
        }
    memset(first, GUARD_FILL, page);
    guard_free(first, page);
}

/* Words for n bits, as they come out of a bitmap. */
static size_t random_words(uint64_t *words, size_t n, uint32_t odds, uint64_t *random) {
    size_t ones = 0;
    memset(words, 0, WORDS * sizeof *words);
    for (size_t i = 0; i < n; i++)
        if (random_bit(random, odds)) words[i / 64] |= (uint64_t)1 << (i % 64), ones++;
    return ones;
}

static void first_zero(void) {
    uint64_t words[WORDS];
    for (size_t n = 0; n <= MOST; n++)
        for (size_t zero = 0; zero <= n; zero++) {
            memset(words, 0, sizeof words);
            for (size_t i = 0; i < n; i++) /* others follow the first */
                if (i < zero || (i > zero && i % 3)) words[i / 64] |= (uint64_t)1 << (i % 64);
            CHECK_EQUAL(coterie_bits_first_zero(words, n), zero);
        }
}

static void drop(void) {
    uint64_t words[WORDS], random = 2;
    EACH_ODDS(odds) for (size_t n = 0; n <= MOST; n++) {
        size_t size = n * sizeof(uint64_t), ones = random_words(words, n, *odds, &random), kept = 0;
        uint64_t *digests = (uint64_t *)guard_alloc(size);
        for (size_t i = 0; i < n; i++) digests[i] = i * i + n;
        CHECK_EQUAL(coterie_nulls_drop(words, n, digests), ones);
        for (size_t i = 0; i < n; i++)
            if (bit_of_word(words, i)) CHECK_EQUAL(digests[kept++], i * i + n);
        guard_free(digests, size);
    }
}

static void spread(void) {
    const size_t sizes[] = {0, 1, 2, 3, 4, 7, 8, 12, 16, 40};
    uint64_t words[WORDS], random = 3;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        EACH_ODDS(odds) for (size_t n = 0; n <= MOST; n += n < 70 ? 1 : 13) {
            size_t size = sizes[s], kept = random_words(words, n, *odds, &random), used = 0;
            uint8_t *answers = (uint8_t *)guard_alloc(n * size), *answer = (uint8_t *)guard_alloc(size);
            uint8_t given[MOST * 40];
            for (size_t i = 0; i < size; i++) answer[i] = (uint8_t)random64(&random);
            for (size_t i = 0; i < kept * size; i++) answers[i] = given[i] = (uint8_t)random64(&random);
            guard_read_only(answer, size);
            coterie_nulls_spread(words, n, kept, size, answer, answers);
            for (size_t i = 0; i < n; i++) {
                const uint8_t *expected = bit_of_word(words, i) ? given + used++ * size : answer;
                CHECK(!memcmp(answers + i * size, expected, size));
            }
            guard_free(answer, size);
            guard_free(answers, n * size);
        }
}

/* What drop takes out, spread puts back. */
static void drop_and_spread(void) {
    uint64_t words[WORDS], digests[MOST], random = 4, none = UINT64_MAX;
    EACH_ODDS(odds) {
        random_words(words, MOST, *odds, &random);
        for (size_t i = 0; i < MOST; i++) digests[i] = i;
        size_t kept = coterie_nulls_drop(words, MOST, digests);
        coterie_nulls_spread(words, MOST, kept, sizeof *digests, &none, digests);
        for (size_t i = 0; i < MOST; i++) CHECK_EQUAL(digests[i], bit_of_word(words, i) ? i : none);
    }
}

int main(void) {
    load();
    first_zero();
    drop();
    spread();
    drop_and_spread();
    return check_report();
}
