#include "coterie/crdts/keyed_bytes.h"

#include "coterie/clocks/ids.h"

#include <stdlib.h>

enum { SHARED = 31, REMOVED = 32, LEN = 64 }; /* of the number before a key: see there */

static int has_times(const coterie_keyed *keyed) { return keyed->kind >= COTERIE_KEYED_TIMES; }
static int is_removed(const coterie_keyed *keyed, const coterie_keyed_entry *entry) {
    return keyed->kind == COTERIE_KEYED_TIMES ? entry->removed != 0 : !coterie_keyed_shows(keyed, entry);
}

/* ---- writing ---- */

size_t coterie_keyed_size(const coterie_keyed *keyed) {
    size_t size = 1 + 8 + 2 * COTERIE_VARINT_MOST + keyed->live;
    for (size_t place = 0; place < keyed->ids.n; place++) size += coterie_id_room(keyed->ids.each[place].len);
    return size + keyed->keys.live + keyed->keys.n * (5 * COTERIE_VARINT_MOST);
}

static uint8_t *write_time(uint8_t *out, uint64_t greatest, uint64_t time) {
    if (!time) return coterie_varint_write(out, 0);
    return coterie_varint_write(coterie_varint_write(out, (greatest >> 16) - (time >> 16) + 1), time & 0xffff);
}

/* The ids that wrote, and in `numbers` which each of them is by its place. */
static coterie_status write_ids(const coterie_keyed *keyed, size_t *numbers, uint8_t **out) {
    coterie_id id = {.kind = COTERIE_IDS_BYTES};
    size_t *order = malloc((keyed->ids.n + 1) * sizeof *order), n = 0;
    coterie_status status = order ? coterie_replicas_sort(&keyed->ids, order) : COTERIE_NO_MEMORY;
    if (status == COTERIE_OK) {
        for (size_t place = 0; place < keyed->ids.n; place++) numbers[place] = COTERIE_NOWHERE;
        for (uint32_t i = 0; i < keyed->keys.n; i++) numbers[coterie_keyed_get(keyed, i).writer] = 0;
        for (size_t i = 0; i < keyed->ids.n; i++)
            if (numbers[order[i]] != COTERIE_NOWHERE) numbers[order[i]] = n++;
        *out = coterie_varint_write(*out, n);
        for (size_t i = 0; i < keyed->ids.n; i++)
            if (numbers[order[i]] != COTERIE_NOWHERE)
                *out = coterie_id_write_bytes(&id, coterie_replica_id(&keyed->ids, order[i]), keyed->ids.each[order[i]].len, *out);
    }
    free(order);
    return status;
}

static uint8_t *write_key(const coterie_keyed *keyed, const coterie_string *before, uint32_t number, int removed, uint8_t *out) {
    const coterie_string *key = &keyed->keys.each[number];
    const uint8_t *bytes = coterie_table_bytes(&keyed->keys, number), *last = keyed->keys.bytes + (before ? before->start : 0);
    size_t shared = 0, most = before && before->len < SHARED ? before->len : before ? SHARED : 0;
    while (shared < most && shared < key->len && bytes[shared] == last[shared]) shared++;
    out = coterie_varint_write(out, (uint64_t)(key->len - shared) * LEN + (removed ? REMOVED : 0) + shared);
    memcpy(out, bytes + shared, key->len - shared);
    return out + (key->len - shared);
}

static uint8_t *write_entry(const coterie_keyed *keyed, const coterie_keyed_entry *entry, const size_t *numbers, uint8_t *out) {
    if (has_times(keyed)) out = write_time(out, keyed->greatest, entry->time);
    if (entry->removed && keyed->kind == COTERIE_KEYED_TIMES) return write_time(out, keyed->greatest, entry->removed);
    if (keyed->kind != COTERIE_KEYED_VALUES) return out;
    out = coterie_varint_write(out, numbers[entry->writer]);
    if (!entry->len) return out;
    out = coterie_varint_write(out, entry->len);
    memcpy(out, entry->value, entry->len);
    return out + entry->len;
}

