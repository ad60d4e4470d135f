#include "coterie/crdts/keyed_bytes.h"

#include "coterie/hashing/xxh3.h"

#include <stdlib.h>

enum { SUM = 16, FEW = 256 };

/* A byte for an entry and 1 kB at most, with what stands around it: 16 bytes each, of as many buckets as there are entries, but 64,
 * unless a sixteenth of the entries is more. A power of two below that. */
static size_t buckets(const coterie_keyed *keyed) {
    size_t n = keyed->keys.n, most = n / SUM > 64 ? n / SUM : n < 64 ? n : 64, size = 1;
    while (2 * size <= most) size *= 2;
    return size;
}

/* Bytes that say all of an entry, and nothing else does: in `few`, or in memory that grows. */
typedef struct {
    uint8_t few[FEW], *bytes;
    size_t room;
} form;

static void put(uint8_t **out, const void *bytes, size_t len) {
    if (len) memcpy(*out, bytes, len);
    *out += len;
}

static coterie_status write_form(const coterie_keyed *keyed, uint32_t number, form *form, size_t *size) {
    const coterie_string *key = &keyed->keys.each[number];
    coterie_keyed_entry entry = coterie_keyed_get(keyed, number);
    const coterie_replica *id = keyed->kind == COTERIE_KEYED_VALUES ? &keyed->ids.each[entry.writer] : NULL;
    size_t id_len = id ? id->len : 0;
    uint8_t *out;
    *size = 32 + key->len + id_len + entry.len;
    if (*size > form->room) {
        size_t room = *size + *size / 2;
        uint8_t *bytes = malloc(room);
        if (!bytes) return COTERIE_NO_MEMORY;
        if (form->bytes != form->few) free(form->bytes);
        form->bytes = bytes, form->room = room;
    }
    out = form->bytes;
    coterie_store64(out, key->len);
    coterie_store64(out + 8, id_len);
    coterie_store64(out + 16, entry.time);
    coterie_store64(out + 24, entry.removed);
    out += 32;
    put(&out, coterie_table_bytes(&keyed->keys, number), key->len);
    if (id) put(&out, coterie_replica_id(&keyed->ids, entry.writer), id_len);
    put(&out, entry.value, entry.len);
    return COTERIE_OK;
}

/* Not the table's hash, which is another in each process. */
static size_t bucket_of(const coterie_keyed *keyed, uint32_t number, size_t n, int level) {
    return (size_t)coterie_xxh3(coterie_table_bytes(&keyed->keys, number), keyed->keys.each[number].len, 0, level) & (n - 1);
}

/* The sums of n buckets, which are 0. */
static coterie_status sum_up(const coterie_keyed *keyed, coterie_keyed_sum *sums, size_t n, int level) {
    form form;
    size_t size;
    coterie_status status = COTERIE_OK;
    form.bytes = form.few, form.room = FEW;
    for (uint32_t i = 0; i < keyed->keys.n && status == COTERIE_OK; i++) {
        coterie_keyed_sum *sum = &sums[bucket_of(keyed, i, n, level)];
        status = write_form(keyed, i, &form, &size);
        if (status != COTERIE_OK) break;
        coterie_hash128 hash = coterie_xxh3_128(form.bytes, size, 0, level);
        sum->low += hash.low;
        sum->high += hash.high + (sum->low < hash.low);
    }
    if (form.bytes != form.few) free(form.bytes);
    return status;
}

static coterie_status new_sums(const coterie_keyed *keyed, coterie_keyed_sum **sums, size_t n, int level) {
    coterie_status status = COTERIE_NO_MEMORY;
    *sums = calloc(n, sizeof **sums);
    if (*sums) status = sum_up(keyed, *sums, n, level);
    return status;
}

size_t coterie_keyed_digest_size(const coterie_keyed *keyed) { return 2 + SUM * buckets(keyed); }

coterie_status coterie_keyed_digest_write(const coterie_keyed *keyed, int level, uint8_t *out, uint8_t **end) {
    size_t n = buckets(keyed);
    coterie_keyed_sum *sums;
    coterie_status status = new_sums(keyed, &sums, n, level);
    if (keyed->kind == COTERIE_KEYED_TIMES) *out++ = (uint8_t)keyed->removes;
    if (status == COTERIE_OK) {
        *out++ = (uint8_t)coterie_trailing_zeros64(n);
        for (size_t i = 0; i < n; i++, out += SUM) {
            coterie_store64(out, sums[i].low);
            coterie_store64(out + 8, sums[i].high);
        }
        *end = out;
    }
    free(sums);
    return status;
}

const uint8_t *coterie_keyed_digest_read(coterie_keyed_digest *digest, coterie_keyed *keyed, const uint8_t *at, const uint8_t *end,
                                         coterie_status *status) {
    size_t size = (size_t)(end - at), head = keyed->kind == COTERIE_KEYED_TIMES ? 2 : 1;
    *status = COTERIE_OK;
    if (size < head || (head == 2 && at[0] > 1) || at[head - 1] >= 8 * sizeof(size_t) - 5) return NULL;
    if (head == 2) keyed->removes = at[0];
    digest->n = (size_t)1 << at[head - 1];
    if ((size - head) / SUM != digest->n || (size - head) % SUM) return NULL;
    if (!(digest->sums = malloc(digest->n * sizeof *digest->sums))) {
        *status = COTERIE_NO_MEMORY;
        return NULL;
    }
    at += head;
    for (size_t i = 0; i < digest->n; i++, at += SUM)
        digest->sums[i] = (coterie_keyed_sum){coterie_load64(at), coterie_load64(at + 8)};
    return end;
}

coterie_status coterie_keyed_beyond(coterie_keyed *out, const coterie_keyed *keyed, const coterie_keyed_digest *known, int level) {
    uint32_t *numbers = malloc((keyed->keys.n + 1) * sizeof *numbers);
    coterie_keyed_sum *sums;
    coterie_status status = new_sums(keyed, &sums, known->n, level);
    size_t n = 0;
    if (!numbers) status = COTERIE_NO_MEMORY;
    for (uint32_t i = 0; i < keyed->keys.n && status == COTERIE_OK; i++) {
        size_t bucket = bucket_of(keyed, i, known->n, level);
        if (sums[bucket].low != known->sums[bucket].low || sums[bucket].high != known->sums[bucket].high) numbers[n++] = i;
    }
    if (status == COTERIE_OK) status = coterie_keyed_pick(out, keyed, numbers, n, 0);
    free(numbers);
    free(sums);
    return status;
}
