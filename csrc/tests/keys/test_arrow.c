/* Arrow columns: every format, length, offset, alignment and pattern of nulls, at every level, equal to each row hashed
 * alone; dictionaries. Nothing is read behind a buffer, and nothing written behind the hashes. */
#include "coterie/keys/arrow.h"

#include "keys/arrow_arrays.h"
#include "keys/arrow_model.h"

enum { MOST = 320, LONGEST = 300 };

static uint64_t random_state = 1;
static uint32_t below(uint32_t n) { return random_below(&random_state, n); }

/* ---- formats ---- */

static void check_type(const char *format, coterie_arrow_layout layout, size_t width, int is_signed) {
    coterie_arrow_type type = coterie_arrow_type_of(format);
    if (!CHECK(type.layout == layout && type.width == width && type.is_signed == is_signed))
        fprintf(stderr, "    format \"%s\"\n", format);
}

static void formats(void) {
    const char *const others[] = {
        "", "w", "w:", "w:-1", "w:+1", "w: 1", "w:1 ", "w:1x", "w:0x10", "w:2147483648", "w:18446744073709551616",
        "w:18446744073709551620", "w:99999999999999999999999999", "w1", "v", "vx", "vv", "vuu", "vz ", "uu", "u ", " u",
        "zz", "nn", "bb", "ii", "ll", "+l", "+L", "+w:3", "+s", "+m", "+ud:0", "+us:0", "+r", "+vl", "d:19,10",
        "d:19,10,256", "tdD", "tdm", "tts", "ttn", "tss:", "tsu:UTC", "tDs", "tiM", "e", "f", "g"};
    const char known[] = "nbcCsSiIlLuzUZ";
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) check_type(others[i], COTERIE_ARROW_OTHER, 0, 0);
    for (int c = 0; c < 256; c++) {
        char format[2] = {(char)c, 0};
        if (!c || !strchr(known, c)) check_type(format, COTERIE_ARROW_OTHER, 0, 0);
    }
    check_type("n", COTERIE_ARROW_NULLS, 0, 0);
    check_type("b", COTERIE_ARROW_BOOLS, 0, 0);
    for (int i = 0; i < 4; i++) {
        char is_signed[2] = {"csil"[i], 0}, no_sign[2] = {"CSIL"[i], 0};
        check_type(is_signed, COTERIE_ARROW_INTS, (size_t)1 << i, 1);
        check_type(no_sign, COTERIE_ARROW_INTS, (size_t)1 << i, 0);
    }
    check_type("u", COTERIE_ARROW_TEXTS, 4, 0);
    check_type("z", COTERIE_ARROW_TEXTS, 4, 0);
    check_type("U", COTERIE_ARROW_LARGE_TEXTS, 8, 0);
    check_type("Z", COTERIE_ARROW_LARGE_TEXTS, 8, 0);
    check_type("vu", COTERIE_ARROW_VIEWS, 16, 0);
    check_type("vz", COTERIE_ARROW_VIEWS, 16, 0);
    check_type("w:0", COTERIE_ARROW_FIXED, 0, 0);
    check_type("w:007", COTERIE_ARROW_FIXED, 7, 0);
    check_type("w:2147483647", COTERIE_ARROW_FIXED, INT32_MAX, 0);
}

/* ---- rows ---- */

static uint8_t pool[MOST + LONGEST]; /* of texts */

/* n rows of these lengths, one in `nulls` of them null; none if that is 0. */
static void fill_rows(test_row *rows, size_t n, uint32_t shortest, uint32_t longest, uint32_t nulls) {
    for (size_t i = 0; i < n; i++) {
        rows[i].text = pool + below(MOST);
        rows[i].len = shortest + below(longest - shortest + 1);
        rows[i].number = random64(&random_state) >> below(64);
        if (below(4) == 0) rows[i].number = 0 - rows[i].number;
        rows[i].is_null = nulls && !below(nulls);
    }
}

