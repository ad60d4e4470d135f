/* MurmurHash3 for 64-bit machines, 128 bits (Austin Appleby, MurmurHash3_x64_128): any bytes, any seed. */
#ifndef COTERIE_HASHING_MURMUR3_H
#define COTERIE_HASHING_MURMUR3_H

#include "coterie/base.h"

typedef struct {
    uint64_t first, last; /* its first and its last 8 bytes, little-endian */
} coterie_murmur3;

coterie_murmur3 coterie_murmur3_hash(const void *data, size_t len, uint32_t seed);

#endif
