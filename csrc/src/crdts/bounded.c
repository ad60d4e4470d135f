#include "coterie/crdts/bounded.h"

#include <stdlib.h>

void coterie_bounded_begin(coterie_bounded *bounded, int64_t bound, const uint64_t key[2]) {
    memset(bounded, 0, sizeof *bounded);
    bounded->bound = bound;
    bounded->grants.rows = bounded->spent.rows = 1;
    memcpy(bounded->grants.ids.key, key, sizeof bounded->grants.ids.key);
    memcpy(bounded->spent.ids.key, key, sizeof bounded->spent.ids.key);
}

void coterie_bounded_free(coterie_bounded *bounded) {
    coterie_counts_free(&bounded->grants);
    coterie_counts_free(&bounded->spent);
}

coterie_status coterie_bounded_copy(coterie_bounded *out, const coterie_bounded *bounded) {
    out->bound = bounded->bound;
    if (coterie_counts_copy(&out->grants, &bounded->grants) != COTERIE_OK) return COTERIE_NO_MEMORY;
    if (coterie_counts_copy(&out->spent, &bounded->spent) == COTERIE_OK) return COTERIE_OK;
    coterie_counts_free(&out->grants);
    return COTERIE_NO_MEMORY;
}

size_t coterie_pair(const void *from, size_t from_len, const void *to, size_t to_len, uint8_t *out) {
    out[0] = (uint8_t)from_len;
    memcpy(out + 1, from, from_len);
    memcpy(out + 1 + from_len, to, to_len);
    return 1 + from_len + to_len;
}

typedef struct {
    const uint8_t *from, *to;
    size_t from_len, to_len;
} pair;

static pair pair_at(const coterie_counts *grants, size_t place) {
    const uint8_t *id = coterie_replica_id(&grants->ids, place);
    return (pair){id + 1, id + 1 + id[0], id[0], grants->ids.each[place].len - 1 - id[0]};
}

static int same(const uint8_t *a, size_t a_len, const void *b, size_t b_len) { return a_len == b_len && !memcmp(a, b, b_len); }

static void add(uint64_t sum[2], uint64_t x) {
    sum[0] += x;
    sum[1] += sum[0] < x;
}

void coterie_bounded_rights(const coterie_bounded *bounded, const void *id, size_t len, uint64_t got[2], uint64_t gone[2]) {
    size_t place = coterie_replicas_find(&bounded->spent.ids, id, len);
    got[0] = got[1] = gone[0] = gone[1] = 0;
    if (place != COTERIE_NOWHERE) add(gone, *coterie_count(&bounded->spent, 0, place));
    for (size_t i = 0; i < bounded->grants.ids.n; i++) {
        pair pair = pair_at(&bounded->grants, i);
        uint64_t count = *coterie_count(&bounded->grants, 0, i);
        if (same(pair.to, pair.to_len, id, len)) add(got, count);
        else if (same(pair.from, pair.from_len, id, len)) add(gone, count);
    }
}

void coterie_bounded_value(const coterie_bounded *bounded, uint64_t added[2], uint64_t taken[2]) {
    added[0] = added[1] = 0;
    taken[0] = coterie_counts_sum(&bounded->spent, 0, &taken[1]);
    for (size_t i = 0; i < bounded->grants.ids.n; i++) {
        pair pair = pair_at(&bounded->grants, i);
        if (same(pair.to, pair.to_len, pair.from, pair.from_len)) add(added, *coterie_count(&bounded->grants, 0, i));
    }
}

coterie_status coterie_bounded_join(coterie_bounded *bounded, const coterie_bounded *other, int level) {
    coterie_counts grants; /* so that nothing has changed if there is no memory for the second */
    if (coterie_counts_copy(&grants, &bounded->grants) != COTERIE_OK) return COTERIE_NO_MEMORY;
    if (coterie_counts_join(&grants, &other->grants, level) != COTERIE_OK ||
        coterie_counts_join(&bounded->spent, &other->spent, level) != COTERIE_OK) {
        coterie_counts_free(&grants);
        return COTERIE_NO_MEMORY;
    }
    coterie_counts_free(&bounded->grants);
    bounded->grants = grants;
    return COTERIE_OK;
}

