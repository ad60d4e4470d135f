#include "coterie/clocks/clock_matrix.h"

#include "dense_compare.h"

/* ---- the greatest and the least of each column ---- */

COTERIE_INLINE uint64_t extreme(uint64_t a, uint64_t b, int most) {
    int64_t x = (int64_t)a, y = (int64_t)b; /* which are below 2^63: CPUs compare numbers with signs more easily */
    if (most) return (uint64_t)(x > y ? x : y);
    return (uint64_t)(x < y ? x : y);
}

enum {
    CHUNK = 64,        /* counters that stay in registers */
    WIDE = 1024,       /* narrower rows are taken several at a time, as one */
    AHEAD = 2048 / 8,  /* counters, within a page: CPUs do not see what is read next, since there are many writes between */
};

COTERIE_INLINE void prefetch_chunk(const uint64_t *counts) {
    for (size_t k = 0; k < CHUNK; k += COTERIE_DENSE_LINE) COTERIE_PREFETCH_SECOND(counts + k);
}

/* `out` is no part of the rows. */
COTERIE_INLINE void reduce_rows(const uint64_t *rows, size_t n, size_t width, uint64_t *restrict out, int most) {
    for (size_t i = 0; i < n; i++) {
        const uint64_t *row = rows + i * width;
        size_t r = 0;
        for (; r + CHUNK <= width; r += CHUNK) {
            prefetch_chunk(row + r + AHEAD);
            for (size_t k = 0; k < CHUNK; k++) out[r + k] = extreme(out[r + k], row[r + k], most);
        }
        for (; r < width; r++) out[r] = extreme(out[r], row[r], most);
    }
}

COTERIE_INLINE uint64_t reduce_column(const uint64_t *column, size_t n, int most) {
    uint64_t found[CHUNK], last = column[0];
    size_t i = 1;
    if (n >= CHUNK) {
        memcpy(found, column, sizeof found);
        for (i = CHUNK; i + CHUNK <= n; i += CHUNK)
            for (size_t k = 0; k < CHUNK; k++) found[k] = extreme(found[k], column[i + k], most);
        for (size_t k = 0; k < CHUNK; k++) last = extreme(last, found[k], most);
    }
    for (; i < n; i++) last = extreme(last, column[i], most);
    return last;
}

COTERIE_INLINE void reduce(const coterie_clock_matrix *m, size_t first, size_t last, uint64_t *out, int most) {
    size_t n = last - first, width = m->width;
    if (m->by_columns) {
        for (size_t r = 0; r < width; r++) out[r] = reduce_column(m->counts + r * m->n + first, n, most);
        return;
    }
    const uint64_t *rows = m->counts + first * width;
    if (!width) return; /* however many rows there are */
    size_t together = width < WIDE ? WIDE / width : 1;
    memcpy(out, rows, width * sizeof *out);
    if (together > 1 && n >= 4 * together) {
        uint64_t found[WIDE];
        memcpy(found, rows, together * width * sizeof *found);
        reduce_rows(rows, n / together, together * width, found, most);
        reduce_rows(found, together, width, out, most);
        rows += n / together * together * width;
        n %= together;
    }
    reduce_rows(rows, n, width, out, most);
}

COTERIE_INLINE void most(const coterie_clock_matrix *m, size_t first, size_t last, uint64_t *out) {
    reduce(m, first, last, out, 1);
}
COTERIE_KERNEL(coterie_clock_matrix_most, most, (const coterie_clock_matrix *m, size_t first, size_t last, uint64_t *out),
               (m, first, last, out));
COTERIE_INLINE void least(const coterie_clock_matrix *m, size_t first, size_t last, uint64_t *out) {
    reduce(m, first, last, out, 0);
}
COTERIE_KERNEL(coterie_clock_matrix_least, least, (const coterie_clock_matrix *m, size_t first, size_t last, uint64_t *out),
               (m, first, last, out));

/* ---- all rows and one clock ---- */

enum {
    BLOCK = 512, /* rows for which sums or differences are kept at a time */
    NARROW = 7,  /* counters of the longest row that is not compared by itself */
};

/* The differences have their highest bit set where one counter is below the other. */
COTERIE_INLINE void compare_columns(const coterie_clock_matrix *m, const uint64_t *clock, size_t first, size_t last,
                                    uint8_t *out) {
    uint64_t before[BLOCK], after[BLOCK];
    for (size_t at = first; at < last; at += BLOCK) {
        size_t n = last - at < BLOCK ? last - at : BLOCK, r = 0;
        memset(before, 0, n * sizeof *before);
        memset(after, 0, n * sizeof *after);
        for (; r + 2 <= m->width; r += 2) {
            const uint64_t *a = m->counts + r * m->n + at, *b = a + m->n;
            uint64_t x = clock[r], y = clock[r + 1];
            size_t i = 0;
            for (; i + CHUNK <= n; i += CHUNK) {
                prefetch_chunk(b + m->n + i);
                prefetch_chunk(b + 2 * m->n + i);
                for (size_t k = i; k < i + CHUNK; k++)
                    before[k] |= (a[k] - x) | (b[k] - y), after[k] |= (x - a[k]) | (y - b[k]);
            }
            for (; i < n; i++) before[i] |= (a[i] - x) | (b[i] - y), after[i] |= (x - a[i]) | (y - b[i]);
        }
        if (r < m->width) {
            const uint64_t *a = m->counts + r * m->n + at;
            for (size_t i = 0; i < n; i++) before[i] |= a[i] - clock[r], after[i] |= clock[r] - a[i];
        }
        for (size_t i = 0; i < n; i++) *out++ = (uint8_t)(before[i] >> 63 | after[i] >> 63 << 1);
    }
}

