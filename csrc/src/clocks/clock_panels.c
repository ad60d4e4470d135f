#include "coterie/clocks/clock_matrix.h"

int coterie_panels_bytes(const uint64_t *least, const uint64_t *most, size_t width) {
    uint64_t range = 0;
    for (size_t r = 0; r < width; r++) range |= most[r] - least[r];
    return range >> 32 ? 8 : range >> 16 ? 4 : range >> 8 ? 2 : 1;
}

/* ---- filling ---- */

/* Of rows, a cache line of counters is read from one after the other. */
#define FILL(T) \
    static void fill_##T(const coterie_clock_matrix *m, const uint64_t *least, size_t first, size_t n, size_t rows, T *out) { \
        if (m->by_columns) { \
            for (size_t r = 0; r < m->width; r++) \
                for (size_t i = 0; i < n; i++) out[r * rows + i] = (T)(m->counts[r * m->n + first + i] - least[r]); \
            return; \
        } \
        for (size_t r = 0; r < m->width; r += COTERIE_DENSE_LINE) { \
            size_t end = m->width - r < COTERIE_DENSE_LINE ? m->width : r + COTERIE_DENSE_LINE; \
            for (size_t i = 0; i < n; i++) \
                for (size_t s = r; s < end; s++) \
                    out[s * rows + i] = (T)(m->counts[(first + i) * m->width + s] - least[s]); \
        } \
    }
FILL(uint8_t)
FILL(uint16_t)
FILL(uint32_t)
FILL(uint64_t)

void coterie_panels_fill(const coterie_panels *panels, const coterie_clock_matrix *m, const uint64_t *least, void *data) {
    size_t rows = panels->rows, size = rows * panels->width * (size_t)panels->bytes;
    if (!panels->n || !panels->width) return;
    if (panels->n % rows) memset((char *)data + panels->n / rows * size, 0, size);
    for (size_t first = 0; first < panels->n; first += COTERIE_PANEL) {
        size_t n = panels->n - first < COTERIE_PANEL ? panels->n - first : COTERIE_PANEL;
        char *out = (char *)data + first / rows * size + first % rows * (size_t)panels->bytes;
        switch (panels->bytes) {
            case 1: fill_uint8_t(m, least, first, n, rows, (uint8_t *)out); break;
            case 2: fill_uint16_t(m, least, first, n, rows, (uint16_t *)out); break;
            case 4: fill_uint32_t(m, least, first, n, rows, (uint32_t *)out); break;
            default: fill_uint64_t(m, least, first, n, rows, (uint64_t *)out);
        }
    }
}

/* ---- all pairs of the rows of two panels ----
 *
 * A row of the one is compared with some rows of the other at a time, column after column. What is written here are loops that
 * gcc and clang turn into vectors which stay in registers: the widths were chosen by measurement. */

enum { TILE = COTERIE_PANEL * COTERIE_PANEL, STEP = 32 }; /* columns between two looks at whether all is known */

/* x is above v where the greater of both is not v. */
#define TILES(T) \
    COTERIE_INLINE void tile_##T(const T *a, const T *b, size_t width, uint8_t *out) { \
        enum { LANES = 64 / sizeof(T) }; \
        for (size_t i = 0; i < COTERIE_PANEL; i += 2) \
            for (size_t j = 0; j < COTERIE_PANEL; j += LANES) { \
                T before[LANES] = {0}, after[LANES] = {0}, next_before[LANES] = {0}, next_after[LANES] = {0}; \
                for (size_t r = 0; r < width;) { \
                    for (size_t end = width - r < STEP ? width : r + STEP; r < end; r++) { \
                        const T x = a[r * COTERIE_PANEL + i], y = a[r * COTERIE_PANEL + i + 1]; \
                        const T *column = b + r * COTERIE_PANEL + j; \
                        for (int k = 0; k < LANES; k++) { \
                            T v = column[k], over_x = x > v ? x : v, over_y = y > v ? y : v; \
                            before[k] |= over_x ^ x, after[k] |= over_x ^ v; \
                            next_before[k] |= over_y ^ y, next_after[k] |= over_y ^ v; \
                        } \
                    } \
                    T open = 0; \
                    for (int k = 0; k < LANES; k++) \
                        open |= !before[k] | !after[k] | !next_before[k] | !next_after[k]; \
                    if (!open) break; \
                } \
                uint8_t *row = out + i * COTERIE_PANEL + j, *next = row + COTERIE_PANEL; \
                for (int k = 0; k < LANES; k++) { \
                    row[k] = (uint8_t)((before[k] != 0) | (after[k] != 0) << 1); \
                    next[k] = (uint8_t)((next_before[k] != 0) | (next_after[k] != 0) << 1); \
                } \
            } \
    }
