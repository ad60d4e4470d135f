#include "xxh3_parts.h"

COTERIE_INLINE uint64_t secret64(int offset) { return coterie_load64(coterie_xxh3_secret + offset); }
COTERIE_INLINE uint32_t secret32(int offset) { return coterie_load32(coterie_xxh3_secret + offset); }

static coterie_hash128 hash_0(uint64_t seed) {
    coterie_hash128 hash = {coterie_xxh64_avalanche(seed ^ secret64(64) ^ secret64(72)),
                            coterie_xxh64_avalanche(seed ^ secret64(80) ^ secret64(88))};
    return hash;
}

/* 1 to 3 bytes. */
static coterie_hash128 hash_3(const uint8_t *p, size_t len, uint64_t seed) {
    uint32_t low = (uint32_t)p[0] << 16 | (uint32_t)p[len >> 1] << 24 | p[len - 1] | (uint32_t)len << 8;
    uint32_t high = coterie_swap32(low);
    high = high << 13 | high >> 19;
    coterie_hash128 hash = {coterie_xxh64_avalanche(low ^ ((secret32(0) ^ secret32(4)) + seed)),
                            coterie_xxh64_avalanche(high ^ ((secret32(8) ^ secret32(12)) - seed))};
    return hash;
}

/* 4 to 8 bytes. */
static coterie_hash128 hash_8(const uint8_t *p, size_t len, uint64_t seed) {
    uint64_t word = coterie_load32(p) | (uint64_t)coterie_load32(p + len - 4) << 32;
    seed ^= (uint64_t)coterie_swap32((uint32_t)seed) << 32;
    coterie_hash128 hash;
    hash.low = coterie_mul128(word ^ ((secret64(16) ^ secret64(24)) + seed), PRIME64_1 + (len << 2), &hash.high);
    hash.high += hash.low << 1;
    hash.low ^= hash.high >> 3;
    hash.low = (hash.low ^ hash.low >> 35) * 0x9FB21C651E98DF25u;
    hash.low ^= hash.low >> 28;
    hash.high = coterie_xxh3_avalanche(hash.high);
    return hash;
}

/* 9 to 16 bytes. */
static coterie_hash128 hash_16(const uint8_t *p, size_t len, uint64_t seed) {
    uint64_t last = coterie_load64(p + len - 8), carry;
    uint64_t both = coterie_load64(p) ^ last ^ ((secret64(32) ^ secret64(40)) - seed);
    last ^= (secret64(48) ^ secret64(56)) + seed;
    coterie_hash128 hash;
    hash.low = coterie_mul128(both, PRIME64_1, &hash.high) + ((uint64_t)(len - 1) << 54);
    hash.high += last + (last & 0xffffffffu) * (PRIME32_2 - 1); /* the lower half of `last` times PRIME32_2 */
    hash.low = coterie_mul128(hash.low ^ coterie_swap64(hash.high), PRIME64_2, &carry);
    hash.high = coterie_xxh3_avalanche(carry + hash.high * PRIME64_2);
    hash.low = coterie_xxh3_avalanche(hash.low);
    return hash;
}

/* Two times 16 bytes: each half takes the product of one and the sum of the other. */
COTERIE_INLINE void mix32(coterie_hash128 *acc, const uint8_t *p, const uint8_t *q, const uint8_t *secret,
                          uint64_t seed) {
    acc->low = (acc->low + mix16(p, secret, seed)) ^ (coterie_load64(q) + coterie_load64(q + 8));
    acc->high = (acc->high + mix16(q, secret + 16, seed)) ^ (coterie_load64(p) + coterie_load64(p + 8));
}
COTERIE_INLINE coterie_hash128 finish(coterie_hash128 acc, size_t len, uint64_t seed) {
    uint64_t high = acc.low * PRIME64_1 + acc.high * PRIME64_4 + (len - seed) * PRIME64_2;
    coterie_hash128 hash = {coterie_xxh3_avalanche(acc.low + acc.high), 0 - coterie_xxh3_avalanche(high)};
    return hash;
}

/* 17 to 128 bytes: pairs of 16 bytes from the middle towards both ends. */
static coterie_hash128 hash_128(const uint8_t *p, size_t len, uint64_t seed) {
    const uint8_t *end = p + len;
    coterie_hash128 acc = {len * PRIME64_1, 0};
    for (size_t i = (len - 1) / 32 + 1; i-- > 0;)
        mix32(&acc, p + 16 * i, end - 16 * (i + 1), coterie_xxh3_secret + 32 * i, seed);
    return finish(acc, len, seed);
}

/* 129 to 240 bytes. */
static coterie_hash128 hash_240(const uint8_t *p, size_t len, uint64_t seed) {
    const uint8_t *secret = coterie_xxh3_secret, *end = p + len;
    coterie_hash128 acc = {len * PRIME64_1, 0};
    for (size_t i = 0; i < 4; i++) mix32(&acc, p + 32 * i, p + 32 * i + 16, secret + 32 * i, seed);
    acc.low = coterie_xxh3_avalanche(acc.low);
    acc.high = coterie_xxh3_avalanche(acc.high);
    for (size_t i = 4; i < len / 32; i++) mix32(&acc, p + 32 * i, p + 32 * i + 16, secret + 32 * (i - 4) + 3, seed);
    mix32(&acc, end - 16, end - 32, secret + 103, 0 - seed);
    return finish(acc, len, seed);
}

static coterie_hash128 hash_long(const uint8_t *p, size_t len, uint64_t seed, int level) {
    uint8_t seeded[SECRET];
    uint64_t acc[LANES];
    const uint8_t *secret = coterie_xxh3_lanes(p, len, seed, level, seeded, acc);
    coterie_hash128 hash = {merge_lanes(acc, secret + 11, len * PRIME64_1),
                            merge_lanes(acc, secret + SECRET - STRIPE - 11, ~(len * PRIME64_2))};
    return hash;
}

coterie_hash128 coterie_xxh3_128(const void *data, size_t len, uint64_t seed, int level) {
    const uint8_t *p = (const uint8_t *)data;
    if (len > 240) return hash_long(p, len, seed, level);
    if (len > 128) return hash_240(p, len, seed);
    if (len > 16) return hash_128(p, len, seed);
    if (len > 8) return hash_16(p, len, seed);
    if (len >= 4) return hash_8(p, len, seed);
    return len ? hash_3(p, len, seed) : hash_0(seed);
}
