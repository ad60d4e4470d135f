#include "coterie/filters/guava.h"

/* The bits of a key, one after the other. */
typedef struct {
    uint64_t state, step, bits;
} walk;

COTERIE_INLINE walk begin(const coterie_guava *filter, coterie_murmur3 hash) {
    walk w = {hash.first, hash.last, (uint64_t)filter->len * 64};
    if (filter->strategy == COTERIE_GUAVA_MITZ_32) {
        w.step = hash.first >> 32;
        w.state = hash.first + w.step; /* it begins with one step, unlike the other */
    }
    return w;
}

COTERIE_INLINE uint64_t next(const coterie_guava *filter, walk *w) {
    uint64_t state = w->state;
    w->state += w->step;
    if (filter->strategy == COTERIE_GUAVA_MITZ_64) return (state & INT64_MAX) % w->bits;
    return ((uint32_t)state >> 31 ? ~(uint32_t)state : (uint32_t)state) % w->bits;
}

int coterie_guava_has(const coterie_guava *filter, coterie_murmur3 hash) {
    walk w = begin(filter, hash);
    for (int i = 0; i < filter->probes; i++) {
        uint64_t bit = next(filter, &w);
        if (!(filter->words[bit >> 6] >> (bit & 63) & 1)) return 0;
    }
    return 1;
}

int coterie_guava_put(const coterie_guava *filter, coterie_murmur3 hash) {
    walk w = begin(filter, hash);
    int changed = 0;
    for (int i = 0; i < filter->probes; i++) {
        uint64_t bit = next(filter, &w), mask = (uint64_t)1 << (bit & 63), *word = filter->words + (bit >> 6);
        changed |= !(*word & mask);
        *word |= mask;
    }
    return changed;
}

/* ---- the stream ---- */

const char *coterie_guava_read(const uint8_t *data, size_t size, coterie_guava *filter) {
    if (size < COTERIE_GUAVA_HEADER) return "the bytes end too early";
    filter->strategy = data[0];
    filter->probes = data[1];
    filter->len = coterie_swap32(coterie_load32(data + 2));
    if (filter->strategy >= COTERIE_GUAVA_STRATEGIES) return "the strategy is unknown";
    if (!filter->probes) return "there are no probes";
    if (!filter->len || filter->len > INT32_MAX) return "the number of words is below 1";
    size -= COTERIE_GUAVA_HEADER;
    if (size / 8 < filter->len) return "the bytes end too early";
    return size / 8 > filter->len || size % 8 ? "more bytes follow" : NULL;
}

void coterie_guava_read_words(const uint8_t *data, const coterie_guava *filter) {
    data += COTERIE_GUAVA_HEADER;
    for (size_t i = 0; i < filter->len; i++) filter->words[i] = coterie_swap64(coterie_load64(data + 8 * i));
}

void coterie_guava_write(const coterie_guava *filter, uint8_t *out) {
    out[0] = filter->strategy;
    out[1] = filter->probes;
    coterie_store32(out + 2, coterie_swap32(filter->len));
    out += COTERIE_GUAVA_HEADER;
    for (size_t i = 0; i < filter->len; i++) coterie_store64(out + 8 * i, coterie_swap64(filter->words[i]));
}
