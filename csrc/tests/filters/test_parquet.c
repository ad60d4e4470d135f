/* Parquet's filters: headers written and read again, the ways in which Thrift may say the same, every header cut short or
 * with any byte changed, and a filter that other implementations wrote. */
#include "coterie/filters/bloom.h"
#include "coterie/filters/parquet.h"
#include "coterie/hashing/xxh64.h"
#include "guard.h"

/* Reads it where no byte lies behind it. */
static const char *parse(const uint8_t *data, size_t size, int whole, coterie_parquet_header *header) {
    uint8_t *exact = (uint8_t *)guard_alloc(size);
    memcpy(exact, data, size);
    guard_read_only(exact, size);
    const char *problem = whole ? coterie_parquet_read_whole(exact, size, header)
                                : coterie_parquet_read(exact, size, header);
    guard_free(exact, size);
    return problem;
}

static int says(const char *problem, const char *part) { return problem && strstr(problem, part); }

static void sizes(void) {
    uint8_t out[COTERIE_PARQUET_WRITTEN];
    coterie_parquet_header header;
    for (uint64_t nbytes = 32; nbytes < (uint64_t)1 << 31; nbytes += nbytes / 64 * 32 + 32) {
        size_t len = coterie_parquet_write((uint32_t)nbytes, out);
        CHECK(len <= sizeof out && len < COTERIE_PARQUET_LONGEST);
        CHECK(!parse(out, len, 0, &header));
        CHECK_EQUAL(header.len, len);
        CHECK_EQUAL(header.nbytes, nbytes);
        CHECK(says(parse(out, len, 1, &header), "end too early"));
        for (size_t cut = 0; cut < len; cut++) CHECK(says(parse(out, cut, 0, &header), "ends too early"));
    }
    CHECK_EQUAL(coterie_parquet_write(0x7fffffe0, out), 19);
    CHECK(!parse(out, 19, 0, &header));
    CHECK_EQUAL(header.nbytes, 0x7fffffe0);
}

static void published(void) { /* in the specification's own example file: 1024 bytes */
    static const uint8_t expected[] = {0x15, 0x80, 0x10, 0x1c, 0x1c, 0, 0, 0x1c, 0x1c, 0, 0, 0x1c, 0x1c, 0, 0, 0};
    uint8_t out[COTERIE_PARQUET_WRITTEN];
    CHECK_EQUAL(coterie_parquet_write(1024, out), sizeof expected);
    CHECK(!memcmp(out, expected, sizeof expected));
}

#define READ(...) \
    (memcpy(bytes, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})), \
     parse(bytes, sizeof((const uint8_t[]){__VA_ARGS__}), 0, &header))
#define UNIONS 0x1c, 0x1c, 0, 0, 0x1c, 0x1c, 0, 0, 0x1c, 0x1c, 0, 0, 0

static void other_forms(void) {
    uint8_t bytes[COTERIE_PARQUET_LONGEST];
    coterie_parquet_header header;
    CHECK(!READ(0x15, 0x40, UNIONS));
    CHECK(!READ(0x15, 0xc0, 0x80, 0x00, UNIONS)); /* a longer number, */
    CHECK_EQUAL(header.nbytes, 32);
    CHECK(!READ(0x05, 0x02, 0x40, 0x0c, 0x04, 0x1c, 0, 0, 0x0c, 0x06, 0x1c, 0, 0, 0x0c, 0x08, 0x0c, 0x02, 0, 0, 0)); /* ids, */
    CHECK_EQUAL(header.len, 20);
    CHECK(!READ(0x2c, 0x1c, 0, 0, 0x05, 0x02, 0x40, 0x2c, 0x1c, 0, 0, 0x1c, 0x1c, 0, 0, 0)); /* and another order */
    CHECK_EQUAL(header.nbytes, 32);
}

