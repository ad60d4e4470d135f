/* Texts hashed together: every length beside every other, at every level, equal to each text hashed alone. Nothing is
 * read in front of a text or behind the 8 bytes that may be, and nothing is written behind the hashes. */
#include "coterie/keys/texts.h"

#include "guard.h"
#include "keys/column_model.h"

enum { MOST = 300, ROOM = MOST + 8 };

static const uint64_t seeds[] = {0, 1, 0x8123456789ABCDEFu, UINT64_MAX};
#define EACH_HASHER(hasher) \
    EACH_LEVEL(level) for (int kind = 0; kind < COTERIE_HASH_NONE; kind++) for (int seed = 0; seed < 4; seed++) \
        for (coterie_hasher hasher = {(coterie_hash_kind)kind, level, seeds[seed], seeds[3 - seed]}, *once = &hasher; once; \
             once = NULL)

/* The texts of these lengths; those below 8 bytes are copied where `copied` says so. */
static void compare(const size_t *lens, size_t n, const uint8_t *const *data, int copied) {
    uint64_t *out = (uint64_t *)guard_alloc(n * sizeof *out);
    EACH_HASHER(hasher) {
        coterie_texts *texts = (coterie_texts *)malloc(sizeof *texts); /* what is not filled is unknown to sanitizers */
        memset(out, 0x5A, n * sizeof *out);
        for (size_t i = 0; i < n; i++)
            if (copied && lens[i] < 8) coterie_texts_copy(texts, i, data[i], lens[i]);
            else texts->data[i] = data[i], texts->len[i] = lens[i];
        coterie_texts_hash(texts, &hasher, n, out);
        for (size_t i = 0; i < n; i++) CHECK_EQUAL(out[i], model_hash(&hasher, data[i], lens[i]));
        free(texts);
    }
    guard_free(out, n * sizeof *out);
}

/* A text of each length three times: right in front of an unmapped page, short ones followed by the rest of 8 bytes;
 * right in front of one with nothing behind it, to be copied; and right behind one. */
static uint8_t *texts_of[MOST + 1], *copies_of[MOST + 1], *begins_of[MOST + 1];

static size_t room_of(size_t len) { return len < 8 ? 8 : len; }
static void make_texts(void) {
    uint64_t random = 1;
    for (size_t len = 0; len <= MOST; len++) {
        texts_of[len] = (uint8_t *)guard_alloc(room_of(len));
        copies_of[len] = (uint8_t *)guard_alloc(len);
        begins_of[len] = (uint8_t *)guard_alloc(guard_page());
        for (size_t i = 0; i < room_of(len); i++) texts_of[len][i] = (uint8_t)random64(&random);
        memcpy(copies_of[len], texts_of[len], len);
        memcpy(begins_of[len], texts_of[len], len);
    }
}
static void free_texts(void) {
    for (size_t len = 0; len <= MOST; len++) {
        guard_free(texts_of[len], room_of(len));
        guard_free(copies_of[len], len);
        guard_free(begins_of[len], guard_page());
    }
}

static void of_lengths(const size_t *lens, size_t n) {
    const uint8_t *data[COTERIE_TEXTS] = {0}, *copies[COTERIE_TEXTS] = {0}, *begins[COTERIE_TEXTS] = {0};
    for (size_t i = 0; i < n; i++)
        data[i] = texts_of[lens[i]], copies[i] = copies_of[lens[i]], begins[i] = begins_of[lens[i]];
    compare(lens, n, data, 0);
    compare(lens, n, copies, 1);
    compare(lens, n, begins, 0);
}

static void one_length(void) {
    size_t lens[COTERIE_TEXTS];
    for (size_t len = 0; len <= MOST; len++) {
        for (size_t i = 0; i < COTERIE_TEXTS; i++) lens[i] = len;
        of_lengths(lens, len % 5 ? 9 : COTERIE_TEXTS);
    }
}

static void every_count(void) {
    size_t lens[COTERIE_TEXTS];
    for (size_t n = 0; n <= COTERIE_TEXTS; n++)
        for (size_t most = 0; most < 20; most += 4) {
            for (size_t i = 0; i < n; i++) lens[i] = i * 7 % (most + 1);
            of_lengths(lens, n);
        }
}

/* Each length once, alone among texts of another one, at every place of a vector. */
static void two_lengths(void) {
    size_t lens[COTERIE_TEXTS];
    for (size_t one = 0; one <= 20; one++)
        for (size_t others = 0; others <= 20; others++) {
            for (size_t i = 0; i < 20; i++) lens[i] = i == (one * 21 + others) % 20 ? one : others;
            of_lengths(lens, 20);
        }
}

static void random_lengths(void) {
    const uint32_t ranges[][2] = {{0, 3}, {0, 8}, {0, 16}, {0, 17}, {1, 3}, {3, 9}, {4, 8}, {4, 16}, {4, 30}, {8, 16},
                                  {8, 17}, {9, 16}, {9, 40}, {15, 18}, {0, MOST}, {230, 250}};
    size_t lens[COTERIE_TEXTS];
    uint64_t random = 2;
    for (size_t r = 0; r < sizeof ranges / sizeof *ranges; r++)
        for (int turn = 0; turn < 20; turn++) {
            for (size_t i = 0; i < COTERIE_TEXTS; i++)
                lens[i] = ranges[r][0] + random_below(&random, ranges[r][1] - ranges[r][0] + 1);
            of_lengths(lens, COTERIE_TEXTS);
        }
}

/* All bits of the first and the last bytes, which short hashes are made of. */
static void bits_of_bytes(void) {
    uint8_t bytes[COTERIE_TEXTS][16];
    const uint8_t *data[COTERIE_TEXTS];
    size_t lens[COTERIE_TEXTS];
    for (int value = 0; value < 256; value++) {
        for (size_t i = 0; i < COTERIE_TEXTS; i++) {
            memset(bytes[i], value ^ (int)i, 16);
            data[i] = bytes[i];
            lens[i] = i % 17;
        }
        compare(lens, COTERIE_TEXTS, data, 0);
    }
}

/* Published answers of XXH3: the empty text, and of 1, 4, 8, 9, 16 and 17 letters. */
static void known(void) {
    static const char text[] = "abcdefghijklmnopqrstuvwxyz";
    const size_t lens[] = {0, 1, 4, 8, 9, 16, 17};
    const uint64_t expected[] = {0x2D06800538D394C2u, 0xE6C632B61E964E1Fu, 0x6497A96F53A89890u, 0x6F45A76842A96483u,
                                 0xE0DDE4FC174590A0u, 0x3D3CCAC9AF14D8A8u, 0xCA7F3571DF47CACFu};
    EACH_LEVEL(level) {
        coterie_hasher hasher = {COTERIE_HASH_XXH3, level, 0, 0};
        coterie_texts texts;
        uint64_t out[7];
        for (size_t i = 0; i < 7; i++) texts.data[i] = (const uint8_t *)text, texts.len[i] = lens[i];
        coterie_texts_hash(&texts, &hasher, 7, out);
        for (size_t i = 0; i < 7; i++) CHECK_EQUAL(out[i], expected[i]);
    }
}

int main(void) {
    make_texts();
    known();
    one_length();
    every_count();
    two_lengths();
    random_lengths();
    bits_of_bytes();
    free_texts();
    return check_report();
}
