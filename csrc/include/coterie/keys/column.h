/* Columns of keys in plain memory, hashed where they lie: integers of any width, and text of fixed width. */
#ifndef COTERIE_KEYS_COLUMN_H
#define COTERIE_KEYS_COLUMN_H

#include "coterie/keys/texts.h"

/* n items, `stride` bytes apart (any sign), not necessarily aligned, each `width` bytes wide. */
typedef struct {
    const char *data;
    ptrdiff_t stride;
    size_t width;
    int is_signed; /* integers */
    int is_bool;   /* of width 1: 0, or anything else for 1 */
    int swapped;   /* the bytes of a number are in the order that is not the machine's */
} coterie_column;

/* The hashes of the integers of a column, widths 1, 2, 4 or 8, each widened to 8 little-endian bytes with its sign. */
void coterie_column_ints(const coterie_column *column, const coterie_hasher *hasher, size_t n, uint64_t *out);
/* The hashes of byte strings padded with NULs to the width: the padding does not count. */
void coterie_column_bytes(const coterie_column *column, const coterie_hasher *hasher, size_t n, uint64_t *out);
/* The hashes of the UTF-8 of UTF-32 strings padded with NULs to the width, a multiple of 4. `scratch` has room for
 * `texts` * width bytes, 1 <= texts <= COTERIE_TEXTS; more are faster. Stops at a string that has no UTF-8 (a
 * surrogate, or above 0x10FFFF) and returns its index; n if there is none. */
size_t coterie_column_utf32(const coterie_column *column, const coterie_hasher *hasher, size_t n, size_t texts,
                            uint8_t *scratch, uint64_t *out);

/* The UTF-8 of `chars` code points of 1, 2 or 4 bytes each, in the machine's order; returns its length, or SIZE_MAX if one
 * of them has none. `out` has room for 2, 3 or 4 bytes each. */
size_t coterie_utf8(const void *data, size_t chars, int width, uint8_t *out);

#endif
