/* Keyed entries as bytes, and their digests.
 *
 * First, of times, 1 if what was added and removed at the same time is removed, else 0; of values the number of ids that wrote, and
 * these, sorted; and of both the greatest time, 8 bytes. Then how many keys there are, and these, sorted: of each a number, the
 * bytes that it does not share with the one before it, and what it has of these: the time of its addition or write, that of its
 * removal, the writer's number among the ids, and the number of bytes of its value and these.
 *
 * The number has in its lowest 5 bits how many bytes the key shares with the one before it, as many as it can but 31 at most, so
 * that few bytes never make many; then a bit that is 1 if it was removed; then how many bytes follow. A time is how many
 * milliseconds the greatest lies after it, and 1, and its counter; or 0, if there is none.
 *
 * A digest has the same byte first, of times; the binary logarithm of the number of its buckets, a byte; and of each bucket the sum
 * of hashes of the entries whose keys fall into it, 16 bytes. */
#ifndef COTERIE_CRDTS_KEYED_BYTES_H
#define COTERIE_CRDTS_KEYED_BYTES_H

#include "coterie/crdts/keyed.h"

/* Room for the bytes, and these; where what follows goes in `end`. */
size_t coterie_keyed_size(const coterie_keyed *keyed);
coterie_status coterie_keyed_encode(const coterie_keyed *keyed, uint8_t *out, uint8_t **end);
/* Reads a state into `keyed`, which is empty; where what follows comes from, or NULL: malformed, or, with `status`, no memory.
 * `check` says whether bytes may be a key or a value. */
const uint8_t *coterie_keyed_decode(coterie_keyed *keyed, const uint8_t *at, const uint8_t *end,
                                    int (*check)(const uint8_t *bytes, size_t len), coterie_status *status);

typedef struct {
    uint64_t low, high;
} coterie_keyed_sum;
typedef struct {
    coterie_keyed_sum *sums;
    size_t n; /* a power of two */
} coterie_keyed_digest;

size_t coterie_keyed_digest_size(const coterie_keyed *keyed);
coterie_status coterie_keyed_digest_write(const coterie_keyed *keyed, int level, uint8_t *out, uint8_t **end);
/* Reads a digest into one that is all 0, and what says how times are compared into `keyed`, which is empty. `end` is that of the
 * digest. The caller frees the sums. */
const uint8_t *coterie_keyed_digest_read(coterie_keyed_digest *digest, coterie_keyed *keyed, const uint8_t *at, const uint8_t *end,
                                         coterie_status *status);
/* Puts all entries of the buckets that differ into an empty one of the kind. */
coterie_status coterie_keyed_beyond(coterie_keyed *out, const coterie_keyed *keyed, const coterie_keyed_digest *known, int level);

#endif
