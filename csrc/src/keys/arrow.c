/* What the parts of an Arrow array that are not rows say, and whether that can be. */
#include "coterie/keys/arrow.h"

#include "coterie/keys/nulls.h"

static coterie_arrow_type type_of(coterie_arrow_layout layout, size_t width, int is_signed) {
    coterie_arrow_type type = {layout, width, is_signed};
    return type;
}

/* "w:" and the width in decimal. */
static coterie_arrow_type fixed_type(const char *digits) {
    uint64_t width = 0;
    if (!*digits) return type_of(COTERIE_ARROW_OTHER, 0, 0);
    for (; *digits; digits++) {
        if (*digits < '0' || *digits > '9') return type_of(COTERIE_ARROW_OTHER, 0, 0);
        width = width * 10 + (uint64_t)(*digits - '0');
        if (width > INT32_MAX) return type_of(COTERIE_ARROW_OTHER, 0, 0);
    }
    return type_of(COTERIE_ARROW_FIXED, (size_t)width, 0);
}

coterie_arrow_type coterie_arrow_type_of(const char *format) {
    static const char codes[] = "cCsSiIlL";
    const char *code;
    if (format[0] == 'w' && format[1] == ':') return fixed_type(format + 2);
    if (format[0] == 'v' && (format[1] == 'u' || format[1] == 'z') && !format[2])
        return type_of(COTERIE_ARROW_VIEWS, 16, 0);
    if (!format[0] || format[1]) return type_of(COTERIE_ARROW_OTHER, 0, 0);
    switch (format[0]) {
    case 'n': return type_of(COTERIE_ARROW_NULLS, 0, 0);
    case 'b': return type_of(COTERIE_ARROW_BOOLS, 0, 0);
    case 'u':
    case 'z': return type_of(COTERIE_ARROW_TEXTS, 4, 0);
    case 'U':
    case 'Z': return type_of(COTERIE_ARROW_LARGE_TEXTS, 8, 0);
    }
    code = strchr(codes, format[0]);
    if (!code) return type_of(COTERIE_ARROW_OTHER, 0, 0);
    return type_of(COTERIE_ARROW_INTS, (size_t)1 << (code - codes) / 2, (code - codes) % 2 == 0);
}

static int64_t begin_of(const coterie_arrow *column, size_t row) {
    int32_t small;
    int64_t large;
    if (column->type.layout == COTERIE_ARROW_TEXTS) {
        memcpy(&small, column->rows + 4 * (column->offset + row), sizeof small);
        return small;
    }
    memcpy(&large, column->rows + 8 * (column->offset + row), sizeof large);
    return large;
}

/* The last begin is the end of all: rows are checked against it as they are read. */
static const char *open_texts(const struct ArrowArray *array, coterie_arrow *column) {
    column->bytes = (const char *)array->buffers[2];
    column->bytes_len = column->len ? begin_of(column, column->len) : 0;
    if (column->bytes_len < 0) return "its last offset is negative";
    if (!column->bytes) {
        if (column->bytes_len) return "it has no buffer for its bytes";
        column->bytes = "";
    }
    return NULL;
}

static const char *open_views(const struct ArrowArray *array, coterie_arrow *column) {
    static const void *const no_buffers[1] = {""};
    static const int64_t no_sizes[1] = {0};
    int64_t buffers = array->n_buffers - 3;
    if (buffers > INT32_MAX) return "it has more than 2**31-1 buffers";
    column->buffers = no_buffers, column->sizes = no_sizes, column->buffers_len = 1;
    if (!buffers) return NULL;
    column->buffers = array->buffers + 2;
    column->sizes = (const int64_t *)array->buffers[array->n_buffers - 1];
    column->buffers_len = (uint32_t)buffers;
    if (!column->sizes) return "it does not say how large its buffers are";
    if ((uintptr_t)column->sizes % sizeof *column->sizes) return "the sizes of its buffers are not aligned to 8 bytes";
    for (int64_t i = 0; i < buffers; i++) {
        if (column->sizes[i] < 0) return "one of its buffers has a negative size";
        if (column->sizes[i] && !column->buffers[i]) return "one of its buffers is missing";
    }
    return NULL;
}

static const char *check_signs(const struct ArrowArray *array) {
    if (array->length < 0) return "its length is negative";
    if (array->offset < 0) return "its offset is negative";
    return NULL;
}

