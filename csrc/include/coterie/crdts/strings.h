/* Many strings as one piece of memory. */
#ifndef COTERIE_CRDTS_STRINGS_H
#define COTERIE_CRDTS_STRINGS_H

#include "coterie/base.h"

/* n strings, one after the other, the i-th of which ends at ends[i]. */
typedef struct {
    const uint8_t *bytes;
    const size_t *ends;
    size_t n;
} coterie_strings;
COTERIE_INLINE const uint8_t *coterie_strings_at(const coterie_strings *strings, size_t i, size_t *len) {
    size_t start = i ? strings->ends[i - 1] : 0;
    *len = strings->ends[i] - start;
    return strings->bytes + start;
}

#endif
