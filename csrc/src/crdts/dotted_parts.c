#include "coterie/crdts/dotted_parts.h"

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
    coterie_live_walk walk = {0};
    while (coterie_live_next(&dotted->live[place], &walk)) {
        const coterie_string *string = &dotted->strings.each[dotted->records[walk.number].string];
        uint32_t record;
        if (!coterie_dots_has(dots, place, walk.counter)) continue;
        if (coterie_dotted_put(out, to, walk.counter, string->hash, dotted->strings.bytes + string->start, string->len, &record) !=
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

static void free_dots(coterie_dots *dots) {
    free(dots->prefix);
    free(dots->cloud);
}

static coterie_status make_dots(coterie_dots *dots, size_t n, size_t room) {
    *dots = (coterie_dots){calloc(n + 1, sizeof(uint64_t)), n, malloc((room + 1) * sizeof(coterie_range)), 0};
    if (dots->prefix && dots->cloud) return COTERIE_OK;
    free_dots(dots);
    *dots = (coterie_dots){0};
    return COTERIE_NO_MEMORY;
}

static int by_slot(const void *a, const void *b) {
    const coterie_range *x = a, *y = b;
    if (x->slot != y->slot) return x->slot < y->slot ? -1 : 1;
    return x->first < y->first ? -1 : x->first > y->first;
}

/* A set of a digest by the places here. */
static coterie_status seen_from(const coterie_dots *theirs, const size_t *places, size_t n, coterie_dots *out) {
    if (make_dots(out, n, theirs->len) != COTERIE_OK) return COTERIE_NO_MEMORY;
    for (size_t i = 0; i < theirs->n; i++)
        if (places[i] != COTERIE_NOWHERE) out->prefix[places[i]] = theirs->prefix[i];
    for (size_t i = 0; i < theirs->len; i++) {
        coterie_range range = theirs->cloud[i];
        range.slot = places[range.slot];
        if (range.slot != COTERIE_NOWHERE) out->cloud[out->len++] = range;
    }
    if (out->len) qsort(out->cloud, out->len, sizeof(coterie_range), by_slot);
    return COTERIE_OK;
}

/* The live dots here as a set. */
static coterie_status live_dots(const coterie_dotted *dotted, coterie_dots *out) {
    size_t room = 0, at = 0;
    coterie_range *ranges = NULL;
    for (int write = 0; write < 2; write++) {
        for (size_t place = 0; place < dotted->ids.n; place++) {
            coterie_live_walk walk = {0};
            uint64_t first = 0, last = 0;
            while (coterie_live_next(&dotted->live[place], &walk)) {
                if (first && walk.counter == last + 1) {
                    last++;
                    if (write) ranges[at - 1].last = last;
                    continue;
                }
                first = last = walk.counter;
                if (write) ranges[at++] = (coterie_range){place, first, last};
                else room++;
            }
        }
        if (!write && !(ranges = malloc((room + 1) * sizeof *ranges))) return COTERIE_NO_MEMORY;
    }
    coterie_status status = make_dots(out, dotted->ids.n, room);
    if (status == COTERIE_OK) coterie_dots_of_ranges(out, ranges, room);
    free(ranges);
    return status;
}


coterie_status coterie_dotted_beyond(coterie_dotted *out, const coterie_dotted *dotted, const coterie_dotted_digest *known) {
    size_t *places = malloc((known->ids.n + 1) * sizeof *places), n = 0, more = 0, room;
    coterie_dots seen = {0}, live = {0}, mine = {0}, both = {0}, lacking = {0};
    coterie_range *ranges = NULL;
    coterie_status status = places ? COTERIE_OK : COTERIE_NO_MEMORY;
    if (places) coterie_replicas_match(&dotted->ids, &known->ids, places);
    if (status == COTERIE_OK) status = seen_from(&known->seen, places, dotted->ids.n, &seen);
    if (status == COTERIE_OK) status = seen_from(&known->live, places, dotted->ids.n, &live);
    if (status == COTERIE_OK) status = live_dots(dotted, &mine);
    if (status == COTERIE_OK) {
        room = coterie_dots_ranges_room(&dotted->context) + coterie_dots_ranges_room(&live) + coterie_dots_ranges_room(&mine);
        room += coterie_dots_ranges_room(&dotted->context) + coterie_dots_ranges_room(&seen);
        ranges = malloc((room + 1) * sizeof *ranges);
        status = ranges ? make_dots(&both, dotted->ids.n, room) : COTERIE_NO_MEMORY;
        if (status == COTERIE_OK) status = make_dots(&lacking, dotted->ids.n, room);
    }
    if (status == COTERIE_OK) {
        n = coterie_dots_common(&live, &dotted->context, ranges); /* what it has live and was seen here, */
        coterie_dots_of_ranges(&both, ranges, n);
        more = coterie_dots_missing(&mine, &both, ranges); /* but is not live here; */
        n = coterie_dots_missing(&seen, &dotted->context, ranges + more); /* and what it has not seen */
        if (n + more) qsort(ranges, n + more, sizeof *ranges, by_slot);
        coterie_dots_of_ranges(&lacking, ranges, n + more);
        status = coterie_dotted_only(out, dotted, &lacking);
    }
    free(places);
    free(ranges);
    free_dots(&seen);
    free_dots(&live);
    free_dots(&mine);
    free_dots(&both);
    free_dots(&lacking);
    return status;
}
