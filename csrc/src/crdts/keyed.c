#include "coterie/crdts/keyed.h"

#include "coterie/clocks/dense.h"
#include "copied.h"

/* What is kept of an entry. */
typedef struct {
    uint64_t added, removed;
} times_record;
typedef struct {
    uint64_t time;
    size_t start; /* of the value */
    uint32_t len, writer;
} value_record;

static const size_t sizes[] = {0, 1, sizeof(times_record), sizeof(value_record)};

static uint8_t *record_of(const coterie_keyed *keyed, uint32_t number) {
    return keyed->records + number * sizes[keyed->kind];
}

void coterie_keyed_begin(coterie_keyed *keyed, coterie_keyed_kind kind, int removes, const uint64_t key[2]) {
    memset(keyed, 0, sizeof *keyed);
    keyed->kind = kind, keyed->removes = removes;
    memcpy(keyed->keys.key, key, sizeof keyed->keys.key);
    memcpy(keyed->ids.key, key, sizeof keyed->ids.key);
}

void coterie_keyed_free(coterie_keyed *keyed) {
    coterie_table_free(&keyed->keys);
    coterie_replicas_free(&keyed->ids);
    free(keyed->records);
    free(keyed->values);
}

coterie_status coterie_keyed_copy(coterie_keyed *out, const coterie_keyed *keyed) {
    *out = *keyed;
    out->room = keyed->keys.n, out->values_room = keyed->used;
    out->records = copied(keyed->records, keyed->keys.n * sizes[keyed->kind]);
    out->values = copied(keyed->values, keyed->used);
    memset(&out->ids, 0, sizeof out->ids);
    if (!out->records || !out->values || coterie_table_copy(&out->keys, &keyed->keys) != COTERIE_OK) {
        memset(&out->keys, 0, sizeof out->keys);
    } else if (coterie_replicas_copy(&out->ids, &keyed->ids) == COTERIE_OK) {
        return COTERIE_OK;
    } else {
        memset(&out->ids, 0, sizeof out->ids);
    }
    coterie_keyed_free(out);
    return COTERIE_NO_MEMORY;
}

size_t coterie_keyed_memory(const coterie_keyed *keyed) {
    return coterie_table_memory(&keyed->keys) + coterie_replicas_memory(&keyed->ids) + keyed->room * sizes[keyed->kind] +
           keyed->values_room;
}

/* ---- entries ---- */

coterie_keyed_entry coterie_keyed_get(const coterie_keyed *keyed, uint32_t number) {
    if (keyed->kind == COTERIE_KEYED_VALUES) {
        const value_record *kept = (const value_record *)record_of(keyed, number);
        return (coterie_keyed_entry){kept->time, 0, kept->writer, keyed->values + kept->start, kept->len};
    }
    if (keyed->kind == COTERIE_KEYED_TIMES) {
        const times_record *kept = (const times_record *)record_of(keyed, number);
        return (coterie_keyed_entry){.time = kept->added, .removed = kept->removed};
    }
    return (coterie_keyed_entry){.removed = keyed->kind == COTERIE_KEYED_REMOVALS ? *record_of(keyed, number) : 0};
}

static int by_bytes(const uint8_t *a, size_t n, const uint8_t *b, size_t m) {
    size_t less = n < m ? n : m;
    int order = less ? memcmp(a, b, less) : 0;
    return order ? order : (n > m) - (n < m);
}

static int compare_writes(const coterie_keyed *keyed, const coterie_keyed_entry *entry, const coterie_keyed *other,
                          const coterie_keyed_entry *theirs) {
    int order;
    if (entry->time != theirs->time) return entry->time > theirs->time ? COTERIE_AFTER : COTERIE_BEFORE;
    order = by_bytes(coterie_replica_id(&keyed->ids, entry->writer), keyed->ids.each[entry->writer].len,
                     coterie_replica_id(&other->ids, theirs->writer), other->ids.each[theirs->writer].len);
    if (!order) order = by_bytes(entry->value, entry->len, theirs->value, theirs->len);
    return order > 0 ? COTERIE_AFTER : order < 0 ? COTERIE_BEFORE : COTERIE_EQUAL;
}

