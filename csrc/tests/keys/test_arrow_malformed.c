/* Arrow arrays that cannot be: each is refused, or stopped at, and nothing that it says is followed. */
#include "coterie/keys/arrow.h"

#include "keys/arrow_arrays.h"
#include "keys/arrow_model.h"

enum { ROWS = 130 };

static uint64_t random_state = 1;

static int refused(const struct ArrowArray *array, const char *format) {
    coterie_arrow_type type = coterie_arrow_type_of(format);
    coterie_arrow column;
    const char *why = coterie_arrow_open(array, type, &column);
    CHECK(!why == !model_refuses(array, type));
    CHECK(!why || strlen(why) > 10);
    return why != NULL;
}

/* ---- what is not a row ---- */

static const char *const formats[] = {"u", "z", "U", "Z", "vu", "vz", "w:0", "w:3", "w:20", "b", "c", "S", "i", "L"};
enum { FORMATS = sizeof formats / sizeof *formats, TEXTS = 4, VIEWS = 6, NO_BYTES = 6 };

/* Three rows of 3, 20 and 3 bytes, with bitmaps. */
static void small_array(test_array *made, const char *format) {
    static const uint8_t text[] = "a text of twenty byt";
    const test_row rows[] = {{text, 3, 1, 0}, {text, 20, 2, 0}, {text, 3, 0, 0}};
    test_layout layout = {.format = format, .rows = 3, .has_bitmap = 1, .views_buffers = 1};
    make_array(made, rows, layout, &random_state);
    made->array.null_count = 0;
}

/* The array with one part changed is refused. */
#define REFUSED(format, change) \
    do { \
        test_array changed = made; \
        struct ArrowArray *array = &changed.array; \
        array->buffers = changed.buffers; \
        change; \
        if (!CHECK(refused(array, format))) fprintf(stderr, "    format %s\n", format); \
    } while (0)

static void parts(void) {
    const int64_t negative[] = {-1, -64, INT32_MIN, INT64_MIN};
    for (int f = 0; f < FORMATS; f++) {
        const char *format = formats[f];
        test_array made, original;
        struct ArrowArray *children[1] = {NULL};
        small_array(&made, format);
        CHECK(!refused(&made.array, format));
        original = made;
        for (int i = 0; i < 4; i++) {
            REFUSED(format, array->length = negative[i]);
            REFUSED(format, array->offset = negative[i]);
            REFUSED(format, array->n_buffers = negative[i]);
        }
        REFUSED(format, array->length = INT64_MAX);
        REFUSED(format, array->offset = INT64_MAX);
        REFUSED(format, array->offset = array->length = INT64_MAX);
        REFUSED(format, array->n_children = 1; array->children = children);
        REFUSED(format, array->n_children = -1);
        for (int64_t n = 0; n < (f < VIEWS ? 3 : 2); n++) REFUSED(format, array->n_buffers = n);
        if (f < TEXTS || f >= VIEWS) REFUSED(format, array->n_buffers++);
        REFUSED(format, array->buffers = NULL);
        if (f != NO_BYTES) REFUSED(format, changed.buffers[1] = NULL);
        if (f < TEXTS) REFUSED(format, changed.buffers[2] = NULL);
        REFUSED(format, changed.buffers[0] = NULL; array->null_count = 1);

        made.buffers[0] = NULL; /* no nulls, or none that were counted */
        for (int64_t nulls = -1; nulls < 1; nulls++) {
            made.array.null_count = nulls;
            CHECK(!refused(&made.array, format));
        }
        free_array(&original);
    }
}

/* The null type has no buffers that could be wrong. */
static void null_type(void) {
    struct ArrowArray array = {.length = -1};
    CHECK(refused(&array, "n"));
    array = (struct ArrowArray){.length = INT64_MAX};
    CHECK(refused(&array, "n"));
    array = (struct ArrowArray){.length = 5, .offset = -1};
    CHECK(refused(&array, "n"));
    array = (struct ArrowArray){.length = 5, .n_children = 1};
    CHECK(refused(&array, "n"));
    array = (struct ArrowArray){.length = 5, .null_count = 5, .offset = 3};
    CHECK(!refused(&array, "n"));
}

static void last_offset(void) {
    const int64_t wrong[] = {-1, -2, INT32_MIN, INT64_MIN};
    int64_t begins[3] = {0, 0, 0};
    const void *buffers[3] = {NULL, begins, "text"};
    struct ArrowArray array = {.length = 2, .n_buffers = 3, .buffers = buffers};
    for (int large = 0; large < 2; large++)
        for (size_t i = 0; i < (large ? 4 : 3); i++) {
            size_t width = large ? 8 : 4;
            put_number((uint8_t *)begins + 2 * width, (uint64_t)wrong[i], width);
            CHECK(refused(&array, large ? "U" : "u"));
            array.length = 1, array.offset = 1; /* counted from the offset */
            CHECK(refused(&array, large ? "U" : "u"));
            array.offset = 0; /* not its last one */
            put_number((uint8_t *)begins + width, 4, width);
            CHECK(!refused(&array, large ? "U" : "u"));
            array.length = 2;
        }
}