static uint64_t expected_hash(const coterie_hasher *hasher, coterie_arrow_type type, const test_row *row) {
    uint64_t number = type.layout == COTERIE_ARROW_BOOLS ? row->number & 1 : row->number;
    if (type.layout == COTERIE_ARROW_INTS) { /* as many of its bits as there is room for */
        int unused = 64 - 8 * (int)type.width;
        number = type.is_signed ? (uint64_t)((int64_t)(number << unused) >> unused) : number << unused >> unused;
    }
    if (type.layout == COTERIE_ARROW_INTS || type.layout == COTERIE_ARROW_BOOLS)
        return model_hash_number(hasher, number);
    return model_hash(hasher, row->text, type.layout == COTERIE_ARROW_FIXED ? type.width : row->len);
}

/* ---- a column against its rows ---- */

static void check_hashes(const coterie_arrow *column, const coterie_hasher *hasher, const test_row *rows,
                         const uint64_t *expected, size_t from, size_t n, uint64_t *out) {
    CHECK_EQUAL(coterie_arrow_hash(column, hasher, from, n, &(uint64_t){UINT64_MAX}, out), n);
    for (size_t i = 0; i < n; i++)
        if (!rows[from + i].is_null) CHECK_EQUAL(out[i], expected[from + i]);
}

static void check_valid(const coterie_arrow *column, const test_row *rows, size_t from, size_t n) {
    size_t size = (n + 63) / 64 * 8, keys = 0;
    uint64_t *words = (uint64_t *)guard_alloc(size);
    size_t got = coterie_arrow_valid(column, from, n, words);
    for (size_t i = 0; i < 8 * size; i++) {
        int has_key = i < n && !rows[from + i].is_null;
        CHECK((int)(words[i / 64] >> (i % 64) & 1) == has_key);
        keys += (size_t)has_key;
    }
    CHECK_EQUAL(got, keys);
    guard_free(words, size);
}

static void check_column(const test_row *rows, test_layout layout) {
    static const uint64_t seeds[] = {0, 0x8123456789ABCDEFu};
    static uint64_t expected[MOST];
    coterie_arrow_type type = coterie_arrow_type_of(layout.format);
    int is_number = type.layout == COTERIE_ARROW_INTS || type.layout == COTERIE_ARROW_BOOLS;
    int kinds = is_number ? COTERIE_HASH_NONE : COTERIE_HASH_NONE - 1;
    size_t n = layout.rows - layout.offset, from = below((uint32_t)n + 1), some = below((uint32_t)(n - from) + 1);
    uint64_t *out = (uint64_t *)guard_alloc(n * sizeof *out);
    test_array made;
    coterie_arrow column;
    make_array(&made, rows, layout, &random_state);
    rows += layout.offset;
    CHECK(!model_refuses(&made.array, type));
    if (CHECK(!coterie_arrow_open(&made.array, type, &column))) {
        CHECK_EQUAL(column.len, n);
        CHECK(!coterie_arrow_has_nulls(&column) == !layout.has_bitmap);
        check_valid(&column, rows, 0, n);
        check_valid(&column, rows, from, some);
        for (int kind = 0; kind <= kinds; kind++) for (int s = 0; s < 2; s++) {
            coterie_hasher hasher = {(coterie_hash_kind)kind, COTERIE_BASELINE, seeds[s], ~seeds[s]};
            for (size_t i = 0; i < n; i++) expected[i] = expected_hash(&hasher, type, rows + i);
            EACH_LEVEL(level) {
                hasher.level = level;
                check_hashes(&column, &hasher, rows, expected, 0, n, out);
                check_hashes(&column, &hasher, rows, expected, from, some, out + n - some);
            }
        }
    }
    free_array(&made);
    guard_free(out, n * sizeof *out);
}

/* Rows of these lengths in arrays of every kind: exact and at odd addresses, with and without nulls. */
static void check_rows(const char *format, size_t n, uint32_t shortest, uint32_t longest, size_t views_buffers) {
    static test_row rows[MOST];
    const uint32_t nulls[] = {0, 0, 1, 2, 9};
    for (size_t turn = 0; turn < 5; turn++) {
        test_layout layout = {.format = format, .offset = turn && below(3) ? below(20) : 0, .has_bitmap = turn > 0,
                              .shift = turn % 2 ? 1 + below(7) : 0, .views_buffers = views_buffers};
        layout.rows = n + layout.offset;
        fill_rows(rows, layout.rows, shortest, longest, nulls[turn]);
        check_column(rows, layout);
    }
}

