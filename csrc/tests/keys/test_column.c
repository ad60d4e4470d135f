/* Columns: every width, sign, byte order, stride and alignment against the model; known answers; nothing read or
 * written outside. */
#include "check.h"
#include "guard.h"
#include "keys/column_model.h"

enum { MOST = 70 };

static void bytes_of_number(uint8_t *to, uint64_t x, size_t width, int big_endian) {
    for (size_t i = 0; i < width; i++) to[big_endian ? width - 1 - i : i] = (uint8_t)(x >> 8 * i);
}

/* ---- known answers ---- */

static uint64_t one_int(uint64_t x, size_t width, int is_signed, int big_endian, coterie_hash_kind kind,
                        uint64_t seed) {
    uint8_t bytes[8];
    uint64_t hash = 0;
    coterie_hasher hasher = {kind, COTERIE_BASELINE, seed, 5};
    coterie_column column = {.data = (const char *)bytes, .stride = (ptrdiff_t)width, .width = width,
                             .is_signed = is_signed, .swapped = big_endian != COTERIE_BIG_ENDIAN};
    bytes_of_number(bytes, x, width, big_endian);
    coterie_column_ints(&column, &hasher, 1, &hash);
    return hash;
}

static void known_ints(void) {
    const size_t widths[] = {1, 2, 4, 8};
    for (int w = 0; w < 4; w++)
        for (int big_endian = 0; big_endian < 2; big_endian++) {
            size_t width = widths[w];
            uint64_t minus5 = (uint64_t)0 - 5, mask = UINT64_MAX >> (64 - 8 * width);
            for (int is_signed = 0; is_signed < 2; is_signed++) {
                CHECK_EQUAL(one_int(5, width, is_signed, big_endian, COTERIE_HASH_XXH3, 0), 0x8e03e9aa39aaa78cu);
                CHECK_EQUAL(one_int(5, width, is_signed, big_endian, COTERIE_HASH_XXH64, 3), 0x693b1d6c4e6f721cu);
                CHECK_EQUAL(one_int(5, width, is_signed, big_endian, COTERIE_HASH_NONE, 3), 5);
            }
            CHECK_EQUAL(one_int(minus5, width, 1, big_endian, COTERIE_HASH_XXH3, 0), 0x69810bb3f3d34721u);
            CHECK_EQUAL(one_int(minus5, width, 1, big_endian, COTERIE_HASH_XXH64, 3), 0x6e6777e2e58b86d8u);
            CHECK_EQUAL(one_int(minus5, width, 1, big_endian, COTERIE_HASH_NONE, 0), minus5);
            CHECK_EQUAL(one_int(minus5, width, 0, big_endian, COTERIE_HASH_NONE, 0), minus5 & mask);
        }
    CHECK_EQUAL(one_int(0xfffe, 2, 0, 1, COTERIE_HASH_XXH3, 0), 0x96f621c3653c9e60u);
}

/* UTF-32 text, padded to 8 letters, hashed; returns what the function returned. */
static size_t one_text(const uint32_t *letters, size_t count, int big_endian, coterie_hash_kind kind, uint64_t seed,
                       uint64_t *hash) {
    uint8_t bytes[32] = {0}, scratch[32 * COTERIE_TEXTS];
    coterie_hasher hasher = {kind, COTERIE_BASELINE, seed, 5};
    coterie_column column = {.data = (const char *)bytes, .stride = 32, .width = 32,
                             .swapped = big_endian != COTERIE_BIG_ENDIAN};
    for (size_t i = 0; i < count; i++) bytes_of_number(bytes + 4 * i, letters[i], 4, big_endian);
    return coterie_column_utf32(&column, &hasher, 1, COTERIE_TEXTS, scratch, hash);
}

