#include "coterie/crdts/replicas.h"

#include "coterie/hashing/siphash.h"
#include "copied.h"

void coterie_replicas_free(coterie_replicas *replicas) {
    free(replicas->each);
    free(replicas->bytes);
    free(replicas->index);
}

coterie_status coterie_replicas_copy(coterie_replicas *out, const coterie_replicas *replicas) {
    *out = *replicas;
    out->room = replicas->n, out->bytes_room = replicas->used;
    out->each = copied(replicas->each, replicas->n * sizeof *out->each);
    out->bytes = copied(replicas->bytes, replicas->used);
    if (replicas->index) out->index = copied(replicas->index, (replicas->mask + 1) * sizeof *out->index);
    if (out->each && out->bytes && (out->index || !replicas->index)) return COTERIE_OK;
    coterie_replicas_free(out);
    return COTERIE_NO_MEMORY;
}

size_t coterie_replicas_memory(const coterie_replicas *replicas) {
    return replicas->room * sizeof *replicas->each + replicas->bytes_room +
           (replicas->index ? (replicas->mask + 1) * sizeof *replicas->index : 0);
}

static uint64_t hash_of(const coterie_replicas *replicas, const void *id, size_t len) {
    return coterie_siphash13(id, len, replicas->key[0], replicas->key[1]);
}

static int stands(const coterie_replicas *replicas, size_t place, const void *id, size_t len) {
    return replicas->each[place].len == len && !memcmp(coterie_replica_id(replicas, place), id, len);
}
static int is(const coterie_replicas *replicas, size_t place, uint64_t hash, const void *id, size_t len) {
    return replicas->each[place].hash == hash && stands(replicas, place, id, len);
}

static size_t find(const coterie_replicas *replicas, uint64_t hash, const void *id, size_t len) {
    if (!replicas->index) {
        for (size_t place = 0; place < replicas->n; place++)
            if (is(replicas, place, hash, id, len)) return place;
        return COTERIE_NOWHERE;
    }
    for (size_t at = (size_t)hash & replicas->mask; replicas->index[at]; at = (at + 1) & replicas->mask)
        if (is(replicas, replicas->index[at] - 1, hash, id, len)) return replicas->index[at] - 1;
    return COTERIE_NOWHERE;
}

size_t coterie_replicas_find(const coterie_replicas *replicas, const void *id, size_t len) {
    return find(replicas, hash_of(replicas, id, len), id, len);
}

static void enter(uint32_t *index, size_t mask, uint64_t hash, size_t place) {
    size_t at = (size_t)hash & mask;
    while (index[at]) at = (at + 1) & mask;
    index[at] = (uint32_t)place + 1;
}

/* Room for one more in the index: at most half of it is in use. */
static coterie_status reserve_index(coterie_replicas *replicas) {
    size_t size = replicas->index ? 2 * (replicas->mask + 1) : 4 * COTERIE_REPLICAS_FEW;
    uint32_t *index;
    if (replicas->n < COTERIE_REPLICAS_FEW || (replicas->index && 2 * (replicas->n + 1) <= replicas->mask + 1)) return COTERIE_OK;
    if (replicas->n >= UINT32_MAX - 1 || !(index = calloc(size, sizeof *index))) return COTERIE_NO_MEMORY;
    for (size_t place = 0; place < replicas->n; place++) enter(index, size - 1, replicas->each[place].hash, place);
    free(replicas->index);
    replicas->index = index, replicas->mask = size - 1;
    return COTERIE_OK;
}

static void link_to(coterie_replicas *replicas, size_t place) {
    coterie_replica *one = &replicas->each[place];
    for (int i = 0; i < 2; i++)
        one->chain[i] = coterie_siphash13_u64((place ? one[-1].chain[i] : 0) ^ one->hash, replicas->key[i], replicas->key[!i]);
}

