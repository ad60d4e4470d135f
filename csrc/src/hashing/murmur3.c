#include "coterie/hashing/murmur3.h"

#define FACTOR1 0x87C37B91114253D5u
#define FACTOR2 0x4CF5AD432745937Fu

COTERIE_INLINE uint64_t mix_first(uint64_t word) { return coterie_rotl64(word * FACTOR1, 31) * FACTOR2; }
COTERIE_INLINE uint64_t mix_last(uint64_t word) { return coterie_rotl64(word * FACTOR2, 33) * FACTOR1; }

COTERIE_INLINE uint64_t avalanche(uint64_t h) {
    h = (h ^ h >> 33) * 0xFF51AFD7ED558CCDu;
    h = (h ^ h >> 33) * 0xC4CEB9FE1A85EC53u;
    return h ^ h >> 33;
}

coterie_murmur3 coterie_murmur3_hash(const void *data, size_t len, uint32_t seed) {
    const uint8_t *p = (const uint8_t *)data;
    uint64_t first = seed, last = seed;
    size_t left = len;
    for (; left >= 16; p += 16, left -= 16) {
        first = coterie_rotl64(first ^ mix_first(coterie_load64(p)), 27) + last;
        first = first * 5 + 0x52DCE729u;
        last = coterie_rotl64(last ^ mix_last(coterie_load64(p + 8)), 31) + first;
        last = last * 5 + 0x38495AB5u;
    }
    uint8_t rest[16] = {0};
    if (left) memcpy(rest, p, left);
    last ^= mix_last(coterie_load64(rest + 8));
    first ^= mix_first(coterie_load64(rest));
    first ^= len, last ^= len;
    first += last, last += first;
    first = avalanche(first), last = avalanche(last);
    first += last, last += first;
    return (coterie_murmur3){first, last};
}
