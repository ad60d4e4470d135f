/* Binary fuse filters (Graf, Lemire 2022) of three slots a key: a static set as a table of fingerprints.
 *
 * The table is a row of segments of equal length, a power of two. A key has a slot in each of three segments that
 * follow each other, and the fingerprints there, combined by xor, are the key's own. For a key that is not in the set
 * this holds with a chance of 2^-bits.
 *
 * A filter is immutable and owns nothing: the caller keeps the table alive. Any number of threads may read it.
 * Fingerprints are little-endian on every machine. Lookups are safe in any table of the right size, whatever its
 * bytes, also while others write to it. */
#ifndef COTERIE_FILTERS_FUSE_H
#define COTERIE_FILTERS_FUSE_H

#include "coterie/container.h"
#include "coterie/level.h"

#define COTERIE_FUSE_MAX_KEYS 3700000000u /* whose slots can be numbered with 32 bits */
enum { COTERIE_FUSE_MAX_SEGMENT_BITS = 18, COTERIE_FUSE_MAX_SEGMENTS = (1 << 24) - 1, COTERIE_FUSE_ATTEMPTS = 256 };

/* How large a table is, and with which salt it was made. */
typedef struct {
    uint32_t segments;     /* that may be a key's first, two less than there are; 0: there are no keys and no slots */
    uint32_t segment_bits; /* log2 of the slots of a segment */
    uint32_t attempt;      /* that succeeded, below COTERIE_FUSE_ATTEMPTS */
} coterie_fuse_shape;

typedef struct {
    const uint8_t *table; /* of the caller, at any address */
    uint64_t salt;
    uint32_t segments, segment_bits;
    uint32_t bits; /* of a fingerprint: 8, 16 or 32 */
    int far;       /* the table is larger than the caches: fetch it early */
} coterie_fuse;

COTERIE_INLINE uint64_t coterie_fuse_slots(const coterie_fuse_shape *shape) {
    return shape->segments ? ((uint64_t)shape->segments + 2) << shape->segment_bits : 0;
}

#define COTERIE_FUSE_SALT 0xA4093822299F31D0u   /* the fraction of pi, */
#define COTERIE_FUSE_FACTOR 0x452821E638D01377u /* from other places */
COTERIE_INLINE uint64_t coterie_fuse_salt(uint64_t seed, uint32_t attempt) {
    return coterie_splitmix64((coterie_splitmix64(seed) ^ COTERIE_FUSE_SALT) + attempt * COTERIE_SPLITMIX64_STEP);
}

/* The filter of a table, which may be NULL if there are no slots. */
coterie_fuse coterie_fuse_of(const coterie_fuse_shape *shape, uint64_t seed, uint32_t bits, const void *table);

/* ---- the key's slots and its fingerprint, of the word that it is mixed to ---- */

/* Distinct digests have distinct words. */
COTERIE_INLINE uint64_t coterie_fuse_word(uint64_t digest, uint64_t salt) { return coterie_mix(digest, salt); }
/* The first slot, by the upper 40 bits: 32 would leave out some of 2^32 slots. */
COTERIE_INLINE uint32_t coterie_fuse_first(uint64_t word, uint32_t segments, uint32_t segment_bits) {
    return (uint32_t)((word >> 24) * segments >> (40 - segment_bits));
}
/* The second and the third, in the segments after it. */
COTERIE_INLINE uint32_t coterie_fuse_second(uint64_t word, uint32_t first, uint32_t segment) {
    return (first + segment) ^ ((uint32_t)(word >> COTERIE_FUSE_MAX_SEGMENT_BITS) & (segment - 1));
}
COTERIE_INLINE uint32_t coterie_fuse_third(uint64_t word, uint32_t first, uint32_t segment) {
    return (first + 2 * segment) ^ ((uint32_t)word & (segment - 1));
}
/* The upper bits of a product, which depend on all bits of the word. */
COTERIE_INLINE uint32_t coterie_fuse_print(uint64_t word, uint32_t bits) {
    return (uint32_t)(word * COTERIE_FUSE_FACTOR >> (64 - bits));
}

/* ---- the table ---- */

