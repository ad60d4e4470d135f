#include "coterie/hashing/xxh64.h"

#define PRIME1 0x9E3779B185EBCA87u
#define PRIME2 0xC2B2AE3D27D4EB4Fu
#define PRIME3 0x165667B19E3779F9u
#define PRIME4 0x85EBCA77C2B2AE63u
#define PRIME5 0x27D4EB2F165667C5u

COTERIE_INLINE uint64_t lane(uint64_t acc, uint64_t word) { return coterie_rotl64(acc + word * PRIME2, 31) * PRIME1; }

uint64_t coterie_xxh64(const void *data, size_t len, uint64_t seed) {
    const uint8_t *p = (const uint8_t *)data;
    size_t left = len;
    uint64_t h = seed + PRIME5;
    if (left >= 32) {
        uint64_t acc[4] = {seed + PRIME1 + PRIME2, seed + PRIME2, seed, seed - PRIME1};
        for (; left >= 32; p += 32, left -= 32)
            for (int i = 0; i < 4; i++) acc[i] = lane(acc[i], coterie_load64(p + 8 * i));
        h = coterie_rotl64(acc[0], 1) + coterie_rotl64(acc[1], 7) + coterie_rotl64(acc[2], 12) +
            coterie_rotl64(acc[3], 18);
        for (int i = 0; i < 4; i++) h = (h ^ lane(0, acc[i])) * PRIME1 + PRIME4;
    }
    h += len;
    for (; left >= 8; p += 8, left -= 8) h = coterie_rotl64(h ^ lane(0, coterie_load64(p)), 27) * PRIME1 + PRIME4;
    if (left >= 4) {
        h = coterie_rotl64(h ^ coterie_load32(p) * PRIME1, 23) * PRIME2 + PRIME3;
        p += 4, left -= 4;
    }
    for (; left; p++, left--) h = coterie_rotl64(h ^ *p * PRIME5, 11) * PRIME1;
    h = (h ^ h >> 33) * PRIME2;
    h = (h ^ h >> 29) * PRIME3;
    return h ^ h >> 32;
}