COTERIE_INLINE void relate(const uint64_t *counts, size_t down, size_t across, const uint64_t *clock, size_t n, size_t width,
                           uint64_t *restrict relations) {
    for (size_t i = 0; i < n; i++) {
        uint64_t before = 0, after = 0;
        for (size_t r = 0; r < width; r++) {
            uint64_t x = counts[i * down + r * across];
            before |= x - clock[r], after |= clock[r] - x;
        }
        relations[i] = before >> 63 | after >> 63 << 1;
    }
}

COTERIE_INLINE void relate_rows(const coterie_clock_matrix *m, const uint64_t *clock, size_t first, size_t n, size_t width,
                                uint64_t *relations) {
    if (m->by_columns) relate(m->counts + first, 1, m->n, clock, n, width, relations);
    else relate(m->counts + first * width, width, 1, clock, n, width, relations);
}

/* Rows too short for vectors: the compiler, which is told how short, takes several at a time. */
COTERIE_INLINE void compare_narrow(const coterie_clock_matrix *m, const uint64_t *clock, size_t first, size_t last,
                                   uint8_t *out) {
    uint64_t relations[BLOCK];
    for (size_t at = first; at < last; at += BLOCK) {
        size_t n = last - at < BLOCK ? last - at : BLOCK;
        switch (m->width) {
            case 1: relate_rows(m, clock, at, n, 1, relations); break;
            case 2: relate_rows(m, clock, at, n, 2, relations); break;
            case 3: relate_rows(m, clock, at, n, 3, relations); break;
            case 4: relate_rows(m, clock, at, n, 4, relations); break;
            case 5: relate_rows(m, clock, at, n, 5, relations); break;
            case 6: relate_rows(m, clock, at, n, 6, relations); break;
            default: relate_rows(m, clock, at, n, NARROW, relations);
        }
        for (size_t i = 0; i < n; i++) *out++ = (uint8_t)relations[i];
    }
}

COTERIE_INLINE void compare(const coterie_clock_matrix *m, const uint64_t *clock, size_t first, size_t last, uint8_t *out) {
    if (m->width && m->width <= NARROW) {
        compare_narrow(m, clock, first, last, out);
        return;
    }
    if (m->by_columns) {
        compare_columns(m, clock, first, last, out);
        return;
    }
    for (size_t i = first; i < last; i++) *out++ = (uint8_t)dense_compare(m->counts + i * m->width, clock, m->width);
}
COTERIE_KERNEL(coterie_clock_matrix_compare, compare,
               (const coterie_clock_matrix *m, const uint64_t *clock, size_t first, size_t last, uint8_t *out),
               (m, clock, first, last, out));

/* ---- sums ---- */

/* Halves are summed apart, of at most 2^32 counters each, so that nothing overflows. */
COTERIE_INLINE void put_sum(uint64_t lower, uint64_t upper, uint64_t *low, uint64_t *high) {
    *low = lower + (upper << 32);
    *high = (upper >> 32) + (*low < lower);
}

COTERIE_INLINE void sums(const coterie_clock_matrix *m, size_t first, size_t last, uint64_t *low, uint64_t *high) {
    if (!m->by_columns) {
        for (size_t i = first; i < last; i++) {
            const uint64_t *row = m->counts + i * m->width;
            uint64_t lower = 0, upper = 0;
            for (size_t r = 0; r < m->width; r++) lower += row[r] & 0xffffffffu, upper += row[r] >> 32;
            put_sum(lower, upper, low++, high++);
        }
        return;
    }
    uint64_t lower[BLOCK], upper[BLOCK];
    for (size_t at = first; at < last; at += BLOCK) {
        size_t n = last - at < BLOCK ? last - at : BLOCK;
        memset(lower, 0, n * sizeof *lower);
        memset(upper, 0, n * sizeof *upper);
        for (size_t r = 0; r < m->width; r++) {
            const uint64_t *column = m->counts + r * m->n + at;
            for (size_t i = 0; i < n; i++) lower[i] += column[i] & 0xffffffffu, upper[i] += column[i] >> 32;
        }
        for (size_t i = 0; i < n; i++) put_sum(lower[i], upper[i], low++, high++);
    }
}
COTERIE_KERNEL(coterie_clock_matrix_sums, sums,
               (const coterie_clock_matrix *m, size_t first, size_t last, uint64_t *low, uint64_t *high),
               (m, first, last, low, high));

/* ---- maximal rows ---- */

/* Each row faces those that nothing is after so far: it is after some of them, which go, or one of them is after it. */
COTERIE_INLINE void maximal(const coterie_clock_matrix *m, size_t first, size_t last, size_t *found, size_t *found_len) {
    size_t len = *found_len;
    for (size_t i = first; i < last; i++) {
        const uint64_t *row = m->counts + i * m->width;
        size_t kept = 0, k = 0;
        for (; k < len; k++) {
            int relation = dense_compare(row, m->counts + found[k] * m->width, m->width);
            if (!(relation & COTERIE_AFTER)) break; /* then it is after none */
            if (relation == COTERIE_CONCURRENT) found[kept++] = found[k];
        }
        if (k == len) found[kept++] = i, len = kept;
    }
    *found_len = len;
}
COTERIE_KERNEL(coterie_clock_matrix_maximal, maximal,
               (const coterie_clock_matrix *m, size_t first, size_t last, size_t *found, size_t *found_len),
               (m, first, last, found, found_len));