static const char *const text_formats[] = {"u", "z", "U", "Z", "vu", "vz"};
enum { TEXT_FORMATS = 6 };
static const size_t counts[] = {0, 1, 2, 7, 62, 63, 64, 65, 66, 127, 128, 129, 300};
enum { COUNTS = sizeof counts / sizeof *counts };

static void every_length(void) {
    for (int f = 0; f < TEXT_FORMATS; f++)
        for (uint32_t len = 0; len <= LONGEST; len++)
            check_rows(text_formats[f], len % 8 ? 5 + len % 13 : 66, len, len, 1 + len % 3);
}

static void mixed_lengths(void) {
    const uint32_t ranges[][2] = {{0, 1}, {0, 3}, {0, 8}, {0, 12}, {0, 16}, {0, 20}, {3, 9}, {4, 8}, {4, 16}, {8, 17},
                                  {9, 16}, {10, 14}, {13, 16}, {13, 40}, {0, LONGEST}, {200, LONGEST}};
    for (int f = 0; f < TEXT_FORMATS; f++)
        for (size_t r = 0; r < sizeof ranges / sizeof *ranges; r++)
            for (size_t c = 0; c < COUNTS; c++)
                check_rows(text_formats[f], counts[c], ranges[r][0], ranges[r][1], 1 + below(4));
}

static void views_without_buffers(void) {
    for (uint32_t longest = 0; longest <= INLINED_TEXT; longest += 3)
        for (size_t c = 0; c < COUNTS; c++) check_rows("vu", counts[c], 0, longest, 0);
}

/* A long text, and short ones up to the end: which of them may be read in words of 8 bytes, depends on all behind. */
static void short_ends(void) {
    static test_row rows[MOST];
    for (int f = 0; f < TEXT_FORMATS; f++)
        for (size_t n = 1; n <= 200; n += n < 12 ? 1 : 17)
            for (uint32_t longest = 0; longest < 4; longest++)
                for (size_t last = 0; last < 8; last++) { /* one of these lengths at the very end */
                    fill_rows(rows, n, 0, longest, 0);
                    rows[0].len = 20;
                    rows[n - 1].len = last;
                    check_column(rows, (test_layout){.format = text_formats[f], .rows = n, .views_buffers = 1});
                }
}

/* One long view among inlined ones, and the other way round, at every place of a block. */
static void odd_view_out(void) {
    static test_row rows[MOST];
    for (size_t place = 0; place < 66; place++)
        for (int is_long = 0; is_long < 2; is_long++) {
            fill_rows(rows, 66, is_long ? 0 : 13, is_long ? 12 : 30, 0);
            rows[place].len = is_long ? 13 + place : place % 13;
            check_column(rows, (test_layout){.format = "vu", .rows = 66, .views_buffers = 1});
        }
}

static void fixed_texts(void) {
    char format[16];
    for (int width = 0; width <= 41; width++) {
        snprintf(format, sizeof format, "w:%d", width < 41 ? width : LONGEST);
        for (size_t c = 0; c < COUNTS; c++) check_rows(format, counts[c], LONGEST, LONGEST, 0);
    }
}

static void numbers(void) {
    const char codes[] = "bcCsSiIlL";
    for (const char *code = codes; *code; code++)
        for (size_t c = 0; c < COUNTS; c++) {
            char format[2] = {*code, 0};
            check_rows(format, counts[c], 0, 0, 0);
        }
}

static void only_nulls(void) {
    test_row rows[MOST];
    uint64_t out[MOST];
    fill_rows(rows, MOST, 0, 0, 1);
    for (size_t n = 0; n < MOST; n += 1 + n / 5) {
        struct ArrowArray array = {.length = (int64_t)n, .null_count = (int64_t)n};
        coterie_hasher hasher = {COTERIE_HASH_XXH3, COTERIE_BASELINE, 0, 0};
        coterie_arrow column;
        if (!CHECK(!coterie_arrow_open(&array, coterie_arrow_type_of("n"), &column))) continue;
        CHECK(coterie_arrow_has_nulls(&column));
        CHECK_EQUAL(column.len, n);
        check_valid(&column, rows, 0, n);
        check_valid(&column, rows, n / 2, n - n / 2);
        CHECK_EQUAL(coterie_arrow_hash(&column, &hasher, 0, n, &(uint64_t){UINT64_MAX}, out), n);
    }
}

