#include "coterie/crdts/dotted_parts.h"

#include "coterie/crdts/dot_sets.h"
#include "coterie/crdts/dot_walk.h"

#include <stdlib.h>

/* A place in `out` for each of those here that the set has something of; `set` has the same by these. */
static coterie_status place_all(coterie_dotted *out, const coterie_dotted *dotted, const coterie_dots *dots, size_t *places) {
    for (size_t place = 0; place < dotted->ids.n; place++) {
        places[place] = COTERIE_NOWHERE;
        if (place >= dots->n || !coterie_dots_highest(dots, place)) continue;
        if (coterie_dotted_place(out, coterie_replica_id(&dotted->ids, place), dotted->ids.each[place].len, &places[place]) !=
            COTERIE_OK)
            return COTERIE_NO_MEMORY;
    }
    return COTERIE_OK;
}

/* The live dots of a place that are in the set. */
static coterie_status take_live(coterie_dotted *out, const coterie_dotted *dotted, const coterie_dots *dots, size_t place,
                                size_t to) {
    coterie_dot_walk walk;
    uint64_t counter;
    uint32_t from, record;
    coterie_dot_walk_begin(&walk, &dotted->live[place], NULL, dots, place);
    while (coterie_dot_walk_next(&walk, &counter, &from)) {
        const coterie_string *string = &dotted->strings.each[dotted->records[from].string];
        if (coterie_dotted_put(out, to, counter, string->hash, dotted->strings.bytes + string->start, string->len, &record) !=
            COTERIE_OK)
            return COTERIE_NO_MEMORY;
    }
    return COTERIE_OK;
}

coterie_status coterie_dotted_only(coterie_dotted *out, const coterie_dotted *dotted, const coterie_dots *dots) {
    size_t *places = malloc((dotted->ids.n + 1) * sizeof *places), n = coterie_dots_ranges_room(dots);
    coterie_range *ranges = malloc((n + 1) * sizeof *ranges);
    coterie_status status = places && ranges ? place_all(out, dotted, dots, places) : COTERIE_NO_MEMORY;
    if (status == COTERIE_OK) { /* places of `out` are in the order of those here, so the ranges stay sorted */
        n = coterie_dots_ranges(dots, ranges);
        for (size_t i = 0; i < n; i++) ranges[i].slot = places[ranges[i].slot];
        status = coterie_dotted_set_context(out, ranges, n);
    }
    for (size_t place = 0; place < dotted->ids.n && status == COTERIE_OK; place++)
        if (places[place] != COTERIE_NOWHERE) status = take_live(out, dotted, dots, place, places[place]);
    free(places);
    free(ranges);
    return status;
}

/* ---- what a peer lacks ---- */

/* Writes the runs of live dots, by place; how many there are. `ranges` may be NULL. */
static size_t live_runs(const coterie_dotted *dotted, coterie_range *ranges) {
    size_t n = 0;
    for (size_t place = 0; place < dotted->ids.n; place++)
        for (size_t k = 0; k < dotted->live[place].n; k++) {
            const coterie_chunk *chunk = &dotted->live[place].chunks[k];
            uint64_t base = chunk->base * COTERIE_CHUNK;
            coterie_run run = {0};
            for (; coterie_chunk_run(chunk, &run); n++)
                if (ranges) ranges[n] = (coterie_range){place, base + run.first, base + run.last};
        }
    return n;
}

/* The live dots here as a set. */
static coterie_status live_dots(const coterie_dotted *dotted, coterie_dots *out) {
    size_t n = live_runs(dotted, NULL);
    coterie_range *ranges = malloc((n + 1) * sizeof *ranges);
    if (!ranges) return COTERIE_NO_MEMORY;
    live_runs(dotted, ranges);
    coterie_status status = coterie_dot_set_of(out, dotted->ids.n, ranges, n);
    free(ranges);
    return status;
}

coterie_status coterie_dotted_beyond(coterie_dotted *out, const coterie_dotted *dotted, const coterie_dotted_digest *known) {
    size_t *places = malloc((known->ids.n + 1) * sizeof *places), n = 0, more = 0, room;
    coterie_dots seen = {0}, live = {0}, mine = {0}, both = {0}, lacking = {0};
    coterie_range *ranges = NULL;
    coterie_status status = places ? COTERIE_OK : COTERIE_NO_MEMORY;
    if (places) coterie_replicas_match(&dotted->ids, &known->ids, places);
    if (status == COTERIE_OK) status = coterie_dot_set_moved(&seen, dotted->ids.n, &known->seen, places);
    if (status == COTERIE_OK) status = coterie_dot_set_moved(&live, dotted->ids.n, &known->live, places);
    if (status == COTERIE_OK) status = live_dots(dotted, &mine);
    if (status == COTERIE_OK) {
        room = coterie_dots_ranges_room(&dotted->context) + coterie_dots_ranges_room(&live) + coterie_dots_ranges_room(&mine);
        room += coterie_dots_ranges_room(&dotted->context) + coterie_dots_ranges_room(&seen);
        ranges = malloc((room + 1) * sizeof *ranges);
        if (!ranges) status = COTERIE_NO_MEMORY;
    }
    if (status == COTERIE_OK) {
        n = coterie_dots_common(&live, &dotted->context, ranges); /* what it has live and was seen here, */
        status = coterie_dot_set_of(&both, dotted->ids.n, ranges, n);
    }
    if (status == COTERIE_OK) {
        more = coterie_dots_missing(&mine, &both, ranges); /* but is not live here; */
        n = coterie_dots_missing(&seen, &dotted->context, ranges + more); /* and what it has not seen */
        coterie_dots_sort(ranges, n + more);
        status = coterie_dot_set_of(&lacking, dotted->ids.n, ranges, n + more);
    }
    if (status == COTERIE_OK) status = coterie_dotted_only(out, dotted, &lacking);
    free(places);
    free(ranges);
    coterie_dot_set_free(&seen);
    coterie_dot_set_free(&live);
    coterie_dot_set_free(&mine);
    coterie_dot_set_free(&both);
    coterie_dot_set_free(&lacking);
    return status;
}