const char *coterie_arrow_open(const struct ArrowArray *array, coterie_arrow_type type, coterie_arrow *column) {
    static const int64_t buffers[] = {0, 0, 2, 2, 2, 3, 3, 3}; /* of each layout; views have more */
    const char *problem = check_signs(array);
    size_t unit = type.width ? type.width : 1;
    memset(column, 0, sizeof *column);
    column->type = type;
    if (problem) return problem;
    if ((uint64_t)array->length > PTRDIFF_MAX / unit / 2 || (uint64_t)array->offset > PTRDIFF_MAX / unit / 2)
        return "it has more rows than memory can hold";
    if (array->n_children) return "it has children";
    if (type.layout == COTERIE_ARROW_OTHER) return "its type is not known";
    column->len = (size_t)array->length, column->offset = (size_t)array->offset;
    if (type.layout == COTERIE_ARROW_NULLS) return NULL;
    if (array->n_buffers < buffers[type.layout] ||
        (type.layout != COTERIE_ARROW_VIEWS && array->n_buffers > buffers[type.layout]))
        return "it has another number of buffers than its type";
    if (!array->buffers) return "it has no buffers";
    column->valid = (const uint8_t *)array->buffers[0];
    if (!column->valid && array->null_count > 0) return "it counts nulls and has no bitmap of them";
    column->rows = (const char *)array->buffers[1];
    if (!column->rows && column->len && (type.layout != COTERIE_ARROW_FIXED || type.width))
        return "it has no buffer for its rows";
    if (type.layout == COTERIE_ARROW_TEXTS || type.layout == COTERIE_ARROW_LARGE_TEXTS) return open_texts(array, column);
    if (type.layout == COTERIE_ARROW_VIEWS) return open_views(array, column);
    return NULL;
}

const char *coterie_arrow_open_child(const struct ArrowArray *table, coterie_arrow_type type, coterie_arrow *column) {
    const char *problem = check_signs(table);
    if (problem) return problem;
    if (table->n_children != 1 || !table->children || !table->children[0])
        return "it has another number of columns than its type";
    if (table->n_buffers != 1 || !table->buffers) return "it has another number of buffers than its type";
    problem = coterie_arrow_open(table->children[0], type, column);
    if (problem) return problem;
    if ((uint64_t)table->length > column->len || (uint64_t)table->offset > column->len - (uint64_t)table->length)
        return "its column is shorter than it";
    if (table->buffers[0]) {
        uint64_t word;
        size_t rows = (size_t)table->length;
        for (size_t row = 0, n; row < rows; row += n) {
            n = rows - row < 64 ? rows - row : 64;
            if (coterie_bits_load((const uint8_t *)table->buffers[0], (size_t)table->offset + row, n, &word) < n)
                return "some of its rows are null";
        }
    }
    column->len = (size_t)table->length, column->offset += (size_t)table->offset;
    return NULL;
}

uint64_t coterie_arrow_bytes(const coterie_arrow *column) {
    uint64_t bytes = 0;
    int32_t len;
    switch (column->type.layout) {
    case COTERIE_ARROW_FIXED: return (uint64_t)column->len * column->type.width;
    case COTERIE_ARROW_TEXTS:
    case COTERIE_ARROW_LARGE_TEXTS:
        return column->len ? (uint64_t)begin_of(column, column->len) - (uint64_t)begin_of(column, 0) : 0;
    case COTERIE_ARROW_VIEWS:
        for (size_t i = 0; i < column->len; i++) {
            memcpy(&len, column->rows + 16 * (column->offset + i), sizeof len);
            bytes += (uint32_t)len;
        }
        return bytes;
    default: return 0;
    }
}

static int overlap(const void *a, size_t size, const void *b, size_t other) {
    uintptr_t first = (uintptr_t)a, second = (uintptr_t)b;
    return size && other && (first < second ? second - first < size : first - second < other);
}

int coterie_arrow_overlaps(const coterie_arrow *column, const void *begin, size_t size) {
    size_t first = column->offset, end = first + column->len, width = column->type.width;
    size_t bits = first / 8, bits_end = (end + 7) / 8;
    if (column->type.layout == COTERIE_ARROW_TEXTS || column->type.layout == COTERIE_ARROW_LARGE_TEXTS) end++;
    if (column->rows && width && overlap(column->rows + first * width, (end - first) * width, begin, size)) return 1;
    if (column->rows && !width && overlap(column->rows + bits, bits_end - bits, begin, size)) return 1;
    if (column->valid && overlap(column->valid + bits, bits_end - bits, begin, size)) return 1;
    if (overlap(column->bytes, (size_t)column->bytes_len, begin, size)) return 1;
    for (uint32_t i = 0; i < column->buffers_len; i++)
        if (overlap(column->buffers[i], (size_t)column->sizes[i], begin, size)) return 1;
    return 0;
}

size_t coterie_arrow_valid(const coterie_arrow *column, size_t from, size_t n, uint64_t *words) {
    if (column->type.layout == COTERIE_ARROW_NULLS) {
        memset(words, 0, (n + 63) / 64 * sizeof *words);
        return 0;
    }
    if (!column->valid) {
        memset(words, 0xff, (n + 63) / 64 * sizeof *words);
        if (n % 64) words[n / 64] = ((uint64_t)1 << n % 64) - 1;
        return n;
    }
    return coterie_bits_load(column->valid, column->offset + from, n, words);
}