static void known_texts(void) {
    const uint32_t text[] = {0xE9, 0x20AC, 0x10348, 0xDF}, letter = 'a';
    const uint32_t bad[] = {0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0x110000, 0x7FFFFFFF, 0x80000041, 0xFFFFFFFF};
    const struct {
        uint32_t letter;
        const char *utf8;
    } edges[] = {{1, "\x01"}, {0x7F, "\x7F"}, {0x80, "\xC2\x80"}, {0x7FF, "\xDF\xBF"}, {0x800, "\xE0\xA0\x80"},
                 {0xD7FF, "\xED\x9F\xBF"}, {0xE000, "\xEE\x80\x80"}, {0xFFFF, "\xEF\xBF\xBF"},
                 {0x10000, "\xF0\x90\x80\x80"}, {0x10FFFF, "\xF4\x8F\xBF\xBF"}};
    uint64_t hash = 0;
    for (int big_endian = 0; big_endian < 2; big_endian++) {
        CHECK(one_text(text, 4, big_endian, COTERIE_HASH_XXH3, 0, &hash) == 1);
        CHECK_EQUAL(hash, 0x16f30a75052d7093u);
        CHECK(one_text(text, 4, big_endian, COTERIE_HASH_XXH64, 3, &hash) == 1);
        CHECK_EQUAL(hash, 0x73e7c6472817fd38u);
        CHECK(one_text(&letter, 1, big_endian, COTERIE_HASH_XXH3, 0, &hash) == 1);
        CHECK_EQUAL(hash, 0xe6c632b61e964e1fu);
        CHECK(one_text(NULL, 0, big_endian, COTERIE_HASH_XXH64, 3, &hash) == 1);
        CHECK_EQUAL(hash, 0x3a20f67fd6abb44eu);
        for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
            CHECK(one_text(&edges[i].letter, 1, big_endian, COTERIE_HASH_XXH3, 0, &hash) == 1);
            CHECK_EQUAL(hash, coterie_xxh3(edges[i].utf8, strlen(edges[i].utf8), 0, COTERIE_BASELINE));
        }
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
            CHECK(one_text(bad + i, 1, big_endian, COTERIE_HASH_XXH3, 0, &hash) == 0);
    }
}

/* ---- against the model ---- */

typedef enum { INTS, BYTES, UTF32 } kind_of_items;

/* n items at `data`, laid out with this stride, at every level and with every hash. */
static void compare(kind_of_items items, const coterie_column *column, size_t n) {
    static const uint64_t seeds[] = {0, 0x0123456789ABCDEFu};
    uint64_t *out = (uint64_t *)guard_alloc(n * sizeof *out), expected = 0;
    size_t texts = 1 + n % COTERIE_TEXTS, room = items == UTF32 ? texts * column->width : 0;
    uint8_t *scratch = (uint8_t *)guard_alloc(room), *utf8 = (uint8_t *)malloc(column->width + 1);
    int kinds = items == INTS ? COTERIE_HASH_NONE : COTERIE_HASH_NONE - 1;
    EACH_LEVEL(level) for (int kind = 0; kind <= kinds; kind++) for (int s = 0; s < 2; s++) {
        coterie_hasher hasher = {(coterie_hash_kind)kind, level, seeds[s], ~seeds[s]};
        size_t done = n;
        if (items == INTS) coterie_column_ints(column, &hasher, n, out);
        else if (items == BYTES) coterie_column_bytes(column, &hasher, n, out);
        else done = coterie_column_utf32(column, &hasher, n, texts, scratch, out);
        CHECK(done <= n);
        for (size_t i = 0; i < done; i++) {
            int good = 1;
            if (items == INTS) expected = model_int(column, &hasher, i);
            else if (items == BYTES) expected = model_bytes(column, &hasher, i);
            else good = model_utf32(column, &hasher, i, utf8, &expected);
            if (CHECK(good)) CHECK_EQUAL(out[i], expected);
        }
        if (done < n) {
            coterie_hasher any = {COTERIE_HASH_XXH3, 0, 0, 0};
            CHECK(!model_utf32(column, &any, done, utf8, &expected));
        }
    }
    free(utf8);
    guard_free(scratch, room);
    guard_free(out, n * sizeof *out);
}

/* What stands in item i: numbers of every size, texts with NULs within and at the end, now and then no text at all. */
static void fill(kind_of_items items, uint8_t *item, size_t width, int big_endian, uint64_t *random) {
    if (items == INTS) {
        bytes_of_number(item, random64(random) >> random_below(random, 64), width, big_endian);
        return;
    }
    memset(item, 0, width);
    size_t unit = items == BYTES ? 1 : 4, letters = width / unit, used = random_below(random, (uint32_t)letters + 1);
    for (size_t i = 0; i < used; i++) {
        uint64_t c = random_below(random, 0x110000) >> random_below(random, 21);
        if (random_below(random, 8) == 0) c = 0;
        if (items == UTF32 && c >= 0xD800 && c <= 0xDFFF && random_below(random, 20)) c = 'x';
        bytes_of_number(item + unit * i, c, unit, big_endian);
    }
}