coterie_status coterie_keyed_encode(const coterie_keyed *keyed, uint8_t *out, uint8_t **end) {
    uint32_t *order = malloc((keyed->keys.n + 1) * sizeof *order);
    size_t *numbers = malloc((keyed->ids.n + 1) * sizeof *numbers);
    coterie_status status = order && numbers ? coterie_table_sort(&keyed->keys, order) : COTERIE_NO_MEMORY;
    if (keyed->kind == COTERIE_KEYED_TIMES) *out++ = (uint8_t)keyed->removes;
    if (status == COTERIE_OK && keyed->kind == COTERIE_KEYED_VALUES) status = write_ids(keyed, numbers, &out);
    if (status == COTERIE_OK) {
        if (has_times(keyed)) {
            coterie_store64(out, keyed->greatest);
            out += 8;
        }
        out = coterie_varint_write(out, keyed->keys.n);
        for (size_t i = 0; i < keyed->keys.n; i++) {
            coterie_keyed_entry entry = coterie_keyed_get(keyed, order[i]);
            out = write_key(keyed, i ? &keyed->keys.each[order[i - 1]] : NULL, order[i], is_removed(keyed, &entry), out);
            out = write_entry(keyed, &entry, numbers, out);
        }
        *end = out;
    }
    free(order);
    free(numbers);
    return status;
}

/* ---- reading ---- */

typedef struct {
    coterie_keyed *keyed;
    const uint8_t *at, *end;
    int (*check)(const uint8_t *bytes, size_t len);
    uint64_t greatest;
    uint8_t *used; /* by place: whether an id wrote */
    uint8_t *key;  /* the one that is read, if it shares bytes */
    size_t room;
    coterie_status status;
} reader;

static int no_memory(reader *reader) {
    reader->status = COTERIE_NO_MEMORY;
    return 0;
}

static int read_number(reader *reader, uint64_t least, uint64_t most, uint64_t *number) {
    const uint8_t *at = coterie_varint_read(reader->at, reader->end, number);
    if (!at || *number < least || *number > most) return 0;
    reader->at = at;
    return 1;
}

/* So many bytes. */
static int read_bytes(reader *reader, uint64_t len, const uint8_t **bytes) {
    if (len > (size_t)(reader->end - reader->at)) return 0;
    *bytes = reader->at;
    reader->at += len;
    return 1;
}

static int read_time(reader *reader, uint64_t *time) {
    uint64_t ms = reader->greatest >> 16, back, counter;
    if (!read_number(reader, 0, ms + 1, &back)) return 0;
    *time = 0;
    if (!back) return 1;
    if (!read_number(reader, 0, 0xffff, &counter)) return 0;
    *time = (ms + 1 - back) << 16 | counter;
    return *time && *time <= reader->greatest;
}

static int read_ids(reader *reader) {
    coterie_id id = {.kind = COTERIE_IDS_BYTES};
    uint64_t n;
    size_t place;
    if (!read_number(reader, 0, (uint64_t)(reader->end - reader->at) / 2, &n)) return 0;
    if (!(reader->used = calloc((size_t)n + 1, 1))) return no_memory(reader);
    for (uint64_t i = 0; i < n; i++) {
        reader->at = coterie_id_read(&id, reader->at, reader->end);
        if (!reader->at || id.len > COTERIE_REPLICA_MOST) return 0;
        if (coterie_replicas_add(&reader->keyed->ids, id.bytes, id.len, &place) != COTERIE_OK) return no_memory(reader);
    }
    return 1;
}

/* Puts what a key shares with the one before it before the rest of it. */
static int join_key(reader *reader, const uint8_t *before, size_t shared, const uint8_t **rest, size_t len) {
    if (shared + len > reader->room) {
        uint8_t *key = realloc(reader->key, 2 * (shared + len));
        if (!key) return no_memory(reader);
        reader->key = key, reader->room = 2 * (shared + len);
    }
    memcpy(reader->key, before, shared);
    memcpy(reader->key + shared, *rest, len);
    *rest = reader->key;
    return 1;
}

