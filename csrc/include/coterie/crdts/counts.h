/* Counters that only grow: for each replica one in each of a few rows, such as what it added and what it took away. A place whose
 * counters are all 0 is as good as none. */
#ifndef COTERIE_CRDTS_COUNTS_H
#define COTERIE_CRDTS_COUNTS_H

#include "coterie/clocks/ids.h"
#include "coterie/crdts/replicas.h"
#include "coterie/level.h"

/* All 0 but the key of the ids and `rows` is an empty one. */
typedef struct {
    coterie_replicas ids;
    size_t rows, room;
    uint64_t *counts; /* of a row and a place: [row * room + place]; 0 beyond the last place */
} coterie_counts;

void coterie_counts_free(coterie_counts *counts);
/* Makes `out`, which is uninitialised, an independent copy. */
coterie_status coterie_counts_copy(coterie_counts *out, const coterie_counts *counts);
/* The bytes of memory that they hold. */
size_t coterie_counts_memory(const coterie_counts *counts);

COTERIE_INLINE uint64_t *coterie_count(const coterie_counts *counts, size_t row, size_t place) {
    return &counts->counts[row * counts->room + place];
}
/* Whether an id has a counter that exceeds that in `known`. */
int coterie_counts_exceeds(const coterie_counts *counts, const coterie_counts *known, const void *id, size_t len);
/* The place of an id, a new one if it has none. */
coterie_status coterie_counts_place(coterie_counts *counts, const void *id, size_t len, size_t *place);
/* How many ids have a counter that is not 0: a change that finds no memory may leave others. */
size_t coterie_counts_len(const coterie_counts *counts);
/* The 128-bit sum of a row: its low half, and its high half in `high`. */
uint64_t coterie_counts_sum(const coterie_counts *counts, size_t row, uint64_t *high);

/* The greater of both in each place. */
coterie_status coterie_counts_join(coterie_counts *counts, const coterie_counts *other, int level);
/* How one stands to another: COTERIE_EQUAL .. COTERIE_CONCURRENT of clocks/dense.h. */
coterie_status coterie_counts_relation(const coterie_counts *a, const coterie_counts *b, int *relation);
/* Puts into `out`, which is empty, the counters that exceed those of `known`. */
coterie_status coterie_counts_more(coterie_counts *out, const coterie_counts *counts, const coterie_counts *known);

/* Puts into `out`, which is empty, those of some ids. */
coterie_status coterie_counts_only(coterie_counts *out, const coterie_counts *counts, const coterie_replicas *ids);

/* ---- bytes: a number of ids, and each of these, sorted, with a number for each row, one of which is not 0 ---- */

/* Room for them. */
size_t coterie_counts_size(const coterie_counts *counts);
/* Writes them; where what follows goes in `end`. */
coterie_status coterie_counts_write(const coterie_counts *counts, uint8_t *out, uint8_t **end);
/* Reads them into `counts`, which is empty; where what follows comes from, or NULL: malformed, or, with `status`, no memory.
 * Ids have at most `most` bytes. */
const uint8_t *coterie_counts_read(coterie_counts *counts, const uint8_t *at, const uint8_t *end, size_t most,
                                   coterie_status *status);

#endif