static void random_columns(kind_of_items items, const size_t *widths, size_t widths_len) {
    uint64_t random = 1;
    for (size_t w = 0; w < widths_len; w++)
        for (size_t n = 0; n <= MOST; n += n < 10 ? 1 : 15)
            for (size_t gap = 0; gap < 10; gap += gap < 2 ? 1 : 6)
                for (int back = 0; back < 2; back++)
                    for (int swapped = 0; swapped < 2; swapped++) {
                        size_t width = widths[w], step = width + gap, size = n ? (n - 1) * step + width : 0;
                        uint8_t *data = (uint8_t *)guard_alloc(size); /* ends right before an unmapped page */
                        for (size_t i = 0; i < n; i++)
                            fill(items, data + i * step, width, swapped != COTERIE_BIG_ENDIAN, &random);
                        coterie_column column = {.data = (const char *)data, .stride = (ptrdiff_t)step, .width = width,
                                                 .swapped = swapped};
                        if (back && n) {
                            column.data += (n - 1) * step;
                            column.stride = -column.stride;
                        }
                        compare(items, &column, n);
                        column.is_signed = 1;
                        if (items == INTS) compare(items, &column, n);
                        guard_free(data, size);
                    }
}

static void repeated_item(void) { /* stride 0, as in broadcast arrays */
    const uint64_t number = 0x8877665544332211u;
    const size_t widths[] = {1, 2, 4, 8};
    for (int w = 0; w < 4; w++) {
        coterie_column column = {.data = (const char *)&number, .stride = 0, .width = widths[w], .is_signed = 1};
        compare(INTS, &column, MOST);
    }
}

static void odd_addresses(void) { /* numbers side by side, but not where their type would lie */
    const size_t widths[] = {2, 4, 8};
    uint8_t *data = (uint8_t *)guard_alloc(8 * MOST + 8);
    for (size_t i = 0; i < 8 * MOST + 8; i++) data[i] = (uint8_t)(i * i);
    for (size_t shift = 0; shift < 8; shift++)
        for (int w = 0; w < 3; w++)
            for (int swapped = 0; swapped < 2; swapped++)
                for (int is_signed = 0; is_signed < 2; is_signed++) {
                    coterie_column column = {.data = (const char *)data + shift, .stride = (ptrdiff_t)widths[w],
                                             .width = widths[w], .is_signed = is_signed, .swapped = swapped};
                    compare(INTS, &column, MOST);
                }
    guard_free(data, 8 * MOST + 8);
}

/* Texts are taken in blocks of COTERIE_TEXTS: columns that end around the end of one. */
static void blocks(void) {
    const size_t counts[] = {COTERIE_TEXTS - 1, COTERIE_TEXTS, COTERIE_TEXTS + 1, 2 * COTERIE_TEXTS - 1,
                             2 * COTERIE_TEXTS, 2 * COTERIE_TEXTS + 1, 3 * COTERIE_TEXTS + 5};
    uint64_t random = 5;
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++)
        for (int items = BYTES; items <= UTF32; items++)
            for (size_t width = 0; width <= 40; width += items == UTF32 ? 4 : 1)
                for (int back = 0; back < 2; back++) {
                    size_t n = counts[c], size = n * width;
                    uint8_t *data = (uint8_t *)guard_alloc(size);
                    for (size_t i = 0; i < n; i++)
                        fill((kind_of_items)items, data + i * width, width, COTERIE_BIG_ENDIAN, &random);
                    coterie_column column = {.data = (const char *)data, .stride = (ptrdiff_t)width, .width = width};
                    if (back) column.data += (n - 1) * width, column.stride = -column.stride;
                    guard_read_only(data, size);
                    compare((kind_of_items)items, &column, n);
                    guard_free(data, size);
                }
}