static coterie_status reserve(coterie_replicas *replicas, size_t len) {
    if (replicas->n == replicas->room) {
        size_t room = replicas->room + replicas->room / 2 + 2;
        coterie_replica *each = realloc(replicas->each, room * sizeof *each);
        if (!each) return COTERIE_NO_MEMORY;
        replicas->each = each, replicas->room = room;
    }
    if (len > UINT32_MAX - replicas->used) return COTERIE_NO_MEMORY;
    if (replicas->used + len > replicas->bytes_room) {
        size_t room = replicas->used + replicas->used / 2 + len;
        uint8_t *bytes = realloc(replicas->bytes, room);
        if (!bytes) return COTERIE_NO_MEMORY;
        replicas->bytes = bytes, replicas->bytes_room = room;
    }
    return reserve_index(replicas);
}

/* There is room. */
static void append(coterie_replicas *replicas, uint64_t hash, const void *id, size_t len) {
    size_t place = replicas->n++;
    replicas->each[place] = (coterie_replica){hash, {0, 0}, (uint32_t)replicas->used, (uint32_t)len};
    link_to(replicas, place);
    memcpy(replicas->bytes + replicas->used, id, len);
    replicas->used += len;
    if (replicas->index) enter(replicas->index, replicas->mask, hash, place);
}

coterie_status coterie_replicas_add(coterie_replicas *replicas, const void *id, size_t len, size_t *place) {
    uint64_t hash;
    *place = replicas->last;
    if (*place < replicas->n && stands(replicas, *place, id, len)) return COTERIE_OK;
    hash = hash_of(replicas, id, len);
    *place = find(replicas, hash, id, len);
    if (*place == COTERIE_NOWHERE) {
        if (reserve(replicas, len) != COTERIE_OK) return COTERIE_NO_MEMORY;
        append(replicas, hash, id, len);
        *place = replicas->n - 1;
    }
    replicas->last = *place;
    return COTERIE_OK;
}

/* Whether the first n of two tables are the same, but for a collision of 64 bits, those of an id's hash, under a secret key. To
 * compare them all would take longer than what is done with them. */
static int begin_alike(const coterie_replicas *a, const coterie_replicas *b, size_t n) {
    return !n || !memcmp(a->each[n - 1].chain, b->each[n - 1].chain, sizeof a->each[n - 1].chain);
}

size_t coterie_replicas_match(const coterie_replicas *replicas, const coterie_replicas *other, size_t *places) {
    size_t same = replicas->n < other->n ? replicas->n : other->n, next; /* they often came in the same order */
    if (!begin_alike(replicas, other, same)) same = 0;
    for (size_t i = 0; i < same; i++) places[i] = i;
    next = same;
    for (size_t i = same; i < other->n; i++) {
        const coterie_replica *one = &other->each[i];
        const uint8_t *id = other->bytes + one->start;
        places[i] = next < replicas->n && is(replicas, next, one->hash, id, one->len) ? next
                                                                                      : find(replicas, one->hash, id, one->len);
        if (places[i] != COTERIE_NOWHERE) next = places[i] + 1;
        same += same == i && places[i] == i;
    }
    return same;
}

typedef struct {
    const uint8_t *id;
    size_t len, place;
} sorted;

static int by_id(const void *a, const void *b) {
    const sorted *x = a, *y = b;
    int order = memcmp(x->id, y->id, x->len < y->len ? x->len : y->len);
    return order ? order : (x->len > y->len) - (x->len < y->len);
}

coterie_status coterie_replicas_sort(const coterie_replicas *replicas, size_t *order) {
    sorted *all = malloc((replicas->n + 1) * sizeof *all);
    if (!all) return COTERIE_NO_MEMORY;
    for (size_t i = 0; i < replicas->n; i++)
        all[i] = (sorted){coterie_replica_id(replicas, i), replicas->each[i].len, i};
    qsort(all, replicas->n, sizeof *all, by_id);
    for (size_t i = 0; i < replicas->n; i++) order[i] = all[i].place;
    free(all);
    return COTERIE_OK;
}