/* Columns of no rows may have no memory, whatever their offset. */
static void no_rows(void) {
    const char *const of_all[] = {"u", "U", "vu", "w:0", "w:4", "w:20", "b", "c", "S", "i", "L", "n"};
    const void *buffers[3] = {NULL, NULL, NULL};
    for (size_t f = 0; f < sizeof of_all / sizeof *of_all; f++)
        for (int64_t offset = 0; offset < 2; offset++) {
            coterie_arrow_type type = coterie_arrow_type_of(of_all[f]);
            int64_t n_buffers = f < 3 ? 3 : 2;
            struct ArrowArray array = {.offset = offset, .n_buffers = n_buffers, .buffers = buffers};
            coterie_arrow column;
            uint64_t nothing = 7;
            if (!CHECK(!coterie_arrow_open(&array, type, &column))) continue;
            CHECK_EQUAL(coterie_arrow_valid(&column, 0, 0, &nothing), 0);
            EACH_LEVEL(level) for (int kind = 0; kind <= COTERIE_HASH_NONE; kind++) {
                coterie_hasher hasher = {(coterie_hash_kind)kind, level, 0, 1};
                CHECK_EQUAL(coterie_arrow_hash(&column, &hasher, 0, 0, &(uint64_t){UINT64_MAX}, &nothing), 0);
            }
            CHECK_EQUAL(coterie_arrow_valid_values(&column, &column, 0, 0, &nothing), 0);
            if (type.layout == COTERIE_ARROW_INTS)
                EACH_LEVEL(level) CHECK_EQUAL(coterie_arrow_take(&column, NULL, 0, level, 0, 0, &nothing), 0);
            CHECK_EQUAL(nothing, 7);
        }
}

/* ---- dictionaries ---- */

typedef struct {
    test_row index_rows[MOST], value_rows[MOST];
    test_array indices, values;
    coterie_arrow index_column, value_column;
    size_t offset, n, values_len;
    uint64_t *hashes; /* of the values */
} dictionary;

/* n indices of values; one in `outside` points outside if that is not 0, nulls to anywhere. */
static void make_dictionary(dictionary *made, const char *format, uint32_t nulls, uint32_t outside) {
    size_t values_len = made->values_len, rows = made->n + made->offset;
    fill_rows(made->index_rows, rows, 0, 0, values_len ? nulls : 1);
    fill_rows(made->value_rows, values_len, 0, 0, below(2) ? 3 : 0);
    for (size_t i = 0; i < rows; i++) {
        test_row *row = made->index_rows + i;
        uint64_t wild = below(2) ? values_len + below(9) : random64(&random_state);
        int is_wild = row->is_null ? below(2) > 0 : outside && !below(outside);
        row->number = is_wild || !values_len ? wild : below((uint32_t)values_len);
    }
    test_layout layout = {.format = format, .rows = rows, .offset = made->offset, .has_bitmap = nulls || !values_len,
                          .shift = below(8)};
    make_array(&made->indices, made->index_rows, layout, &random_state);
    layout = (test_layout){.format = "b", .rows = values_len, .has_bitmap = (int)below(2)};
    for (size_t i = 0; i < values_len; i++) layout.has_bitmap |= made->value_rows[i].is_null;
    make_array(&made->values, made->value_rows, layout, &random_state);
    made->hashes = (uint64_t *)guard_alloc(values_len * sizeof *made->hashes);
    for (size_t i = 0; i < values_len; i++) made->hashes[i] = random64(&random_state);
    guard_read_only(made->hashes, values_len * sizeof *made->hashes);
    CHECK(!coterie_arrow_open(&made->indices.array, coterie_arrow_type_of(format), &made->index_column));
    CHECK(!coterie_arrow_open(&made->values.array, coterie_arrow_type_of("b"), &made->value_column));
}

static uint64_t index_of(const dictionary *made, size_t i) {
    return model_index(&made->indices.array, made->index_column.type, i);
}

static void check_take(const dictionary *made, size_t from, size_t n) {
    const test_row *rows = made->index_rows + made->offset;
    uint64_t *out = (uint64_t *)guard_alloc(n * sizeof *out);
    size_t stop = 0;
    while (stop < n && (rows[from + stop].is_null || index_of(made, from + stop) < made->values_len)) stop++;
    EACH_LEVEL(level) {
        memset(out, 0x5A, n * sizeof *out);
        CHECK_EQUAL(coterie_arrow_take(&made->index_column, made->hashes, made->values_len, level, from, n, out), stop);
        for (size_t i = 0; i < stop; i++)
            if (!rows[from + i].is_null) CHECK_EQUAL(out[i], made->hashes[index_of(made, from + i)]);
    }
    guard_free(out, n * sizeof *out);
}

