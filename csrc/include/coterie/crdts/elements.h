/* Elements, keys and values as bytes: a kind, and what it has. Equal bytes are equal elements, and nothing else is: 1, True, 1.0,
 * "1" and b"1" are five. Sorted bytewise they stand by kind, and within a kind in the order of Python's own, but for tuples.
 *
 *      None        nothing
 *      bool        0 or 1
 *      int         how many bytes it has, n, and these, the highest first: of one that is not negative, 128 + n, or 192 and n in 8
 *                  bytes, the highest first, if it is 64 or more; of one that is negative, 255 less each of all these bytes of what
 *                  it is without its sign
 *      float       the 8 bytes of its IEEE 754 form, the highest first: with the sign bit changed, or all of them if it is set; NaN
 *                  is the one with only the highest bit of its fraction
 *      str         UTF-8
 *      bytes       as they are
 *      tuple       of each element the number of its bytes, a varint, and these; at most 32 tuples in each other
 *      another     what the codec of the user made of it */
#ifndef COTERIE_CRDTS_ELEMENTS_H
#define COTERIE_CRDTS_ELEMENTS_H

#include "coterie/base.h"

enum { COTERIE_ELEMENT_DEPTH = 32 };
typedef enum {
    COTERIE_ELEMENT_NONE,
    COTERIE_ELEMENT_BOOL,
    COTERIE_ELEMENT_INT,
    COTERIE_ELEMENT_FLOAT,
    COTERIE_ELEMENT_STR,
    COTERIE_ELEMENT_BYTES,
    COTERIE_ELEMENT_TUPLE,
    COTERIE_ELEMENT_OTHER,
} coterie_element_kind;

/* Whether bytes are an element in its one form. */
int coterie_element_check(const uint8_t *bytes, size_t len);

/* The form of a number, or if `negative`, of what is as much below 0, which 0 is not: at most 10 bytes, the kind included. Where
 * what follows goes. */
COTERIE_INLINE uint8_t *coterie_element_int(uint8_t *out, int negative, uint64_t magnitude) {
    int n = magnitude ? 8 - coterie_leading_zeros64(magnitude) / 8 : 0;
    uint8_t turn = negative ? 255 : 0;
    *out++ = COTERIE_ELEMENT_INT;
    *out++ = (uint8_t)((128 + n) ^ turn);
    for (int i = n - 1; i >= 0; i--) *out++ = (uint8_t)(magnitude >> 8 * i) ^ turn;
    return out;
}
/* The form of a float: 9 bytes. */
COTERIE_INLINE uint8_t *coterie_element_float(uint8_t *out, double x) {
    uint64_t bits;
    memcpy(&bits, &x, 8);
    if (x != x) bits = 0x7ff8000000000000u;
    bits ^= bits >> 63 ? UINT64_MAX : (uint64_t)1 << 63;
    *out++ = COTERIE_ELEMENT_FLOAT;
    for (int i = 7; i >= 0; i--) *out++ = (uint8_t)(bits >> 8 * i);
    return out;
}
/* The float of its 8 bytes. */
COTERIE_INLINE double coterie_element_to_float(const uint8_t *bytes) {
    uint64_t bits = 0;
    double x;
    for (int i = 0; i < 8; i++) bits = bits << 8 | bytes[i];
    bits ^= bits >> 63 ? (uint64_t)1 << 63 : UINT64_MAX;
    memcpy(&x, &bits, 8);
    return x;
}

#endif