/* Every length of a text in every width: the NULs in it count, those behind it do not. */
static void trimming(void) {
    for (size_t width = 0; width <= 40; width++)
        for (int inner = 0; inner < 4; inner++) { /* its last letter stands alone, or all but some are NULs */
            size_t n = width + 1, size = n * width;
            uint8_t *data = (uint8_t *)guard_alloc(size);
            memset(data, 0, size);
            for (size_t len = 1; len <= width; len++)
                for (size_t i = 0; i < len; i++)
                    if (i == len - 1 || (inner && i % 4 == (size_t)inner))
                        data[len * width + i] = (uint8_t)(1 << (len + i) % 8);
            coterie_column column = {.data = (const char *)data, .stride = (ptrdiff_t)width, .width = width};
            guard_read_only(data, size);
            compare(BYTES, &column, n);
            guard_free(data, size);
        }
    for (size_t letters = 0; letters <= 40; letters++)
        for (int big_endian = 0; big_endian < 2; big_endian++)
            for (uint32_t letter = 0x41; letter; letter = letter == 0x41 ? 0x20AC : letter == 0x20AC ? 0x10348 : 0) {
                size_t width = 4 * letters, n = letters + 1, size = n * width;
                uint8_t *data = (uint8_t *)guard_alloc(size);
                memset(data, 0, size);
                for (size_t len = 1; len <= letters; len++) {
                    bytes_of_number(data + len * width + 4 * (len - 1), letter, 4, big_endian);
                    bytes_of_number(data + len * width + 4 * (len / 2), letter, 4, big_endian);
                }
                coterie_column column = {.data = (const char *)data, .stride = (ptrdiff_t)width, .width = width,
                                         .swapped = big_endian != COTERIE_BIG_ENDIAN};
                guard_read_only(data, size);
                compare(UTF32, &column, n);
                guard_free(data, size);
            }
}

/* A string without UTF-8 at every place, however many are encoded at a time: those before it are hashed. */
static void bad_text(void) {
    enum { LETTERS = 3, WIDTH = 4 * LETTERS, ITEMS = 2 * COTERIE_TEXTS + 3 };
    const size_t places[] = {0, 1, 30, 62, 63, 64, 65, 126, 127, 128, 129, ITEMS - 1};
    static uint8_t data[ITEMS * WIDTH];
    uint64_t out[ITEMS], expected;
    uint8_t utf8[WIDTH];
    for (size_t i = 0; i < ITEMS; i++)
        for (size_t at = 0; at < i % (LETTERS + 1); at++)
            bytes_of_number(data + i * WIDTH + 4 * at, i % 5 ? 'a' + i % 20 : 0xE000 + i, 4, COTERIE_BIG_ENDIAN);
    coterie_column column = {.data = (const char *)data, .stride = WIDTH, .width = WIDTH};
    for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
        uint8_t before[4], *letter = data + places[p] * WIDTH + 4 * (p % LETTERS);
        memcpy(before, letter, 4);
        bytes_of_number(letter, p % 2 ? 0xD800 : 0x110000, 4, COTERIE_BIG_ENDIAN);
        EACH_LEVEL(level) for (size_t texts = 1; texts <= COTERIE_TEXTS; texts++) {
            uint8_t *scratch = (uint8_t *)guard_alloc(texts * WIDTH);
            coterie_hasher hasher = {COTERIE_HASH_XXH3, level, 1, 0};
            CHECK_EQUAL(coterie_column_utf32(&column, &hasher, ITEMS, texts, scratch, out), places[p]);
            for (size_t i = 0; i < places[p]; i++)
                if (CHECK(model_utf32(&column, &hasher, i, utf8, &expected))) CHECK_EQUAL(out[i], expected);
            guard_free(scratch, texts * WIDTH);
        }
        memcpy(letter, before, 4);
    }
}

static void bools(void) { /* every byte but 0 is true */
    uint8_t bytes[256];
    uint64_t out[256];
    coterie_hasher plain = {COTERIE_HASH_NONE, COTERIE_BASELINE, 0, 0};
    coterie_column column = {.data = (const char *)bytes, .stride = 1, .width = 1, .is_bool = 1};
    for (int i = 0; i < 256; i++) bytes[i] = (uint8_t)i;
    coterie_column_ints(&column, &plain, 256, out);
    for (int i = 0; i < 256; i++) CHECK_EQUAL(out[i], i != 0);
    compare(INTS, &column, 256);
}

