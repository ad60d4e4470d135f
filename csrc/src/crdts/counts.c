#include "coterie/crdts/counts.h"

#include "coterie/clocks/dense.h"

#include <stdlib.h>

COTERIE_INLINE void join(uint64_t *a, const uint64_t *b, size_t n) {
    for (size_t i = 0; i < n; i++) a[i] = a[i] > b[i] ? a[i] : b[i];
}
COTERIE_STATIC_KERNEL(join_each, join, (uint64_t *a, const uint64_t *b, size_t n), (a, b, n));

void coterie_counts_free(coterie_counts *counts) {
    coterie_replicas_free(&counts->ids);
    free(counts->counts);
}

coterie_status coterie_counts_copy(coterie_counts *out, const coterie_counts *counts) {
    *out = *counts;
    out->room = counts->ids.n;
    out->counts = malloc((counts->rows * out->room + 1) * sizeof *out->counts);
    if (!out->counts) return COTERIE_NO_MEMORY;
    if (coterie_replicas_copy(&out->ids, &counts->ids) != COTERIE_OK) {
        free(out->counts);
        return COTERIE_NO_MEMORY;
    }
    for (size_t row = 0; out->room && row < counts->rows; row++)
        memcpy(coterie_count(out, row, 0), coterie_count(counts, row, 0), out->room * sizeof *out->counts);
    return COTERIE_OK;
}

size_t coterie_counts_memory(const coterie_counts *counts) {
    return coterie_replicas_memory(&counts->ids) + counts->rows * counts->room * sizeof *counts->counts;
}

static coterie_status reserve(coterie_counts *counts, size_t n) {
    size_t room = counts->room + counts->room / 2 > n ? counts->room + counts->room / 2 : n;
    uint64_t *grown;
    if (n <= counts->room) return COTERIE_OK;
    if (!(grown = calloc(counts->rows * room, sizeof *grown))) return COTERIE_NO_MEMORY;
    for (size_t row = 0; counts->room && row < counts->rows; row++)
        memcpy(grown + row * room, coterie_count(counts, row, 0), counts->room * sizeof *grown);
    free(counts->counts);
    counts->counts = grown, counts->room = room;
    return COTERIE_OK;
}

coterie_status coterie_counts_place(coterie_counts *counts, const void *id, size_t len, size_t *place) {
    if (reserve(counts, counts->ids.n + 1) != COTERIE_OK) return COTERIE_NO_MEMORY;
    return coterie_replicas_add(&counts->ids, id, len, place);
}

static int filled(const coterie_counts *counts, size_t place) {
    for (size_t row = 0; row < counts->rows; row++)
        if (*coterie_count(counts, row, place)) return 1;
    return 0;
}

size_t coterie_counts_len(const coterie_counts *counts) {
    size_t n = 0;
    for (size_t place = 0; place < counts->ids.n; place++) n += (size_t)filled(counts, place);
    return n;
}

uint64_t coterie_counts_sum(const coterie_counts *counts, size_t row, uint64_t *high) {
    uint64_t low = 0;
    *high = 0;
    for (size_t place = 0; place < counts->ids.n; place++) {
        uint64_t count = *coterie_count(counts, row, place);
        low += count;
        *high += low < count;
    }
    return low;
}

static size_t *room_for(size_t n) { return malloc((n + 1) * sizeof(size_t)); }

coterie_status coterie_counts_join(coterie_counts *counts, const coterie_counts *other, int level) {
    size_t n = other->ids.n, *places = room_for(n), same;
    coterie_status status = places ? reserve(counts, counts->ids.n > n ? counts->ids.n : n) : COTERIE_NO_MEMORY;
    if (status == COTERIE_OK) {
        same = coterie_replicas_match(&counts->ids, &other->ids, places);
        for (size_t i = same; i < n && status == COTERIE_OK; i++)
            if (places[i] == COTERIE_NOWHERE)
                status = coterie_counts_place(counts, coterie_replica_id(&other->ids, i), other->ids.each[i].len, &places[i]);
    }
    for (size_t row = 0; n && status == COTERIE_OK && row < counts->rows; row++) {
        join_each[level](coterie_count(counts, row, 0), coterie_count(other, row, 0), same);
        for (size_t i = same; i < n; i++) {
            uint64_t *mine = coterie_count(counts, row, places[i]), theirs = *coterie_count(other, row, i);
            if (theirs > *mine) *mine = theirs;
        }
    }
    free(places);
    return status;
}

/* The counter of a place, which may be none. */
static uint64_t count_at(const coterie_counts *counts, size_t row, size_t place) {
    return place == COTERIE_NOWHERE ? 0 : *coterie_count(counts, row, place);
}

/* Whether a place of a has a counter that exceeds that of a place of b. */
static int exceeds_at(const coterie_counts *a, size_t i, const coterie_counts *b, size_t j) {
    for (size_t row = 0; row < a->rows; row++)
        if (count_at(a, row, i) > count_at(b, row, j)) return 1;
    return 0;
}

