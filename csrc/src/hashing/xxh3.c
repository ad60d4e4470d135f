#include "xxh3_parts.h"

const uint8_t coterie_xxh3_secret[SECRET] = {
    0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe, 0x7c, 0x01, 0x81, 0x2c, 0xf7, 0x21, 0xad, 0x1c,
    0xde, 0xd4, 0x6d, 0xe9, 0x83, 0x90, 0x97, 0xdb, 0x72, 0x40, 0xa4, 0xa4, 0xb7, 0xb3, 0x67, 0x1f,
    0xcb, 0x79, 0xe6, 0x4e, 0xcc, 0xc0, 0xe5, 0x78, 0x82, 0x5a, 0xd0, 0x7d, 0xcc, 0xff, 0x72, 0x21,
    0xb8, 0x08, 0x46, 0x74, 0xf7, 0x43, 0x24, 0x8e, 0xe0, 0x35, 0x90, 0xe6, 0x81, 0x3a, 0x26, 0x4c,
    0x3c, 0x28, 0x52, 0xbb, 0x91, 0xc3, 0x00, 0xcb, 0x88, 0xd0, 0x65, 0x8b, 0x1b, 0x53, 0x2e, 0xa3,
    0x71, 0x64, 0x48, 0x97, 0xa2, 0x0d, 0xf9, 0x4e, 0x38, 0x19, 0xef, 0x46, 0xa9, 0xde, 0xac, 0xd8,
    0xa8, 0xfa, 0x76, 0x3f, 0xe3, 0x9c, 0x34, 0x3f, 0xf9, 0xdc, 0xbb, 0xc7, 0xc7, 0x0b, 0x4f, 0x1d,
    0x8a, 0x51, 0xe0, 0x4b, 0xcd, 0xb4, 0x59, 0x31, 0xc8, 0x9f, 0x7e, 0xc9, 0xd9, 0x78, 0x73, 0x64,
    0xea, 0xc5, 0xac, 0x83, 0x34, 0xd3, 0xeb, 0xc3, 0xc5, 0x81, 0xa0, 0xff, 0xfa, 0x13, 0x63, 0xeb,
    0x17, 0x0d, 0xdd, 0x51, 0xb7, 0xf0, 0xda, 0x49, 0xd3, 0x16, 0x55, 0x26, 0x29, 0xd4, 0x68, 0x9e,
    0x2b, 0x16, 0xbe, 0x58, 0x7d, 0x47, 0xa1, 0xfc, 0x8f, 0xf8, 0xb8, 0xd1, 0x7a, 0xd0, 0x31, 0xce,
    0x45, 0xcb, 0x3a, 0x8f, 0x95, 0x16, 0x04, 0x28, 0xaf, 0xd7, 0xfb, 0xca, 0xbb, 0x4b, 0x40, 0x7e,
};

/* 17 to 128 bytes: pairs of 16 bytes from both ends towards the middle. */
static uint64_t hash_128(const uint8_t *p, size_t len, uint64_t seed) {
    const uint8_t *secret = coterie_xxh3_secret, *end = p + len;
    uint64_t acc = len * PRIME64_1;
    for (size_t i = (len - 1) / 32 + 1; i-- > 0;)
        acc += mix16(p + 16 * i, secret + 32 * i, seed) + mix16(end - 16 * (i + 1), secret + 32 * i + 16, seed);
    return coterie_xxh3_avalanche(acc);
}

/* 129 to 240 bytes. */
static uint64_t hash_240(const uint8_t *p, size_t len, uint64_t seed) {
    const uint8_t *secret = coterie_xxh3_secret;
    uint64_t acc = len * PRIME64_1;
    for (size_t i = 0; i < 8; i++) acc += mix16(p + 16 * i, secret + 16 * i, seed);
    acc = coterie_xxh3_avalanche(acc);
    for (size_t i = 8; i < len / 16; i++) acc += mix16(p + 16 * i, secret + 16 * (i - 8) + 3, seed);
    return coterie_xxh3_avalanche(acc + mix16(p + len - 16, secret + 119, seed));
}

/* A vector type keeps the lanes in registers at every level, where plain arrays do not; the compiler lowers it to
 * whatever the level has. */
