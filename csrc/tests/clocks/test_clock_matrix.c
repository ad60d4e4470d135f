/* Matrices of clocks at every level, by rows and by columns, against their definition. */
#include "coterie/clocks/clock_matrix.h"

#include "check.h"

#include <stdlib.h>

static const uint64_t VALUES[] = {0, 1, 200, 60000, (uint64_t)1 << 31, (uint64_t)1 << 53, (uint64_t)1 << 62, INT64_MAX};

static int plain(const uint64_t *a, const uint64_t *b, size_t width) {
    int relation = COTERIE_EQUAL;
    for (size_t r = 0; r < width; r++) relation |= a[r] < b[r] ? COTERIE_BEFORE : a[r] > b[r] ? COTERIE_AFTER : 0;
    return relation;
}

static int is_maximal(const uint64_t *rows, size_t first, size_t last, size_t width, size_t i) {
    for (size_t j = first; j < last; j++) {
        int relation = plain(rows + i * width, rows + j * width, width);
        if (relation == COTERIE_BEFORE || (relation == COTERIE_EQUAL && j < i)) return 0;
    }
    return 1;
}

static void check_rows(const coterie_clock_matrix *m, const uint64_t *rows, size_t first, size_t last, int level) {
    size_t width = m->width, n = last - first, found_len = 0;
    uint64_t *most = calloc(width + 1, 8), *least = calloc(width + 1, 8), *low = calloc(n + 1, 8), *high = calloc(n + 1, 8);
    uint8_t *relations = calloc(n + 1, 1);
    size_t *found = calloc(n + 1, sizeof *found);
    if (n) {
        coterie_clock_matrix_most[level](m, first, last, most);
        coterie_clock_matrix_least[level](m, first, last, least);
        for (size_t r = 0; r < width; r++) {
            uint64_t high_ = 0, low_ = UINT64_MAX;
            for (size_t i = first; i < last; i++) {
                uint64_t x = rows[i * width + r];
                if (x > high_) high_ = x;
                if (x < low_) low_ = x;
            }
            CHECK_EQUAL(most[r], high_);
            CHECK_EQUAL(least[r], low_);
        }
        coterie_clock_matrix_compare[level](m, rows + first * width, first, last, relations);
    }
    coterie_clock_matrix_sums[level](m, first, last, low, high);
    for (size_t i = 0; i < n; i++) {
        uint64_t sum = 0, carry = 0;
        CHECK_EQUAL(relations[i], plain(rows + (first + i) * width, rows + first * width, width));
        for (size_t r = 0; r < width; r++) {
            uint64_t x = rows[(first + i) * width + r];
            sum += x;
            carry += sum < x;
        }
        CHECK_EQUAL(low[i], sum);
        CHECK_EQUAL(high[i], carry);
    }
    if (!m->by_columns) {
        coterie_clock_matrix_maximal[level](m, first, first + n / 3, found, &found_len);
        coterie_clock_matrix_maximal[level](m, first + n / 3, last, found, &found_len);
        for (size_t i = first, k = 0; i < last; i++) {
            int kept = k < found_len && found[k] == i;
            CHECK_EQUAL(kept, is_maximal(rows, first, last, width, i));
            k += (size_t)kept;
        }
    }
    free(most), free(least), free(low), free(high), free(relations), free(found);
}