/* A key above the one before it. */
static int read_key(reader *reader, const uint8_t **bytes, size_t *len, int *removed) {
    const coterie_table *keys = &reader->keyed->keys;
    const coterie_string *before = keys->n ? &keys->each[keys->n - 1] : NULL;
    uint64_t number;
    if (!read_number(reader, 0, UINT64_MAX, &number)) return 0;
    size_t shared = number & SHARED, rest, left = 0;
    *removed = (number & REMOVED) != 0;
    if (!read_bytes(reader, number / LEN, bytes)) return 0;
    rest = (size_t)(number / LEN);
    if (before) {
        const uint8_t *last = coterie_table_bytes(keys, (uint32_t)keys->n - 1);
        if (shared > before->len) return 0;
        left = before->len - shared;
        int order = memcmp(*bytes, last + shared, rest < left ? rest : left);
        if (order < 0 || (order == 0 && rest <= left)) return 0;
        if (shared < SHARED && left && **bytes == last[shared]) return 0; /* it shares more */
        if (shared && !join_key(reader, last, shared, bytes, rest)) return 0;
    } else if (shared) {
        return 0;
    }
    *len = shared + rest;
    return *len < COTERIE_NO_STRING && reader->check(*bytes, *len);
}

static int read_value(reader *reader, coterie_keyed_entry *entry, int removed) {
    uint64_t writer, len;
    if (!reader->keyed->ids.n || !read_number(reader, 0, reader->keyed->ids.n - 1, &writer)) return 0;
    entry->writer = (size_t)writer;
    reader->used[writer] = 1;
    if (removed) return 1;
    if (!read_number(reader, 1, UINT32_MAX - 1, &len) || !read_bytes(reader, len, &entry->value)) return 0;
    entry->len = (size_t)len;
    return reader->check(entry->value, entry->len);
}

static int read_entry(reader *reader) {
    coterie_keyed *keyed = reader->keyed;
    coterie_keyed_entry entry = {0};
    const uint8_t *key;
    size_t len;
    int removed;
    if (!read_key(reader, &key, &len, &removed)) return 0;
    if (removed && keyed->kind == COTERIE_KEYED_KEYS) return 0;
    if (has_times(keyed) && !read_time(reader, &entry.time)) return 0;
    if (keyed->kind == COTERIE_KEYED_REMOVALS) entry.removed = (uint64_t)removed;
    if (keyed->kind == COTERIE_KEYED_TIMES && removed && !(read_time(reader, &entry.removed) && entry.removed)) return 0;
    if (has_times(keyed) && !entry.time && !entry.removed) return 0;
    if (keyed->kind == COTERIE_KEYED_VALUES && !read_value(reader, &entry, removed)) return 0;
    if (coterie_keyed_reserve(keyed, 1, len, entry.len) != COTERIE_OK) return no_memory(reader);
    coterie_keyed_add(keyed, coterie_table_hash(&keyed->keys, key, len), key, len, &entry);
    return 1;
}

static int read_all(reader *reader) {
    coterie_keyed *keyed = reader->keyed;
    const uint8_t *head;
    uint64_t n;
    if (keyed->kind == COTERIE_KEYED_TIMES) {
        if (!read_bytes(reader, 1, &head) || *head > 1) return 0;
        keyed->removes = *head;
    }
    if (keyed->kind == COTERIE_KEYED_VALUES && !read_ids(reader)) return 0;
    if (has_times(keyed)) {
        if (!read_bytes(reader, 8, &head)) return 0;
        reader->greatest = coterie_load64(head);
    }
    if (!read_number(reader, 0, (uint64_t)(reader->end - reader->at), &n)) return 0;
    if (coterie_keyed_reserve(keyed, (size_t)n, 0, 0) != COTERIE_OK) return no_memory(reader);
    for (uint64_t i = 0; i < n; i++)
        if (!read_entry(reader)) return 0;
    for (size_t place = 0; place < keyed->ids.n; place++)
        if (!reader->used[place]) return 0;
    return keyed->greatest == reader->greatest;
}

const uint8_t *coterie_keyed_decode(coterie_keyed *keyed, const uint8_t *at, const uint8_t *end,
                                    int (*check)(const uint8_t *bytes, size_t len), coterie_status *status) {
    reader reader = {.keyed = keyed, .at = at, .end = end, .check = check, .status = COTERIE_OK};
    int good = read_all(&reader);
    free(reader.used);
    free(reader.key);
    *status = reader.status;
    return good ? reader.at : NULL;
}
