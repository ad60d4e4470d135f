/* The rows of Arrow columns, a block at a time: where texts lie is checked before they are read. */
#include "coterie/keys/arrow.h"

#include "coterie/keys/column.h"
#include "coterie/keys/nulls.h"
#include "coterie/keys/texts.h"
#include "coterie/level.h"

/* A find function says where the texts of n rows from row `from` on lie, how many come before one that is wrong, and how
 * many bytes they have. */
#define BLOCK (const coterie_arrow *column, size_t from, size_t n, coterie_texts *texts, size_t *good, uint64_t *bytes)
#define PASS (column, from, n, texts, good, bytes)

/* An address that is not followed before it is known to be good. */
COTERIE_INLINE const uint8_t *at(const void *bytes, int64_t offset) {
    return (const uint8_t *)((uintptr_t)bytes + (uintptr_t)offset);
}

/* ---- texts by where they begin ---- */

#define FIND_TEXTS(name, type) \
    static size_t name##_before_wrong(const type *begins, int64_t bytes_len) { \
        size_t i = 0; \
        while (begins[i] >= 0 && begins[i] <= begins[i + 1] && begins[i + 1] <= bytes_len) i++; \
        return i; \
    } \
    COTERIE_INLINE void name##_body BLOCK { \
        type begins[COTERIE_TEXTS + 1]; \
        int64_t wrong = 0; \
        memcpy(begins, column->rows + sizeof(type) * (column->offset + from), (n + 1) * sizeof *begins); \
        for (size_t i = 0; i < n; i++) { \
            int64_t begin = begins[i], end = begins[i + 1]; \
            texts->data[i] = at(column->bytes, begin); \
            texts->len[i] = (uint64_t)end - (uint64_t)begin; \
            wrong |= begin | end | (int64_t)texts->len[i]; \
        } \
        if (wrong < 0 || begins[n] > column->bytes_len) n = name##_before_wrong(begins, column->bytes_len); \
        *good = n; \
        *bytes = (uint64_t)begins[n] - (uint64_t)begins[0]; \
        for (; n > 0 && begins[n - 1] > column->bytes_len - 8; n--) /* little or nothing lies behind */ \
            if (texts->len[n - 1] < 8) \
                coterie_texts_copy(texts, n - 1, texts->data[n - 1], (size_t)texts->len[n - 1]); \
    } \
    COTERIE_STATIC_KERNEL(name, name##_body, BLOCK, PASS)
FIND_TEXTS(find_texts, int32_t);
FIND_TEXTS(find_large_texts, int64_t);

/* ---- views ---- */

typedef struct {
    int32_t len;
    char inlined[4];        /* a text of up to 12 bytes begins here; of a longer one its first bytes, */
    int32_t buffer, offset; /* and where it lies */
} __attribute__((packed)) view; /* need not be aligned */
enum { INLINED = 12 };

/* Long texts in one buffer, as they are in columns that were not shuffled. */
COTERIE_INLINE int find_in_one_buffer(const coterie_arrow *column, const view *views, size_t n, coterie_texts *texts) {
    uint32_t buffer = (uint32_t)views->buffer, other = 0;
    int32_t shortest = INT32_MAX, signs = 0;
    int64_t most = 0;
    for (size_t i = 0; i < n; i++) {
        int64_t end = (int64_t)views[i].offset + views[i].len;
        shortest = views[i].len < shortest ? views[i].len : shortest;
        signs |= views[i].offset;
        other |= (uint32_t)views[i].buffer ^ buffer;
        most = end > most ? end : most;
    }
    if (shortest <= INLINED || signs < 0 || other || buffer >= column->buffers_len || most > column->sizes[buffer])
        return 0;
    for (size_t i = 0; i < n; i++) {
        texts->data[i] = at(column->buffers[buffer], views[i].offset);
        texts->len[i] = (uint64_t)views[i].len;
    }
    return 1;
}

COTERIE_INLINE int find_inlined(const view *views, size_t n, coterie_texts *texts) {
    uint32_t longest = 0;
    for (size_t i = 0; i < n; i++) longest = (uint32_t)views[i].len > longest ? (uint32_t)views[i].len : longest;
    if (longest > INLINED) return 0;
    for (size_t i = 0; i < n; i++) {
        texts->data[i] = (const uint8_t *)views[i].inlined;
        texts->len[i] = (uint64_t)views[i].len;
    }
    return 1;
}

/* Any view, without a branch. Negative if it is wrong. */
COTERIE_INLINE int64_t find_view(const coterie_arrow *column, const view *v, coterie_texts *texts, size_t i) {
    int64_t len = v->len, offset = v->offset, is_long = (INLINED - len) >> 63;
    int64_t buffer = (int64_t)(uint32_t)v->buffer & is_long, beyond = ((int64_t)column->buffers_len - 1 - buffer) >> 63;
    buffer &= ~beyond;
    uintptr_t far = (uintptr_t)at(column->buffers[buffer], offset), near = (uintptr_t)v->inlined;
    texts->data[i] = (const uint8_t *)((far & (uintptr_t)is_long) | (near & ~(uintptr_t)is_long));
    texts->len[i] = (uint64_t)len;
    return len | beyond | (is_long & (offset | (int64_t)((uint64_t)column->sizes[buffer] - (uint64_t)(offset + len))));
}

/* One by one, since a null may have any view. */
static size_t find_valid(const coterie_arrow *column, const view *views, size_t from, size_t n, coterie_texts *texts) {
    uint64_t valid = 0; /* a bit for each */
    if (column->valid) coterie_arrow_valid(column, from, n, &valid);
    for (size_t i = 0; i < n; i++)
        if (find_view(column, views + i, texts, i) < 0) {
            if (!column->valid || valid >> i & 1) return i;
            coterie_texts_copy(texts, i, NULL, 0);
        }
    return n;
}

COTERIE_INLINE void find_views_body BLOCK {
    const view *views = (const view *)(const void *)column->rows + column->offset + from;
    uint64_t sum = 0;
    int64_t wrong = 0;
    if (!find_in_one_buffer(column, views, n, texts) && !find_inlined(views, n, texts)) {
        for (size_t i = 0; i < n; i++) wrong |= find_view(column, views + i, texts, i);
        if (wrong < 0) n = find_valid(column, views, from, n, texts);
    }
    for (size_t i = 0; i < n; i++) sum += texts->len[i];
    *good = n, *bytes = sum;
}
COTERIE_STATIC_KERNEL(find_views, find_views_body, BLOCK, PASS);

/* ---- texts of one width ---- */

static void find_fixed BLOCK {
    size_t width = column->type.width;
    const char *p = width ? column->rows + width * (column->offset + from) : "";
    for (size_t i = 0; i < n; i++, p += width)
        if (width < 8) coterie_texts_copy(texts, i, p, width);
        else texts->data[i] = (const uint8_t *)p, texts->len[i] = width;
    *good = n, *bytes = n * width;
}

/* ---- all columns ---- */

static void hash_bools(const coterie_arrow *column, const coterie_hasher *hasher, size_t from, size_t n, uint64_t *out) {
    const uint8_t *bits = (const uint8_t *)column->rows;
    uint64_t hashes[2] = {0, 1};
    coterie_hash_words(hasher, hashes, 2, hashes);
    for (size_t i = column->offset + from, end = i + n; i < end; i++) *out++ = hashes[bits[i / 8] >> (i % 8) & 1];
}

static void hash_ints(const coterie_arrow *column, const coterie_hasher *hasher, size_t from, size_t n, uint64_t *out) {
    size_t width = column->type.width;
    coterie_column ints = {.data = column->rows + width * (column->offset + from), .stride = (ptrdiff_t)width,
                           .width = width, .is_signed = column->type.is_signed};
    coterie_column_ints(&ints, hasher, n, out);
}

size_t coterie_arrow_hash(const coterie_arrow *column, const coterie_hasher *hasher, size_t from, size_t n,
                          uint64_t *bytes, uint64_t *out) {
    coterie_texts texts;
    size_t done = 0, block, good;
    uint64_t spent;
    void(*find) BLOCK = find_fixed;
    if (!n) return 0; /* such a column may have no memory */
    switch (column->type.layout) {
    case COTERIE_ARROW_BOOLS: hash_bools(column, hasher, from, n, out); return n;
    case COTERIE_ARROW_INTS: hash_ints(column, hasher, from, n, out); return n;
    case COTERIE_ARROW_NULLS: memset(out, 0, n * sizeof *out); return n;
    case COTERIE_ARROW_TEXTS: find = find_texts[hasher->level]; break;
    case COTERIE_ARROW_LARGE_TEXTS: find = find_large_texts[hasher->level]; break;
    case COTERIE_ARROW_VIEWS: find = find_views[hasher->level]; break;
    default: break;
    }
    for (; done < n; done += block) {
        block = n - done < COTERIE_TEXTS ? n - done : COTERIE_TEXTS;
        find(column, from + done, block, &texts, &good, &spent);
        coterie_texts_hash(&texts, hasher, good, out + done);
        if (good < block) return done + good;
        *bytes = spent < *bytes ? *bytes - spent : 0;
        if (!*bytes) return done + block;
    }
    return n;
}

/* ---- dictionaries ---- */

enum { INDICES = 256 };

/* The hashes that n indices pick, unless one is not below `limit`. */
#define TAKE(type) \
    { \
        type most = 0, index; \
        for (size_t i = 0; i < n; i++) { \
            memcpy(&index, rows + i * sizeof index, sizeof index); \
            most = index > most ? index : most; \
        } \
        *good = most < limit; \
        for (size_t i = 0; *good && i < n; i++) { \
            memcpy(&index, rows + i * sizeof index, sizeof index); \
            out[i] = hashes[index]; \
        } \
        break; \
    }
COTERIE_INLINE void take_body(const char *rows, size_t width, uint64_t limit, const uint64_t *hashes, size_t n,
                              uint64_t *restrict out, int *good) {
    switch (width) {
    case 1: TAKE(uint8_t)
    case 2: TAKE(uint16_t)
    case 4: TAKE(uint32_t)
    default: TAKE(uint64_t)
    }
}
COTERIE_STATIC_KERNEL(take, take_body,
                      (const char *rows, size_t width, uint64_t limit, const uint64_t *hashes, size_t n,
                       uint64_t *restrict out, int *good),
                      (rows, width, limit, hashes, n, out, good));

/* One by one, since a null may have any index. */
static size_t take_valid(const coterie_arrow *indices, const uint64_t *hashes, size_t len, size_t from, size_t n,
                         uint64_t *out) {
    for (size_t i = 0; i < n; i++) {
        uint64_t index = coterie_arrow_index(indices, from + i), valid;
        if (index >= len) {
            coterie_arrow_valid(indices, from + i, 1, &valid);
            if (valid) return i;
        }
        out[i] = index < len ? hashes[index] : 0;
    }
    return n;
}

uint64_t coterie_arrow_index(const coterie_arrow *indices, size_t row) {
    coterie_hasher none = {COTERIE_HASH_NONE, COTERIE_BASELINE, 0, 0};
    uint64_t index;
    hash_ints(indices, &none, row, 1, &index);
    return index;
}

size_t coterie_arrow_take(const coterie_arrow *indices, const uint64_t *hashes, size_t len, int level, size_t from,
                          size_t n, uint64_t *out) {
    size_t width = indices->type.width, done = 0, block;
    uint64_t limit = (uint64_t)1 << (8 * width - 1); /* so that negative numbers are too large */
    if (!indices->type.is_signed || limit > len) limit = len;
    for (; done < n; done += block) {
        int good;
        block = n - done < INDICES ? n - done : INDICES;
        take[level](indices->rows + width * (indices->offset + from + done), width, limit, hashes, block, out + done,
                    &good);
        if (!good) {
            size_t valid = take_valid(indices, hashes, len, from + done, block, out + done);
            if (valid < block) return done + valid;
        }
    }
    return n;
}

size_t coterie_arrow_pick(const coterie_arrow *indices, const coterie_arrow *values, const coterie_hasher *hasher,
                          size_t from, size_t n, uint64_t *bytes, uint64_t *out) {
    for (size_t i = 0; i < n; i++) {
        uint64_t index = coterie_arrow_index(indices, from + i), valid;
        if (!*bytes) return i;
        if (index < values->len && coterie_arrow_hash(values, hasher, (size_t)index, 1, bytes, out + i) == 1) continue;
        coterie_arrow_valid(indices, from + i, 1, &valid);
        if (valid) return i;
        out[i] = 0;
    }
    return n;
}

size_t coterie_arrow_valid_values(const coterie_arrow *indices, const coterie_arrow *values, size_t from, size_t n,
                                  uint64_t *words) {
    size_t count = coterie_arrow_valid(indices, from, n, words);
    if (!coterie_arrow_has_nulls(values)) return count;
    for (size_t i = 0; i < n; i++) {
        uint64_t index, valid = 1;
        if (!coterie_bit(words, i)) continue;
        index = coterie_arrow_index(indices, from + i);
        if (index < values->len) coterie_arrow_valid(values, (size_t)index, 1, &valid);
        if (valid) continue;
        words[i / 64] &= ~((uint64_t)1 << (i & 63));
        count--;
    }
    return count;
}