int coterie_keyed_compare(const coterie_keyed *keyed, const coterie_keyed_entry *entry, const coterie_keyed *other,
                          const coterie_keyed_entry *theirs) {
    if (keyed->kind == COTERIE_KEYED_VALUES) return compare_writes(keyed, entry, other, theirs);
    return (entry->time < theirs->time || entry->removed < theirs->removed ? COTERIE_BEFORE : COTERIE_EQUAL) |
           (entry->time > theirs->time || entry->removed > theirs->removed ? COTERIE_AFTER : COTERIE_EQUAL);
}

uint64_t coterie_keyed_last(const coterie_keyed *keyed, const void *id, size_t len) {
    size_t place = coterie_replicas_find(&keyed->ids, id, len);
    uint64_t last = 0;
    for (uint32_t number = 0; number < keyed->keys.n && place != COTERIE_NOWHERE; number++) {
        coterie_keyed_entry entry = coterie_keyed_get(keyed, number);
        if (entry.writer == place && entry.time > last) last = entry.time;
    }
    return last;
}

size_t coterie_keyed_writers(const coterie_keyed *keyed) {
    uint8_t *seen = keyed->kind == COTERIE_KEYED_VALUES ? calloc(keyed->ids.n + 1, 1) : NULL;
    size_t n = 0;
    for (uint32_t number = 0; seen && number < keyed->keys.n; number++) {
        uint8_t *one = &seen[coterie_keyed_get(keyed, number).writer];
        n += !*one;
        *one = 1;
    }
    free(seen);
    return n;
}

/* ---- room ---- */

static size_t more(size_t room, size_t n) { return room + room / 4 > n ? room + room / 4 : n + 3; }

/* Without those that were replaced. */
static void compact(coterie_keyed *keyed, uint8_t *values) {
    size_t used = 0;
    for (uint32_t number = 0; number < keyed->keys.n; number++) {
        value_record *kept = (value_record *)record_of(keyed, number);
        if (kept->len) memcpy(values + used, keyed->values + kept->start, kept->len);
        kept->start = used;
        used += kept->len;
    }
    free(keyed->values);
    keyed->values = values, keyed->used = used;
}

static coterie_status reserve_values(coterie_keyed *keyed, size_t size) {
    size_t room;
    uint8_t *values;
    if (keyed->values && size <= keyed->values_room - keyed->used) return COTERIE_OK;
    if (size > SIZE_MAX / 4 - keyed->live) return COTERIE_NO_MEMORY;
    room = keyed->live + size + (keyed->live + size + keyed->keys.n) / 4 + 16; /* compacting looks at each key */
    if (keyed->live < keyed->used) {
        if (!(values = malloc(room))) return COTERIE_NO_MEMORY;
        compact(keyed, values);
    } else {
        if (!(values = realloc(keyed->values, room))) return COTERIE_NO_MEMORY;
        keyed->values = values;
    }
    keyed->values_room = room;
    coterie_wish_huge(keyed->values, room);
    return COTERIE_OK;
}

coterie_status coterie_keyed_reserve(coterie_keyed *keyed, size_t keys, size_t bytes, size_t values) {
    size_t n = keyed->keys.n + keys, size = sizes[keyed->kind];
    if (coterie_table_reserve(&keyed->keys, keys, bytes) != COTERIE_OK) return COTERIE_NO_MEMORY;
    if (n > keyed->room && size) {
        size_t room = more(keyed->room, n);
        uint8_t *records = room <= SIZE_MAX / 2 / size ? realloc(keyed->records, room * size) : NULL;
        if (!records) return COTERIE_NO_MEMORY;
        keyed->records = records, keyed->room = room;
        coterie_wish_huge(records, room * size);
    }
    return keyed->kind == COTERIE_KEYED_VALUES ? reserve_values(keyed, values) : COTERIE_OK;
}

