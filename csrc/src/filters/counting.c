#include "coterie/filters/counting.h"

#include "counting_group.h"

static const uint32_t SALTS[] = {COTERIE_BLOOM_SALTS}; /* as many as there are lanes are used */

/* A counter: its byte, and where in it. */
typedef struct {
    uint8_t *byte;
    int shift;
} counter;

COTERIE_INLINE counter counter_of(uint8_t *line, uint32_t low, int lane) {
    uint32_t c = low * SALTS[lane] >> 27;
    return (counter){line + 16 * lane + (c >> 1), (int)(4 * (c & 1))};
}
COTERIE_INLINE unsigned value(counter c) { return *c.byte >> c.shift & COTERIE_COUNTING_MOST; }
COTERIE_INLINE void change(counter c, int by) { *c.byte = (uint8_t)(*c.byte + by * (1 << c.shift)); }

static inline int line_has(uint8_t *line, uint32_t low) {
    int has = 1;
    for (int lane = 0; lane < COTERIE_COUNTING_LANES; lane++) has &= value(counter_of(line, low, lane)) != 0;
    return has;
}

static inline unsigned line_put(uint8_t *line, uint32_t low) {
    unsigned filled = 0;
    for (int lane = 0; lane < COTERIE_COUNTING_LANES; lane++) {
        counter c = counter_of(line, low, lane);
        unsigned before = value(c);
        filled += before == 0;
        change(c, before != COTERIE_COUNTING_MOST);
    }
    return filled;
}

static inline unsigned line_take(uint8_t *line, uint32_t low) {
    unsigned emptied = 0;
    for (int lane = 0; lane < COTERIE_COUNTING_LANES; lane++) {
        counter c = counter_of(line, low, lane);
        unsigned before = value(c);
        emptied += before == 1;
        change(c, -(before != COTERIE_COUNTING_MOST));
    }
    return emptied;
}

#define LEVEL_ATTRIBUTE
#define LEVEL_NAME(verb) coterie_counting_##verb##_baseline
#include "counting_kernels.h"

#define TABLE(name) COTERIE_TABLE(coterie_counting_##name)
int (*const coterie_counting_has[COTERIE_LEVELS])(const coterie_counting *, uint64_t) = TABLE(has);
int (*const coterie_counting_put[COTERIE_LEVELS])(const coterie_counting *, uint64_t, coterie_counting_tally *) = TABLE(put);
int (*const coterie_counting_take[COTERIE_LEVELS])(const coterie_counting *, uint64_t, coterie_counting_tally *) =
    TABLE(take);
void (*const coterie_counting_contains[COTERIE_LEVELS])(const coterie_counting *, const uint64_t *, size_t, uint8_t *) =
    TABLE(contains);
void (*const coterie_counting_add[COTERIE_LEVELS])(const coterie_counting *, const uint64_t *, size_t, uint8_t *,
                                                   coterie_counting_tally *) = TABLE(add);
static size_t (*const takes[COTERIE_LEVELS])(const coterie_counting *, const uint64_t *, size_t, uint8_t *,
                                             coterie_counting_tally *) = TABLE(takes);

size_t coterie_counting_discard(const coterie_counting *filter, const uint64_t *digests, size_t n, uint8_t *out,
                                coterie_counting_tally *tally, int level) {
    return takes[level](filter, digests, n, out, tally);
}

size_t coterie_counting_remove(const coterie_counting *filter, const uint64_t *digests, size_t n,
                               coterie_counting_tally *tally, int level) {
    const coterie_counting_tally before = *tally;
    size_t taken = takes[level](filter, digests, n, NULL, tally);
    if (taken == n) return n;
    /* Exact: a counter at 15 was not counted down and will not be counted up. */
    coterie_counting_add[level](filter, digests, taken, NULL, tally);
    *tally = before;
    return taken;
}

int coterie_counting_count(const coterie_counting *filter, uint64_t digest) {
    uint64_t word = coterie_bloom_word(digest, filter->salt);
    unsigned least = COTERIE_COUNTING_MOST;
    for (int j = 0; j < filter->columns; j++, word = coterie_bloom_second(word))
        for (int lane = 0; lane < COTERIE_COUNTING_LANES; lane++) {
            unsigned here = value(counter_of(line_of(filter, word, j), (uint32_t)word, lane));
            if (here < least) least = here;
        }
    return (int)least;
}

void coterie_counting_counts(const coterie_counting *filter, const uint64_t *digests, size_t n, int32_t *out) {
    for (size_t i = 0; i < n; i++) out[i] = coterie_counting_count(filter, digests[i]);
}

