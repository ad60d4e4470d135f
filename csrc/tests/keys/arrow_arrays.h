/* Arrow arrays made of rows. Every buffer is exactly as large as its format asks for, may not be written, and ends
 * where an unmapped page begins, or `shift` bytes before, at odd addresses. */
#ifndef COTERIE_TESTS_ARROW_ARRAYS_H
#define COTERIE_TESTS_ARROW_ARRAYS_H

#include "coterie/keys/arrow.h"
#include "guard.h"

typedef struct {
    const uint8_t *text;
    size_t len;
    uint64_t number;
    int is_null;
} test_row;

typedef struct {
    const char *format;
    size_t rows, offset; /* all rows, and how many of them are in front of the array */
    int has_bitmap;
    size_t shift;
    size_t views_buffers; /* for long texts: if there are any, at least 1 */
} test_layout;

enum { ARRAY_BUFFERS = 8, INLINED_TEXT = 12 };
typedef struct {
    struct ArrowArray array;
    const void *buffers[ARRAY_BUFFERS];
    size_t sizes[ARRAY_BUFFERS];
} test_array;

static inline uint8_t *add_buffer(test_array *made, size_t size, size_t shift) {
    size_t at = (size_t)made->array.n_buffers++;
    uint8_t *memory = (uint8_t *)guard_alloc(size + shift);
    made->sizes[at] = size + shift;
    made->buffers[at] = memory;
    return memory;
}

/* The lowest `width` bytes of a number, in the machine's order. */
static inline void put_number(uint8_t *to, uint64_t x, size_t width) {
    for (size_t i = 0; i < width; i++) to[COTERIE_BIG_ENDIAN ? width - 1 - i : i] = (uint8_t)(x >> 8 * i);
}
static inline void put_bit(uint8_t *bits, size_t i, uint64_t bit) {
    bits[i / 8] = (uint8_t)((bits[i / 8] & ~(1 << i % 8)) | (int)(bit & 1) << i % 8);
}

static inline void add_texts(test_array *made, const test_row *rows, test_layout layout, size_t width,
                             uint64_t *random) {
    size_t end = random_below(random, 10), bytes_len = end; /* bytes in front of the first text */
    for (size_t i = 0; i < layout.rows; i++) bytes_len += rows[i].len;
    uint8_t *begins = add_buffer(made, width * (layout.rows + 1), layout.shift);
    uint8_t *bytes = add_buffer(made, bytes_len, layout.shift);
    put_number(begins, end, width);
    for (size_t i = 0; i < layout.rows; i++) {
        if (rows[i].len) memcpy(bytes + end, rows[i].text, rows[i].len);
        put_number(begins + width * (i + 1), end += rows[i].len, width);
    }
    if (!bytes_len && random_below(random, 2)) {
        guard_free(bytes, layout.shift);
        made->buffers[made->array.n_buffers - 1] = NULL;
    }
}

/* Long texts go to one of the buffers, that of the row before in three cases of four; nulls have any view. */
static inline void add_views(test_array *made, const test_row *rows, test_layout layout, uint64_t *random) {
    enum { MOST_ROWS = 1000 };
    uint32_t buffer = 0, count = (uint32_t)layout.views_buffers;
    static uint32_t buffer_of[MOST_ROWS];
    size_t len_of[ARRAY_BUFFERS] = {0};
    uint8_t *bytes[ARRAY_BUFFERS], *views = add_buffer(made, 16 * layout.rows, layout.shift), *sizes;
    for (size_t i = 0; i < layout.rows; i++)
        if (rows[i].len > INLINED_TEXT && !rows[i].is_null) {
            if (!random_below(random, 4)) buffer = random_below(random, count);
            buffer_of[i] = buffer;
            len_of[buffer] += rows[i].len;
        }
    for (size_t b = 0; b < count; b++) bytes[b] = add_buffer(made, len_of[b], layout.shift);
    sizes = add_buffer(made, 8 * count, 0);
    for (size_t b = 0; b < count; b++) {
        put_number(sizes + 8 * b, len_of[b], 8);
        len_of[b] = 0;
    }
    for (size_t i = 0; i < layout.rows; i++, views += 16) {
        memset(views, 0, 16);
        put_number(views, rows[i].len, 4);
        if (rows[i].is_null) put_number(views, random64(random), 8), put_number(views + 8, random64(random), 8);
        else if (rows[i].len <= INLINED_TEXT) memcpy(views + 4, rows[i].text, rows[i].len);
        else {
            buffer = buffer_of[i];
            memcpy(views + 4, rows[i].text, 4);
            put_number(views + 8, buffer, 4), put_number(views + 12, len_of[buffer], 4);
            memcpy(bytes[buffer] + len_of[buffer], rows[i].text, rows[i].len);
            len_of[buffer] += rows[i].len;
        }
    }
}

static inline void make_array(test_array *made, const test_row *rows, test_layout layout, uint64_t *random) {
    coterie_arrow_type type = coterie_arrow_type_of(layout.format);
    size_t width = type.width;
    uint8_t *to;
    memset(made, 0, sizeof *made);
    made->array.buffers = made->buffers;
    made->array.offset = (int64_t)layout.offset;
    made->array.length = (int64_t)(layout.rows - layout.offset);
    if (type.layout == COTERIE_ARROW_NULLS) return;
    if (layout.has_bitmap) {
        to = add_buffer(made, (layout.rows + 7) / 8, layout.shift);
        for (size_t i = 0; i < layout.rows; i++) {
            put_bit(to, i, !rows[i].is_null);
            made->array.null_count += i >= layout.offset && rows[i].is_null;
        }
        if (random_below(random, 3) == 0) made->array.null_count = -1; /* not counted */
    } else made->array.n_buffers = 1;
    if (type.layout == COTERIE_ARROW_TEXTS || type.layout == COTERIE_ARROW_LARGE_TEXTS)
        add_texts(made, rows, layout, width, random);
    else if (type.layout == COTERIE_ARROW_VIEWS) add_views(made, rows, layout, random);
    else if (type.layout == COTERIE_ARROW_BOOLS) {
        to = add_buffer(made, (layout.rows + 7) / 8, layout.shift);
        for (size_t i = 0; i < layout.rows; i++) put_bit(to, i, rows[i].number);
    } else {
        to = add_buffer(made, layout.rows * width, layout.shift);
        for (size_t i = 0; i < layout.rows; i++)
            if (type.layout == COTERIE_ARROW_INTS) put_number(to + width * i, rows[i].number, width);
            else if (width) memcpy(to + width * i, rows[i].text, width);
    }
    for (int64_t b = 0; b < made->array.n_buffers; b++)
        if (made->buffers[b]) guard_read_only(made->buffers[b], made->sizes[b]);
}

static inline void free_array(test_array *made) {
    for (int64_t b = 0; b < made->array.n_buffers; b++)
        if (made->buffers[b]) guard_free((void *)(uintptr_t)made->buffers[b], made->sizes[b]);
}

#endif
