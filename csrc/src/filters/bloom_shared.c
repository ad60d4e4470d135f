/* Adding to bits that others write to. */
#include "coterie/filters/bloom.h"
#include "coterie/filters/bloom_bits.h"

#include "bloom_group.h"

#if !defined(__GNUC__)
#error "this compiler needs its own atomic operations here"
#endif

static const uint32_t SALTS[LANES] = {COTERIE_BLOOM_SALTS};

/* Sets bits in 8 bytes, which are in the order of memory; whether that changed any. Where they are set already, as most
 * often in a filter that is filling up, the line stays shared. */
static int set_bits(uint8_t *at, const uint8_t *bits) {
    uint64_t add, *word = (uint64_t *)(void *)at;
    memcpy(&add, bits, sizeof add);
    if (!(add & ~__atomic_load_n(word, __ATOMIC_RELAXED))) return 0;
    return (add & ~__atomic_fetch_or(word, add, __ATOMIC_RELAXED)) != 0;
}

static int put_block(const coterie_bloom *filter, uint64_t word) {
    uint8_t *block = filter->bits + (size_t)coterie_bloom_index(word, filter->blocks) * COTERIE_BLOOM_BYTES;
    uint8_t bits[COTERIE_BLOOM_BYTES];
    int changed = 0;
    for (int i = 0; i < LANES; i++) coterie_store32(bits + 4 * i, (uint32_t)1 << ((uint32_t)word * SALTS[i] >> 27));
    for (int i = 0; i < COTERIE_BLOOM_BYTES; i += 8) changed |= set_bits(block + i, bits + i);
    return changed;
}

static int put_classic(const coterie_bloom *filter, uint64_t word) {
    coterie_bloom_walk walk = coterie_bloom_begin(filter, word);
    int changed = 0;
    for (int i = 0; i < filter->probes; i++) {
        uint64_t bit = coterie_bloom_next(&walk);
        uint8_t bits[8] = {0};
        bits[bit >> 3 & 7] = (uint8_t)(1 << (bit & 7));
        changed |= set_bits(filter->bits + (size_t)(bit >> 6) * 8, bits);
    }
    return changed;
}

size_t coterie_bloom_add_shared(const coterie_bloom *filter, const uint64_t *digests, size_t n, uint8_t *out) {
    size_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t word = coterie_bloom_word(digests[i], filter->salt);
        int changed;
        if (filter->layout == COTERIE_BLOOM_CLASSIC) changed = put_classic(filter, word);
        else {
            changed = put_block(filter, word);
            if (filter->layout == COTERIE_BLOOM_PAIR) changed |= put_block(filter, coterie_bloom_second(word));
        }
        if (out) out[i] = (uint8_t)changed;
        sum += (size_t)changed;
    }
    return sum;
}

void coterie_count_shared(uint8_t *at, uint64_t n) {
    uint64_t *word = (uint64_t *)(void *)at;
#if COTERIE_BIG_ENDIAN
    uint64_t old = __atomic_load_n(word, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(word, &old, coterie_swap64(coterie_swap64(old) + n), 1, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED)) {
    }
#else
    __atomic_fetch_add(word, n, __ATOMIC_RELAXED);
#endif
}

void coterie_replace_shared(uint8_t *at, uint64_t old, uint64_t now) {
    if (COTERIE_BIG_ENDIAN) old = coterie_swap64(old), now = coterie_swap64(now);
    __atomic_compare_exchange_n((uint64_t *)(void *)at, &old, now, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

void coterie_bits_or_shared(uint64_t *words, const uint64_t *other, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (other[i] & ~__atomic_load_n(words + i, __ATOMIC_RELAXED))
            __atomic_fetch_or(words + i, other[i], __ATOMIC_RELAXED);
}

void coterie_bits_and_shared(uint64_t *words, const uint64_t *other, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (~other[i] & __atomic_load_n(words + i, __ATOMIC_RELAXED))
            __atomic_fetch_and(words + i, other[i], __ATOMIC_RELAXED);
}