static void buffers_of_views(void) {
    static const uint8_t view[16];
    int64_t sizes[3] = {4, 4, 4};
    const void *buffers[6] = {NULL, view, "text", "text", "text", sizes};
    struct ArrowArray array = {.length = 1, .n_buffers = 6, .buffers = buffers};
    CHECK(!refused(&array, "vu"));
    for (int b = 0; b < 3; b++) {
        const int64_t negative[] = {-1, INT32_MIN, INT64_MIN};
        for (int i = 0; i < 3; i++) {
            sizes[b] = negative[i];
            CHECK(refused(&array, "vu"));
        }
        buffers[2 + b] = NULL; /* good only if it is empty */
        sizes[b] = 1;
        CHECK(refused(&array, "vu"));
        sizes[b] = 0;
        CHECK(!refused(&array, "vu"));
        buffers[2 + b] = "text", sizes[b] = 4;
    }
    buffers[5] = NULL;
    CHECK(refused(&array, "vu"));
    array.n_buffers = INT64_MAX;
    CHECK(refused(&array, "vu"));
    array.n_buffers = (int64_t)1 << 32;
    CHECK(refused(&array, "vu"));
}

/* ---- rows ---- */

/* Hashes what the model says, up to the first row that is wrong. */
static void check_stop(const struct ArrowArray *array, const char *format) {
    coterie_arrow_type type = coterie_arrow_type_of(format);
    size_t n = (size_t)array->length;
    uint64_t *out = (uint64_t *)guard_alloc(n * sizeof *out);
    coterie_arrow column;
    if (!CHECK(!coterie_arrow_open(array, type, &column))) return;
    EACH_LEVEL(level) for (int kind = 0; kind < COTERIE_HASH_NONE; kind++)
        for (size_t from = 0; from < n; from = 2 * from + 1) {
            coterie_hasher hasher = {(coterie_hash_kind)kind, level, 5, 6};
            size_t stop = 0;
            uint64_t expected[ROWS];
            model_row is[ROWS];
            for (; from + stop < n; stop++) {
                is[stop] = model_arrow(array, type, &hasher, from + stop, expected + stop);
                if (is[stop] == MODEL_WRONG) break;
            }
            size_t got = coterie_arrow_hash(&column, &hasher, from, n - from, &(uint64_t){UINT64_MAX}, out);
            CHECK_EQUAL(got, stop);
            for (size_t i = 0; i < stop && i < got; i++)
                if (is[i] == MODEL_KEY) CHECK_EQUAL(out[i], expected[i]);
        }
    guard_free(out, n * sizeof *out);
}

/* Rows where blocks begin and end, and between. */
static const size_t places[] = {0, 1, 31, 62, 63, 64, 65, 100, 127, 128, 129};
#define EACH_PLACE(place) for (const size_t *place = places; place < places + sizeof places / sizeof *places; place++)

/* Texts of 5 bytes: any of the offsets but the last is made wrong. */
static void offsets(void) {
    const int64_t wrong[] = {-1, -5, 0, 1, 5 * ROWS - 6, 5 * ROWS, 5 * ROWS + 1, 5 * ROWS + 100, INT32_MAX, INT32_MIN,
                             INT64_MAX, INT64_MIN, INT64_MIN + 1, (int64_t)1 << 32};
    for (int large = 0; large < 2; large++) {
        size_t width = large ? 8 : 4, size = width * (ROWS + 1);
        uint8_t *begins = (uint8_t *)guard_alloc(size), *bytes = (uint8_t *)guard_alloc(5 * ROWS);
        uint8_t nulls[(ROWS + 7) / 8] = {0};
        const void *buffers[3] = {NULL, begins, bytes};
        struct ArrowArray array = {.length = ROWS, .n_buffers = 3, .buffers = buffers};
        for (size_t i = 0; i <= ROWS; i++) put_number(begins + width * i, 5 * i, width);
        check_stop(&array, large ? "Z" : "z");
        EACH_PLACE(place) for (size_t w = 0; w < sizeof wrong / sizeof *wrong; w++) {
            if (!large && (wrong[w] > INT32_MAX || wrong[w] < INT32_MIN)) continue;
            put_number(begins + width * *place, (uint64_t)wrong[w], width);
            check_stop(&array, large ? "Z" : "z");
            buffers[0] = nulls; /* a null's text lies within the bytes too */
            check_stop(&array, large ? "Z" : "z");
            buffers[0] = NULL;
            put_number(begins + width * *place, 5 * *place, width);
        }
        guard_free(begins, size);
        guard_free(bytes, 5 * ROWS);
    }
}

typedef struct {
    int32_t len, buffer, offset;
} test_view;
static void put_view(uint8_t *to, test_view view) {
    put_number(to, (uint32_t)view.len, 4);
    put_number(to + 8, (uint32_t)view.buffer, 4);
    put_number(to + 12, (uint32_t)view.offset, 4);
}

