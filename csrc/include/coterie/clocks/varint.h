/* Numbers in as few bytes as they need (LEB128): seven bits in a byte, the lowest first; the high bit says that more come. */
#ifndef COTERIE_CLOCKS_VARINT_H
#define COTERIE_CLOCKS_VARINT_H

#include "coterie/base.h"

enum { COTERIE_VARINT_MOST = 10 }; /* bytes */

COTERIE_INLINE size_t coterie_varint_size(uint64_t x) { return (size_t)(70 - coterie_leading_zeros64(x | 1)) / 7; }

/* Where the next bytes go. */
COTERIE_INLINE uint8_t *coterie_varint_write(uint8_t *out, uint64_t x) {
    for (; x > 127; x >>= 7) *out++ = (uint8_t)(x | 128);
    *out++ = (uint8_t)x;
    return out;
}

/* Where the next bytes come from; NULL if these end too early, are more than the number needs, or say more than 64 bits. */
COTERIE_INLINE const uint8_t *coterie_varint_read(const uint8_t *at, const uint8_t *end, uint64_t *x) {
    uint64_t sum = 0;
    for (int shift = 0; at < end; shift += 7) {
        uint8_t byte = *at++;
        if (shift == 63 && byte > 1) return NULL;
        sum |= (uint64_t)(byte & 127) << shift;
        if (byte > 127) continue;
        if (byte == 0 && shift) return NULL;
        *x = sum;
        return at;
    }
    return NULL;
}

#endif
