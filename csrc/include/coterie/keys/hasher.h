/* How the bytes of a key become 64 bits. */
#ifndef COTERIE_KEYS_HASHER_H
#define COTERIE_KEYS_HASHER_H

#include "coterie/base.h"

typedef enum {
    COTERIE_HASH_XXH3,       /* XXH3-64 with the seed; with seed 0 it is the digest of the key */
    COTERIE_HASH_XXH64,      /* XXH64 with the seed */
    COTERIE_HASH_XXH64_TEXT, /* the same of text and bytes only: readers of keys refuse integers */
    COTERIE_HASH_MURMUR3,    /* MurmurHash3 x64_128 with seed 0: its first 8 bytes, or with the seed 1 its last */
    COTERIE_HASH_SIPHASH13,  /* SipHash-1-3 with the key (seed, more) */
    COTERIE_HASH_NONE,       /* integers only: their bits as they are */
} coterie_hash_kind;
typedef struct {
    coterie_hash_kind kind;
    int level;
    uint64_t seed;
    uint64_t more; /* the second half of a key of 128 bits; else 0 */
} coterie_hasher;

uint64_t coterie_hash_bytes(const coterie_hasher *hasher, const void *data, size_t len);
/* Integers into the hashes of their 8 little-endian bytes; words and out may be the same array. */
void coterie_hash_words(const coterie_hasher *hasher, const uint64_t *words, size_t n, uint64_t *out);

#endif
