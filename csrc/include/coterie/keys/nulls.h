/* Rows without a key: bitmaps with a bit per row, set where there is one, from the lowest bit of the first byte on. */
#ifndef COTERIE_KEYS_NULLS_H
#define COTERIE_KEYS_NULLS_H

#include "coterie/base.h"

/* n bits of a bitmap from bit `from` on, as words; what is beyond them in the last word is 0. Reads no byte without one
 * of these bits. Returns how many are set. */
size_t coterie_bits_load(const uint8_t *bits, size_t from, size_t n, uint64_t *words);
COTERIE_INLINE int coterie_bit(const uint64_t *words, size_t i) { return (int)(words[i / 64] >> (i % 64) & 1); }
/* The first of n bits that is 0; n if there is none. */
size_t coterie_bits_first_zero(const uint64_t *words, size_t n);

/* Keeps the digests of the rows whose bit is set; returns how many they are. */
size_t coterie_nulls_drop(const uint64_t *words, size_t n, uint64_t *digests);
/* The answers to those rows, `size` bytes each and one after the other, go to the places of all n rows; the places of the
 * others get `answer`. */
void coterie_nulls_spread(const uint64_t *words, size_t n, size_t kept, size_t size, const void *answer, void *answers);

#endif
