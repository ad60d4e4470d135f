/* Dotted strings as bytes, and their digests: what a peer saw, and what of that it has live.
 *
 * First the ids that saw anything, sorted; after each its part of the context, as those of clocks have it; and its live dots, by
 * chunks of 65,536 counters that have any. Then, unless it is a digest, the strings in the order of their dots. */
#ifndef COTERIE_CRDTS_DOTTED_BYTES_H
#define COTERIE_CRDTS_DOTTED_BYTES_H

#include "coterie/crdts/dotted.h"

/* Room for the bytes, and these; where what follows goes in `end`. */
size_t coterie_dotted_size(const coterie_dotted *dotted, int digest);
coterie_status coterie_dotted_write(const coterie_dotted *dotted, int digest, uint8_t *out, uint8_t **end);

/* Reads a state into `dotted`, which is empty; where what follows comes from, or NULL: malformed, or, with `status`, no memory.
 * `check` says whether a string may stand there. */
const uint8_t *coterie_dotted_read(coterie_dotted *dotted, const uint8_t *at, const uint8_t *end,
                                   int (*check)(const uint8_t *bytes, size_t len), coterie_status *status);

/* A digest: two sets of dots by the places of its ids. */
typedef struct {
    coterie_replicas ids;
    coterie_dots seen, live;
} coterie_dotted_digest;

void coterie_dotted_digest_free(coterie_dotted_digest *digest);
/* The same of a digest; `digest` is all 0 but the key of its ids. */
const uint8_t *coterie_dotted_digest_read(coterie_dotted_digest *digest, const uint8_t *at, const uint8_t *end,
                                          coterie_status *status);

#endif