coterie_status coterie_bounded_relation(const coterie_bounded *a, const coterie_bounded *b, int *relation) {
    int other;
    if (coterie_counts_relation(&a->grants, &b->grants, relation) != COTERIE_OK ||
        coterie_counts_relation(&a->spent, &b->spent, &other) != COTERIE_OK)
        return COTERIE_NO_MEMORY;
    *relation |= other;
    return COTERIE_OK;
}

coterie_status coterie_bounded_more(coterie_bounded *out, const coterie_bounded *bounded, const coterie_bounded *known) {
    coterie_status status = coterie_counts_more(&out->grants, &bounded->grants, &known->grants);
    return status == COTERIE_OK ? coterie_counts_more(&out->spent, &bounded->spent, &known->spent) : status;
}

int coterie_bounded_exceeds(const coterie_bounded *bounded, const coterie_bounded *known, const void *id, size_t len) {
    if (coterie_counts_exceeds(&bounded->spent, &known->spent, id, len)) return 1;
    for (size_t i = 0; i < bounded->grants.ids.n; i++) {
        pair pair = pair_at(&bounded->grants, i);
        if (same(pair.from, pair.from_len, id, len) &&
            coterie_counts_exceeds(&bounded->grants, &known->grants, coterie_replica_id(&bounded->grants.ids, i),
                                   bounded->grants.ids.each[i].len))
            return 1;
    }
    return 0;
}

/* All ids that added, got, gave or took away anything. */
static coterie_status find_all(const coterie_bounded *bounded, coterie_replicas *all) {
    const coterie_replicas *spent = &bounded->spent.ids;
    coterie_status status = COTERIE_OK;
    size_t _;
    for (size_t i = 0; i < spent->n && status == COTERIE_OK; i++)
        if (*coterie_count(&bounded->spent, 0, i))
            status = coterie_replicas_add(all, coterie_replica_id(spent, i), spent->each[i].len, &_);
    for (size_t i = 0; i < bounded->grants.ids.n && status == COTERIE_OK; i++) {
        if (!*coterie_count(&bounded->grants, 0, i)) continue;
        pair pair = pair_at(&bounded->grants, i);
        status = coterie_replicas_add(all, pair.from, pair.from_len, &_);
        if (status == COTERIE_OK) status = coterie_replicas_add(all, pair.to, pair.to_len, &_);
    }
    return status;
}

size_t coterie_bounded_replicas(const coterie_bounded *bounded) {
    coterie_replicas all = {.key = {bounded->spent.ids.key[0], bounded->spent.ids.key[1]}};
    find_all(bounded, &all);
    coterie_replicas_free(&all);
    return all.n;
}

static coterie_status grant(coterie_bounded *out, const void *from, size_t from_len, const void *to, size_t to_len, uint64_t n) {
    uint8_t bytes[COTERIE_PAIR_MOST];
    size_t place, len = coterie_pair(from, from_len, to, to_len, bytes);
    coterie_status status = coterie_counts_place(&out->grants, bytes, len, &place);
    if (status == COTERIE_OK) *coterie_count(&out->grants, 0, place) = n;
    return status;
}

typedef struct {
    uint64_t got[2], gone[2];
} rights;