/* Forgets ids of which no write is left, if these are most. */
static void tidy_ids(coterie_keyed *keyed) {
    coterie_replicas ids = {.key = {keyed->ids.key[0], keyed->ids.key[1]}}, before = keyed->ids;
    size_t *places;
    coterie_status status = COTERIE_OK;
    if (before.n / 4 <= keyed->keys.n + 16 || !(places = malloc(before.n * sizeof *places))) return;
    for (uint32_t number = 0; number < keyed->keys.n && status == COTERIE_OK; number++) {
        size_t writer = coterie_keyed_get(keyed, number).writer;
        status = coterie_replicas_add(&ids, coterie_replica_id(&before, writer), before.each[writer].len, &places[writer]);
    }
    for (uint32_t number = 0; number < keyed->keys.n && status == COTERIE_OK; number++) {
        value_record *kept = (value_record *)record_of(keyed, number);
        kept->writer = (uint32_t)places[kept->writer];
    }
    if (status == COTERIE_OK) keyed->ids = ids;
    coterie_replicas_free(status == COTERIE_OK ? &before : &ids);
    free(places);
}

void coterie_keyed_tidy(coterie_keyed *keyed) {
    uint8_t *values;
    tidy_ids(keyed);
    if (keyed->used / 4 <= keyed->live + keyed->keys.n || !(values = malloc(keyed->live + 1))) return;
    compact(keyed, values);
    keyed->values_room = keyed->live + 1;
}

/* ---- changes ---- */

/* A value that is not longer than that which it replaces takes its place. */
static void put_value(coterie_keyed *keyed, value_record *kept, const coterie_keyed_entry *entry) {
    if (entry->len > kept->len) {
        kept->start = keyed->used;
        keyed->used += entry->len;
    }
    keyed->live += entry->len - kept->len;
    if (entry->len) memcpy(keyed->values + kept->start, entry->value, entry->len);
    kept->time = entry->time, kept->len = (uint32_t)entry->len, kept->writer = (uint32_t)entry->writer;
}

static void put(coterie_keyed *keyed, uint32_t number, const coterie_keyed_entry *entry) {
    if (keyed->kind == COTERIE_KEYED_VALUES) put_value(keyed, (value_record *)record_of(keyed, number), entry);
    if (keyed->kind == COTERIE_KEYED_REMOVALS) *record_of(keyed, number) = (uint8_t)entry->removed;
    if (keyed->kind == COTERIE_KEYED_TIMES) {
        *(times_record *)record_of(keyed, number) = (times_record){entry->time, entry->removed};
        if (entry->removed > keyed->greatest) keyed->greatest = entry->removed;
    }
    if (entry->time > keyed->greatest) keyed->greatest = entry->time;
}

uint32_t coterie_keyed_add(coterie_keyed *keyed, uint32_t hash, const void *bytes, size_t len, const coterie_keyed_entry *entry) {
    uint32_t number;
    coterie_table_enter(&keyed->keys, hash, bytes, len, &number);
    if (sizes[keyed->kind]) memset(record_of(keyed, number), 0, sizes[keyed->kind]);
    put(keyed, number, entry);
    keyed->shown += (size_t)coterie_keyed_shows(keyed, entry);
    return number;
}

int coterie_keyed_raise(coterie_keyed *keyed, uint32_t number, const coterie_keyed_entry *entry) {
    coterie_keyed_entry before = coterie_keyed_get(keyed, number), after = *entry;
    int shown = coterie_keyed_shows(keyed, &before), changed;
    if (keyed->kind == COTERIE_KEYED_VALUES) {
        if (compare_writes(keyed, &before, keyed, entry) != COTERIE_BEFORE) return 0;
    } else {
        if (before.time > after.time) after.time = before.time;
        if (before.removed > after.removed) after.removed = before.removed;
    }
    changed = shown != coterie_keyed_shows(keyed, &after) || by_bytes(before.value, before.len, after.value, after.len);
    keyed->shown += (size_t)coterie_keyed_shows(keyed, &after) - (size_t)shown;
    put(keyed, number, &after);
    return changed;
}

/* ---- two of them ---- */

enum { AHEAD = 16 };

