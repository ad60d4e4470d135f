/* Keys that each have an entry which only grows: the state of sets and maps that keep what was removed as an entry too. Joining
 * keeps of each key the greater entry:
 *
 *      keys        nothing but the key
 *      removals    whether it was removed
 *      times       when it was added last, and when removed: the later of each
 *      values      the last write: the greatest (time, id of its writer, bytes of the value), where a removal has no bytes */
#ifndef COTERIE_CRDTS_KEYED_H
#define COTERIE_CRDTS_KEYED_H

#include "coterie/crdts/replicas.h"
#include "coterie/crdts/table.h"

typedef enum { COTERIE_KEYED_KEYS, COTERIE_KEYED_REMOVALS, COTERIE_KEYED_TIMES, COTERIE_KEYED_VALUES } coterie_keyed_kind;

/* What a key has. */
typedef struct {
    uint64_t time;        /* of its addition or write */
    uint64_t removed;     /* of times: that of its removal, or 0; of removals: 1 or 0 */
    size_t writer;        /* of values: the place of an id */
    const uint8_t *value; /* of values */
    size_t len;           /* of the value; 0: it was removed */
} coterie_keyed_entry;

/* Begin with coterie_keyed_begin. */
typedef struct {
    coterie_keyed_kind kind;
    int removes;        /* of times: what was added and removed at the same time is removed */
    coterie_table keys; /* no key goes, so their numbers have no gaps */
    uint8_t *records;   /* by number: what is kept of an entry */
    size_t room;
    size_t shown;      /* keys that are there, and not removed */
    uint64_t greatest; /* of all times */
    coterie_replicas ids;
    uint8_t *values; /* and some that were replaced */
    size_t used, values_room, live;
} coterie_keyed;

void coterie_keyed_begin(coterie_keyed *keyed, coterie_keyed_kind kind, int removes, const uint64_t key[2]);
void coterie_keyed_free(coterie_keyed *keyed);
/* Makes `out`, which is uninitialised, an independent copy. */
coterie_status coterie_keyed_copy(coterie_keyed *out, const coterie_keyed *keyed);
/* The bytes of memory that it holds. */
size_t coterie_keyed_memory(const coterie_keyed *keyed);

/* The entry of a key; its value stays where it is until there is a change. */
coterie_keyed_entry coterie_keyed_get(const coterie_keyed *keyed, uint32_t number);
/* Whether who looks sees a key with such an entry. */
COTERIE_INLINE int coterie_keyed_shows(const coterie_keyed *keyed, const coterie_keyed_entry *entry) {
    switch (keyed->kind) {
    case COTERIE_KEYED_REMOVALS: return !entry->removed;
    case COTERIE_KEYED_TIMES:
        return entry->time > entry->removed || (entry->time == entry->removed && entry->time && !keyed->removes);
    case COTERIE_KEYED_VALUES: return entry->len != 0;
    default: return 1;
    }
}
/* How one entry stands to another, of another structure of the kind: COTERIE_EQUAL, COTERIE_BEFORE if that has more ... */
int coterie_keyed_compare(const coterie_keyed *keyed, const coterie_keyed_entry *entry, const coterie_keyed *other,
                          const coterie_keyed_entry *theirs);
/* The greatest time of a writer; 0 if it has none. */
uint64_t coterie_keyed_last(const coterie_keyed *keyed, const void *id, size_t len);
/* How many writers there are; 0 if there is no memory to count them. */
size_t coterie_keyed_writers(const coterie_keyed *keyed);

/* Room for so many more keys, with keys and values of so many bytes. */
coterie_status coterie_keyed_reserve(coterie_keyed *keyed, size_t keys, size_t bytes, size_t values);
/* Gives back memory of values that were replaced, if that is most of it, and of ids: these have other places then. */
void coterie_keyed_tidy(coterie_keyed *keyed);
/* Gives a new key its entry; there is room, and nothing of it is in the structure. */
uint32_t coterie_keyed_add(coterie_keyed *keyed, uint32_t hash, const void *bytes, size_t len, const coterie_keyed_entry *entry);
/* Joins an entry with that of a key; the same. Whether what is seen of the key became different. */
int coterie_keyed_raise(coterie_keyed *keyed, uint32_t number, const coterie_keyed_entry *entry);

/* Joins another one of the kind; nothing changed if there is no memory. `changed`: whether what is seen became different. */
coterie_status coterie_keyed_join(coterie_keyed *keyed, const coterie_keyed *other, int *changed);
/* How one stands to another. */
int coterie_keyed_relate(const coterie_keyed *a, const coterie_keyed *b);
/* Puts some entries into an empty one of the kind; with `forget` without the times of removals. */
coterie_status coterie_keyed_pick(coterie_keyed *out, const coterie_keyed *keyed, const uint32_t *numbers, size_t n, int forget);
/* The same of those whose keys another one has. */
coterie_status coterie_keyed_common(coterie_keyed *out, const coterie_keyed *keyed, const coterie_keyed *other);

#endif
