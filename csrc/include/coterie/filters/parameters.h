/* The 64 bytes before the cells of a filter, in memory and in files:
 *
 *      0  24  of the filter            40  8  XXH3-64 of bytes 0..39
 *     24   8  check of its key, or 0   48  8  keys that were added
 *     32   8  reserved, 0              56  8  0, or COTERIE_FILTER_LIVE: the cells were changed in place
 *
 * What others may change while the filter is mapped has no checksum of its own. */
#ifndef COTERIE_FILTERS_PARAMETERS_H
#define COTERIE_FILTERS_PARAMETERS_H

#include "coterie/hashing/xxh3.h"

enum {
    COTERIE_FILTER_CHECK = 24,
    COTERIE_FILTER_SPARE = 32,
    COTERIE_FILTER_SUM = 40,
    COTERIE_FILTER_ADDS = 48,
    COTERIE_FILTER_STATE = 56,
    COTERIE_FILTER_PARAMETERS = 64,
};
#define COTERIE_FILTER_LIVE 0x6563616c70206e69u /* no flipped bit makes it of 0 */

/* Writes the checksum. */
COTERIE_INLINE void coterie_parameters_seal(uint8_t *parameters) {
    coterie_store64(parameters + COTERIE_FILTER_SUM, coterie_xxh3(parameters, COTERIE_FILTER_SUM, 0, COTERIE_BASELINE));
}
COTERIE_INLINE int coterie_parameters_ok(const uint8_t *parameters) {
    uint64_t sum = coterie_xxh3(parameters, COTERIE_FILTER_SUM, 0, COTERIE_BASELINE);
    uint64_t state = coterie_load64(parameters + COTERIE_FILTER_STATE);
    return coterie_load64(parameters + COTERIE_FILTER_SUM) == sum && !coterie_load64(parameters + COTERIE_FILTER_SPARE) &&
           (state == 0 || state == COTERIE_FILTER_LIVE);
}

#endif