/* Letters of 1, 2 and 4 bytes to UTF-8, in no more room than is promised. */
static void utf8(void) {
    const size_t most[] = {0, 2, 3, 0, 4};
    uint64_t random = 9;
    for (int width = 1; width <= 4; width *= 2)
        for (size_t n = 0; n <= 20; n++)
            for (int turn = 0; turn < 50; turn++) {
                size_t unit = (size_t)width, size = n * unit, room = n * most[width], len = 0;
                uint8_t *data = (uint8_t *)guard_alloc(size), *out = (uint8_t *)guard_alloc(room), expected[80], one[4];
                int good = 1;
                for (size_t i = 0; i < n; i++) {
                    uint32_t c = random_below(&random, 0x110100) >> random_below(&random, 21);
                    if (width < 4) c &= width == 1 ? 0xFF : 0xFFFF;
                    if (c >= 0xD800 && c < 0xE000 && turn % 4) c = 0xDF;
                    bytes_of_number(data + unit * i, c, unit, COTERIE_BIG_ENDIAN);
                    size_t bytes = model_utf8(c, one);
                    good &= bytes > 0;
                    memcpy(expected + len, one, bytes);
                    len += bytes;
                }
                size_t got = coterie_utf8(data, n, width, out);
                if (CHECK_EQUAL(got, good ? len : SIZE_MAX) && good) CHECK(!memcmp(out, expected, len));
                guard_free(data, size);
                guard_free(out, room);
            }
}

static void hash_of_words(void) { /* in place */
    uint64_t words[MOST], in[MOST];
    coterie_column column = {.data = (const char *)in, .stride = 8, .width = 8};
    for (size_t i = 0; i < MOST; i++) in[i] = i * i << i % 60;
    EACH_LEVEL(level) for (int kind = 0; kind <= COTERIE_HASH_NONE; kind++) for (size_t n = 0; n <= MOST; n++) {
        coterie_hasher hasher = {(coterie_hash_kind)kind, level, n, ~n};
        memcpy(words, in, sizeof in);
        coterie_hash_words(&hasher, words, n, words);
        for (size_t i = 0; i < MOST; i++) CHECK_EQUAL(words[i], i < n ? model_int(&column, &hasher, i) : in[i]);
    }
}

static void no_items(void) { /* at no address */
    coterie_column column = {.data = NULL, .stride = 8, .width = 8};
    uint64_t untouched = 7;
    for (int kind = 0; kind <= COTERIE_HASH_NONE; kind++) {
        coterie_hasher hasher = {(coterie_hash_kind)kind, COTERIE_BASELINE, 1, 2};
        coterie_column_ints(&column, &hasher, 0, &untouched);
        if (kind < COTERIE_HASH_NONE) {
            coterie_column_bytes(&column, &hasher, 0, &untouched);
            CHECK_EQUAL(coterie_column_utf32(&column, &hasher, 0, 1, NULL, &untouched), 0);
        }
        CHECK_EQUAL(untouched, 7);
    }
}

static void hash_of_bytes(void) {
    uint8_t text[300];
    for (size_t i = 0; i < sizeof text; i++) text[i] = (uint8_t)(i * 31);
    EACH_LEVEL(level) for (size_t len = 0; len <= sizeof text; len++) {
        coterie_hasher three = {COTERIE_HASH_XXH3, level, len, 0}, old = {COTERIE_HASH_XXH64, level, len, 0};
        coterie_hasher sip = {COTERIE_HASH_SIPHASH13, level, len, ~len};
        CHECK_EQUAL(coterie_hash_bytes(&three, text, len), coterie_xxh3(text, len, len, COTERIE_BASELINE));
        CHECK_EQUAL(coterie_hash_bytes(&old, text, len), coterie_xxh64(text, len, len));
        CHECK_EQUAL(coterie_hash_bytes(&sip, text, len), coterie_siphash13(text, len, len, ~len));
    }
}

int main(void) {
    const size_t ints[] = {1, 2, 4, 8}, bytes[] = {1, 3, 8, 17, 129, 300}, texts[] = {4, 12, 32, 300};
    known_ints();
    known_texts();
    random_columns(INTS, ints, 4);
    random_columns(BYTES, bytes, 6);
    random_columns(UTF32, texts, 4);
    repeated_item();
    blocks();
    trimming();
    bad_text();
    utf8();
    odd_addresses();
    bools();
    hash_of_words();
    no_items();
    hash_of_bytes();
    return check_report();
}
