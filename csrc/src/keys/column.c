#include "coterie/keys/column.h"

#include "coterie/hashing/xxh3.h"
#include "coterie/hashing/xxh64.h"

uint64_t coterie_hash_bytes(const coterie_hasher *hasher, const void *data, size_t len) {
    if (hasher->kind == COTERIE_HASH_XXH64) return coterie_xxh64(data, len, hasher->seed);
    if (COTERIE_LIKELY(len <= 16)) return coterie_xxh3_short(data, len, hasher->seed);
    return coterie_xxh3(data, len, hasher->seed, hasher->level);
}

static uint64_t swap(uint64_t x, size_t width) { return coterie_swap64(x) >> (64 - 8 * width); }

#define WIDEN(type, signed_type) \
    for (size_t i = 0; i < n; i++, p += column->stride) { \
        type x; \
        memcpy(&x, p, sizeof x); \
        if (column->swapped) x = (type)swap(x, sizeof x); \
        out[i] = column->is_signed ? (uint64_t)(int64_t)(signed_type)x : x; \
    }

/* The integers as 64-bit words, in the machine's order. */
static void widen(const coterie_column *column, size_t n, uint64_t *out) {
    const char *p = column->data;
    switch (column->width) {
    case 1:
        WIDEN(uint8_t, int8_t)
        for (size_t i = 0; column->is_bool && i < n; i++) out[i] = out[i] != 0;
        break;
    case 2: WIDEN(uint16_t, int16_t) break;
    case 4: WIDEN(uint32_t, int32_t) break;
    default: WIDEN(uint64_t, int64_t)
    }
}

static void hash_words(const coterie_hasher *hasher, const uint64_t *words, size_t n, uint64_t *out) {
    if (hasher->kind == COTERIE_HASH_XXH3) coterie_xxh3_u64s[hasher->level](words, n, hasher->seed, out);
    else if (hasher->kind == COTERIE_HASH_XXH64)
        for (size_t i = 0; i < n; i++) {
            uint8_t bytes[8];
            coterie_store64(bytes, words[i]);
            out[i] = coterie_xxh64(bytes, sizeof bytes, hasher->seed);
        }
    else if (n && out != words) memcpy(out, words, n * sizeof *out);
}

void coterie_hash_words(const coterie_hasher *hasher, uint64_t *words, size_t n) { hash_words(hasher, words, n, words); }

void coterie_column_ints(const coterie_column *column, const coterie_hasher *hasher, size_t n, uint64_t *out) {
    if (column->width == 8 && column->stride == 8 && !column->swapped && !((uintptr_t)column->data & 7))
        hash_words(hasher, (const uint64_t *)(const void *)column->data, n, out); /* from where they lie */
    else {
        widen(column, n, out);
        hash_words(hasher, out, n, out);
    }
}

void coterie_column_bytes(const coterie_column *column, const coterie_hasher *hasher, size_t n, uint64_t *out) {
    const char *p = column->data;
    for (size_t i = 0; i < n; i++, p += column->stride) {
        size_t len = column->width;
        while (len && !p[len - 1]) len--;
        out[i] = coterie_hash_bytes(hasher, p, len);
    }
}

/* The UTF-8 of one code point; 0 if it has none. */
COTERIE_INLINE size_t encode(uint32_t c, uint8_t *to) {
    if (c < 0x80) {
        to[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (uint8_t)(0xC0 | c >> 6), to[1] = (uint8_t)(0x80 | (c & 63));
        return 2;
    }
    if (c < 0x10000) {
        if (c >= 0xD800 && c < 0xE000) return 0;
        to[0] = (uint8_t)(0xE0 | c >> 12), to[1] = (uint8_t)(0x80 | (c >> 6 & 63)), to[2] = (uint8_t)(0x80 | (c & 63));
        return 3;
    }
    if (c > 0x10FFFF) return 0;
    to[0] = (uint8_t)(0xF0 | c >> 18), to[1] = (uint8_t)(0x80 | (c >> 12 & 63));
    to[2] = (uint8_t)(0x80 | (c >> 6 & 63)), to[3] = (uint8_t)(0x80 | (c & 63));
    return 4;
}

/* ASCII in little-endian UTF-32 to bytes, two characters at a time; 0 if there is anything else. */
static int narrow(const char *p, size_t chars, uint8_t *to) {
    uint64_t all = 0, pair;
    size_t i = 0;
    for (; i + 2 <= chars; i += 2) {
        pair = coterie_load64(p + 4 * i);
        all |= pair;
        to[i] = (uint8_t)pair, to[i + 1] = (uint8_t)(pair >> 32);
    }
    if (i < chars) {
        uint32_t last = coterie_load32(p + 4 * i);
        all |= last;
        to[i] = (uint8_t)last;
    }
    return !(all & 0xffffff80ffffff80u);
}

#define ENCODE(type, value) \
    for (size_t i = 0; i < chars; i++) { \
        type c; \
        memcpy(&c, p + i * sizeof c, sizeof c); \
        size_t bytes = encode(value, to + len); \
        if (!bytes) return SIZE_MAX; \
        len += bytes; \
    }

size_t coterie_utf8(const void *data, size_t chars, int width, uint8_t *to) {
    const char *p = (const char *)data;
    size_t len = 0;
    if (width == 1) ENCODE(uint8_t, c)
    else if (width == 2) ENCODE(uint16_t, c)
    else ENCODE(uint32_t, c)
    return len;
}

static size_t encode_utf32(const char *p, size_t chars, int swapped, uint8_t *to) {
    size_t len = 0;
    if (swapped == COTERIE_BIG_ENDIAN && narrow(p, chars, to)) return chars;
    if (!swapped) return coterie_utf8(p, chars, 4, to);
    ENCODE(uint32_t, coterie_swap32(c))
    return len;
}

/* Texts are encoded some at a time and hashed afterwards: a hash that reads what was written just before would wait. */
size_t coterie_column_utf32(const coterie_column *column, const coterie_hasher *hasher, size_t n, size_t texts,
                            uint8_t *scratch, uint64_t *out) {
    size_t lens[COTERIE_COLUMN_TEXTS], i = 0;
    const char *p = column->data;
    while (i < n) {
        size_t block = 0;
        for (; block < texts && i + block < n; block++, p += column->stride) {
            size_t chars = column->width / 4;
            for (uint32_t c = 0; chars; chars--) { /* without the padding */
                memcpy(&c, p + 4 * (chars - 1), sizeof c);
                if (c) break;
            }
            lens[block] = encode_utf32(p, chars, column->swapped, scratch + block * column->width);
            if (lens[block] == SIZE_MAX) break;
        }
        for (size_t at = 0; at < block; at++, i++)
            out[i] = coterie_hash_bytes(hasher, scratch + at * column->width, lens[at]);
        if (block < texts) break;
    }
    return i;
}
