#include "coterie/crdts/dot_sets.h"
#include "coterie/crdts/dot_walk.h"
#include "coterie/crdts/dotted.h"

#include <stdlib.h>

void coterie_came_and_went_free(coterie_came_and_went *changes) {
    free(changes->came);
    free(changes->went);
}

/* Another one, seen from the places of this one. */
typedef struct view {
    const coterie_dotted *dotted;
    size_t *places;       /* of its ids here, or COTERIE_NOWHERE */
    coterie_dots context; /* by places here; of ids that have one */
} view;

static void close_view(view *view) {
    free(view->places);
    coterie_dot_set_free(&view->context);
}

static coterie_status open_view(view *view, const coterie_dotted *dotted, const coterie_dotted *other) {
    *view = (struct view){.dotted = other, .places = malloc((other->ids.n + 1) * sizeof *view->places)};
    if (view->places) {
        coterie_replicas_match(&dotted->ids, &other->ids, view->places);
        if (coterie_dot_set_moved(&view->context, dotted->ids.n, &other->context, view->places) == COTERIE_OK) return COTERIE_OK;
    }
    close_view(view);
    return COTERIE_NO_MEMORY;
}

static int seen(const coterie_dots *context, size_t place, uint64_t counter) {
    return counter <= context->prefix[place] || (context->len && coterie_dots_has(context, place, counter));
}

/* The other one's records of what only it has live, and this one never saw. */
static coterie_status find_new(const coterie_dotted *dotted, const view *view, coterie_numbers *fresh) {
    const coterie_dotted *other = view->dotted;
    for (size_t i = 0; i < other->ids.n; i++) {
        size_t place = view->places[i];
        for (size_t k = coterie_live_at(&other->live[i], dotted->context.prefix[place] / COTERIE_CHUNK); k < other->live[i].n; k++) {
            const coterie_chunk *chunk = &other->live[i].chunks[k];
            coterie_chunk_walk walk;
            uint64_t counter;
            uint32_t record;
            coterie_chunk_walk_begin(&walk, chunk, coterie_live_chunk(&dotted->live[place], chunk->base), 0, COTERIE_CHUNK - 1);
            while (coterie_chunk_walk_next(&walk, &counter, &record))
                if (!seen(&dotted->context, place, counter) && coterie_numbers_add(fresh, record) != COTERIE_OK) return COTERIE_NO_MEMORY;
        }
    }
    return COTERIE_OK;
}

/* The records of what the other one saw and has not live. */
static coterie_status find_dropped(const coterie_dotted *dotted, const view *view, coterie_numbers *gone) {
    for (size_t i = 0; i < view->dotted->ids.n; i++) {
        coterie_dot_walk walk;
        uint64_t counter;
        uint32_t record;
        coterie_dot_walk_begin(&walk, &dotted->live[view->places[i]], &view->dotted->live[i], &view->context, view->places[i]);
        while (coterie_dot_walk_next(&walk, &counter, &record))
            if (coterie_numbers_add(gone, record) != COTERIE_OK) return COTERIE_NO_MEMORY;
    }
    return COTERIE_OK;
}

static const coterie_string *string_of(const coterie_dotted *dotted, uint32_t record) {
    return &dotted->strings.each[dotted->records[record].string];
}

/* The chunks of what is new, which is in the order of the other one's places and counters. */
static coterie_status open_chunks(coterie_dotted *dotted, const view *view, const coterie_numbers *fresh) {
    const coterie_record *records = view->dotted->records;
    uint64_t *bases = malloc((fresh->n + 1) * sizeof *bases);
    coterie_status status = bases ? COTERIE_OK : COTERIE_NO_MEMORY;
    for (size_t i = 0; i < fresh->n && status == COTERIE_OK;) {
        uint32_t place = records[fresh->each[i]].place;
        size_t n = 0;
        for (; i < fresh->n && records[fresh->each[i]].place == place; i++) {
            uint64_t base = records[fresh->each[i]].counter / COTERIE_CHUNK;
            if (!n || bases[n - 1] != base) bases[n++] = base;
        }
        status = coterie_live_open(&dotted->live[view->places[place]], bases, n);
    }
    free(bases);
    return status;
}

/* The most bytes of the strings of some records, where each stands once and has so many bytes before it. One string may be that of
 * many, so it is no more than all strings have. */
static size_t bytes_of(const coterie_dotted *dotted, const coterie_numbers *records, size_t before) {
    size_t size = 0, most = dotted->strings.live + before * dotted->strings.len;
    for (size_t i = 0; i < records->n && size < most; i++) size += before + string_of(dotted, records->each[i])->len;
    return size < most ? size : most;
}

/* Room for all that a join brings, and for the strings that may go. */
static coterie_status reserve(coterie_dotted *dotted, const coterie_dotted *other, const coterie_numbers *fresh,
                              const coterie_numbers *gone, coterie_numbers *added, coterie_came_and_went *changes) {
    if (fresh->n && coterie_dotted_reserve(dotted, fresh->n, bytes_of(other, fresh, 0)) != COTERIE_OK) return COTERIE_NO_MEMORY;
    added->each = malloc((fresh->n + 1) * sizeof *added->each);
    added->room = fresh->n;
    if (!added->each) return COTERIE_NO_MEMORY;
    if (!changes) return COTERIE_OK;
    changes->came = malloc(bytes_of(other, fresh, 4) + 1);
    changes->went = malloc(bytes_of(dotted, gone, 4) + 1);
    return changes->came && changes->went ? COTERIE_OK : COTERIE_NO_MEMORY;
}