/* Fetches what a search for another one's later keys will look at, one after the other. */
static void fetch(const coterie_keyed *keyed, const coterie_keyed *other, size_t i) {
    const coterie_table *keys = &keyed->keys;
    if (i + 3 * AHEAD >= other->keys.n || !keys->len) return;
    const coterie_string *key = &other->keys.each[i + AHEAD];
    coterie_table_prefetch(keys, key[2 * AHEAD].hash);
    uint32_t number = coterie_table_peek(keys, key[AHEAD].hash);
    if (number != COTERIE_NO_STRING) COTERIE_PREFETCH(&keys->each[number]);
    number = coterie_table_peek(keys, key->hash);
    if (number == COTERIE_NO_STRING) return;
    COTERIE_PREFETCH(coterie_table_bytes(keys, number));
    if (keyed->records) COTERIE_PREFETCH(record_of(keyed, number));
    if (keyed->kind != COTERIE_KEYED_VALUES) return;
    number = coterie_table_peek(keys, key[-AHEAD / 2].hash);
    if (number != COTERIE_NO_STRING) COTERIE_PREFETCH(coterie_keyed_get(keyed, number).value);
}

static const uint8_t *key_of(const coterie_keyed *keyed, uint32_t number) { return coterie_table_bytes(&keyed->keys, number); }

/* The number of another one's key; copies have the same ones. */
static uint32_t find(const coterie_keyed *keyed, const coterie_keyed *other, uint32_t number) {
    const coterie_string *key = &other->keys.each[number], *same = number < keyed->keys.n ? &keyed->keys.each[number] : NULL;
    const uint8_t *bytes = key_of(other, number);
    if (same && same->hash == key->hash && same->len == key->len && !memcmp(key_of(keyed, number), bytes, key->len)) return number;
    return coterie_table_find(&keyed->keys, key->hash, bytes, key->len);
}

#define NOTHING (COTERIE_NO_STRING - 1) /* to be done; no key has such a number */

/* Places in `out` of the ids of another one, as they are asked for. */
typedef struct {
    coterie_replicas *out;
    const coterie_replicas *ids;
    size_t *each;
} places;

static coterie_status open_places(places *places, coterie_keyed *out, const coterie_keyed *other) {
    places->out = &out->ids, places->ids = &other->ids;
    places->each = malloc((other->ids.n + 1) * sizeof *places->each);
    for (size_t i = 0; places->each && i < other->ids.n; i++) places->each[i] = COTERIE_NOWHERE;
    return places->each ? COTERIE_OK : COTERIE_NO_MEMORY;
}
static coterie_status need_place(places *places, const coterie_keyed_entry *entry) {
    size_t *place = &places->each[entry->writer];
    if (!places->ids->n || *place != COTERIE_NOWHERE) return COTERIE_OK;
    return coterie_replicas_add(places->out, coterie_replica_id(places->ids, entry->writer), places->ids->each[entry->writer].len,
                                place);
}
static coterie_keyed_entry moved(const places *places, coterie_keyed_entry entry) {
    if (places->ids->n) entry.writer = places->each[entry.writer];
    return entry;
}

/* Fetches what later ones of these will write to. */
static void fetch_places(const coterie_keyed *keyed, const coterie_keyed *other, const uint32_t *numbers, size_t i) {
    if (i + 2 * AHEAD >= other->keys.n) return;
    uint32_t number = numbers[i + 2 * AHEAD];
    if (number == COTERIE_NO_STRING) coterie_table_prefetch(&keyed->keys, other->keys.each[i + 2 * AHEAD].hash);
    else if (number != NOTHING && keyed->records) COTERIE_PREFETCH(record_of(keyed, number));
    number = numbers[i + AHEAD];
    if (number < NOTHING && keyed->kind == COTERIE_KEYED_VALUES) COTERIE_PREFETCH(coterie_keyed_get(keyed, number).value);
}