static void check_valid_values(const dictionary *made, size_t from, size_t n) {
    size_t size = (n + 63) / 64 * 8, keys = 0;
    uint64_t *words = (uint64_t *)guard_alloc(size);
    size_t got = coterie_arrow_valid_values(&made->index_column, &made->value_column, from, n, words);
    for (size_t i = 0; i < 8 * size; i++) {
        int has_key = i < n && !made->index_rows[made->offset + from + i].is_null;
        if (has_key && index_of(made, from + i) < made->values_len)
            has_key = !made->value_rows[index_of(made, from + i)].is_null;
        CHECK((int)(words[i / 64] >> (i % 64) & 1) == has_key);
        keys += (size_t)has_key;
    }
    CHECK_EQUAL(got, keys);
    guard_free(words, size);
}

static void check_dictionary(const char *format, size_t n, size_t values_len, uint32_t nulls, uint32_t outside) {
    static dictionary made;
    int is_narrow = coterie_arrow_type_of(format).width == 1;
    made.n = n, made.offset = below(10);
    made.values_len = is_narrow && values_len > 128 ? 128 : values_len;
    make_dictionary(&made, format, nulls, outside);
    for (size_t from = 0; from <= n; from = 2 * from + 1) {
        check_take(&made, from, n - from);
        check_valid_values(&made, from, n - from);
    }
    for (size_t i = 0; i < n; i++) CHECK_EQUAL(coterie_arrow_index(&made.index_column, i), index_of(&made, i));
    guard_free(made.hashes, made.values_len * sizeof *made.hashes);
    free_array(&made.indices);
    free_array(&made.values);
}

/* All 256 numbers of a byte as indices of values that end at, before or behind them. */
static void every_byte(void) {
    uint64_t hashes[MOST], out;
    uint8_t bytes[256];
    const void *buffers[2] = {NULL, bytes};
    struct ArrowArray array = {.length = 256, .n_buffers = 2, .buffers = buffers};
    const size_t values[] = {0, 1, 127, 128, 129, 255, 256, 257, MOST};
    for (int i = 0; i < 256; i++) bytes[i] = (uint8_t)i;
    for (size_t i = 0; i < MOST; i++) hashes[i] = i * i + 1;
    for (int is_signed = 0; is_signed < 2; is_signed++)
        for (size_t v = 0; v < sizeof values / sizeof *values; v++) EACH_LEVEL(level) {
            size_t limit = is_signed && values[v] > 128 ? 128 : values[v];
            coterie_arrow column;
            CHECK(!coterie_arrow_open(&array, coterie_arrow_type_of(is_signed ? "c" : "C"), &column));
            for (size_t i = 0; i < 256; i++) {
                CHECK_EQUAL(coterie_arrow_take(&column, hashes, values[v], level, i, 1, &out), i < limit);
                if (i < limit) CHECK_EQUAL(out, hashes[i]);
            }
        }
}

static void dictionaries(void) {
    const char codes[] = "cCsSiIlL";
    const size_t values[] = {0, 1, 2, 127, 128, 255, 256, 300};
    for (const char *code = codes; *code; code++)
        for (size_t v = 0; v < sizeof values / sizeof *values; v++)
            for (size_t c = 0; c < COUNTS; c++)
                for (uint32_t nulls = 0; nulls < 6; nulls += 3)
                    for (uint32_t outside = 0; outside < 200; outside += 99) {
                        char format[2] = {*code, 0};
                        check_dictionary(format, counts[c], values[v], nulls, outside);
                    }
}

int main(void) {
    for (size_t i = 0; i < sizeof pool; i++) pool[i] = (uint8_t)random64(&random_state);
    formats();
    every_length();
    mixed_lengths();
    views_without_buffers();
    short_ends();
    odd_view_out();
    fixed_texts();
    numbers();
    only_nulls();
    no_rows();
    every_byte();
    dictionaries();
    return check_report();
}