TILES(uint8_t)
TILES(uint16_t)
TILES(uint32_t)

/* Without a vector instruction for the greater of two: the differences have their highest bit set, since counters are below
 * 2^63. */
COTERIE_INLINE void tile_uint64_t(const uint64_t *a, const uint64_t *b, size_t width, uint8_t *out) {
    enum { LANES = 32 };
    for (size_t i = 0; i < COTERIE_PANEL; i++)
        for (size_t j = 0; j < COTERIE_PANEL; j += LANES) {
            uint64_t before[LANES] = {0}, after[LANES] = {0};
            for (size_t r = 0; r < width;) {
                for (size_t end = width - r < STEP ? width : r + STEP; r < end; r++) {
                    const uint64_t x = a[r * COTERIE_PANEL + i], *column = b + r * COTERIE_PANEL + j;
                    for (int k = 0; k < LANES; k++) before[k] |= x - column[k], after[k] |= column[k] - x;
                }
                uint64_t known = ~(uint64_t)0;
                for (int k = 0; k < LANES; k++) known &= before[k] & after[k];
                if (known >> 63) break;
            }
            for (int k = 0; k < LANES; k++)
                out[i * COTERIE_PANEL + j + (size_t)k] = (uint8_t)(before[k] >> 63 | after[k] >> 63 << 1);
        }
}

COTERIE_INLINE void tile(const void *a, const void *b, size_t width, int bytes, uint8_t *out) {
    if (bytes == 1) tile_uint8_t((const uint8_t *)a, (const uint8_t *)b, width, out);
    else if (bytes == 2) tile_uint16_t((const uint16_t *)a, (const uint16_t *)b, width, out);
    else if (bytes == 4) tile_uint32_t((const uint32_t *)a, (const uint32_t *)b, width, out);
    else tile_uint64_t((const uint64_t *)a, (const uint64_t *)b, width, out);
}
COTERIE_STATIC_KERNEL(tiles, tile, (const void *a, const void *b, size_t width, int bytes, uint8_t *out),
                      (a, b, width, bytes, out));

static size_t rows_of(const coterie_panels *panels, size_t panel) {
    size_t left = panels->n - panel * COTERIE_PANEL;
    return left < COTERIE_PANEL ? left : COTERIE_PANEL;
}

void coterie_panels_relations(const coterie_panels *panels, size_t panel, int level, uint8_t *out) {
    uint8_t answers[TILE];
    const char *data = (const char *)panels->data;
    size_t n = rows_of(panels, panel), size = COTERIE_PANEL * panels->width * (size_t)panels->bytes;
    for (size_t other = panel; other < coterie_panels_count(panels->n, COTERIE_PANEL); other++) {
        tiles[level](data + panel * size, data + other * size, panels->width, panels->bytes, answers);
        for (size_t i = 0; i < n; i++)
            memcpy(out + i * panels->n + other * COTERIE_PANEL, answers + i * COTERIE_PANEL, rows_of(panels, other));
    }
}

/* Eight rows of eight answers, which become columns: in three steps the halves of ever smaller squares change places. */
static void mirror8(uint64_t *x) {
    static const uint64_t lower[3] = {0x00000000ffffffffu, 0x0000ffff0000ffffu, 0x00ff00ff00ff00ffu};
    for (int step = 0, half = 4; half; step++, half /= 2)
        for (int i = 0; i < 8; i++) {
            if (i & half) continue;
            uint64_t above = x[i], below = x[i + half];
            x[i] = (above & lower[step]) | (below & lower[step]) << (8 * half);
            x[i + half] = (below & ~lower[step]) | (above & ~lower[step]) >> (8 * half);
        }
    for (int i = 0; i < 8; i++) x[i] = (x[i] >> 1 & 0x0101010101010101u) | (x[i] & 0x0101010101010101u) << 1;
}

