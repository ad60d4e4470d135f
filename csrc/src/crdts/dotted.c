#include "coterie/crdts/dotted.h"

#include "copied.h"

void coterie_dotted_begin(coterie_dotted *dotted, const uint64_t key[2]) {
    memset(dotted, 0, sizeof *dotted);
    memcpy(dotted->ids.key, key, sizeof dotted->ids.key);
    memcpy(dotted->strings.key, key, sizeof dotted->strings.key);
    dotted->free = COTERIE_NO_RECORD;
}

void coterie_dotted_free(coterie_dotted *dotted) {
    for (size_t place = 0; place < dotted->places; place++) coterie_live_free(&dotted->live[place]);
    free(dotted->live);
    free(dotted->context.prefix);
    free(dotted->context.cloud);
    free(dotted->first);
    free(dotted->records);
    coterie_replicas_free(&dotted->ids);
    coterie_table_free(&dotted->strings);
    if (dotted->follows) dotted->follower->free(dotted->follows);
}

coterie_status coterie_dotted_copy(coterie_dotted *out, const coterie_dotted *dotted) {
    size_t n = dotted->ids.n, strings = dotted->strings.n;
    const coterie_dots *context = &dotted->context;
    *out = *dotted;
    out->places = 0, out->cloud_room = context->len, out->first_room = strings, out->room = dotted->n;
    memset(&out->ids, 0, sizeof out->ids);
    memset(&out->strings, 0, sizeof out->strings);
    out->follows = NULL;
    out->live = malloc((n + 1) * sizeof *out->live);
    out->context.prefix = copied(context->prefix, n * sizeof *context->prefix);
    out->context.cloud = copied(context->cloud, context->len * sizeof *context->cloud);
    out->first = copied(dotted->first, strings * sizeof *out->first);
    out->records = copied(dotted->records, dotted->n * sizeof *out->records);
    if (!out->live || !out->context.prefix || !out->context.cloud || !out->first || !out->records) goto no_memory;
    for (; out->places < n; out->places++)
        if (coterie_live_copy(&out->live[out->places], &dotted->live[out->places]) != COTERIE_OK) goto no_memory;
    if (coterie_replicas_copy(&out->ids, &dotted->ids) != COTERIE_OK) {
        memset(&out->ids, 0, sizeof out->ids);
        goto no_memory;
    }
    if (coterie_table_copy(&out->strings, &dotted->strings) != COTERIE_OK) {
        memset(&out->strings, 0, sizeof out->strings);
        goto no_memory;
    }
    if (!dotted->follows || (out->follows = dotted->follower->copy(dotted->follows))) return COTERIE_OK;
no_memory:
    coterie_dotted_free(out);
    return COTERIE_NO_MEMORY;
}

size_t coterie_dotted_memory(const coterie_dotted *dotted) {
    size_t size = dotted->places * (sizeof *dotted->live + sizeof(uint64_t)) + dotted->cloud_room * sizeof(coterie_range) +
                  dotted->first_room * sizeof *dotted->first + dotted->room * sizeof *dotted->records +
                  coterie_table_memory(&dotted->strings) + coterie_replicas_memory(&dotted->ids);
    for (size_t place = 0; place < dotted->places; place++) size += coterie_live_memory(&dotted->live[place]);
    return dotted->follows ? size + dotted->follower->memory(dotted->follows) : size;
}

/* ---- places ---- */

static coterie_status reserve_places(coterie_dotted *dotted, size_t n) {
    size_t places = dotted->places + dotted->places / 2 > n ? dotted->places + dotted->places / 2 : n;
    coterie_live *live;
    uint64_t *prefix;
    if (n <= dotted->places) return COTERIE_OK;
    if (!(live = realloc(dotted->live, places * sizeof *live))) return COTERIE_NO_MEMORY;
    dotted->live = live;
    if (!(prefix = realloc(dotted->context.prefix, places * sizeof *prefix))) return COTERIE_NO_MEMORY;
    memset(live + dotted->places, 0, (places - dotted->places) * sizeof *live);
    memset(prefix + dotted->places, 0, (places - dotted->places) * sizeof *prefix);
    dotted->context.prefix = prefix, dotted->places = places;
    return COTERIE_OK;
}