enum { AHEAD = 16 };

static void list(uint8_t *out, size_t *size, const uint8_t *bytes, const coterie_string *string) {
    coterie_store32(out + *size, string->len);
    if (string->len) memcpy(out + *size + 4, bytes + string->start, string->len);
    *size += 4 + string->len;
}

static uint32_t hash_at(const coterie_dotted *other, const coterie_numbers *fresh, size_t i) {
    return string_of(other, fresh->each[i < fresh->n ? i : fresh->n - 1])->hash;
}

/* Makes them live. */
static coterie_status put_new(coterie_dotted *dotted, const view *view, const coterie_numbers *fresh, coterie_numbers *added,
                              coterie_came_and_went *changes) {
    const coterie_dotted *other = view->dotted;
    for (size_t i = 0; i < fresh->n; i++) {
        const coterie_record *from = &other->records[fresh->each[i]];
        const coterie_string *string = string_of(other, fresh->each[i]);
        size_t before = dotted->strings.len;
        uint32_t record;
        coterie_dotted_prefetch(dotted, hash_at(other, fresh, i + 3 * AHEAD), hash_at(other, fresh, i + 2 * AHEAD),
                                hash_at(other, fresh, i + AHEAD));
        if (coterie_dotted_put_in_room(dotted, view->places[from->place], from->counter, string->hash,
                                       other->strings.bytes + string->start, string->len, &record) != COTERIE_OK)
            return COTERIE_NO_MEMORY;
        added->each[added->n++] = record;
        if (changes && before < dotted->strings.len) list(changes->came, &changes->came_size, other->strings.bytes, string);
    }
    return COTERIE_OK;
}

static void drop(coterie_dotted *dotted, uint32_t record, coterie_came_and_went *changes) {
    uint32_t number = dotted->records[record].string;
    const coterie_string *string = &dotted->strings.each[number];
    if (changes && dotted->first[number] == record && dotted->records[record].next == COTERIE_NO_RECORD)
        list(changes->went, &changes->went_size, dotted->strings.bytes, string);
    coterie_dotted_drop(dotted, record);
}

coterie_status coterie_dotted_join(coterie_dotted *dotted, const coterie_dotted *other, coterie_came_and_went *changes,
                                   int level) {
    coterie_numbers fresh = {0}, added = {0}, gone = {0};
    coterie_range *cloud = NULL;
    size_t room = dotted->context.len + other->context.len, place;
    view view;
    for (size_t i = 0; i < other->ids.n; i++)
        if (coterie_dotted_place(dotted, coterie_replica_id(&other->ids, i), other->ids.each[i].len, &place) != COTERIE_OK)
            return COTERIE_NO_MEMORY;
    coterie_status status = open_view(&view, dotted, other);
    if (status != COTERIE_OK) return status;
    status = find_new(dotted, &view, &fresh);
    if (status == COTERIE_OK) status = find_dropped(dotted, &view, &gone);
    if (status == COTERIE_OK) status = open_chunks(dotted, &view, &fresh);
    if (status == COTERIE_OK) status = reserve(dotted, other, &fresh, &gone, &added, changes);
    if (status == COTERIE_OK && !(cloud = malloc((room + 1) * sizeof *cloud))) status = COTERIE_NO_MEMORY;
    if (status == COTERIE_OK) status = put_new(dotted, &view, &fresh, &added, changes);
    if (status == COTERIE_OK) { /* from here on nothing fails */
        coterie_range *before = dotted->context.cloud;
        for (size_t i = 0; i < gone.n; i++) {
            if (i + AHEAD < gone.n) coterie_table_prefetch(&dotted->strings, string_of(dotted, gone.each[i + AHEAD])->hash);
            drop(dotted, gone.each[i], changes);
        }
        coterie_dots_join(&dotted->context, &view.context, cloud, level);
        free(before);
        dotted->cloud_room = room;
    } else {
        for (size_t i = added.n; i; i--) coterie_dotted_drop(dotted, added.each[i - 1]);
        if (changes) changes->came_size = 0;
        free(cloud);
    }
    free(fresh.each);
    free(added.each);
    free(gone.each);
    close_view(&view);
    return status;
}

coterie_status coterie_dotted_within(const coterie_dotted *a, const coterie_dotted *b, int level, int *within) {
    view view;
    coterie_status status = open_view(&view, b, a);
    if (status != COTERIE_OK) return status;
    *within = !(coterie_dots_relation(&view.context, &b->context, level) & COTERIE_AFTER);
    for (size_t i = 0; i < a->ids.n && *within; i++) {
        size_t place = view.places[i];
        if (place == COTERIE_NOWHERE) {
            *within = coterie_dots_highest(&a->context, i) == 0;
            continue;
        }
        coterie_dot_walk walk;
        uint64_t counter;
        uint32_t record;
        coterie_dot_walk_begin(&walk, &b->live[place], &a->live[i], &view.context, place);
        *within = !coterie_dot_walk_next(&walk, &counter, &record);
    }
    close_view(&view);
    return COTERIE_OK;
}
