#include "coterie/keys/nulls.h"

static size_t ones(uint64_t x) {
    x -= x >> 1 & 0x5555555555555555u;
    x = (x & 0x3333333333333333u) + (x >> 2 & 0x3333333333333333u);
    return (size_t)(((x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fu) * 0x0101010101010101u >> 56);
}

size_t coterie_bits_load(const uint8_t *bits, size_t from, size_t n, uint64_t *words) {
    size_t count = 0;
    for (size_t at = 0; at < n; at += 64) {
        size_t left = n - at < 64 ? n - at : 64, shift = (from + at) & 7;
        const uint8_t *p = bits + (from + at) / 8;
        size_t bytes = (shift + left + 7) / 8; /* at most 9 */
        uint64_t word = 0;
        if (bytes >= 8) word = coterie_load64(p);
        else
            for (size_t i = 0; i < bytes; i++) word |= (uint64_t)p[i] << 8 * i;
        word >>= shift;
        if (bytes > 8) word |= (uint64_t)p[8] << (64 - shift);
        if (left < 64) word &= ((uint64_t)1 << left) - 1;
        words[at / 64] = word;
        count += ones(word);
    }
    return count;
}

size_t coterie_bits_first_zero(const uint64_t *words, size_t n) {
    size_t i = 0;
    while (i + 64 <= n && words[i / 64] == UINT64_MAX) i += 64;
    while (i < n && coterie_bit(words, i)) i++;
    return i;
}

size_t coterie_nulls_drop(const uint64_t *words, size_t n, uint64_t *digests) {
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        digests[kept] = digests[i];
        kept += (size_t)coterie_bit(words, i);
    }
    return kept;
}

/* From the end on: an answer never moves to the left, so that none is overwritten before it moved. */
COTERIE_INLINE void spread(const uint64_t *words, size_t n, size_t kept, size_t size, const void *answer, char *answers) {
    for (size_t i = n; i-- > 0;) {
        const char *from = (const char *)answer;
        if (coterie_bit(words, i)) from = answers + --kept * size;
        memmove(answers + i * size, from, size);
    }
}

void coterie_nulls_spread(const uint64_t *words, size_t n, size_t kept, size_t size, const void *answer, void *answers) {
    if (size == 8) spread(words, n, kept, 8, answer, (char *)answers);
    else if (size == 4) spread(words, n, kept, 4, answer, (char *)answers);
    else if (size) spread(words, n, kept, size, answer, (char *)answers);
}