coterie_status coterie_dotted_place(coterie_dotted *dotted, const void *id, size_t len, size_t *place) {
    coterie_status status = reserve_places(dotted, dotted->ids.n + 1);
    if (status == COTERIE_OK) status = coterie_replicas_add(&dotted->ids, id, len, place);
    if (status == COTERIE_OK) dotted->context.n = dotted->ids.n;
    return status;
}

/* ---- live dots ---- */

static size_t more(size_t room, size_t n) { return room + room / 4 > n ? room + room / 4 : n + 3; }

coterie_status coterie_dotted_reserve(coterie_dotted *dotted, size_t dots, size_t bytes) {
    if (dots > UINT32_MAX / 2 - dotted->len) return COTERIE_NO_MEMORY;
    if (!coterie_table_has_room(&dotted->strings, dots, bytes) &&
        coterie_table_reserve(&dotted->strings, dots, bytes) != COTERIE_OK)
        return COTERIE_NO_MEMORY;
    if (dotted->len + dots > dotted->room) {
        size_t room = more(dotted->room, (size_t)dotted->len + dots);
        coterie_record *records = realloc(dotted->records, room * sizeof *records);
        if (!records) return COTERIE_NO_MEMORY;
        dotted->records = records, dotted->room = room;
        coterie_wish_huge(records, room * sizeof *records);
    }
    if (dotted->strings.room > dotted->first_room) {
        uint32_t *first = realloc(dotted->first, dotted->strings.room * sizeof *first);
        if (!first) return COTERIE_NO_MEMORY;
        dotted->first = first, dotted->first_room = dotted->strings.room;
        coterie_wish_huge(first, dotted->first_room * sizeof *first);
    }
    return COTERIE_OK;
}

static uint32_t free_record(const coterie_dotted *dotted) {
    return dotted->free == COTERIE_NO_RECORD ? (uint32_t)dotted->n : dotted->free;
}

/* The number of a string, which its follower knows; there is room. */
static coterie_status enter(coterie_dotted *dotted, uint32_t hash, const void *bytes, size_t len, uint32_t *string) {
    if (!coterie_table_enter(&dotted->strings, hash, bytes, len, string)) return COTERIE_OK;
    dotted->first[*string] = COTERIE_NO_RECORD;
    dotted->turns++;
    if (*string < dotted->lowest) dotted->lowest = *string;
    if (!dotted->follows || dotted->follower->come(dotted, *string) == COTERIE_OK) return COTERIE_OK;
    coterie_table_remove(&dotted->strings, *string);
    return COTERIE_NO_MEMORY;
}

/* Puts a record before all others of its string. */
static void link(coterie_dotted *dotted, uint32_t record) {
    uint32_t *first = &dotted->first[dotted->records[record].string];
    if (*first != COTERIE_NO_RECORD) dotted->records[*first].before = record;
    dotted->records[record].next = *first, dotted->records[record].before = COTERIE_NO_RECORD;
    *first = record;
}

/* Takes it away from them. The string goes if there is none. */
static void unlink(coterie_dotted *dotted, uint32_t record) {
    const coterie_record *gone = &dotted->records[record];
    uint32_t *first = &dotted->first[gone->string];
    if (gone->next != COTERIE_NO_RECORD) dotted->records[gone->next].before = gone->before;
    if (*first != record) {
        dotted->records[gone->before].next = gone->next;
    } else if ((*first = gone->next) == COTERIE_NO_RECORD) {
        if (dotted->follows) dotted->follower->go(dotted, gone->string);
        dotted->turns++;
        coterie_table_remove(&dotted->strings, gone->string);
    }
}

/* Makes a free record that of a live dot. */
static void begin(coterie_dotted *dotted, uint32_t record, size_t place, uint64_t counter, uint32_t string) {
    if (dotted->free == COTERIE_NO_RECORD) dotted->n++;
    else dotted->free = dotted->records[record].next;
    dotted->records[record] = (coterie_record){.counter = counter, .place = (uint32_t)place, .string = string};
    link(dotted, record);
    dotted->len++;
}

