/* The ids of replicas, each in a place that it keeps: the next free one when it came. Ids have a byte at least.
 *
 * A few are looked through, many are found by a hash under a secret key, so that ids made to collide cost nothing. Tables that
 * meet have the same key. */
#ifndef COTERIE_CRDTS_REPLICAS_H
#define COTERIE_CRDTS_REPLICAS_H

#include "coterie/base.h"

enum {
    COTERIE_REPLICA_MOST = 64, /* bytes of a replica's id; a table takes longer ones too, such as pairs of them */
    COTERIE_REPLICAS_FEW = 8,
};
#define COTERIE_NOWHERE SIZE_MAX /* the place of an id that is not there */

typedef struct {
    uint64_t hash;
    uint64_t chain[2];   /* a hash of this id and all before it: tables with equal ones begin with equal ids */
    uint32_t start, len; /* in the bytes */
} coterie_replica;

/* All 0 but the key is an empty one. */
typedef struct {
    uint64_t key[2];
    coterie_replica *each;
    size_t n, room;
    uint8_t *bytes; /* of all ids, one after the other */
    size_t used, bytes_room;
    uint32_t *index; /* open addressing: a place and 1, or 0; NULL while there are few */
    size_t mask;
    size_t last; /* the place that was added or asked for last, which is the next one's too if one replica writes */
} coterie_replicas;

void coterie_replicas_free(coterie_replicas *replicas);
/* Makes `out`, which is uninitialised, an independent copy. */
coterie_status coterie_replicas_copy(coterie_replicas *out, const coterie_replicas *replicas);

COTERIE_INLINE const uint8_t *coterie_replica_id(const coterie_replicas *replicas, size_t place) {
    return replicas->bytes + replicas->each[place].start;
}
size_t coterie_replicas_find(const coterie_replicas *replicas, const void *id, size_t len);
/* Its place, a new one if it is not there. */
coterie_status coterie_replicas_add(coterie_replicas *replicas, const void *id, size_t len, size_t *place);
/* For each place of another table that of the same id here, or COTERIE_NOWHERE. The number of those at the front that have the
 * same place in both. */
size_t coterie_replicas_match(const coterie_replicas *replicas, const coterie_replicas *other, size_t *places);
/* The bytes of memory that it holds. */
size_t coterie_replicas_memory(const coterie_replicas *replicas);

/* The places in the order of their ids: bytewise, and a prefix first. `order` has room for n. */
coterie_status coterie_replicas_sort(const coterie_replicas *replicas, size_t *order);

#endif