coterie_status coterie_keyed_join(coterie_keyed *keyed, const coterie_keyed *other, int *changed) {
    size_t fresh = 0, bytes = 0, values = 0, n = other->keys.n;
    uint32_t *numbers = malloc((n + 1) * sizeof *numbers);
    places places;
    coterie_status status = open_places(&places, keyed, other);
    if (!numbers) status = COTERIE_NO_MEMORY;
    *changed = 0;
    for (uint32_t i = 0; i < n && status == COTERIE_OK; i++) {
        coterie_keyed_entry entry = coterie_keyed_get(other, i), mine;
        fetch(keyed, other, i);
        numbers[i] = find(keyed, other, i);
        if (numbers[i] == COTERIE_NO_STRING) {
            fresh++, bytes += other->keys.each[i].len;
        } else {
            mine = coterie_keyed_get(keyed, numbers[i]);
            if (!(coterie_keyed_compare(keyed, &mine, other, &entry) & COTERIE_BEFORE)) {
                numbers[i] = NOTHING;
                continue;
            }
        }
        values += entry.len;
        status = need_place(&places, &entry);
    }
    if (status == COTERIE_OK) status = coterie_keyed_reserve(keyed, fresh, bytes, values);
    for (uint32_t i = 0; i < n && status == COTERIE_OK; i++) { /* nothing fails */
        coterie_keyed_entry entry;
        fetch_places(keyed, other, numbers, i);
        if (numbers[i] == NOTHING) continue;
        entry = moved(&places, coterie_keyed_get(other, i));
        if (numbers[i] == COTERIE_NO_STRING) {
            coterie_keyed_add(keyed, other->keys.each[i].hash, key_of(other, i), other->keys.each[i].len, &entry);
            *changed |= coterie_keyed_shows(keyed, &entry);
        } else {
            *changed |= coterie_keyed_raise(keyed, numbers[i], &entry);
        }
    }
    if (status == COTERIE_OK) coterie_keyed_tidy(keyed);
    free(numbers);
    free(places.each);
    return status;
}

int coterie_keyed_relate(const coterie_keyed *a, const coterie_keyed *b) {
    int relation = COTERIE_EQUAL;
    size_t common = 0;
    for (uint32_t i = 0; i < a->keys.n && relation != COTERIE_CONCURRENT; i++) {
        coterie_keyed_entry mine = coterie_keyed_get(a, i), theirs;
        uint32_t number;
        fetch(b, a, i);
        number = find(b, a, i);
        if (number == COTERIE_NO_STRING) {
            relation |= COTERIE_AFTER;
            continue;
        }
        theirs = coterie_keyed_get(b, number);
        relation |= coterie_keyed_compare(a, &mine, b, &theirs);
        common++;
    }
    return common == b->keys.n ? relation : relation | COTERIE_BEFORE;
}

coterie_status coterie_keyed_pick(coterie_keyed *out, const coterie_keyed *keyed, const uint32_t *numbers, size_t n, int forget) {
    size_t bytes = 0, values = 0;
    places places;
    coterie_status status = open_places(&places, out, keyed);
    for (size_t i = 0; i < n && status == COTERIE_OK; i++) {
        coterie_keyed_entry entry = coterie_keyed_get(keyed, numbers[i]);
        bytes += keyed->keys.each[numbers[i]].len, values += entry.len;
        status = need_place(&places, &entry);
    }
    if (status == COTERIE_OK) status = coterie_keyed_reserve(out, n, bytes, values);
    for (size_t i = 0; i < n && status == COTERIE_OK; i++) {
        const coterie_string *key = &keyed->keys.each[numbers[i]];
        coterie_keyed_entry entry = moved(&places, coterie_keyed_get(keyed, numbers[i]));
        if (forget && keyed->kind == COTERIE_KEYED_TIMES) entry.removed = 0;
        coterie_keyed_add(out, key->hash, key_of(keyed, numbers[i]), key->len, &entry);
    }
    free(places.each);
    return status;
}

coterie_status coterie_keyed_common(coterie_keyed *out, const coterie_keyed *keyed, const coterie_keyed *other) {
    uint32_t *numbers = malloc((other->keys.n + 1) * sizeof *numbers);
    coterie_status status = COTERIE_NO_MEMORY;
    size_t n = 0;
    for (uint32_t i = 0; numbers && i < other->keys.n; i++) {
        uint32_t number = find(keyed, other, i);
        if (number != COTERIE_NO_STRING) numbers[n++] = number;
    }
    if (numbers) status = coterie_keyed_pick(out, keyed, numbers, n, 0);
    free(numbers);
    return status;
}
