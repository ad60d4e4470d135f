/* Doubles in bytes: their bits, little-endian. And their whole powers, without libm, the same on every machine. */
#ifndef COTERIE_FILTERS_DOUBLES_H
#define COTERIE_FILTERS_DOUBLES_H

#include "coterie/base.h"

COTERIE_INLINE void store_double(uint8_t *at, double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    coterie_store64(at, bits);
}

COTERIE_INLINE double load_double(const uint8_t *at) {
    uint64_t bits = coterie_load64(at);
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline double power(double base, uint64_t exponent) {
    double result = 1;
    for (; exponent; exponent >>= 1, base *= base)
        if (exponent & 1) result *= base;
    return result;
}

#endif
