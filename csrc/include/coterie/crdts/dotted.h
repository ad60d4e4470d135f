/* Dots, each with a byte string, under a causal context: the state of all structures whose changes are events. A dot is made once
 * and means one string for ever. The context has all dots that were ever seen; those that have a string still are live.
 *
 * Joining keeps what both have live, and what one has live that the other never saw. So what was dropped anywhere, once it was
 * seen there, is gone, and needs no tombstone.
 *
 * Bieniusa et al., "An optimized conflict-free replicated set", 2012; Almeida, Shoker, Baquero, "Delta state replicated data
 * types", 2018. */
#ifndef COTERIE_CRDTS_DOTTED_H
#define COTERIE_CRDTS_DOTTED_H

#include "coterie/clocks/dots.h"
#include "coterie/crdts/live.h"
#include "coterie/crdts/replicas.h"
#include "coterie/crdts/table.h"

#include <stdlib.h>

#define COTERIE_DOT_MOST ((uint64_t)1 << 48) /* the greatest counter */
#define COTERIE_NO_RECORD UINT32_MAX

/* A live dot. */
typedef struct {
    uint64_t counter;
    uint32_t place;  /* of its replica */
    uint32_t string; /* its number in the table */
    uint32_t next;   /* another dot with this string, or COTERIE_NO_RECORD; of a record that is free: the next free one */
    uint32_t before; /* the one whose next it is; of the first of a string: anything */
} coterie_record;

/* Numbers in a list that grows. All 0 is an empty one. */
typedef struct {
    uint32_t *each;
    size_t n, room;
} coterie_numbers;

COTERIE_INLINE coterie_status coterie_numbers_add(coterie_numbers *numbers, uint32_t number) {
    if (numbers->n == numbers->room) {
        size_t room = 2 * numbers->room + 16;
        uint32_t *each = (uint32_t *)realloc(numbers->each, room * sizeof *each);
        if (!each) return COTERIE_NO_MEMORY;
        numbers->each = each, numbers->room = room;
    }
    numbers->each[numbers->n++] = number;
    return COTERIE_OK;
}

/* What follows which strings there are, in `follows` of dotted strings: it is told of each that came, and takes it unless there is
 * no memory, and of each that goes. */
typedef struct coterie_dotted coterie_dotted;
typedef struct {
    coterie_status (*come)(coterie_dotted *dotted, uint32_t string);
    void (*go)(coterie_dotted *dotted, uint32_t string);
    void *(*copy)(const void *follows);  /* NULL if there is no memory */
    void *(*again)(const void *follows); /* the same, of one that is told of all strings once more */
    void (*free)(void *follows);
    size_t (*memory)(const void *follows);
    void (*tidy)(void *follows); /* gives back memory of what went, if numbers stay the same; NULL: there is none */
    int (*is_loose)(const coterie_dotted *dotted); /* whether much of the rest is of what went; NULL: never */
} coterie_follower;

/* Begin with coterie_dotted_begin. */
struct coterie_dotted {
    coterie_replicas ids;
    coterie_dots context; /* with room for `places` prefixes and `cloud_room` ranges */
    coterie_live *live;   /* by place; each dot with its record */
    size_t places, cloud_room;
    coterie_table strings; /* those of live dots */
    uint32_t *first;       /* by the number of a string: its first record */
    size_t first_room;
    coterie_record *records;
    size_t n, room; /* records that were ever made */
    uint32_t free;  /* a free one, or COTERIE_NO_RECORD */
    uint64_t len;   /* live dots */
    uint64_t turns; /* how often a string came or went */
    uint32_t lowest; /* number that strings were given since this was set to COTERIE_NO_STRING */
    const coterie_follower *follower; /* NULL: there is none */
    void *follows;
};

void coterie_dotted_begin(coterie_dotted *dotted, const uint64_t key[2]);
void coterie_dotted_free(coterie_dotted *dotted);
/* Makes `out`, which is uninitialised, an independent copy. */
coterie_status coterie_dotted_copy(coterie_dotted *out, const coterie_dotted *dotted);
/* The bytes of memory that it holds. */
size_t coterie_dotted_memory(const coterie_dotted *dotted);

