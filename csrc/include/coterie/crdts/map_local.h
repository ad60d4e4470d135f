/* What a replica itself does to a map, and what a map shows. Changes are made whole, or not at all if there is no memory; they
 * return COTERIE_STOPPED as coterie_dotted_make does. */
#ifndef COTERIE_CRDTS_MAP_LOCAL_H
#define COTERIE_CRDTS_MAP_LOCAL_H

#include "coterie/crdts/dotted_local.h"
#include "coterie/crdts/map_index.h"

/* Drops the dots of all strings of a node, or of a key. */
coterie_status coterie_map_clear(coterie_dotted *dotted, uint32_t node, coterie_dot_log *log);
coterie_status coterie_map_delete(coterie_dotted *dotted, uint32_t key, coterie_dot_log *log);

/* Makes a dot with a string whose path has `head` bytes, and drops all others of its node. */
coterie_status coterie_map_make_alone(coterie_dotted *dotted, size_t place, const uint8_t *bytes, size_t len, size_t head,
                                      coterie_dot_log *log);
/* Makes dots with strings of an rw_set, as coterie_dotted_make_many does, and drops those of their twins: what an addition removes,
 * or a removal adds. The strings are changed meanwhile. */
coterie_status coterie_map_make_many(coterie_dotted *dotted, size_t place, uint8_t *bytes, const size_t *ends, size_t n, size_t head,
                                     coterie_dot_log *log);

enum { COTERIE_MAP_AMOUNT = 10 }; /* bytes of an amount, at most */

/* Lets a counter count: `path` is its own, with room for an amount. A dot of the place above `settled`, which nobody else has seen,
 * may change its amount; else a new one has it alone, so that what it adds to others can be removed without it. */
coterie_status coterie_map_count(coterie_dotted *dotted, size_t place, uint8_t *path, size_t head, uint64_t settled, int negative,
                                 uint64_t amount, coterie_dot_log *log);
/* What was added and what was taken away, in 128 bits each, the low half first. */
typedef struct {
    uint64_t added[2], taken[2];
} coterie_map_sum;
void coterie_map_sum_of(const coterie_dotted *dotted, uint32_t node, coterie_map_sum *sum);

/* The dot of an lww's node that wins. */
uint32_t coterie_map_winner(const coterie_dotted *dotted, uint32_t node);
/* How a write, its stamp and value and who writes it, stands to one of them: below 0, 0 or above. */
int coterie_map_standing(const coterie_dotted *dotted, uint32_t node, uint32_t record, const uint8_t *rest, size_t len,
                         const void *id, size_t id_len);
/* The greatest stamp that is live. */
uint64_t coterie_map_latest(const coterie_dotted *dotted);

/* The same map as if one id, of a table that is empty, had made it; but writes of lww's stay those of who has written them. */
coterie_status coterie_map_renew(coterie_dotted *out, const coterie_dotted *dotted, const void *id, size_t len);

/* Lists what is shown of a node, at most so many members: of each the number of its own bytes in 4, and these. The caller frees
 * `*out`. */
coterie_status coterie_map_list(const coterie_dotted *dotted, uint32_t node, size_t most, uint8_t **out, size_t *size);
/* The same of the keys of the outermost map that have live dots which another map, whose ids have the same places, has not. */
coterie_status coterie_map_list_touched(const coterie_dotted *dotted, const coterie_dotted *other, uint8_t **out, size_t *size);

#endif
