#include "coterie/filters/bloom.h"

#include "bloom_group.h"

static const uint32_t SALTS[LANES] = {COTERIE_BLOOM_SALTS};

COTERIE_INLINE uint32_t bit_of(uint32_t low, int lane) { return low * SALTS[lane] >> 27; }

COTERIE_INLINE int place_has(const coterie_bloom *filter, const place *at) {
    const uint8_t *block = block_at(filter->bits, at);
    uint32_t low = at->low;
    uint32_t missing = 0;
    for (int i = 0; i < LANES; i++) missing |= ~coterie_load32(block + 4 * i) >> bit_of(low, i);
    return !(missing & 1);
}

COTERIE_INLINE int place_put(const coterie_bloom *filter, const place *at) {
    uint8_t *block = block_at(filter->bits, at);
    uint32_t low = at->low;
    uint32_t changed = 0;
    for (int i = 0; i < LANES; i++) {
        uint32_t bits = coterie_load32(block + 4 * i), bit = (uint32_t)1 << bit_of(low, i);
        changed |= bit & ~bits;
        coterie_store32(block + 4 * i, bits | bit);
    }
    return changed != 0;
}

/* ---- one key ---- */

static int has(const coterie_bloom *filter, uint64_t digest) {
    if (filter->layout == COTERIE_BLOOM_CLASSIC) return coterie_bloom_classic_has(filter, digest);
    uint64_t word = coterie_bloom_word(digest, filter->salt);
    place first = place_of(word, filter->blocks), second = place_of(coterie_bloom_second(word), filter->blocks);
    return place_has(filter, &first) && (filter->layout == COTERIE_BLOOM_BLOCK || place_has(filter, &second));
}

static int put(const coterie_bloom *filter, uint64_t digest) {
    if (filter->layout == COTERIE_BLOOM_CLASSIC) return coterie_bloom_classic_put(filter, digest);
    uint64_t word = coterie_bloom_word(digest, filter->salt);
    place first = place_of(word, filter->blocks), second = place_of(coterie_bloom_second(word), filter->blocks);
    int changed = place_put(filter, &first);
    return filter->layout == COTERIE_BLOOM_BLOCK ? changed : changed | place_put(filter, &second);
}

/* ---- many keys ---- */

static void find_all(const coterie_bloom *filter, const uint64_t *digests, size_t n, group *out) {
    find(filter, digests, 0, n, out);
}

static size_t contains_group(const coterie_bloom *filter, const group *keys, size_t n, uint8_t *out) {
    for (size_t i = 0; i < n; i++) out[i] = (uint8_t)place_has(filter, &keys->at[0][i]);
    if (filter->layout == COTERIE_BLOOM_PAIR)
        for (size_t i = 0; i < n; i++) out[i] &= (uint8_t)place_has(filter, &keys->at[1][i]);
    return 0;
}

static size_t add_group(const coterie_bloom *filter, const group *keys, size_t n, uint8_t *out) {
    size_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        int changed = place_put(filter, &keys->at[0][i]);
        if (filter->layout == COTERIE_BLOOM_PAIR) changed |= place_put(filter, &keys->at[1][i]);
        if (out) out[i] = (uint8_t)changed;
        sum += (size_t)changed;
    }
    return sum;
}

static void contains(const coterie_bloom *filter, const uint64_t *digests, size_t n, uint8_t *out) {
    if (filter->layout == COTERIE_BLOOM_CLASSIC) coterie_bloom_classic_contains(filter, digests, n, out);
    else each_group(filter, digests, n, find_all, contains_group, out);
}

static size_t add_new(const coterie_bloom *filter, const uint64_t *digests, size_t n, uint8_t *out) {
    if (filter->layout == COTERIE_BLOOM_CLASSIC) return coterie_bloom_classic_add(filter, digests, n, out);
    return each_group(filter, digests, n, find_all, add_group, out);
}

static void add(const coterie_bloom *filter, const uint64_t *digests, size_t n) { add_new(filter, digests, n, NULL); }

#if defined(COTERIE_TARGET_AVX2)
#define TABLE(name) {name, coterie_bloom_##name##_avx2, coterie_bloom_##name##_avx2}
#define TABLE_512(name) {name, coterie_bloom_##name##_avx2, coterie_bloom_##name##_avx512}
#else
#define TABLE(name) {name, name, name}
#define TABLE_512 TABLE
#endif
int (*const coterie_bloom_has[COTERIE_LEVELS])(const coterie_bloom *, uint64_t) = TABLE(has);
int (*const coterie_bloom_put[COTERIE_LEVELS])(const coterie_bloom *, uint64_t) = TABLE(put);
void (*const coterie_bloom_contains[COTERIE_LEVELS])(const coterie_bloom *, const uint64_t *, size_t, uint8_t *) =
    TABLE_512(contains);
void (*const coterie_bloom_add[COTERIE_LEVELS])(const coterie_bloom *, const uint64_t *, size_t) = TABLE_512(add);
size_t (*const coterie_bloom_add_new[COTERIE_LEVELS])(const coterie_bloom *, const uint64_t *, size_t, uint8_t *) =
    TABLE_512(add_new);