/* As coterie_bounded_rights, of each of all ids at once; NULL if there is no memory. */
static rights *rights_of(const coterie_bounded *bounded, const coterie_replicas *all) {
    const coterie_replicas *spent = &bounded->spent.ids;
    rights *each = calloc(all->n + 1, sizeof *each);
    for (size_t i = 0; each && i < spent->n; i++) {
        if (!*coterie_count(&bounded->spent, 0, i)) continue;
        size_t place = coterie_replicas_find(all, coterie_replica_id(spent, i), spent->each[i].len);
        add(each[place].gone, *coterie_count(&bounded->spent, 0, i));
    }
    for (size_t i = 0; each && i < bounded->grants.ids.n; i++) {
        if (!*coterie_count(&bounded->grants, 0, i)) continue;
        pair pair = pair_at(&bounded->grants, i);
        size_t from = coterie_replicas_find(all, pair.from, pair.from_len), to = coterie_replicas_find(all, pair.to, pair.to_len);
        add(each[to].got, *coterie_count(&bounded->grants, 0, i));
        if (from != to) add(each[from].gone, *coterie_count(&bounded->grants, 0, i));
    }
    return each;
}

coterie_status coterie_bounded_renew(coterie_bounded *out, const coterie_bounded *bounded, const void *id, size_t len) {
    coterie_replicas all = {.key = {bounded->spent.ids.key[0], bounded->spent.ids.key[1]}};
    coterie_status status = find_all(bounded, &all);
    rights *each = status == COTERIE_OK ? rights_of(bounded, &all) : NULL;
    uint64_t total[2] = {0, 0};
    if (!each) status = COTERIE_NO_MEMORY;
    for (size_t i = 0; i < all.n && status == COTERIE_OK; i++)
        if (coterie_less128(each[i].got, each[i].gone)) status = COTERIE_LACKING;
    for (size_t i = 0; i < all.n && status == COTERIE_OK; i++) {
        uint64_t *got = each[i].got, *gone = each[i].gone;
        const uint8_t *to = coterie_replica_id(&all, i);
        got[1] -= gone[1] + (got[0] < gone[0]), got[0] -= gone[0];
        if (got[1]) status = COTERIE_STOPPED;
        add(total, got[0]);
        if (status == COTERIE_OK && got[0]) status = grant(out, id, len, to, all.each[i].len, got[0]);
    }
    if (status == COTERIE_OK && total[1]) status = COTERIE_STOPPED;
    if (status == COTERIE_OK && total[0]) status = grant(out, id, len, id, len, total[0]);
    free(each);
    coterie_replicas_free(&all);
    return status;
}

/* ---- bytes ---- */

size_t coterie_bounded_size(const coterie_bounded *bounded) {
    return COTERIE_VARINT_MOST + coterie_counts_size(&bounded->grants) + coterie_counts_size(&bounded->spent);
}

coterie_status coterie_bounded_write(const coterie_bounded *bounded, uint8_t *out, uint8_t **end) {
    uint64_t bound = (uint64_t)bounded->bound << 1 ^ (bounded->bound < 0 ? UINT64_MAX : 0);
    out = coterie_varint_write(out, bound);
    if (coterie_counts_write(&bounded->grants, out, &out) != COTERIE_OK) return COTERIE_NO_MEMORY;
    return coterie_counts_write(&bounded->spent, out, end);
}

const uint8_t *coterie_bounded_read(coterie_bounded *bounded, const uint8_t *at, const uint8_t *end, coterie_status *status) {
    uint64_t bound;
    *status = COTERIE_OK;
    if (!(at = coterie_varint_read(at, end, &bound))) return NULL;
    bounded->bound = (int64_t)(bound >> 1 ^ (bound & 1 ? UINT64_MAX : 0));
    if (!(at = coterie_counts_read(&bounded->grants, at, end, COTERIE_PAIR_MOST, status))) return NULL;
    for (size_t i = 0; i < bounded->grants.ids.n; i++) {
        size_t from = coterie_replica_id(&bounded->grants.ids, i)[0], len = bounded->grants.ids.each[i].len;
        if (from < 1 || from > COTERIE_REPLICA_MOST || len < from + 2 || len > from + 1 + COTERIE_REPLICA_MOST) return NULL;
    }
    return coterie_counts_read(&bounded->spent, at, end, COTERIE_REPLICA_MOST, status);
}
