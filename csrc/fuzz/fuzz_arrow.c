/* Arrow arrays of any layout whose parts are the fuzzer's, right or wrong, in buffers of exactly the size that they
 * claim; against the model, at every level. */
#include "input.h"
#include "keys/arrow_model.h"

enum { MOST = 200, MOST_BYTES = 4000, BUFFERS = 8, VALUES = 300 };

typedef struct {
    struct ArrowArray array;
    const void *buffers[BUFFERS];
    void *owned[BUFFERS];
    size_t owned_len;
} fuzz_array;

/* Of exactly this size, so that sanitizers see a byte too far. */
static uint8_t *add_buffer(fuzz_array *made, size_t size) {
    uint8_t *memory = (uint8_t *)malloc(size ? size : 1);
    if (!memory) abort();
    if (!size) memory = (uint8_t *)realloc(memory, 1) + 1; /* nothing may be read */
    made->owned[made->owned_len++] = size ? memory : memory - 1;
    made->buffers[made->array.n_buffers++] = memory;
    return memory;
}
static void free_array(fuzz_array *made) {
    for (size_t i = 0; i < made->owned_len; i++) free(made->owned[i]);
}

static void put_number(uint8_t *to, uint64_t x, size_t width) {
    for (size_t i = 0; i < width; i++) to[COTERIE_BIG_ENDIAN ? width - 1 - i : i] = (uint8_t)(x >> 8 * i);
}

/* A small number, seldom any at all. */
static uint64_t take_number(fuzz_input *input) {
    uint64_t x = take(input, 1);
    return x == 255 ? take(input, 8) : x == 254 ? (uint64_t)0 - take(input, 1) : x;
}

static void fill(fuzz_input *input, uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) bytes[i] = (uint8_t)(input->next < input->end ? take(input, 1) : i * 37);
}

/* Mostly texts one after the other; a few begins are anything. */
static void add_texts(fuzz_array *made, fuzz_input *input, size_t rows, size_t width) {
    uint8_t *begins = add_buffer(made, width * (rows + 1));
    uint64_t at = take(input, 1) % 8, modulus = 1 + take(input, 1) % 40, wrong = take(input, 1);
    for (size_t i = 0; i <= rows; i++) {
        put_number(begins + width * i, at, width);
        at += take(input, 1) % modulus;
    }
    for (wrong = wrong < 128 ? 0 : wrong % 4; wrong; wrong--) {
        size_t place = (size_t)take(input, 1) % (rows + 1);
        put_number(begins + width * place, take_number(input), width);
    }
    int64_t last = model_signed(begins + width * rows, width);
    if (last > MOST_BYTES) put_number(begins + width * rows, MOST_BYTES, width), last = MOST_BYTES;
    size_t size = last > 0 ? (size_t)last : 0;
    fill(input, add_buffer(made, size), size);
    if (take(input, 1) == 255) made->buffers[2] = NULL;
}

static void add_views(fuzz_array *made, fuzz_input *input, size_t rows) {
    uint8_t *views = add_buffer(made, 16 * rows);
    size_t count = (size_t)take(input, 1) % 4;
    uint64_t longest = 1 + take(input, 1) % 40, odd = take(input, 1), sizes[4];
    for (size_t b = 0; b < count; b++) {
        size_t size = (size_t)take(input, 1);
        sizes[b] = size;
        fill(input, add_buffer(made, size), size);
        uint64_t change = take(input, 1);
        if (change == 255) sizes[b] = (uint64_t)0 - take(input, 1); /* negative */
        else if (change == 254) sizes[b] = size / 2;
        else if (change == 253) made->buffers[2 + b] = NULL;
    }
    for (size_t i = 0; i < rows; i++, views += 16) {
        uint64_t len = take(input, 1) % longest;
        fill(input, views, 16); /* what an inlined text is, and what a wrong view may be */
        if (odd > 200 && take(input, 1) > 250) continue;
        put_number(views, len, 4);
        if (len <= 12) continue;
        uint64_t buffer = odd % 2 ? 0 : count ? take(input, 1) % count : 0, at = take(input, 1);
        put_number(views + 8, buffer, 4);
        if (odd % 4 < 2 && buffer < count && sizes[buffer] >= len) at %= sizes[buffer] - len + 1;
        put_number(views + 12, at, 4);
    }
    uint8_t *said = add_buffer(made, 8 * count);
    for (size_t b = 0; b < count; b++) put_number(said + 8 * b, sizes[b], 8);
}

