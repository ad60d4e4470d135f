/* What an Arrow array says, row by row and byte by byte, with the refusals of the contract: the oracle of its tests. */
#ifndef COTERIE_TESTS_ARROW_MODEL_H
#define COTERIE_TESTS_ARROW_MODEL_H

#include "coterie/keys/arrow.h"
#include "keys/column_model.h"

/* A number of 1, 2, 4 or 8 bytes in the machine's order, at any address. */
static inline int64_t model_signed(const void *bytes, size_t width) {
    coterie_column column = {.data = (const char *)bytes, .stride = 0, .width = width, .is_signed = 1};
    return (int64_t)model_number(&column, 0);
}
static inline int model_bit(const void *bits, size_t i) { return ((const uint8_t *)bits)[i / 8] >> (i % 8) & 1; }

static inline int model_has_key(const struct ArrowArray *array, coterie_arrow_type type, size_t i) {
    if (type.layout == COTERIE_ARROW_NULLS) return 0;
    return !array->buffers[0] || model_bit(array->buffers[0], (size_t)array->offset + i);
}

/* ---- is it refused? ---- */

static inline int model_refuses_texts(const struct ArrowArray *array, size_t width) {
    if (!array->length) return 0;
    const char *last = (const char *)array->buffers[1] + width * (size_t)(array->offset + array->length);
    int64_t end = model_signed(last, width);
    return end < 0 || (end && !array->buffers[2]);
}

static inline int model_refuses_views(const struct ArrowArray *array) {
    int64_t count = array->n_buffers - 3;
    const int64_t *sizes = (const int64_t *)array->buffers[array->n_buffers - 1];
    if (!count) return 0;
    if (!sizes) return 1;
    for (int64_t i = 0; i < count; i++)
        if (sizes[i] < 0 || (sizes[i] && !array->buffers[2 + i])) return 1;
    return 0;
}

static inline int model_refuses(const struct ArrowArray *array, coterie_arrow_type type) {
    int is_text = type.layout == COTERIE_ARROW_TEXTS || type.layout == COTERIE_ARROW_LARGE_TEXTS;
    int64_t fixed = is_text ? 3 : 2; /* buffers */
    if (array->length < 0 || array->offset < 0 || array->n_children) return 1;
    if (array->length > PTRDIFF_MAX / 64 || array->offset > PTRDIFF_MAX / 64) return 1; /* no test is near the bound */
    if (type.layout == COTERIE_ARROW_NULLS) return 0;
    if (type.layout != COTERIE_ARROW_VIEWS && array->n_buffers != fixed) return 1;
    if (type.layout == COTERIE_ARROW_VIEWS && (array->n_buffers < 3 || array->n_buffers > INT32_MAX)) return 1;
    if (!array->buffers || (!array->buffers[0] && array->null_count > 0)) return 1;
    if (!array->buffers[1] && array->length && !(type.layout == COTERIE_ARROW_FIXED && !type.width)) return 1;
    if (is_text) return model_refuses_texts(array, type.width);
    return type.layout == COTERIE_ARROW_VIEWS && model_refuses_views(array);
}

/* ---- rows ---- */

typedef enum { MODEL_KEY, MODEL_NULL, MODEL_WRONG } model_row;

static inline model_row model_text(const struct ArrowArray *array, size_t width, size_t i, const uint8_t **data,
                                   size_t *len) {
    const char *begins = (const char *)array->buffers[1], *here = begins + width * ((size_t)array->offset + i);
    int64_t begin = model_signed(here, width), end = model_signed(here + width, width);
    int64_t last = model_signed(begins + width * (size_t)(array->offset + array->length), width);
    if (begin < 0 || end < begin || end > last) return MODEL_WRONG;
    *len = (size_t)(end - begin);
    *data = array->buffers[2] ? (const uint8_t *)array->buffers[2] + begin : NULL;
    return MODEL_KEY;
}

static inline model_row model_view(const struct ArrowArray *array, size_t i, const uint8_t **data, size_t *size) {
    const uint8_t *view = (const uint8_t *)array->buffers[1] + 16 * ((size_t)array->offset + i);
    const int64_t *sizes = (const int64_t *)array->buffers[array->n_buffers - 1];
    int64_t len = model_signed(view, 4), buffer = model_signed(view + 8, 4), begin = model_signed(view + 12, 4);
    *data = view + 4, *size = (size_t)len;
    if (len >= 0 && len <= 12) return MODEL_KEY;
    if (len < 0 || buffer < 0 || buffer >= array->n_buffers - 3) return MODEL_WRONG;
    if (begin < 0 || begin + len > sizes[buffer]) return MODEL_WRONG;
    *data = (const uint8_t *)array->buffers[2 + buffer] + begin;
    return MODEL_KEY;
}

static inline uint64_t model_index(const struct ArrowArray *indices, coterie_arrow_type type, size_t i) {
    const char *p = (const char *)indices->buffers[1] + type.width * ((size_t)indices->offset + i);
    coterie_column column = {.data = p, .stride = 0, .width = type.width, .is_signed = type.is_signed};
    return model_number(&column, 0);
}

static inline uint64_t model_hash_number(const coterie_hasher *hasher, uint64_t x) {
    uint8_t bytes[8];
    if (hasher->kind == COTERIE_HASH_NONE) return x;
    for (int at = 0; at < 8; at++) bytes[at] = (uint8_t)(x >> 8 * at);
    return model_hash(hasher, bytes, sizeof bytes);
}

/* What a row is, and its hash if it has one. A null may have any view, but its text lies within the bytes. */
static inline model_row model_arrow(const struct ArrowArray *array, coterie_arrow_type type,
                                    const coterie_hasher *hasher, size_t i, uint64_t *hash) {
    const uint8_t *data = NULL;
    size_t row = (size_t)array->offset + i, len = 0;
    int has_key = model_has_key(array, type, i);
    model_row is = MODEL_KEY;
    if (type.layout == COTERIE_ARROW_NULLS) return MODEL_NULL;
    if (type.layout == COTERIE_ARROW_VIEWS && !has_key) return MODEL_NULL;
    if (type.layout == COTERIE_ARROW_BOOLS)
        *hash = model_hash_number(hasher, (uint64_t)model_bit(array->buffers[1], row));
    else if (type.layout == COTERIE_ARROW_INTS) *hash = model_hash_number(hasher, model_index(array, type, i));
    else {
        if (type.layout == COTERIE_ARROW_VIEWS) is = model_view(array, i, &data, &len);
        else if (type.layout != COTERIE_ARROW_FIXED) is = model_text(array, type.width, i, &data, &len);
        else if (type.width) data = (const uint8_t *)array->buffers[1] + type.width * row, len = type.width;
        if (is == MODEL_WRONG) return MODEL_WRONG;
        *hash = model_hash(hasher, data, len);
    }
    return has_key ? MODEL_KEY : MODEL_NULL;
}

#endif