void coterie_panels_mirror(const coterie_panels *panels, size_t panel, uint8_t *out) {
    size_t n = panels->n, from = panel * COTERIE_PANEL, rows = rows_of(panels, panel), i, j;
    if (rows < COTERIE_PANEL) return; /* there are no later ones */
    for (j = from + COTERIE_PANEL; j + 8 <= n; j += 8)
        for (i = from; i < from + rows; i += 8) {
            uint64_t square[8];
            for (size_t k = 0; k < 8; k++) square[k] = coterie_load64(out + (i + k) * n + j);
            mirror8(square);
            for (size_t k = 0; k < 8; k++) coterie_store64(out + (j + k) * n + i, square[k]);
        }
    for (; j < n; j++)
        for (i = from; i < from + rows; i++) {
            uint8_t relation = out[i * n + j];
            out[j * n + i] = (uint8_t)(relation >> 1 | (relation & 1) << 1);
        }
}

/* ---- concurrent pairs ---- */

size_t coterie_panels_concurrent(const coterie_panels *panels, size_t panel, const uint8_t *relations) {
    size_t from = panel * COTERIE_PANEL, rows = rows_of(panels, panel), sum = 0;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = from + i + 1; j < panels->n; j++) sum += relations[i * panels->n + j] == COTERIE_CONCURRENT;
    return sum;
}

void coterie_panels_concurrent_pairs(const coterie_panels *panels, size_t panel, const uint8_t *relations, int64_t *out) {
    size_t from = panel * COTERIE_PANEL, rows = rows_of(panels, panel);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = from + i + 1; j < panels->n; j++) {
            if (relations[i * panels->n + j] != COTERIE_CONCURRENT) continue;
            *out++ = (int64_t)(from + i);
            *out++ = (int64_t)j;
        }
}

/* ---- counts of at least one ---- */

#define AT_LEAST(T) \
    COTERIE_INLINE void at_least_##T(const T *column, size_t n, uint64_t count, uint8_t *out) { \
        const T least = (T)count; \
        for (size_t i = 0; i < n; i++) out[i] = column[i] >= least; \
    }
AT_LEAST(uint8_t)
AT_LEAST(uint16_t)
AT_LEAST(uint32_t)
AT_LEAST(uint64_t)

COTERIE_INLINE void at_least_from(const coterie_panels *panels, size_t column, uint64_t count, size_t from, size_t n,
                                  uint8_t *out) {
    size_t at = column * panels->rows + from;
    if (panels->bytes == 1) at_least_uint8_t((const uint8_t *)panels->data + at, n, count, out);
    else if (panels->bytes == 2) at_least_uint16_t((const uint16_t *)panels->data + at, n, count, out);
    else if (panels->bytes == 4) at_least_uint32_t((const uint32_t *)panels->data + at, n, count, out);
    else at_least_uint64_t((const uint64_t *)panels->data + at, n, count, out);
}

COTERIE_INLINE void at_least(const coterie_panels *panels, size_t column, uint64_t count, uint8_t *out) {
    at_least_from(panels, column, count, 0, panels->n, out);
}
COTERIE_KERNEL(coterie_panels_at_least, at_least,
               (const coterie_panels *panels, size_t column, uint64_t count, uint8_t *out), (panels, column, count, out));

/* The product brings the lowest bits of eight bytes together in its highest byte. */
COTERIE_INLINE void at_least_bits(const coterie_panels *panels, size_t column, uint64_t count, uint8_t *out) {
    enum { BLOCK = 512 };
    uint8_t flags[BLOCK];
    for (size_t from = 0; from < panels->n; from += BLOCK) {
        size_t n = panels->n - from < BLOCK ? panels->n - from : BLOCK;
        at_least_from(panels, column, count, from, n, flags);
        memset(flags + n, 0, (8 - n % 8) % 8);
        for (size_t i = 0; i < n; i += 8) *out++ = (uint8_t)(coterie_load64(flags + i) * 0x0102040810204080u >> 56);
    }
}
COTERIE_KERNEL(coterie_panels_at_least_bits, at_least_bits,
               (const coterie_panels *panels, size_t column, uint64_t count, uint8_t *out), (panels, column, count, out));
