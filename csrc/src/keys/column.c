#include "coterie/keys/column.h"

#include "coterie/level.h"

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

void coterie_column_ints(const coterie_column *column, const coterie_hasher *hasher, size_t n, uint64_t *out) {
    if (column->width == 8 && column->stride == 8 && !column->swapped && !((uintptr_t)column->data & 7))
        coterie_hash_words(hasher, (const uint64_t *)(const void *)column->data, n, out); /* from where they lie */
    else {
        widen(column, n, out);
        coterie_hash_words(hasher, out, n, out);
    }
}

/* The length of a text without the NULs at its end. */
COTERIE_INLINE size_t trimmed(const char *p, size_t width) {
    for (; width >= 8; width -= 8) {
        uint64_t last = coterie_load64(p + width - 8);
        if (last) return width - (size_t)coterie_leading_zeros64(last) / 8;
    }
    while (width && !p[width - 1]) width--;
    return width;
}

/* Where n texts lie, without the NULs at their ends; of 8 to 16 bytes without a branch. */
COTERIE_INLINE void find_texts_body(const char *p, ptrdiff_t stride, size_t width, size_t n, coterie_texts *texts) {
    if (width < 8 || width > 16) {
        for (size_t i = 0; i < n; i++, p += stride) {
            size_t len = trimmed(p, width);
            if (width < 8) coterie_texts_copy(texts, i, p, len);
            else texts->data[i] = (const uint8_t *)p, texts->len[i] = len;
        }
        return;
    }
    for (size_t i = 0; i < n; i++, p += stride) {
        texts->data[i] = (const uint8_t *)p;
        texts->first[i] = coterie_load64(p);
        texts->last[i] = coterie_load64(p + width - 8);
    }
    for (size_t i = 0; i < n; i++) {
        uint64_t is_long = (uint64_t)0 - (texts->last[i] != 0);
        uint64_t end = (texts->last[i] & is_long) | (texts->first[i] & ~is_long);
        uint64_t most = (width & is_long) | (8 & ~is_long);
        uint64_t zeros = (uint64_t)coterie_leading_zeros64(end | 1) / 8 + (end == 0);
        texts->len[i] = most - zeros;
    }
}
COTERIE_STATIC_KERNEL(find_texts, find_texts_body,
                      (const char *p, ptrdiff_t stride, size_t width, size_t n, coterie_texts *texts),
                      (p, stride, width, n, texts));

void coterie_column_bytes(const coterie_column *column, const coterie_hasher *hasher, size_t n, uint64_t *out) {
    coterie_texts texts;
    const char *p = column->data;
    for (size_t i = 0, block; i < n; i += block, p += (ptrdiff_t)block * column->stride) {
        block = n - i < COTERIE_TEXTS ? n - i : COTERIE_TEXTS;
        find_texts[hasher->level](p, column->stride, column->width, block, &texts);
        coterie_texts_hash(&texts, hasher, block, out + i);
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

/* ASCII in UTF-32 to bytes; 0 if there is anything else. */
COTERIE_INLINE int narrow(const char *p, size_t chars, char *to) {
    uint32_t all = 0, c[8];
    size_t i = 0;
    for (; i + 8 <= chars; i += 8) {
        memcpy(c, p + 4 * i, sizeof c);
        for (size_t k = 0; k < 8; k++) all |= c[k], to[i + k] = (char)c[k];
    }
    for (; i < chars; i++) {
        memcpy(c, p + 4 * i, sizeof *c);
        all |= *c, to[i] = (char)*c;
    }
    return all < 0x80;
}

static size_t encode_any(const char *p, size_t chars, int swapped, uint8_t *to) {
    size_t len = 0;
    for (uint32_t c = 0; chars; chars--) { /* without the padding */
        memcpy(&c, p + 4 * (chars - 1), sizeof c);
        if (c) break;
    }
    if (!swapped) return coterie_utf8(p, chars, 4, to);
    ENCODE(uint32_t, coterie_swap32(c))
    return len;
}

/* Encodes n texts, each to its place in `scratch`. */
COTERIE_INLINE void encode_body(const coterie_column *column, const char *p, size_t n, uint8_t *scratch, size_t *lens) {
    size_t width = column->width;
    for (size_t i = 0; i < n; i++, p += column->stride, scratch += width)
        if (!column->swapped && narrow(p, width / 4, (char *)scratch)) lens[i] = trimmed((char *)scratch, width / 4);
        else lens[i] = encode_any(p, width / 4, column->swapped, scratch);
}
COTERIE_STATIC_KERNEL(encode_texts, encode_body,
                      (const coterie_column *column, const char *p, size_t n, uint8_t *scratch, size_t *lens),
                      (column, p, n, scratch, lens));

/* Texts are encoded some at a time and hashed afterwards: a hash that reads what was written just before would wait. */
size_t coterie_column_utf32(const coterie_column *column, const coterie_hasher *hasher, size_t n, size_t texts,
                            uint8_t *scratch, uint64_t *out) {
    coterie_texts block;
    size_t lens[COTERIE_TEXTS], i = 0;
    const char *p = column->data;
    while (i < n) {
        size_t len = n - i < texts ? n - i : texts, good = 0;
        encode_texts[hasher->level](column, p, len, scratch, lens);
        for (; good < len && lens[good] != SIZE_MAX; good++) {
            const uint8_t *text = scratch + good * column->width;
            if (column->width < 8) coterie_texts_copy(&block, good, text, lens[good]);
            else block.data[good] = text, block.len[good] = lens[good];
        }
        coterie_texts_hash(&block, hasher, good, out + i);
        i += good;
        if (good < len) break;
        p += (ptrdiff_t)len * column->stride;
    }
    return i;
}