coterie_status coterie_dotted_put_in_room(coterie_dotted *dotted, size_t place, uint64_t counter, uint32_t hash, const void *bytes,
                                          size_t len, uint32_t *record) {
    uint32_t string;
    *record = free_record(dotted);
    if (coterie_live_add(&dotted->live[place], counter, *record) != COTERIE_OK) return COTERIE_NO_MEMORY;
    if (enter(dotted, hash, bytes, len, &string) != COTERIE_OK) {
        coterie_live_remove(&dotted->live[place], counter);
        return COTERIE_NO_MEMORY;
    }
    begin(dotted, *record, place, counter, string);
    return COTERIE_OK;
}

coterie_status coterie_dotted_put(coterie_dotted *dotted, size_t place, uint64_t counter, uint32_t hash, const void *bytes,
                                  size_t len, uint32_t *record) {
    if (len >= COTERIE_NO_STRING || coterie_dotted_reserve(dotted, 1, len) != COTERIE_OK) return COTERIE_NO_MEMORY;
    return coterie_dotted_put_in_room(dotted, place, counter, hash, bytes, len, record);
}

coterie_status coterie_dotted_put_again(coterie_dotted *dotted, size_t place, uint64_t counter, uint32_t string, uint32_t *record) {
    if (coterie_dotted_reserve(dotted, 1, 0) != COTERIE_OK) return COTERIE_NO_MEMORY;
    *record = free_record(dotted);
    if (coterie_live_add(&dotted->live[place], counter, *record) != COTERIE_OK) return COTERIE_NO_MEMORY;
    begin(dotted, *record, place, counter, string);
    return COTERIE_OK;
}

coterie_status coterie_dotted_turn(coterie_dotted *dotted, uint32_t record, uint32_t hash, const void *bytes, size_t len) {
    uint32_t string;
    if (len >= COTERIE_NO_STRING || coterie_dotted_reserve(dotted, 1, len) != COTERIE_OK) return COTERIE_NO_MEMORY;
    if (enter(dotted, hash, bytes, len, &string) != COTERIE_OK) return COTERIE_NO_MEMORY;
    if (string == dotted->records[record].string) return COTERIE_OK;
    unlink(dotted, record);
    dotted->records[record].string = string;
    link(dotted, record);
    return COTERIE_OK;
}

coterie_status coterie_dotted_see(coterie_dotted *dotted, size_t place, uint64_t counter) {
    if (dotted->context.len == dotted->cloud_room) {
        size_t room = more(dotted->cloud_room, dotted->context.len + 1);
        coterie_range *cloud = realloc(dotted->context.cloud, room * sizeof *cloud);
        if (!cloud) return COTERIE_NO_MEMORY;
        dotted->context.cloud = cloud, dotted->cloud_room = room;
    }
    coterie_dots_add(&dotted->context, place, counter);
    return COTERIE_OK;
}

coterie_status coterie_dotted_set_context(coterie_dotted *dotted, const coterie_range *ranges, size_t n) {
    coterie_range *cloud = malloc((n + 1) * sizeof *cloud);
    if (!cloud) return COTERIE_NO_MEMORY;
    if (reserve_places(dotted, dotted->ids.n) != COTERIE_OK) {
        free(cloud);
        return COTERIE_NO_MEMORY;
    }
    free(dotted->context.cloud);
    dotted->context.cloud = cloud, dotted->cloud_room = n, dotted->context.n = dotted->ids.n, dotted->context.len = 0;
    coterie_dots_of_ranges(&dotted->context, ranges, n);
    return COTERIE_OK;
}

void coterie_dotted_drop(coterie_dotted *dotted, uint32_t record) {
    coterie_record *gone = &dotted->records[record];
    unlink(dotted, record);
    coterie_live_remove(&dotted->live[gone->place], gone->counter);
    gone->string = COTERIE_NO_STRING;
    gone->next = dotted->free;
    dotted->free = record;
    dotted->len--;
}
