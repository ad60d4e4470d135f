/* What every part of the core stands on: integer types, inlining, byte order, status codes and memory.
 *
 * The core knows no Python, keeps no global state, prints nothing and never exits. */
#ifndef COTERIE_BASE_H
#define COTERIE_BASE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__GNUC__)
#define COTERIE_INLINE static inline __attribute__((always_inline))
#define COTERIE_LIKELY(condition) __builtin_expect(!!(condition), 1)
#define COTERIE_UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define COTERIE_PREFETCH(address) __builtin_prefetch(address)
/* Into the second cache: the first is too small for what is on its way, and most CPUs take more such requests. */
#define COTERIE_PREFETCH_SECOND(address) __builtin_prefetch(address, 0, 2)
#else
#define COTERIE_INLINE static inline
#define COTERIE_LIKELY(condition) (condition)
#define COTERIE_UNLIKELY(condition) (condition)
#define COTERIE_PREFETCH(address) ((void)(address))
#define COTERIE_PREFETCH_SECOND(address) ((void)(address))
#endif

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define COTERIE_BIG_ENDIAN 1
#else
#define COTERIE_BIG_ENDIAN 0
#endif

#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ == 2
#error "x87 arithmetic rounds doubles otherwise than other CPUs: compile with -msse2 -mfpmath=sse"
#endif

/* Every function that can fail returns one of these; its result goes through an out parameter. */
typedef enum {
    COTERIE_OK = 0,
    COTERIE_NO_MEMORY,      /* an allocation failed; nothing changed */
    COTERIE_TRUNCATED,      /* the bytes end too early */
    COTERIE_TRAILING_BYTES, /* the bytes go on after their end */
    COTERIE_BAD_MAGIC,      /* not a Coterie container */
    COTERIE_BAD_VERSION,    /* written by a newer format */
    COTERIE_BAD_CHECKSUM,   /* a checksum does not match */
    COTERIE_WRONG_KIND,     /* a container of another structure */
    COTERIE_BAD_FLAGS,      /* flags that this version does not know */
    COTERIE_STOPPED,        /* the caller wanted it to stop; nothing changed that counts */
    COTERIE_LACKING,        /* it takes what is not there */
} coterie_status;

/* ---- numbers of 128 bits: the low half, and the high one ---- */

COTERIE_INLINE int coterie_less128(const uint64_t a[2], const uint64_t b[2]) {
    return a[1] != b[1] ? a[1] < b[1] : a[0] < b[0];
}

/* ---- bytes ---- */

COTERIE_INLINE uint32_t coterie_swap32(uint32_t x) {
    return x << 24 | (x & 0xff00u) << 8 | (x >> 8 & 0xff00u) | x >> 24;
}
COTERIE_INLINE uint64_t coterie_swap64(uint64_t x) {
    return (uint64_t)coterie_swap32((uint32_t)x) << 32 | coterie_swap32((uint32_t)(x >> 32));
}

/* The little-endian value of 4 or 8 bytes at any address, and the same stored. */
COTERIE_INLINE uint32_t coterie_load32(const void *p) {
    uint32_t x;
    memcpy(&x, p, sizeof x);
    return COTERIE_BIG_ENDIAN ? coterie_swap32(x) : x;
}
COTERIE_INLINE uint64_t coterie_load64(const void *p) {
    uint64_t x;
    memcpy(&x, p, sizeof x);
    return COTERIE_BIG_ENDIAN ? coterie_swap64(x) : x;
}
COTERIE_INLINE void coterie_store32(void *p, uint32_t x) {
    if (COTERIE_BIG_ENDIAN) x = coterie_swap32(x);
    memcpy(p, &x, sizeof x);
}
COTERIE_INLINE void coterie_store64(void *p, uint64_t x) {
    if (COTERIE_BIG_ENDIAN) x = coterie_swap64(x);
    memcpy(p, &x, sizeof x);
}

/* ---- arithmetic ---- */

COTERIE_INLINE uint64_t coterie_rotl64(uint64_t x, int bits) { return x << bits | x >> (64 - bits); }

/* How many of the high bits of x, which is not 0, are 0. */
COTERIE_INLINE int coterie_leading_zeros64(uint64_t x) {
#if defined(__GNUC__)
    return __builtin_clzll(x);
#else
    int zeros = 0;
    for (; !(x >> 63); x <<= 1) zeros++;
    return zeros;
#endif
}

/* The same of its low bits. */
COTERIE_INLINE int coterie_trailing_zeros64(uint64_t x) {
#if defined(__GNUC__)
    return __builtin_ctzll(x);
#else
    int zeros = 0;
    for (; !(x & 1); x >>= 1) zeros++;
    return zeros;
#endif
}

/* The 128-bit product: its low half, and its high half in `high`. */
COTERIE_INLINE uint64_t coterie_mul128(uint64_t a, uint64_t b, uint64_t *high) {
#if defined(__SIZEOF_INT128__)
    __extension__ typedef unsigned __int128 u128;
    u128 product = (u128)a * b;
    *high = (uint64_t)(product >> 64);
    return (uint64_t)product;
#else
    uint64_t low = (a & 0xffffffffu) * (b & 0xffffffffu), top = (a >> 32) * (b >> 32);
    uint64_t cross = (a >> 32) * (b & 0xffffffffu), other = (a & 0xffffffffu) * (b >> 32);
    uint64_t middle = (low >> 32) + (cross & 0xffffffffu) + other; /* cannot overflow: three terms below 2^64 */
    *high = top + (cross >> 32) + (middle >> 32);
    return middle << 32 | (low & 0xffffffffu);
#endif
}
COTERIE_INLINE uint64_t coterie_mul_fold64(uint64_t a, uint64_t b) {
    uint64_t high, low = coterie_mul128(a, b, &high);
    return low ^ high;
}
COTERIE_INLINE uint64_t coterie_mul_high64(uint64_t a, uint64_t b) {
    uint64_t high;
    coterie_mul128(a, b, &high);
    return high;
}

/* The output of SplitMix64 whose counter was x (Steele, Lea, Flood 2014): makes salts of seeds. */
#define COTERIE_SPLITMIX64_STEP 0x9E3779B97F4A7C15u
COTERIE_INLINE uint64_t coterie_splitmix64(uint64_t x) {
    x += COTERIE_SPLITMIX64_STEP;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

/* What a placement sees of a digest. Without it a filter behind a ring would see only keys with equal top bits, and two
 * placements would depend on each other. */
#define COTERIE_MIX_FACTOR 0x9E3779B97F4A7C15u
COTERIE_INLINE uint64_t coterie_mix(uint64_t digest, uint64_t salt) {
    uint64_t w = (digest ^ digest >> 32 ^ salt) * COTERIE_MIX_FACTOR;
    return w ^ w >> 32;
}

/* ---- memory ---- */

/* `size` bytes aligned to 64, on huge pages from 4 MiB where the system has them; contents undefined. NULL if there is
 * no memory. The caller owns them and gives them back to coterie_free, which takes NULL too. */
void *coterie_alloc(size_t size);
void coterie_free(void *memory);

/* The same, but all zero, and given back with its size. Of huge memory only what is used later is touched. */
void *coterie_alloc_zeros(size_t size);
void coterie_free_zeros(void *memory, size_t size);

/* Asks for huge pages under memory of the heap that was not used yet, if it is so large that they pay. */
void coterie_wish_huge(void *memory, size_t size);

#endif
