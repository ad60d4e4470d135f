/* A counter that no set of replicas brings below its bound: each has rights, and takes away no more than these. A replica gets them
 * by adding, and may hand them over.
 *
 * Balegas et al., "Extending Eventually Consistent Cloud Databases for Enforcing Numeric Invariants", 2015. */
#ifndef COTERIE_CRDTS_BOUNDED_H
#define COTERIE_CRDTS_BOUNDED_H

#include "coterie/crdts/counts.h"

enum { COTERIE_PAIR_MOST = 1 + 2 * COTERIE_REPLICA_MOST }; /* bytes of two ids, the first one's length before them */

/* Begin with coterie_bounded_begin. */
typedef struct {
    int64_t bound;
    coterie_counts grants; /* of a pair of ids: what the first handed over to the second; of one twice: what it added */
    coterie_counts spent;  /* of an id: what it took away */
} coterie_bounded;

void coterie_bounded_begin(coterie_bounded *bounded, int64_t bound, const uint64_t key[2]);
void coterie_bounded_free(coterie_bounded *bounded);
/* Makes `out`, which is uninitialised, an independent copy. */
coterie_status coterie_bounded_copy(coterie_bounded *out, const coterie_bounded *bounded);

/* The bytes of a pair of ids: their number. */
size_t coterie_pair(const void *from, size_t from_len, const void *to, size_t to_len, uint8_t *out);
/* What a replica got, and what it gave or took away: two sums of 128 bits, the low half first. */
void coterie_bounded_rights(const coterie_bounded *bounded, const void *id, size_t len, uint64_t got[2], uint64_t gone[2]);
/* What was added, and what was taken away. */
void coterie_bounded_value(const coterie_bounded *bounded, uint64_t added[2], uint64_t taken[2]);
/* How many ids it has; less if there is no memory to count them. */
size_t coterie_bounded_replicas(const coterie_bounded *bounded);

/* As those of counts.h. */
coterie_status coterie_bounded_join(coterie_bounded *bounded, const coterie_bounded *other, int level);
coterie_status coterie_bounded_relation(const coterie_bounded *a, const coterie_bounded *b, int *relation);
coterie_status coterie_bounded_more(coterie_bounded *out, const coterie_bounded *bounded, const coterie_bounded *known);
/* Whether an id gave or took away more than is known. */
int coterie_bounded_exceeds(const coterie_bounded *bounded, const coterie_bounded *known, const void *id, size_t len);

/* Puts into `out`, which is empty, the same rights and value as if one replica had added all and handed it over. COTERIE_LACKING if
 * something was taken away that is not known to have been added, COTERIE_STOPPED if that has more than 64 bits. */
coterie_status coterie_bounded_renew(coterie_bounded *out, const coterie_bounded *bounded, const void *id, size_t len);

/* The bound, doubled, and less than 0 as what it is below -1, doubled, and 1; then the grants and what was spent. */
size_t coterie_bounded_size(const coterie_bounded *bounded);
coterie_status coterie_bounded_write(const coterie_bounded *bounded, uint8_t *out, uint8_t **end);
const uint8_t *coterie_bounded_read(coterie_bounded *bounded, const uint8_t *at, const uint8_t *end, coterie_status *status);

#endif
