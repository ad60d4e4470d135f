/* What a replica itself does to keyed entries, and a log of the keys that it touched; and entries that are shared until one of
 * those that hold them writes. */
#ifndef COTERIE_CRDTS_KEYED_LOCAL_H
#define COTERIE_CRDTS_KEYED_LOCAL_H

#include "coterie/crdts/keyed.h"
#include "coterie/crdts/strings.h"

/* Numbers of keys, each once. All 0 is an empty one. */
typedef struct {
    uint32_t *each;
    size_t n, room;
    uint64_t *noted; /* a bit for each number, whether it is there */
    size_t words;
} coterie_keyed_log;

void coterie_keyed_log_free(coterie_keyed_log *log);
size_t coterie_keyed_log_memory(const coterie_keyed_log *log);
/* Keeps the first n, or none. */
void coterie_keyed_log_cut(coterie_keyed_log *log, size_t n);
COTERIE_INLINE void coterie_keyed_log_clear(coterie_keyed_log *log) { coterie_keyed_log_cut(log, 0); }

/* Joins an entry with that of each of some keys. Its value is the i-th of `values` where these are not NULL; then its time is after
 * all others, and of a key that comes twice the last value stays. With `shown` only keys that are there and not removed. Of all, or
 * of none: COTERIE_NO_MEMORY, or COTERIE_STOPPED where one was removed, once and for all, and the entry adds it. */
typedef struct {
    size_t last;  /* keys whose entry is now the one that was joined; where it stopped, the number of the key among them */
    size_t came;  /* the least number of a key that was not seen before, or SIZE_MAX */
    int changed;  /* whether what is seen became different */
} coterie_keyed_outcome;
coterie_status coterie_keyed_write(coterie_keyed *keyed, const coterie_strings *keys, const coterie_strings *values,
                                   coterie_keyed_entry entry, int shown, coterie_keyed_log *log, coterie_keyed_outcome *outcome);
/* Which of them are there, and not removed. */
void coterie_keyed_have(const coterie_keyed *keyed, const coterie_strings *keys, uint8_t *found);

/* The same without what was removed, in an empty one. */
coterie_status coterie_keyed_renew(coterie_keyed *out, const coterie_keyed *keyed);

typedef struct {
    long holders;
    coterie_keyed keyed;
} coterie_shared_keyed;

/* An empty one, held once; NULL if there is no memory. */
coterie_shared_keyed *coterie_shared_keyed_new(coterie_keyed_kind kind, int removes, const uint64_t key[2]);
coterie_shared_keyed *coterie_shared_keyed_hold(coterie_shared_keyed *shared);
void coterie_shared_keyed_drop(coterie_shared_keyed *shared); /* NULL is let be */
/* One that nobody else holds, instead of `shared`: a copy if others do. */
coterie_status coterie_shared_keyed_own(coterie_shared_keyed **shared);

#endif
