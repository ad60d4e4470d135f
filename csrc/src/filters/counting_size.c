#include "coterie/filters/counting_size.h"

#include "coterie/filters/counting.h"
#include "doubles.h"

/* ---- rates ---- */

enum { FULL = 1 << 16 }; /* keys that leave no counter of a line at 0 */

/* A line with `zero` = (31/32)^keys: a foreign key hits a filled counter in all four lanes. */
static double hit(double zero) {
    double filled = 1 - zero, square = filled * filled;
    return square * square;
}

/* The mean of `hit` over a line that takes each of n keys with chance p: binomial weights, of which the likeliest has
 * weight 1 so that none underflows that counts, divided by their sum. */
static double mixture(uint64_t n, double p) {
    const double negligible = 0x1p-70;
    if (p >= 1) return hit(power(31.0 / 32, n));
    double odds = p / (1 - p), weight = 1, total = 0, sum = 0;
    uint64_t keys = (uint64_t)(((double)n + 1) * p);
    if (keys > n) keys = n;
    if (keys > FULL) return 1;
    for (; keys > 0 && weight > negligible; keys--) weight = weight * ((double)keys / (double)(n - keys + 1)) / odds;
    double zero = power(31.0 / 32, keys), most = 0;
    for (;; keys++) {
        total += weight;
        sum += weight * hit(zero);
        if (weight > most) most = weight;
        if (keys == n || weight < most * negligible) return sum / total;
        weight = weight * ((double)(n - keys) / (double)(keys + 1)) * odds;
        zero *= 31.0 / 32;
    }
}

/* Scaling 2^32 prefixes to rows gives some rows one more than others. */
static double line_rate(uint64_t rows, uint64_t n) {
    const double prefixes = 4294967296.0;
    uint64_t each = ((uint64_t)1 << 32) / rows, larger = ((uint64_t)1 << 32) % rows;
    double p = (double)each / prefixes, rate = (double)(rows - larger) * p * mixture(n, p);
    if (larger) {
        p = (double)(each + 1) / prefixes;
        rate += (double)larger * p * mixture(n, p);
    }
    return rate;
}

double coterie_counting_rate(uint64_t rows, int columns, uint64_t n) {
    double rate = line_rate(rows, n);
    for (; columns > 1; columns /= 2) rate *= rate;
    return rate;
}

/* Twice the lines a key are worth it where they save a seventh of the memory or more. */
int coterie_counting_columns(double fpr) { return fpr >= 1e-2 ? 1 : fpr >= 1e-4 ? 2 : fpr >= 1e-8 ? 4 : 8; }

uint64_t coterie_counting_size(uint64_t capacity, double fpr, int columns) {
    uint64_t few = 0, enough = 1;
    while (coterie_counting_rate(enough, columns, capacity) > fpr) {
        if (enough == COTERIE_COUNTING_MAX_ROWS) return 0;
        few = enough;
        enough = enough > COTERIE_COUNTING_MAX_ROWS / 2 ? COTERIE_COUNTING_MAX_ROWS : 2 * enough;
    }
    while (enough - few > 1) {
        uint64_t rows = few + (enough - few) / 2;
        if (coterie_counting_rate(rows, columns, capacity) > fpr) few = rows;
        else enough = rows;
    }
    return enough;
}

/* By Newton's method from above. */
static double root(double x) {
    double high = x > 1 ? x : 1;
    for (;;) {
        double next = (high + x / high) / 2;
        if (next >= high) return high;
        high = next;
    }
}

uint64_t coterie_counting_limit(uint64_t rows, int columns, uint64_t n) {
    /* The number of filled counters is nearly normal; 8 deviations leave room for what is not exact in that. */
    double lane = 32.0 * (double)rows, counters = 4.0 * columns * lane, zero = power(1 - 1 / lane, n);
    double variance = counters * zero * (1 - (1 + (double)n / lane) * zero);
    double limit = counters * (1 - zero) + 8 * root(variance > 0 ? variance : 0) + 4 * columns;
    return limit < counters ? (uint64_t)limit : (uint64_t)counters;
}

/* ---- how a shape is stored ---- */

void coterie_counting_shape_write(uint8_t out[COTERIE_COUNTING_SHAPE], const coterie_counting_shape *shape) {
    coterie_store32(out, (uint32_t)shape->columns);
    coterie_store32(out + 4, (uint32_t)(COTERIE_COUNTING_LANES * shape->columns));
    store_double(out + 8, shape->fpr);
    coterie_store64(out + 16, shape->rows * (uint64_t)shape->columns);
}

int coterie_counting_shape_read(const uint8_t *parameters, uint64_t bytes, coterie_counting_shape *shape) {
    const uint32_t columns = coterie_load32(parameters), counters = coterie_load32(parameters + 4);
    const uint64_t lines = coterie_load64(parameters + 16);
    const double fpr = load_double(parameters + 8);
    if (columns < 1 || columns > COTERIE_COUNTING_MAX_COLUMNS || (columns & (columns - 1))) return 0;
    if (counters != COTERIE_COUNTING_LANES * columns || !(fpr > 0 && fpr < 1)) return 0;
    if (lines == 0 || lines % columns || lines / columns > COTERIE_COUNTING_MAX_ROWS) return 0;
    if (bytes != lines * COTERIE_COUNTING_LINE) return 0; /* of at most 2^34 lines */
    *shape = (coterie_counting_shape){lines / columns, fpr, (int)columns};
    return 1;
}
