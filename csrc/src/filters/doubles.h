/* Doubles in bytes: their bits, little-endian. */
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

#endif
