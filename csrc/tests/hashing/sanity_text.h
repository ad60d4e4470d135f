/* The bytes that xxHash hashes in its own sanity checks. */
#ifndef COTERIE_TESTS_SANITY_TEXT_H
#define COTERIE_TESTS_SANITY_TEXT_H

#include <stddef.h>
#include <stdint.h>

static inline void sanity_text(uint8_t *text, size_t len) {
    uint64_t state = 2654435761u;
    for (size_t i = 0; i < len; i++) {
        text[i] = (uint8_t)(state >> 56);
        state *= 11400714785074694797u;
    }
}

#endif
