/* What a replica itself does: dots that it makes and drops, and a log of them; and dotted strings that are shared until one of those
 * that hold them writes. */
#ifndef COTERIE_CRDTS_DOTTED_LOCAL_H
#define COTERIE_CRDTS_DOTTED_LOCAL_H

#include "coterie/crdts/dotted.h"
#include "coterie/crdts/strings.h"

/* Dots in any order, as ranges. All 0 is an empty one. */
typedef struct {
    coterie_range *each;
    size_t n, room;
    size_t sorted; /* as many as were left when it was last sorted */
} coterie_dot_log;

void coterie_dot_log_free(coterie_dot_log *log);
/* Room for so many more dots. */
coterie_status coterie_dot_log_reserve(coterie_dot_log *log, size_t more);
/* How many dots there are in it. */
uint64_t coterie_dot_log_len(coterie_dot_log *log);
/* Lists a dot; there is room. */
void coterie_dot_log_note(coterie_dot_log *log, size_t place, uint64_t counter);
/* The log as a set of dots with so many places; the caller frees it. */
coterie_status coterie_dot_log_set(coterie_dot_log *log, size_t places, coterie_dots *dots);

/* Makes a dot of a place with a string, and drops all others that the string has. Nothing changed if there is no memory;
 * COTERIE_STOPPED if the place has made the greatest dot that there is. */
coterie_status coterie_dotted_make(coterie_dotted *dotted, size_t place, uint32_t hash, const void *bytes, size_t len,
                                   coterie_dot_log *log);
/* Drops all dots of a string. */
coterie_status coterie_dotted_unmake(coterie_dotted *dotted, uint32_t string, coterie_dot_log *log);

/* The same of many strings: of all, or of none. Of equal ones the first alone makes a dot. */
coterie_status coterie_dotted_make_many(coterie_dotted *dotted, size_t place, coterie_strings strings, coterie_dot_log *log);
/* `gone`: how many of them there were. */
coterie_status coterie_dotted_unmake_many(coterie_dotted *dotted, coterie_strings strings, coterie_dot_log *log, size_t *gone);
/* Makes dots with some strings as coterie_dotted_make_many does, and drops those of others: all, or nothing. */
coterie_status coterie_dotted_change_many(coterie_dotted *dotted, size_t place, coterie_strings made, coterie_strings dropped,
                                          coterie_dot_log *log, size_t *gone);
/* Whether they have dots. */
void coterie_dotted_have_many(const coterie_dotted *dotted, coterie_strings strings, uint8_t *found);

#define COTERIE_NO_PLACE UINT32_MAX
/* A string, which is not of a table that changes, and the place of who has written it, or COTERIE_NO_PLACE. */
typedef struct {
    const uint8_t *bytes;
    uint32_t len, hash, place;
} coterie_one_string;
/* Puts a dot for each string into a table that is empty: of the id at its place, or of this one, which is none of those; for each
 * id in the order of its strings. They are sorted. */
coterie_status coterie_dotted_put_sorted(coterie_dotted *out, coterie_one_string *all, size_t n, const coterie_replicas *ids,
                                         const void *id, size_t len);
/* The same state as if one id, of a table that is empty, had made a dot for each string, in their order. */
coterie_status coterie_dotted_renew(coterie_dotted *out, const coterie_dotted *dotted, const void *id, size_t len);

typedef struct {
    long holders;
    coterie_dotted dotted;
} coterie_shared_dotted;

/* An empty one, held once; NULL if there is no memory. */
coterie_shared_dotted *coterie_shared_dotted_new(const uint64_t key[2]);
coterie_shared_dotted *coterie_shared_dotted_hold(coterie_shared_dotted *shared);
void coterie_shared_dotted_drop(coterie_shared_dotted *shared); /* NULL is let be */
/* One that nobody else holds, instead of `shared`: a copy if others do. */
coterie_status coterie_shared_dotted_own(coterie_shared_dotted **shared);

#endif