static void refused(void) {
    uint8_t bytes[COTERIE_PARQUET_LONGEST];
    coterie_parquet_header header;
    CHECK(says(READ(0x15, 0x40, 0x1c, 0x2c, 0, 0, 0x1c, 0x1c, 0, 0, 0x1c, 0x1c, 0, 0, 0), "algorithm"));
    CHECK(says(READ(0x15, 0x40, 0x1c, 0x1c, 0, 0, 0x1c, 0x2c, 0, 0, 0x1c, 0x1c, 0, 0, 0), "hash"));
    CHECK(says(READ(0x15, 0x40, 0x1c, 0x1c, 0, 0, 0x1c, 0x1c, 0, 0, 0x1c, 0x2c, 0, 0, 0), "compression"));
    CHECK(says(READ(0x15, 0x40, 0x1c, 0x1c, 0, 0, 0x1c, 0x1c, 0, 0, 0), "lacks"));
    CHECK(says(READ(0x00), "lacks"));
    CHECK(says(READ(0x2c, 0x1c, 0, 0, 0x1c, 0x1c, 0, 0, 0x1c, 0x1c, 0, 0, 0), "lacks"));
    CHECK(says(READ(0x15, 0x00, UNIONS), "multiple"));
    CHECK(says(READ(0x15, 0x42, UNIONS), "multiple"));
    CHECK(says(READ(0x15, 0x3f, UNIONS), "multiple"));                                           /* -32 */
    CHECK(says(READ(0x15, 0xff, 0xff, 0xff, 0xff, 0x0f, UNIONS), "multiple"));                   /* -2^31 */
    CHECK(says(READ(0x15, 0xff, 0xff, 0xff, 0xff, 0x1f, UNIONS), "malformed"));                  /* 33 bits */
    CHECK(says(READ(0x15, 0xc0, 0x80, 0x80, 0x80, 0x80, 0x00, UNIONS), "malformed"));            /* 6 bytes */
    CHECK(says(READ(0x16, 0x40, UNIONS), "malformed"));                                          /* an i64 */
    CHECK(says(READ(0x15, 0x40, 0x05, 0x02, 0x40, UNIONS), "malformed"));                        /* twice */
    CHECK(says(READ(0x15, 0x40, 0x1c, 0x1c, 0, 0x1c, 0, 0, UNIONS), "malformed"));               /* two members */
    CHECK(says(READ(0x15, 0x40, 0x1c, 0x1c, 0x15, 0x02, 0, 0, UNIONS), "malformed"));            /* not empty */
    CHECK(says(READ(0x15, 0x40, 0x1c, 0, 0x1c, 0x1c, 0, 0, 0x1c, 0x1c, 0, 0, 0), "malformed")); /* no member */
    CHECK(says(READ(0x15, 0x40, 0x15, 0x02, UNIONS), "malformed"));                              /* no union */
    CHECK(says(READ(0x15, 0x40, 0x4c, 0x1c, 0, 0, 0), "malformed"));                             /* field 5 */
    CHECK(says(READ(0x05, 0x01, 0x40, UNIONS), "malformed"));                                    /* field -1 */
}

/* What is accepted is what it says; nothing is read behind the end. */
static void changed(void) {
    uint8_t bytes[48] = {0x15, 0x40, UNIONS}, good[48];
    coterie_parquet_header header;
    memcpy(good, bytes, sizeof bytes);
    for (size_t at = 0; at < 15; at++)
        for (int value = 0; value < 256; value++) {
            memcpy(bytes, good, sizeof good);
            bytes[at] = (uint8_t)value;
            for (size_t size = 0; size <= sizeof bytes; size += 3)
                if (!parse(bytes, size, 1, &header)) CHECK_EQUAL(header.len + header.nbytes, size);
        }
    memcpy(bytes, good, sizeof good);
    CHECK(!parse(bytes, 47, 1, &header));
    CHECK(says(parse(bytes, 48, 1, &header), "more bytes"));
    CHECK(says(parse(bytes, 46, 1, &header), "end too early"));
}

/* apache/parquet-testing, bloom_filter.xxhash.bin: 1024 bytes with four words in them. */
static void known_words(void) {
    static const struct {
        const char *word;
        uint64_t hash;
        uint32_t block;
    } words[] = {{"hello", 0x26c7827d889f6da3u, 4}, {"parquet", 0x3c9d29275c52e429u, 7},
                 {"bloom", 0x50c8fb9e62dbc53cu, 10}, {"filter", 0x2a5736cdfcd7a9a1u, 5}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        uint64_t hash = coterie_xxh64(words[i].word, strlen(words[i].word), 0);
        CHECK_EQUAL(hash, words[i].hash);
        CHECK_EQUAL(coterie_bloom_index(hash, 32), words[i].block);
    }
}

static void integers(void) {
    static const uint64_t inside[] = {0, 1, 0x7fffffff, 0x80000000u, 0xffffffffu, 0u - (uint64_t)1,
                                      0u - (uint64_t)0x80000000u};
    static const uint64_t outside[] = {0x100000000u, 0u - (uint64_t)0x80000001u, (uint64_t)1 << 63, INT64_MAX};
    enum { INSIDE = sizeof inside / sizeof *inside };
    uint64_t some[INSIDE];
    CHECK_EQUAL(coterie_parquet_int32s(NULL, 0), 0);
    CHECK_EQUAL(coterie_parquet_int32s(inside, INSIDE), INSIDE);
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++)
        for (size_t at = 0; at < INSIDE; at++) {
            memcpy(some, inside, sizeof some);
            some[at] = outside[i];
            CHECK_EQUAL(coterie_parquet_int32s(some, INSIDE), at);
        }
}

int main(void) {
    sizes();
    published();
    other_forms();
    refused();
    changed();
    known_words();
    integers();
    return check_report();
}
