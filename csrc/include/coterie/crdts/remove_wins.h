/* A set in which removals win, as dotted strings: 0 (removed) or 1 (added), and the bytes of an element. An element is present if
 * it has a string of an addition and none of a removal. Two strings of one element are twins. */
#ifndef COTERIE_CRDTS_REMOVE_WINS_H
#define COTERIE_CRDTS_REMOVE_WINS_H

#include "coterie/crdts/dotted_local.h"
#include "coterie/crdts/strings.h"

enum { COTERIE_REMOVED, COTERIE_ADDED };

/* What follows the strings. */
typedef struct {
    uint32_t *twins; /* by the number of a string: the twin's, or COTERIE_NO_STRING */
    size_t room;
    size_t removals; /* strings of these */
    size_t pairs;    /* elements that have both */
    uint64_t turns;  /* how often an element became present or absent */
} coterie_remove_wins;

/* Whether bytes are such a string. */
int coterie_remove_wins_check(const uint8_t *bytes, size_t len);
/* Begins to follow dotted strings that are empty. */
coterie_status coterie_remove_wins_follow(coterie_dotted *dotted);
COTERIE_INLINE const coterie_remove_wins *coterie_remove_wins_of(const coterie_dotted *dotted) {
    return (const coterie_remove_wins *)dotted->follows;
}

/* Present elements. */
COTERIE_INLINE size_t coterie_remove_wins_len(const coterie_dotted *dotted) {
    const coterie_remove_wins *all = coterie_remove_wins_of(dotted);
    return dotted->strings.len - all->removals - all->pairs;
}
/* Whether a number is that of a string, and of one that makes its element present. */
COTERIE_INLINE int coterie_remove_wins_shows(const coterie_dotted *dotted, uint32_t string) {
    return string != COTERIE_NO_STRING && dotted->strings.each[string].len != COTERIE_NO_STRING &&
           *coterie_table_bytes(&dotted->strings, string) == COTERIE_ADDED &&
           coterie_remove_wins_of(dotted)->twins[string] == COTERIE_NO_STRING;
}

/* Makes a dot of a place with a string, and drops all others of it and of its twin. Nothing changed if there is no memory;
 * COTERIE_STOPPED if the place has made the greatest dot that there is. */
coterie_status coterie_remove_wins_make(coterie_dotted *dotted, size_t place, const uint8_t *bytes, size_t len,
                                        coterie_dot_log *log);

/* Removes some and adds others, each once: all, or nothing changed. `least` is the least number of a string of those that were
 * added, or COTERIE_NO_STRING. */
coterie_status coterie_remove_wins_change(coterie_dotted *dotted, size_t place, coterie_strings removed,
                                          coterie_strings added, coterie_dot_log *log, uint32_t *least);
/* Whether each is present. */
coterie_status coterie_remove_wins_have(const coterie_dotted *dotted, coterie_strings elements, uint8_t *found);

/* The same elements as if one id had added each, in their order; `out` is empty and followed. */
coterie_status coterie_remove_wins_renew(coterie_dotted *out, const coterie_dotted *dotted, const void *id, size_t len);

#endif
