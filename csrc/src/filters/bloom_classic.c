/* Filters whose bits are anywhere. All bits of a key are looked at: to stop at the first that is missing would save some
 * of them, and cost a mispredicted branch. */
#include "coterie/filters/bloom.h"

#include "bloom_group.h"

/* ---- one key ---- */

int coterie_bloom_classic_has(const coterie_bloom *filter, uint64_t digest) {
    coterie_bloom_walk walk = coterie_bloom_begin(filter, coterie_bloom_word(digest, filter->salt));
    unsigned found = 1;
    for (int i = 0; i < filter->probes; i++) {
        uint64_t bit = coterie_bloom_next(&walk);
        found &= (unsigned)filter->bits[bit >> 3] >> (bit & 7);
    }
    return (int)found;
}

int coterie_bloom_classic_put(const coterie_bloom *filter, uint64_t digest) {
    coterie_bloom_walk walk = coterie_bloom_begin(filter, coterie_bloom_word(digest, filter->salt));
    unsigned found = 1;
    for (int i = 0; i < filter->probes; i++) {
        uint64_t bit = coterie_bloom_next(&walk);
        uint8_t *byte = filter->bits + (bit >> 3);
        found &= (unsigned)*byte >> (bit & 7);
        *byte = (uint8_t)(*byte | 1u << (bit & 7));
    }
    return !found;
}

/* ---- many keys: where the bits of a group are is found, and fetched, while the group before it is looked at ---- */

enum { PROBES = 256 }; /* of a group */

COTERIE_INLINE void find_bits(const coterie_bloom *filter, const uint64_t *digests, size_t n, uint64_t *bits) {
    for (size_t i = 0; i < n; i++) {
        coterie_bloom_walk walk = coterie_bloom_begin(filter, coterie_bloom_word(digests[i], filter->salt));
        for (int j = 0; j < filter->probes; j++) {
            *bits = coterie_bloom_next(&walk);
            if (filter->far) COTERIE_PREFETCH_SECOND(filter->bits + (*bits >> 3));
            bits++;
        }
    }
}

static size_t look(const coterie_bloom *filter, const uint64_t *bits, size_t n, uint8_t *out) {
    for (size_t i = 0; i < n; i++) {
        unsigned found = 1;
        for (int j = 0; j < filter->probes; j++, bits++) found &= (unsigned)filter->bits[*bits >> 3] >> (*bits & 7);
        out[i] = (uint8_t)found;
    }
    return 0;
}

static size_t set(const coterie_bloom *filter, const uint64_t *bits, size_t n, uint8_t *out) {
    size_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned found = 1;
        for (int j = 0; j < filter->probes; j++, bits++) {
            uint8_t *byte = filter->bits + (*bits >> 3);
            found &= (unsigned)*byte >> (*bits & 7);
            *byte = (uint8_t)(*byte | 1u << (*bits & 7));
        }
        if (out) out[i] = (uint8_t)!found;
        sum += !found;
    }
    return sum;
}

COTERIE_INLINE size_t each_bits(const coterie_bloom *filter, const uint64_t *digests, size_t n,
                                size_t (*step)(const coterie_bloom *, const uint64_t *, size_t, uint8_t *),
                                uint8_t *out) {
    uint64_t bits[2][PROBES];
    size_t group = (size_t)(PROBES / filter->probes), sum = 0, count = n < group ? n : group;
    find_bits(filter, digests, count, bits[0]);
    for (int turn = 0; count; turn = !turn) {
        size_t rest = n - count, next = rest < group ? rest : group;
        find_bits(filter, digests + count, next, bits[!turn]);
        sum += step(filter, bits[turn], count, out);
        if (out) out += count;
        digests += count, n -= count, count = next;
    }
    return sum;
}

void coterie_bloom_classic_contains(const coterie_bloom *filter, const uint64_t *digests, size_t n, uint8_t *out) {
    each_bits(filter, digests, n, look, out);
}

size_t coterie_bloom_classic_add(const coterie_bloom *filter, const uint64_t *digests, size_t n, uint8_t *out) {
    return each_bits(filter, digests, n, set, out);
}
