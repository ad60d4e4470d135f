/* Guava's filters against the rule of each strategy, written down bit by bit, and streams of every kind. */
#include "coterie/filters/guava.h"
#include "guard.h"

enum { MOST = 64 };

/* The bit that probe i of a key sets, as Guava's source has it. */
static uint64_t model_bit(const coterie_guava *filter, coterie_murmur3 hash, int i) {
    uint64_t bits = 64 * (uint64_t)filter->len;
    if (filter->strategy == COTERIE_GUAVA_MITZ_64)
        return (hash.first + (uint64_t)i * hash.last) % ((uint64_t)1 << 63) % bits;
    uint32_t combined = (uint32_t)hash.first + (uint32_t)(i + 1) * (uint32_t)(hash.first >> 32);
    if (combined >= 0x80000000u) combined = 0xffffffffu - combined;
    return combined % bits;
}

static void against_the_model(void) {
    uint64_t words[MOST], model[MOST], random = 1;
    for (int strategy = 0; strategy < COTERIE_GUAVA_STRATEGIES; strategy++)
        for (uint32_t len = 1; len <= MOST; len++)
            for (int probes = 1; probes < 256; probes += 1 + probes / 2) {
                coterie_guava filter = {words, len, (uint8_t)probes, (uint8_t)strategy};
                memset(words, 0, sizeof words);
                memset(model, 0, sizeof model);
                for (int key = 0; key < 10; key++) {
                    coterie_murmur3 hash = {random64(&random), random64(&random)};
                    int changed = 0, held = coterie_guava_has(&filter, hash);
                    for (int i = 0; i < probes; i++) {
                        uint64_t bit = model_bit(&filter, hash, i), mask = (uint64_t)1 << bit % 64;
                        changed |= !(model[bit / 64] & mask);
                        model[bit / 64] |= mask;
                    }
                    CHECK_EQUAL(held, !changed);
                    CHECK_EQUAL(coterie_guava_put(&filter, hash), changed);
                    CHECK(!coterie_guava_put(&filter, hash) && coterie_guava_has(&filter, hash));
                    CHECK(!memcmp(words, model, sizeof words));
                }
            }
}

static int says(const char *problem, const char *part) { return problem && strstr(problem, part); }

static void streams(void) {
    uint64_t words[3] = {1, 0x0123456789abcdefu, (uint64_t)1 << 63}, again[3];
    static const uint8_t expected[] = {1, 5, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0x01, 0x23, 0x45,
                                       0x67, 0x89, 0xab, 0xcd, 0xef, 0x80, 0, 0, 0, 0, 0, 0, 0};
    coterie_guava filter = {words, 3, 5, COTERIE_GUAVA_MITZ_64}, read = {again, 0, 0, 0};
    size_t size = sizeof expected;
    uint8_t *bytes = (uint8_t *)guard_alloc(size);
    coterie_guava_write(&filter, bytes);
    CHECK(!memcmp(bytes, expected, size));
    CHECK(!coterie_guava_read(bytes, size, &read));
    CHECK(read.len == 3 && read.probes == 5 && read.strategy == COTERIE_GUAVA_MITZ_64 && read.words == again);
    coterie_guava_read_words(bytes, &read);
    CHECK(!memcmp(words, again, sizeof words));
    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *part = (uint8_t *)guard_alloc(cut);
        memcpy(part, expected, cut);
        CHECK(says(coterie_guava_read(part, cut, &read), "too early"));
        guard_free(part, cut);
    }
    bytes[5] = 2;
    CHECK(says(coterie_guava_read(bytes, size, &read), "more bytes"));
    CHECK(!coterie_guava_read(bytes, size - 8, &read));
    CHECK(says(coterie_guava_read(bytes, size - 7, &read), "more bytes"));
    bytes[5] = 0;
    CHECK(says(coterie_guava_read(bytes, 6, &read), "number of words"));
    bytes[2] = 0x80;
    CHECK(says(coterie_guava_read(bytes, size, &read), "number of words"));
    bytes[2] = 0x7f;
    CHECK(says(coterie_guava_read(bytes, size, &read), "too early"));
    bytes[1] = 0;
    CHECK(says(coterie_guava_read(bytes, size, &read), "probes"));
    bytes[0] = 2;
    CHECK(says(coterie_guava_read(bytes, size, &read), "strategy"));
    bytes[0] = 0xff;
    CHECK(says(coterie_guava_read(bytes, size, &read), "strategy"));
    guard_free(bytes, size);
}

int main(void) {
    against_the_model();
    streams();
    return check_report();
}
