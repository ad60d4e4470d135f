/* SipHash (Aumasson, Bernstein 2012), 64 bits: a hash with a secret key of 128 bits, k0 and k1. Who does not know the key
 * can neither predict values nor find keys that collide. c rounds for each 8 bytes and d in the end: 2-4 is the paper's
 * own choice, 1-3 is what hash tables use (Rust, CPython, Ruby). */
#ifndef COTERIE_HASHING_SIPHASH_H
#define COTERIE_HASHING_SIPHASH_H

#include "coterie/level.h"

typedef struct {
    uint64_t a, b, c, d;
} coterie_sip;

COTERIE_INLINE coterie_sip coterie_sip_start(uint64_t k0, uint64_t k1) { /* "somepseudorandomlygeneratedbytes" */
    return (coterie_sip){k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du, k0 ^ 0x6c7967656e657261u,
                         k1 ^ 0x7465646279746573u};
}
COTERIE_INLINE coterie_sip coterie_sip_rounds(coterie_sip s, int n) {
    for (int i = 0; i < n; i++) {
        s.a += s.b, s.c += s.d;
        s.b = coterie_rotl64(s.b, 13) ^ s.a, s.d = coterie_rotl64(s.d, 16) ^ s.c;
        s.a = coterie_rotl64(s.a, 32);
        s.c += s.b, s.a += s.d;
        s.b = coterie_rotl64(s.b, 17) ^ s.c, s.d = coterie_rotl64(s.d, 21) ^ s.a;
        s.c = coterie_rotl64(s.c, 32);
    }
    return s;
}
COTERIE_INLINE coterie_sip coterie_sip_word(coterie_sip s, uint64_t word, int rounds) {
    s.d ^= word;
    s = coterie_sip_rounds(s, rounds);
    s.a ^= word;
    return s;
}
COTERIE_INLINE uint64_t coterie_sip_end(coterie_sip s, int rounds) {
    s.c ^= 0xff;
    s = coterie_sip_rounds(s, rounds);
    return s.a ^ s.b ^ s.c ^ s.d;
}

/* The last word: the bytes behind the whole words, and the length in the highest byte. Reads nothing but the text. */
COTERIE_INLINE uint64_t coterie_sip_last(const uint8_t *p, size_t len) {
    size_t left = len & 7;
    uint64_t word = (uint64_t)len << 56;
    if (!left) return word;
    if (len > 8) return word | coterie_load64(p + len - 8) >> (64 - 8 * left);
    if (left >= 4) return word | coterie_load32(p) | (uint64_t)coterie_load32(p + left - 4) << (8 * left - 32);
    return word | p[0] | (uint64_t)p[left >> 1] << 8 * (left >> 1) | (uint64_t)p[left - 1] << 8 * (left - 1);
}

/* Any length. With constants for c and d the rounds are unrolled. */
COTERIE_INLINE uint64_t coterie_siphash(const void *data, size_t len, uint64_t k0, uint64_t k1, int c, int d) {
    const uint8_t *p = (const uint8_t *)data;
    coterie_sip s = coterie_sip_start(k0, k1);
    for (size_t i = 0; i + 8 <= len; i += 8) s = coterie_sip_word(s, coterie_load64(p + i), c);
    return coterie_sip_end(coterie_sip_word(s, coterie_sip_last(p, len), c), d);
}

uint64_t coterie_siphash13(const void *data, size_t len, uint64_t k0, uint64_t k1);

/* The hash of the 8 little-endian bytes of x. */
COTERIE_INLINE uint64_t coterie_siphash13_u64(uint64_t x, uint64_t k0, uint64_t k1) {
    coterie_sip s = coterie_sip_word(coterie_sip_start(k0, k1), x, 1);
    return coterie_sip_end(coterie_sip_word(s, (uint64_t)8 << 56, 1), 3);
}

/* out[i] = the hash of the 8 little-endian bytes of in[i]; in and out may be the same array. One entry per level. */
extern void (*const coterie_siphash13_u64s[COTERIE_LEVELS])(const uint64_t *in, size_t n, uint64_t k0, uint64_t k1,
                                                            uint64_t *out);

#endif