/* One view is wrong among others that are all long, all inlined or of both kinds; as a null it does not matter. */
static void views(void) {
    enum { FIRST = 40, SECOND = 100 };
    const test_view wrong[] = {
        {-1, 0, 0}, {-13, 0, 0}, {INT32_MIN, 0, 0}, {INT32_MIN, INT32_MIN, INT32_MIN}, {-1, -1, -1},
        {13, -1, 0}, {13, 2, 0}, {13, 3, 0}, {13, 256, 0}, {13, INT32_MAX, 0}, {13, INT32_MIN, 0},
        {13, INT32_MIN + 1, 0},
        {13, 0, -1}, {13, 1, -13}, {13, 0, INT32_MIN}, {13, 1, INT32_MIN},
        {FIRST + 1, 0, 0}, {13, 0, FIRST - 12}, {13, 0, FIRST}, {13, 0, FIRST + 1}, {13, 1, SECOND - 12}, {FIRST, 0, 1},
        {SECOND + 1, 1, 0}, {SECOND, 1, 1}, {SECOND, 0, 0}, {INT32_MAX, 0, 0}, {13, 0, INT32_MAX},
        {INT32_MAX, 1, INT32_MAX}, {INT32_MAX, -1, -1}};
    const test_view right[] = {{0, -1, -1}, {12, INT32_MIN, INT32_MAX}, {13, 0, FIRST - 13}, {FIRST, 0, 0}, {13, 1, 0},
                               {SECOND, 1, 0}, {13, 1, SECOND - 13}};
    uint8_t *first = (uint8_t *)guard_alloc(FIRST), *second = (uint8_t *)guard_alloc(SECOND);
    uint8_t *rows = (uint8_t *)guard_alloc(16 * ROWS), *bits = (uint8_t *)guard_alloc((ROWS + 7) / 8);
    int64_t *sizes = (int64_t *)guard_alloc(2 * sizeof *sizes);
    const void *buffers[5] = {NULL, rows, first, second, sizes};
    struct ArrowArray array = {.length = ROWS, .n_buffers = 5, .buffers = buffers};
    size_t n_wrong = sizeof wrong / sizeof *wrong, n_right = sizeof right / sizeof *right;
    sizes[0] = FIRST, sizes[1] = SECOND;
    for (int others = 0; others < 3; others++) {
        for (size_t i = 0; i < ROWS; i++) {
            int is_long = others == 0 || (others == 2 && i % 3);
            test_view view = {is_long ? 13 + (int32_t)i % 20 : (int32_t)i % 13, others && i % 2, (int32_t)i % 7};
            put_view(rows + 16 * i, view);
        }
        check_stop(&array, "vz");
        EACH_PLACE(place) for (size_t v = 0; v < n_wrong + n_right; v++) {
            uint8_t before[16], *row = rows + 16 * *place;
            memcpy(before, row, 16);
            put_view(row, v < n_wrong ? wrong[v] : right[v - n_wrong]);
            check_stop(&array, "vz");
            memset(bits, 0xFF, (ROWS + 7) / 8);
            put_bit(bits, *place, 0);
            buffers[0] = bits;
            check_stop(&array, "vz");
            put_bit(bits, *place, 1), put_bit(bits, ROWS - 1 - *place, 0); /* another one is null */
            check_stop(&array, "vz");
            buffers[0] = NULL;
            memcpy(row, before, 16);
        }
    }
    guard_free(first, FIRST);
    guard_free(second, SECOND);
    guard_free(rows, 16 * ROWS);
    guard_free(bits, (ROWS + 7) / 8);
    guard_free(sizes, 2 * sizeof *sizes);
}

/* Long views of columns without buffers, with empty ones, or with one that is said to have no end. */
static void views_of_nothing(void) {
    uint8_t rows[16 * 3] = {0};
    int64_t sizes[1] = {0};
    const void *buffers[4] = {NULL, rows, NULL, sizes};
    struct ArrowArray array = {.length = 3, .n_buffers = 3, .buffers = buffers};
    const test_view wrong[] = {{13, 0, 0}, {13, 1, 0}, {13, -1, 0}, {INT32_MAX, 0, 0},
                               {13, 0, -13}, {13, 0, INT32_MIN}};
    for (int64_t n_buffers = 3; n_buffers < 5; n_buffers++)
        for (size_t v = 0; v < sizeof wrong / sizeof *wrong; v++)
            for (size_t place = 0; place < 3; place++) {
                memset(rows, 0, sizeof rows);
                put_view(rows + 16 * place, wrong[v]);
                array.n_buffers = n_buffers;
                buffers[2] = NULL, sizes[0] = 0;
                check_stop(&array, "vu");
                if (wrong[v].offset >= 0) continue;
                buffers[2] = rows, sizes[0] = INT64_MAX;
                check_stop(&array, "vu");
            }
}

int main(void) {
    parts();
    null_type();
    last_offset();
    buffers_of_views();
    offsets();
    views();
    views_of_nothing();
    return check_report();
}