/* An array of a type, of at most `most` rows. */
static void make_array(fuzz_array *made, fuzz_input *input, coterie_arrow_type type, size_t most) {
    size_t offset = (size_t)take(input, 1) % 20, rows = offset + (size_t)take(input, 1) % (most + 1);
    memset(made, 0, sizeof *made);
    made->array.buffers = made->buffers;
    made->array.offset = (int64_t)offset, made->array.length = (int64_t)(rows - offset);
    made->array.null_count = (int64_t)take(input, 1) % 3 - 1;
    if (type.layout == COTERIE_ARROW_NULLS) return;
    if (take(input, 1) % 2) fill(input, add_buffer(made, (rows + 7) / 8), (rows + 7) / 8);
    else made->array.n_buffers = 1;
    if (type.layout == COTERIE_ARROW_VIEWS) add_views(made, input, rows);
    else if (type.layout == COTERIE_ARROW_TEXTS || type.layout == COTERIE_ARROW_LARGE_TEXTS)
        add_texts(made, input, rows, type.width);
    else {
        size_t size = type.layout == COTERIE_ARROW_BOOLS ? (rows + 7) / 8 : rows * type.width;
        fill(input, add_buffer(made, size), size);
    }
}

/* Seldom, something that is not a row becomes such that the array cannot be. */
static void spoil(fuzz_array *made, fuzz_input *input, coterie_arrow_type type) {
    int64_t x = (int64_t)take(input, 8), negative = x < 0 ? x : -1 - x;
    switch (take(input, 1) % 64) {
    case 1: made->array.length = negative; break;
    case 2: made->array.offset = negative; break;
    case 3: made->array.n_children = x; break;
    case 4: made->array.n_buffers = negative; break;
    case 5: made->array.n_buffers = x & 1; break;
    case 6: made->array.n_buffers += type.layout != COTERIE_ARROW_VIEWS; break;
    case 7: made->array.buffers = NULL; break;
    case 8: made->buffers[1] = NULL; break;
    case 9: made->array.length = INT64_MAX - (x & 0xff); break;
    case 10: made->array.offset = INT64_MAX - (x & 0xff); break;
    case 11: made->buffers[0] = NULL; break;
    case 12:
        if (type.layout == COTERIE_ARROW_VIEWS) made->buffers[made->array.n_buffers - 1] = NULL;
    }
}

static void check_valid(const fuzz_array *made, const coterie_arrow *column, size_t from, size_t n) {
    uint64_t words[(MOST + 63) / 64];
    size_t keys = 0, got = coterie_arrow_valid(column, from, n, words);
    for (size_t i = 0; i < n; i++) {
        int has_key = model_has_key(&made->array, column->type, from + i);
        CHECK((int)(words[i / 64] >> (i % 64) & 1) == has_key);
        keys += (size_t)has_key;
    }
    CHECK_EQUAL(got, keys);
}

static void check_hash(const fuzz_array *made, const coterie_arrow *column, coterie_hasher hasher, size_t from,
                       size_t n) {
    uint64_t *out = (uint64_t *)malloc(n * sizeof *out + !n), expected[MOST];
    model_row is[MOST];
    size_t stop = 0;
    while (stop < n) {
        is[stop] = model_arrow(&made->array, column->type, &hasher, from + stop, expected + stop);
        if (is[stop] == MODEL_WRONG) break;
        stop++;
    }
    EACH_LEVEL(level) {
        hasher.level = level;
        CHECK_EQUAL(coterie_arrow_hash(column, &hasher, from, n, &(uint64_t){UINT64_MAX}, out), stop);
        for (size_t i = 0; i < stop && !checks_failed; i++)
            if (is[i] == MODEL_KEY) CHECK_EQUAL(out[i], expected[i]);
    }
    free(out);
}

