/* Byte strings, each with a number that it keeps until it goes, and a hash table under a secret key that finds them: strings made
 * to collide cost nothing. Numbers of those that went are given to others. */
#ifndef COTERIE_CRDTS_TABLE_H
#define COTERIE_CRDTS_TABLE_H

#include "coterie/base.h"
#include "coterie/hashing/siphash.h"

#define COTERIE_NO_STRING UINT32_MAX

typedef struct {
    uint64_t start; /* in the bytes; of a number that is free: the next free one */
    uint32_t len;   /* COTERIE_NO_STRING: the number is free */
    uint32_t hash;
} coterie_string;

typedef struct {
    uint32_t hash, number; /* of a string and 1; 0: nothing */
} coterie_table_slot;

/* All 0 but the key is an empty one. */
typedef struct {
    uint64_t key[2];
    coterie_string *each; /* by number */
    size_t n, room;       /* numbers that were ever given */
    size_t len;           /* strings */
    uint32_t free;        /* a free number and 1, or 0 */
    uint8_t *bytes;       /* of all strings, and of some that went */
    size_t used, bytes_room, live;
    coterie_table_slot *slots; /* open addressing */
    size_t mask;
} coterie_table;

void coterie_table_free(coterie_table *table);
/* Makes `out`, which is uninitialised, an independent copy. */
coterie_status coterie_table_copy(coterie_table *out, const coterie_table *table);

COTERIE_INLINE uint32_t coterie_table_hash(const coterie_table *table, const void *bytes, size_t len) {
    return (uint32_t)coterie_siphash(bytes, len, table->key[0], table->key[1], 1, 3);
}
COTERIE_INLINE const uint8_t *coterie_table_bytes(const coterie_table *table, uint32_t number) {
    return table->bytes + table->each[number].start;
}
/* The number of a string, or COTERIE_NO_STRING. */
COTERIE_INLINE uint32_t coterie_table_find(const coterie_table *table, uint32_t hash, const void *bytes, size_t len) {
    if (!table->len) return COTERIE_NO_STRING;
    for (size_t at = hash & table->mask; table->slots[at].number; at = (at + 1) & table->mask) {
        if (table->slots[at].hash != hash) continue;
        uint32_t number = table->slots[at].number - 1;
        if (table->each[number].len == len && !memcmp(coterie_table_bytes(table, number), bytes, len)) return number;
    }
    return COTERIE_NO_STRING;
}
/* Fetches the slot that a search will look at first; later, the number of the first string with that hash, or COTERIE_NO_STRING. */
COTERIE_INLINE void coterie_table_prefetch(const coterie_table *table, uint32_t hash) {
    if (table->slots) COTERIE_PREFETCH(&table->slots[hash & table->mask]);
}
COTERIE_INLINE uint32_t coterie_table_peek(const coterie_table *table, uint32_t hash) {
    if (!table->slots) return COTERIE_NO_STRING;
    for (size_t at = hash & table->mask; table->slots[at].number; at = (at + 1) & table->mask)
        if (table->slots[at].hash == hash) return table->slots[at].number - 1;
    return COTERIE_NO_STRING;
}
/* Whether there is room for so many more strings and bytes of theirs. */
COTERIE_INLINE int coterie_table_has_room(const coterie_table *table, size_t strings, size_t bytes) {
    return strings <= table->room - table->len && table->slots && 4 * (table->len + strings) <= 3 * (table->mask + 1) &&
           table->bytes && bytes <= table->bytes_room - table->used;
}
/* Makes that room. */
coterie_status coterie_table_reserve(coterie_table *table, size_t strings, size_t bytes);
/* The number of a string, a new one if it has none: then it is 1. There is room, and `bytes` are not of the table. */
int coterie_table_enter(coterie_table *table, uint32_t hash, const void *bytes, size_t len, uint32_t *number);
/* Gives a number to a string that has none. `bytes` are not of the table. */
coterie_status coterie_table_add(coterie_table *table, uint32_t hash, const void *bytes, size_t len, uint32_t *number);
void coterie_table_remove(coterie_table *table, uint32_t number);
/* Gives back bytes of strings that went, if that is most of them: the others stand elsewhere then, under the same numbers. */
void coterie_table_tidy(coterie_table *table);
/* The bytes of memory that it holds. */
size_t coterie_table_memory(const coterie_table *table);

/* The numbers of the strings in their order: bytewise, and a prefix first. `order` has room for `len`. */
coterie_status coterie_table_sort(const coterie_table *table, uint32_t *order);

#endif