/* ---- adding up to a limit ---- */

/* Adds a key; a bit for each of its counters that was counted up. */
static uint32_t put_and_note(const coterie_counting *filter, uint64_t digest, coterie_counting_tally *tally) {
    uint64_t word = coterie_bloom_word(digest, filter->salt);
    uint32_t noted = 0, bit = 1;
    for (int j = 0; j < filter->columns; j++, word = coterie_bloom_second(word))
        for (int lane = 0; lane < COTERIE_COUNTING_LANES; lane++, bit <<= 1) {
            counter c = counter_of(line_of(filter, word, j), (uint32_t)word, lane);
            unsigned before = value(c);
            if (before == COTERIE_COUNTING_MOST) continue;
            change(c, 1);
            noted |= bit;
            tally->filled += before == 0;
        }
    tally->keys++;
    return noted;
}

static void undo(const coterie_counting *filter, const uint64_t *digests, size_t n, const uint32_t *noted,
                 coterie_counting_tally *tally) {
    for (size_t i = 0; i < n; i++) {
        uint64_t word = coterie_bloom_word(digests[i], filter->salt);
        uint32_t bits = noted[i];
        for (int j = 0; j < filter->columns; j++, word = coterie_bloom_second(word))
            for (int lane = 0; lane < COTERIE_COUNTING_LANES; lane++, bits >>= 1) {
                if (!(bits & 1)) continue;
                counter c = counter_of(line_of(filter, word, j), (uint32_t)word, lane);
                change(c, -1);
                tally->filled -= value(c) == 0;
            }
    }
    tally->keys -= n;
}

size_t coterie_counting_add_within(const coterie_counting *filter, const uint64_t *digests, size_t n, uint64_t capacity,
                                   uint64_t limit, uint32_t *noted, uint8_t *out, coterie_counting_tally *tally) {
    for (size_t i = 0; i < n; i++) {
        uint64_t filled = tally->filled;
        noted[i] = put_and_note(filter, digests[i], tally);
        if (out) out[i] = tally->filled != filled;
        if (tally->keys <= capacity || tally->filled <= limit || tally->filled == filled) continue;
        undo(filter, digests, i + 1, noted, tally);
        return i;
    }
    return n;
}

/* ---- all counters ---- */

/* The low halves of bytes and the high halves, each up to 15. */
COTERIE_INLINE void sum(uint8_t *lines, const uint8_t *other, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        unsigned low = (lines[i] & 15u) + (other[i] & 15u), high = (lines[i] & 0xf0u) + (other[i] & 0xf0u);
        lines[i] = (uint8_t)((low < 15 ? low : 15) | (high < 0xf0 ? high : 0xf0));
    }
}
COTERIE_KERNEL(coterie_counting_sum, sum, (uint8_t *lines, const uint8_t *other, size_t bytes), (lines, other, bytes));

/* A bit for each counter of a word that is not 0; their number. */
COTERIE_INLINE uint64_t filled_of(uint64_t word) {
    word |= word >> 2;
    word = (word | word >> 1) & 0x1111111111111111u;
    word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0fu; /* of each byte */
    word += word >> 8;
    word += word >> 16;
    return (word + (word >> 32)) & 0xff;
}

COTERIE_INLINE void count_filled(const uint8_t *lines, size_t bytes, uint64_t *filled) {
    uint64_t sum = 0;
    for (size_t i = 0; i < bytes; i += 8) {
        uint64_t word;
        memcpy(&word, lines + i, sizeof word);
        sum += filled_of(word);
    }
    *filled = sum;
}
COTERIE_KERNEL(coterie_counting_filled, count_filled, (const uint8_t *lines, size_t bytes, uint64_t *filled),
               (lines, bytes, filled));

double coterie_counting_estimate(const coterie_counting *filter) {
    const uint64_t columns = (uint64_t)filter->columns;
    double rate = 1;
    for (uint64_t j = 0; j < columns; j++) {
        uint64_t hits = 0; /* exact: below 2^31 rows * 32^4 */
        for (uint64_t row = 0; row < filter->rows; row++) {
            const uint8_t *line = filter->lines + (row * columns + j) * COTERIE_COUNTING_LINE;
            uint64_t product = 1;
            for (int lane = 0; lane < COTERIE_COUNTING_LANES; lane++)
                product *= filled_of(coterie_load64(line + 16 * lane)) + filled_of(coterie_load64(line + 16 * lane + 8));
            hits += product;
        }
        rate *= (double)hits / (1048576.0 * (double)filter->rows); /* 32^4 */
    }
    return rate;
}