int coterie_counts_exceeds(const coterie_counts *counts, const coterie_counts *known, const void *id, size_t len) {
    return exceeds_at(counts, coterie_replicas_find(&counts->ids, id, len), known, coterie_replicas_find(&known->ids, id, len));
}

/* Whether any place does. `places` of a's ids in b. */
static int exceeds(const coterie_counts *a, const coterie_counts *b, const size_t *places) {
    for (size_t i = 0; i < a->ids.n; i++)
        if (exceeds_at(a, i, b, places[i])) return 1;
    return 0;
}

coterie_status coterie_counts_relation(const coterie_counts *a, const coterie_counts *b, int *relation) {
    size_t *places = room_for(a->ids.n > b->ids.n ? a->ids.n : b->ids.n);
    if (!places) return COTERIE_NO_MEMORY;
    coterie_replicas_match(&b->ids, &a->ids, places);
    *relation = exceeds(a, b, places) ? COTERIE_AFTER : COTERIE_EQUAL;
    coterie_replicas_match(&a->ids, &b->ids, places);
    *relation |= exceeds(b, a, places) ? COTERIE_BEFORE : COTERIE_EQUAL;
    free(places);
    return COTERIE_OK;
}

coterie_status coterie_counts_more(coterie_counts *out, const coterie_counts *counts, const coterie_counts *known) {
    size_t *places = room_for(counts->ids.n), place;
    coterie_status status = places ? COTERIE_OK : COTERIE_NO_MEMORY;
    if (places) coterie_replicas_match(&known->ids, &counts->ids, places);
    for (size_t i = 0; i < counts->ids.n && status == COTERIE_OK; i++) {
        for (size_t row = 0; row < counts->rows && status == COTERIE_OK; row++) {
            uint64_t count = *coterie_count(counts, row, i);
            if (count <= count_at(known, row, places[i])) continue;
            status = coterie_counts_place(out, coterie_replica_id(&counts->ids, i), counts->ids.each[i].len, &place);
            if (status == COTERIE_OK) *coterie_count(out, row, place) = count;
        }
    }
    free(places);
    return status;
}

coterie_status coterie_counts_only(coterie_counts *out, const coterie_counts *counts, const coterie_replicas *ids) {
    for (size_t i = 0; i < ids->n; i++) {
        const uint8_t *id = coterie_replica_id(ids, i);
        size_t from = coterie_replicas_find(&counts->ids, id, ids->each[i].len), to;
        if (from == COTERIE_NOWHERE) continue;
        if (coterie_counts_place(out, id, ids->each[i].len, &to) != COTERIE_OK) return COTERIE_NO_MEMORY;
        for (size_t row = 0; row < counts->rows; row++) *coterie_count(out, row, to) = *coterie_count(counts, row, from);
    }
    return COTERIE_OK;
}

/* ---- bytes ---- */

size_t coterie_counts_size(const coterie_counts *counts) {
    size_t room = COTERIE_VARINT_MOST;
    for (size_t i = 0; i < counts->ids.n; i++)
        room += coterie_id_room(counts->ids.each[i].len) + counts->rows * COTERIE_VARINT_MOST;
    return room;
}

coterie_status coterie_counts_write(const coterie_counts *counts, uint8_t *out, uint8_t **end) {
    coterie_id id = {.kind = COTERIE_IDS_BYTES};
    size_t *order = room_for(counts->ids.n);
    if (!order) return COTERIE_NO_MEMORY;
    if (coterie_replicas_sort(&counts->ids, order) != COTERIE_OK) {
        free(order);
        return COTERIE_NO_MEMORY;
    }
    out = coterie_varint_write(out, coterie_counts_len(counts));
    for (size_t i = 0; i < counts->ids.n; i++) {
        size_t place = order[i];
        if (!filled(counts, place)) continue;
        out = coterie_id_write_bytes(&id, coterie_replica_id(&counts->ids, place), counts->ids.each[place].len, out);
        for (size_t row = 0; row < counts->rows; row++) out = coterie_varint_write(out, *coterie_count(counts, row, place));
    }
    free(order);
    *end = out;
    return COTERIE_OK;
}

const uint8_t *coterie_counts_read(coterie_counts *counts, const uint8_t *at, const uint8_t *end, size_t most,
                                   coterie_status *status) {
    coterie_id id = {.kind = COTERIE_IDS_BYTES};
    uint64_t n;
    size_t place;
    *status = COTERIE_OK;
    at = coterie_varint_read(at, end, &n);
    if (!at || n > (size_t)(end - at) / (2 + counts->rows)) return NULL;
    if ((*status = reserve(counts, (size_t)n)) != COTERIE_OK) return NULL;
    for (; n; n--) {
        at = coterie_id_read(&id, at, end);
        if (!at || id.len > most) return NULL;
        if ((*status = coterie_counts_place(counts, id.bytes, id.len, &place)) != COTERIE_OK) return NULL;
        for (size_t row = 0; at && row < counts->rows; row++) at = coterie_varint_read(at, end, coterie_count(counts, row, place));
        if (!at || !filled(counts, place)) return NULL;
    }
    return at;
}
