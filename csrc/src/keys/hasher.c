#include "coterie/keys/hasher.h"

#include "coterie/hashing/murmur3.h"
#include "coterie/hashing/siphash.h"
#include "coterie/hashing/xxh3.h"
#include "coterie/hashing/xxh64.h"

static uint64_t murmur3(const coterie_hasher *hasher, const void *data, size_t len) {
    coterie_murmur3 hash = coterie_murmur3_hash(data, len, 0);
    return hasher->seed ? hash.last : hash.first;
}

uint64_t coterie_hash_bytes(const coterie_hasher *hasher, const void *data, size_t len) {
    if (hasher->kind == COTERIE_HASH_SIPHASH13) return coterie_siphash13(data, len, hasher->seed, hasher->more);
    if (hasher->kind == COTERIE_HASH_XXH64 || hasher->kind == COTERIE_HASH_XXH64_TEXT)
        return coterie_xxh64(data, len, hasher->seed);
    if (hasher->kind == COTERIE_HASH_MURMUR3) return murmur3(hasher, data, len);
    if (COTERIE_LIKELY(len <= 16)) return coterie_xxh3_short(data, len, hasher->seed);
    return coterie_xxh3(data, len, hasher->seed, hasher->level);
}

void coterie_hash_words(const coterie_hasher *hasher, const uint64_t *words, size_t n, uint64_t *out) {
    if (hasher->kind == COTERIE_HASH_XXH3) coterie_xxh3_u64s[hasher->level](words, n, hasher->seed, out);
    else if (hasher->kind == COTERIE_HASH_SIPHASH13)
        coterie_siphash13_u64s[hasher->level](words, n, hasher->seed, hasher->more, out);
    else if (hasher->kind == COTERIE_HASH_XXH64 || hasher->kind == COTERIE_HASH_XXH64_TEXT)
        coterie_xxh64_u64s[hasher->level](words, n, hasher->seed, out);
    else if (hasher->kind == COTERIE_HASH_MURMUR3)
        for (size_t i = 0; i < n; i++) {
            uint8_t bytes[8];
            coterie_store64(bytes, words[i]);
            out[i] = murmur3(hasher, bytes, sizeof bytes);
        }
    else if (n && out != words) memcpy(out, words, n * sizeof *out);
}