COTERIE_INLINE uint32_t coterie_fuse_load(const uint8_t *table, uint32_t slot, uint32_t bits) {
    const uint8_t *at = table + (size_t)slot * (bits / 8);
    if (bits == 8) return *at;
    if (bits == 32) return coterie_load32(at);
    uint16_t x;
    memcpy(&x, at, sizeof x);
    return COTERIE_BIG_ENDIAN ? (uint32_t)(x & 0xff) << 8 | x >> 8 : x;
}

/* ---- lookups ---- */

/* Whether a key may be in the set. */
COTERIE_INLINE int coterie_fuse_has(const coterie_fuse *f, uint64_t digest) {
    if (!f->segments) return 0;
    uint64_t word = coterie_fuse_word(digest, f->salt);
    uint32_t segment = (uint32_t)1 << f->segment_bits, a = coterie_fuse_first(word, f->segments, f->segment_bits);
    uint32_t b = coterie_fuse_second(word, a, segment), c = coterie_fuse_third(word, a, segment), bits = f->bits;
    return (coterie_fuse_load(f->table, a, bits) ^ coterie_fuse_load(f->table, b, bits) ^
            coterie_fuse_load(f->table, c, bits)) == coterie_fuse_print(word, bits);
}

/* A byte for each of n keys: 1 if it may be in the set, else 0. One entry per CPU level. */
extern void (*const coterie_fuse_contains[COTERIE_LEVELS])(const coterie_fuse *f, const uint64_t *digests, size_t n,
                                                           uint8_t *out);

/* ---- making a table ---- */

/* Brings the distinct of n digests to the front, sorted, and their number to `count`; what follows them is undefined.
 * In place, in linear time. `stop` is asked from time to time, NULL: never; if it returns other than 0, so does the
 * function, with COTERIE_STOPPED, and the digests are in any order. */
coterie_status coterie_fuse_distinct(uint64_t *digests, size_t n, int (*stop)(void), size_t *count);

/* The size of the table for a number of keys, at most COTERIE_FUSE_MAX_KEYS, in this attempt. */
coterie_fuse_shape coterie_fuse_size(uint64_t count, uint32_t attempt);

/* What is found out of a set before its table is made: all but the width of the fingerprints. */
typedef struct {
    coterie_fuse_shape shape;
    uint64_t count;        /* of distinct digests */
    const uint64_t *words; /* of each slot that is filled in for a key: the key's word */
    const uint32_t *order; /* these slots, the last to fill in first */
    void *memory;          /* under both */
} coterie_fuse_plan;

/* Finds the order of n digests, at most COTERIE_FUSE_MAX_KEYS, in which none overwrites another's slot. They may
 * contain equal ones, which then are removed: afterwards the digests are in any order. What is found depends on the
 * set of digests and the seed alone. Takes linear time and about 23 bytes a digest, of which 14 remain in the plan;
 * the caller gives them back with coterie_fuse_forget. `stop` as above. On failure there is no plan. NO_MEMORY too if
 * all attempts fail, although the table grows with them: of distinct digests that are no worse than random, one set
 * in 10^50. */
coterie_status coterie_fuse_plan_for(uint64_t *digests, size_t n, uint64_t seed, int level, int (*stop)(void),
                                     coterie_fuse_plan *plan);
void coterie_fuse_forget(coterie_fuse_plan *plan);

/* Writes the table, of coterie_fuse_slots fingerprints of so many bits. */
void coterie_fuse_fill(const coterie_fuse_plan *plan, uint32_t bits, uint8_t *table);

/* ---- stored tables: a container of this kind, whose payload is the parameters of filters and the table ----
 *
 *      0  4  bits of a fingerprint           8  4  segments                16  8  reserved, 0
 *      4  4  attempt                        12  4  segment bits
 *
 * The check of the key is for the caller to compare. Nothing is added, and nothing changed in place. */

/* Writes the parameters. */
void coterie_fuse_write(uint8_t *parameters, const coterie_fuse_shape *shape, uint32_t bits, uint64_t key_check);

/* Reads and checks the parameters of a payload of `len` bytes at any address for `count` keys. What is accepted is
 * safe to look up in. TRUNCATED, TRAILING_BYTES, BAD_CHECKSUM, or BAD_FLAGS for parameters that no table has. */
coterie_status coterie_fuse_read(const uint8_t *payload, uint64_t len, uint64_t count, coterie_fuse_shape *shape,
                                 uint32_t *bits, uint64_t *key_check);

#endif