typedef uint64_t lanes __attribute__((vector_size(STRIPE)));

COTERIE_INLINE void load(lanes *to, const uint8_t *p) {
    memcpy(to, p, STRIPE);
    if (COTERIE_BIG_ENDIAN)
        for (int i = 0; i < LANES; i++) (*to)[i] = coterie_swap64((*to)[i]);
}

/* At most 16 stripes. A lane takes its own product and its neighbour's data: summed apart and swapped once in the end,
 * so that the loop has no permutation. */
COTERIE_INLINE void accumulate(lanes *acc, const uint8_t *p, size_t stripes, const uint8_t *secret) {
    lanes sum = {0}, products = *acc, data, key;
    for (size_t s = 0; s < stripes; s++) {
        load(&data, p + STRIPE * s);
        load(&key, secret + 8 * s);
        key ^= data;
        sum += data;
        products += (key & 0xffffffffu) * (key >> 32);
    }
    for (int i = 0; i < LANES; i++) products[i] += sum[i ^ 1];
    *acc = products;
}

COTERIE_INLINE void scramble(lanes *acc, const uint8_t *secret) {
    lanes key;
    load(&key, secret);
    *acc = (*acc ^ *acc >> 47 ^ key) * PRIME32_1;
}

COTERIE_INLINE void lanes_body(const uint8_t *p, size_t len, const uint8_t *secret, uint64_t *out) {
    lanes acc = {PRIME32_3, PRIME64_1, PRIME64_2, PRIME64_3, PRIME64_4, PRIME32_2, PRIME64_5, PRIME32_1};
    const uint8_t *last = p + len - STRIPE;
    for (size_t blocks = (len - 1) / BLOCK; blocks > 0; blocks--, p += BLOCK) {
        accumulate(&acc, p, STRIPES, secret);
        scramble(&acc, secret + SECRET - STRIPE);
    }
    accumulate(&acc, p, (len - 1) % BLOCK / STRIPE, secret);
    accumulate(&acc, last, 1, secret + SECRET - STRIPE - 7);
    memcpy(out, &acc, sizeof acc);
}
COTERIE_STATIC_KERNEL(lanes_of, lanes_body, (const uint8_t *p, size_t len, const uint8_t *secret, uint64_t *out),
                      (p, len, secret, out));

const uint8_t *coterie_xxh3_lanes(const uint8_t *p, size_t len, uint64_t seed, int level, uint8_t seeded[SECRET],
                                  uint64_t acc[LANES]) {
    const uint8_t *secret = seed ? seeded : coterie_xxh3_secret;
    for (int i = 0; seed && i < SECRET; i += 16) {
        coterie_store64(seeded + i, coterie_load64(coterie_xxh3_secret + i) + seed);
        coterie_store64(seeded + i + 8, coterie_load64(coterie_xxh3_secret + i + 8) - seed);
    }
    lanes_of[level](p, len, secret, acc);
    return secret;
}

static uint64_t hash_long(const uint8_t *p, size_t len, uint64_t seed, int level) {
    uint8_t seeded[SECRET];
    uint64_t acc[LANES];
    const uint8_t *secret = coterie_xxh3_lanes(p, len, seed, level, seeded, acc);
    return merge_lanes(acc, secret + 11, len * PRIME64_1);
}

uint64_t coterie_xxh3(const void *data, size_t len, uint64_t seed, int level) {
    const uint8_t *p = (const uint8_t *)data;
    if (len <= 16) return coterie_xxh3_short(p, len, seed);
    if (len <= 128) return hash_128(p, len, seed);
    if (len <= 240) return hash_240(p, len, seed);
    return hash_long(p, len, seed, level);
}

COTERIE_INLINE void u64s_body(const uint64_t *in, size_t n, uint64_t seed, uint64_t *out) {
    for (size_t i = 0; i < n; i++) out[i] = coterie_xxh3_u64(in[i], seed);
}
COTERIE_KERNEL(coterie_xxh3_u64s, u64s_body, (const uint64_t *in, size_t n, uint64_t seed, uint64_t *out),
               (in, n, seed, out));