/* The column as indices of values, of which some may be null. */
static void check_take(const fuzz_array *made, const coterie_arrow *column, fuzz_input *input, size_t from, size_t n) {
    coterie_arrow_type bools = coterie_arrow_type_of("b");
    coterie_arrow values;
    fuzz_array values_made;
    make_array(&values_made, input, bools, VALUES);
    if (!coterie_arrow_open(&values_made.array, bools, &values)) {
        uint64_t *out = (uint64_t *)malloc(n * sizeof *out + !n), words[(MOST + 63) / 64];
        uint64_t *hashes = (uint64_t *)malloc(values.len * sizeof *hashes + !values.len);
        size_t stop = 0, keys = 0;
        for (size_t i = 0; i < values.len; i++) hashes[i] = i * i + 7;
        while (stop < n && (!model_has_key(&made->array, column->type, from + stop) ||
                            model_index(&made->array, column->type, from + stop) < values.len))
            stop++;
        EACH_LEVEL(level) {
            CHECK_EQUAL(coterie_arrow_take(column, hashes, values.len, level, from, n, out), stop);
            for (size_t i = 0; i < stop; i++)
                if (model_has_key(&made->array, column->type, from + i))
                    CHECK_EQUAL(out[i], hashes[model_index(&made->array, column->type, from + i)]);
        }
        size_t got = coterie_arrow_valid_values(column, &values, from, n, words);
        for (size_t i = 0; i < n; i++) {
            uint64_t index = model_index(&made->array, column->type, from + i);
            int has_key = model_has_key(&made->array, column->type, from + i);
            if (index < values.len && !model_has_key(&values_made.array, bools, (size_t)index)) has_key = 0;
            CHECK((int)(words[i / 64] >> (i % 64) & 1) == has_key);
            keys += (size_t)has_key;
        }
        CHECK_EQUAL(got, keys);
        free(hashes);
        free(out);
    }
    free_array(&values_made);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const formats[] = {"u", "Z", "vu", "vz", "U", "z", "w:0", "w:1", "w:7", "w:8", "w:13", "w:40",
                                          "n", "b", "c", "C", "s", "S", "i", "I", "l", "L", "vu", "u", "U"};
    fuzz_input input = {data, data + size};
    coterie_arrow_type type = coterie_arrow_type_of(formats[take(&input, 1) % (sizeof formats / sizeof *formats)]);
    int is_number = type.layout == COTERIE_ARROW_INTS || type.layout == COTERIE_ARROW_BOOLS;
    uint64_t kind = take(&input, 1) % (is_number ? COTERIE_HASH_NONE + 1 : COTERIE_HASH_NONE);
    uint64_t seed = take(&input, 2), where = take(&input, 2);
    coterie_hasher hasher = {(coterie_hash_kind)kind, COTERIE_BASELINE, seed, where};
    fuzz_array made;
    coterie_arrow column;
    fuzz_input spoiler = input;
    (void)take(&input, 9);
    make_array(&made, &input, type, MOST);
    spoil(&made, &spoiler, type);

    const char *why = coterie_arrow_open(&made.array, type, &column);
    CHECK(!why == !model_refuses(&made.array, type));
    if (!why && !checks_failed) {
        size_t from = (size_t)(where & 0xff) % (column.len + 1), n = (size_t)(where >> 8) % (column.len - from + 1);
        check_valid(&made, &column, 0, column.len);
        check_valid(&made, &column, from, n);
        check_hash(&made, &column, hasher, 0, column.len);
        check_hash(&made, &column, hasher, from, n);
        if (type.layout == COTERIE_ARROW_INTS) check_take(&made, &column, &input, from, column.len - from);
    }
    free_array(&made);
    stop_if_failed();
    return 0;
}
