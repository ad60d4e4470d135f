/* What a column means, item by item: the oracle of its tests. */
#ifndef COTERIE_TESTS_COLUMN_MODEL_H
#define COTERIE_TESTS_COLUMN_MODEL_H

#include "coterie/hashing/murmur3.h"
#include "coterie/hashing/siphash.h"
#include "coterie/hashing/xxh3.h"
#include "coterie/hashing/xxh64.h"
#include "coterie/keys/column.h"

static inline uint64_t model_hash(const coterie_hasher *hasher, const void *data, size_t len) {
    if (hasher->kind == COTERIE_HASH_XXH64 || hasher->kind == COTERIE_HASH_XXH64_TEXT)
        return coterie_xxh64(data, len, hasher->seed);
    if (hasher->kind == COTERIE_HASH_MURMUR3) {
        coterie_murmur3 hash = coterie_murmur3_hash(data, len, 0);
        return hasher->seed ? hash.last : hash.first;
    }
    if (hasher->kind == COTERIE_HASH_SIPHASH13) return coterie_siphash13(data, len, hasher->seed, hasher->more);
    return coterie_xxh3(data, len, hasher->seed, COTERIE_BASELINE);
}

/* The bytes of item i as a number: most significant first if they are big-endian. */
static inline uint64_t model_number(const coterie_column *column, size_t i) {
    const uint8_t *p = (const uint8_t *)column->data + (ptrdiff_t)i * column->stride;
    int big_endian = COTERIE_BIG_ENDIAN != !!column->swapped;
    uint64_t x = 0;
    for (size_t at = 0; at < column->width; at++) x = x << 8 | p[big_endian ? at : column->width - 1 - at];
    if (column->is_bool) return x != 0;
    uint64_t sign = (uint64_t)1 << (8 * column->width - 1);
    return column->is_signed ? (x ^ sign) - sign : x;
}

static inline uint64_t model_int(const coterie_column *column, const coterie_hasher *hasher, size_t i) {
    uint64_t x = model_number(column, i);
    uint8_t bytes[8];
    if (hasher->kind == COTERIE_HASH_NONE) return x;
    for (int at = 0; at < 8; at++) bytes[at] = (uint8_t)(x >> 8 * at);
    return model_hash(hasher, bytes, sizeof bytes);
}

static inline uint64_t model_bytes(const coterie_column *column, const coterie_hasher *hasher, size_t i) {
    const char *p = column->data + (ptrdiff_t)i * column->stride;
    size_t len = 0;
    for (size_t at = 0; at < column->width; at++)
        if (p[at]) len = at + 1;
    return model_hash(hasher, p, len);
}

/* The UTF-8 of a letter; 0 bytes if it has none. */
static inline size_t model_utf8(uint64_t c, uint8_t *to) {
    static const uint8_t lead[] = {0, 0xC0, 0xE0, 0xF0};
    if ((c >= 0xD800 && c <= 0xDFFF) || c > 0x10FFFF) return 0;
    int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3; /* bytes after the first */
    to[0] = (uint8_t)(lead[more] | c >> 6 * more);
    for (int i = 1; i <= more; i++) to[i] = (uint8_t)(0x80 | (c >> 6 * (more - i) & 0x3F));
    return (size_t)more + 1;
}

/* Returns whether the item has UTF-8. `utf8` has room for column->width bytes. */
static inline int model_utf32(const coterie_column *column, const coterie_hasher *hasher, size_t i, uint8_t *utf8,
                              uint64_t *hash) {
    const char *data = column->data + (ptrdiff_t)i * column->stride;
    coterie_column letters = {.data = data, .stride = 4, .width = 4, .swapped = column->swapped};
    size_t count = column->width / 4, len = 0;
    while (count && !model_number(&letters, count - 1)) count--;
    for (size_t at = 0; at < count; at++) {
        size_t bytes = model_utf8(model_number(&letters, at), utf8 + len);
        if (!bytes) return 0;
        len += bytes;
    }
    *hash = model_hash(hasher, utf8, len);
    return 1;
}

#endif