/* The place of an id, a new one if it has none. */
coterie_status coterie_dotted_place(coterie_dotted *dotted, const void *id, size_t len, size_t *place);

/* Room for so many more live dots with strings of so many bytes. */
coterie_status coterie_dotted_reserve(coterie_dotted *dotted, size_t dots, size_t bytes);
/* Fetches what a search for the string of a hash will look at: its slot; then what that names; then what that names. */
COTERIE_INLINE void coterie_dotted_prefetch(const coterie_dotted *dotted, uint32_t far, uint32_t near, uint32_t next) {
    uint32_t string = coterie_table_peek(&dotted->strings, near);
    coterie_table_prefetch(&dotted->strings, far);
    if (string != COTERIE_NO_STRING) {
        COTERIE_PREFETCH(&dotted->strings.each[string]);
        COTERIE_PREFETCH(&dotted->first[string]);
    }
    string = coterie_table_peek(&dotted->strings, next);
    if (string != COTERIE_NO_STRING) {
        COTERIE_PREFETCH(coterie_table_bytes(&dotted->strings, string));
        COTERIE_PREFETCH(&dotted->records[dotted->first[string]]);
    }
}

/* Makes a dot live that is not, with the string of a hash, and says which record it is; the context does not get to know it. */
coterie_status coterie_dotted_put(coterie_dotted *dotted, size_t place, uint64_t counter, uint32_t hash, const void *bytes,
                                  size_t len, uint32_t *record);
/* The same where there is room already. */
coterie_status coterie_dotted_put_in_room(coterie_dotted *dotted, size_t place, uint64_t counter, uint32_t hash, const void *bytes,
                                          size_t len, uint32_t *record);
/* The same with a string that other dots have. */
coterie_status coterie_dotted_put_again(coterie_dotted *dotted, size_t place, uint64_t counter, uint32_t string, uint32_t *record);
/* Gives a live dot another string. */
coterie_status coterie_dotted_turn(coterie_dotted *dotted, uint32_t record, uint32_t hash, const void *bytes, size_t len);
/* Lets the context know a dot. */
coterie_status coterie_dotted_see(coterie_dotted *dotted, size_t place, uint64_t counter);
/* Lets the context, which is empty, know sorted ranges, whose slots are places that there are. */
coterie_status coterie_dotted_set_context(coterie_dotted *dotted, const coterie_range *ranges, size_t n);
/* How many dots a string has from a record on: from its first, all. */
COTERIE_INLINE size_t coterie_dotted_count(const coterie_dotted *dotted, uint32_t record) {
    size_t n = 0;
    for (; record != COTERIE_NO_RECORD; record = dotted->records[record].next) n++;
    return n;
}
/* Drops a live dot. Its string goes if it has no other. */
void coterie_dotted_drop(coterie_dotted *dotted, uint32_t record);

/* Whether most of so many numbers are of what went, and not few. */
COTERIE_INLINE int coterie_is_loose(size_t n, uint64_t len) { return n > 256 && (n - 256) / 4 > len; }
/* Gives back memory of dots and strings that went, if that is most of it: numbers of strings and records are others then. */
void coterie_dotted_tidy(coterie_dotted *dotted);

/* What a join changed: strings that came, and strings that went, each with its length in 4 bytes before it. */
typedef struct {
    uint8_t *came, *went;
    size_t came_size, went_size;
} coterie_came_and_went;
void coterie_came_and_went_free(coterie_came_and_went *changes);

/* Joins another one; nothing changed if there is no memory. `changes`, if not NULL, is empty. */
coterie_status coterie_dotted_join(coterie_dotted *dotted, const coterie_dotted *other, coterie_came_and_went *changes, int level);
/* Whether joining a would leave b as it is. */
coterie_status coterie_dotted_within(const coterie_dotted *a, const coterie_dotted *b, int level, int *within);

#endif