static void check_pairs(const coterie_clock_matrix *m, const uint64_t *rows, int level) {
    size_t n = m->n, width = m->width, pairs = 0, at = 0;
    uint64_t *most = calloc(width + 1, 8), *least = calloc(width + 1, 8);
    uint8_t *out = malloc(n * n + 1);
    if (n) coterie_clock_matrix_most[level](m, 0, n, most), coterie_clock_matrix_least[level](m, 0, n, least);
    coterie_panels panels = {NULL, n, width, COTERIE_PANEL, coterie_panels_bytes(least, most, width)};
    size_t count = coterie_panels_count(n, COTERIE_PANEL);
    void *data = malloc(count * COTERIE_PANEL * width * (size_t)panels.bytes + 1);
    panels.data = data;
    coterie_panels_fill(&panels, m, least, data);
    memset(out, 99, n * n);
    int64_t *found = malloc(n * n * 16 + 16);
    for (size_t p = 0; p < count; p++) {
        uint8_t *strip = out + p * COTERIE_PANEL * n;
        coterie_panels_relations(&panels, p, level, strip);
        size_t more = coterie_panels_concurrent(&panels, p, strip);
        coterie_panels_concurrent_pairs(&panels, p, strip, found + 2 * pairs);
        pairs += more;
        coterie_panels_mirror(&panels, p, out);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            int relation = plain(rows + i * width, rows + j * width, width);
            CHECK_EQUAL(out[i * n + j], relation);
            if (j <= i || relation != COTERIE_CONCURRENT) continue;
            CHECK_EQUAL(found[2 * at], i);
            CHECK_EQUAL(found[2 * at + 1], j);
            at++;
        }
    CHECK_EQUAL(at, pairs);
    free(data), free(found);

    panels.rows = count * COTERIE_PANEL;
    panels.data = data = malloc(count * COTERIE_PANEL * width * (size_t)panels.bytes + 1);
    coterie_panels_fill(&panels, m, least, data);
    for (size_t i = 0; i < n && width; i += 1 + n / 20) {
        size_t r = (i * 7) % width;
        uint8_t *bits = malloc(n / 8 + 1);
        coterie_panels_at_least[level](&panels, r, rows[i * width + r] - least[r], out);
        coterie_panels_at_least_bits[level](&panels, r, rows[i * width + r] - least[r], bits);
        for (size_t j = 0; j < n; j++) {
            CHECK_EQUAL(out[j], rows[j * width + r] >= rows[i * width + r]);
            CHECK_EQUAL(bits[j / 8] >> j % 8 & 1, out[j]);
        }
        if (n % 8) CHECK_EQUAL(bits[n / 8] >> n % 8, 0);
        free(bits);
    }
    free(data), free(out), free(most), free(least);
}

static void check_matrix(size_t n, size_t width, uint32_t values, uint64_t *state) {
    uint64_t *rows = malloc(n * width * 8 + 8), *columns = malloc(n * width * 8 + 8);
    /* Rows that know more and more, and some that differ from the one before in one column. */
    for (size_t i = 0; i < n; i++)
        for (size_t r = 0; r < width; r++)
            rows[i * width + r] = i && random_below(state, 3) ? rows[(i - 1) * width + r] : VALUES[random_below(state, values)];
    for (size_t i = 0; i < n; i++)
        for (size_t r = 0; r < width; r++) columns[r * n + i] = rows[i * width + r];
    const coterie_clock_matrix both[] = {{rows, n, width, 0}, {columns, n, width, 1}};
    EACH_LEVEL(level)
        for (int k = 0; k < 2; k++) {
            check_rows(&both[k], rows, 0, n, level);
            check_rows(&both[k], rows, n / 2, n, level);
            check_rows(&both[k], rows, n / 3, n / 3, level);
            check_pairs(&both[k], rows, level);
        }
    free(rows), free(columns);
}

int main(void) {
    const size_t rows[] = {0, 1, 2, 3, 7, 8, 9, 63, 64, 65, 71, 72, 128, 130, 190};
    const size_t widths[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 13, 31, 32, 33, 63, 64, 65, 100, 130};
    uint64_t state = 1;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t k = 0; k < sizeof widths / sizeof *widths; k++)
            for (uint32_t values = 2; values <= 8; values += rows[i] > 100 ? 3 : 1)
                check_matrix(rows[i], widths[k], values, &state);
    for (size_t width = 1; width <= 8; width++) check_matrix(600, width, 8, &state);
    check_matrix(3000, 2, 8, &state);
    return check_report();
}
