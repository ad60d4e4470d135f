#include "coterie/crdts/keyed_local.h"

#include "coterie/clocks/dense.h"

#include <stdlib.h>

/* ---- the log ---- */

void coterie_keyed_log_free(coterie_keyed_log *log) {
    free(log->each);
    free(log->noted);
}

size_t coterie_keyed_log_memory(const coterie_keyed_log *log) {
    return log->room * sizeof *log->each + log->words * sizeof *log->noted;
}

void coterie_keyed_log_cut(coterie_keyed_log *log, size_t n) {
    for (; log->n > n; log->n--) {
        uint32_t number = log->each[log->n - 1];
        log->noted[number / 64] &= ~((uint64_t)1 << number % 64);
    }
}

/* Room for so many more among so many numbers. */
static coterie_status reserve_log(coterie_keyed_log *log, size_t more, size_t numbers) {
    size_t words = numbers / 64 + 1;
    if (log->n + more > log->room) {
        size_t room = log->n + log->n / 2 + more;
        uint32_t *each = realloc(log->each, room * sizeof *each);
        if (!each) return COTERIE_NO_MEMORY;
        log->each = each, log->room = room;
    }
    if (words > log->words) {
        uint64_t *noted = realloc(log->noted, (words + words / 4) * sizeof *noted);
        if (!noted) return COTERIE_NO_MEMORY;
        memset(noted + log->words, 0, (words + words / 4 - log->words) * sizeof *noted);
        log->noted = noted, log->words = words + words / 4;
    }
    return COTERIE_OK;
}

static void note(coterie_keyed_log *log, uint32_t number) {
    uint64_t *word = &log->noted[number / 64], bit = (uint64_t)1 << number % 64;
    if (*word & bit) return;
    *word |= bit;
    log->each[log->n++] = number;
}

/* ---- keys ---- */

enum { AHEAD = 16, FEW = 16 };

/* The hashes of some strings, in `few` or in memory of their own. */
static uint32_t *hashes_of(const coterie_table *table, const coterie_strings *strings, uint32_t *few) {
    uint32_t *hashes = strings->n <= FEW ? few : malloc(strings->n * sizeof *hashes);
    for (size_t i = 0, len; hashes && i < strings->n; i++) {
        const uint8_t *bytes = coterie_strings_at(strings, i, &len);
        hashes[i] = coterie_table_hash(table, bytes, len);
    }
    return hashes;
}

static uint32_t find(const coterie_table *table, const coterie_strings *keys, const uint32_t *hashes, size_t i) {
    size_t len;
    const uint8_t *bytes = coterie_strings_at(keys, i, &len);
    if (i + AHEAD < keys->n) coterie_table_prefetch(table, hashes[i + AHEAD]);
    return coterie_table_find(table, hashes[i], bytes, len);
}

static int is_shown(const coterie_keyed *keyed, uint32_t number) {
    coterie_keyed_entry entry;
    if (number == COTERIE_NO_STRING) return 0;
    entry = coterie_keyed_get(keyed, number);
    return coterie_keyed_shows(keyed, &entry);
}

/* Room for all that will be written; or why it cannot be. */
static coterie_status prepare(coterie_keyed *keyed, const coterie_strings *keys, const coterie_strings *values,
                              const coterie_keyed_entry *entry, int shown, const uint32_t *hashes, coterie_keyed_log *log,
                              size_t *stopped) {
    size_t fresh = 0, bytes = 0, room = 0, len, value = entry->len;
    for (size_t i = 0; i < keys->n; i++) {
        uint32_t number = find(&keyed->keys, keys, hashes, i);
        coterie_strings_at(keys, i, &len);
        if (values) coterie_strings_at(values, i, &value);
        if (len >= COTERIE_NO_STRING || value >= UINT32_MAX) return COTERIE_NO_MEMORY;
        if (shown && !is_shown(keyed, number)) continue;
        if (number == COTERIE_NO_STRING) {
            fresh++, bytes += len;
        } else if (keyed->kind == COTERIE_KEYED_REMOVALS && !entry->removed && !is_shown(keyed, number)) {
            *stopped = i;
            return COTERIE_STOPPED;
        }
        room += value;
    }
    if (reserve_log(log, keys->n, keyed->keys.n + fresh) != COTERIE_OK) return COTERIE_NO_MEMORY;
    return coterie_keyed_reserve(keyed, fresh, bytes, room);
}

coterie_status coterie_keyed_write(coterie_keyed *keyed, const coterie_strings *keys, const coterie_strings *values,
                                   coterie_keyed_entry entry, int shown, coterie_keyed_log *log, coterie_keyed_outcome *outcome) {
    uint32_t few[FEW], *hashes = hashes_of(&keyed->keys, keys, few);
    coterie_status status;
    *outcome = (coterie_keyed_outcome){0, SIZE_MAX, 0};
    status = hashes ? prepare(keyed, keys, values, &entry, shown, hashes, log, &outcome->last) : COTERIE_NO_MEMORY;
    for (size_t k = 0, len; k < keys->n && status == COTERIE_OK; k++) { /* nothing fails */
        size_t i = values ? keys->n - 1 - k : k, seen = keyed->shown;
        uint32_t number = find(&keyed->keys, keys, hashes, i);
        const uint8_t *bytes = coterie_strings_at(keys, i, &len);
        if (shown && !is_shown(keyed, number)) continue;
        if (values) entry.value = coterie_strings_at(values, i, &entry.len);
        if (number == COTERIE_NO_STRING) {
            number = coterie_keyed_add(keyed, hashes[i], bytes, len, &entry);
            outcome->changed |= coterie_keyed_shows(keyed, &entry);
        } else {
            coterie_keyed_entry before = coterie_keyed_get(keyed, number);
            int order = coterie_keyed_compare(keyed, &before, keyed, &entry);
            if (values && before.time == entry.time) continue; /* the key comes again behind this one */
            outcome->last += order == COTERIE_EQUAL;
            if (!(order & COTERIE_BEFORE)) continue;
            outcome->changed |= coterie_keyed_raise(keyed, number, &entry);
        }
        if (keyed->shown > seen && number < outcome->came) outcome->came = number;
        outcome->last++;
        note(log, number);
    }
    if (status == COTERIE_OK) coterie_keyed_tidy(keyed);
    if (hashes != few) free(hashes);
    return status;
}

void coterie_keyed_have(const coterie_keyed *keyed, const coterie_strings *keys, uint8_t *found) {
    uint32_t hashes[AHEAD];
    size_t len;
    for (size_t i = 0; i < keys->n + AHEAD; i++) {
        if (i >= AHEAD) {
            const uint8_t *bytes = coterie_strings_at(keys, i - AHEAD, &len);
            found[i - AHEAD] = (uint8_t)is_shown(keyed, coterie_table_find(&keyed->keys, hashes[i % AHEAD], bytes, len));
        }
        if (i < keys->n) {
            const uint8_t *bytes = coterie_strings_at(keys, i, &len);
            hashes[i % AHEAD] = coterie_table_hash(&keyed->keys, bytes, len);
            coterie_table_prefetch(&keyed->keys, hashes[i % AHEAD]);
        }
    }
}

coterie_status coterie_keyed_renew(coterie_keyed *out, const coterie_keyed *keyed) {
    uint32_t *numbers = malloc((keyed->keys.n + 1) * sizeof *numbers);
    coterie_status status = COTERIE_NO_MEMORY;
    size_t n = 0;
    for (uint32_t number = 0; numbers && number < keyed->keys.n; number++)
        if (is_shown(keyed, number)) numbers[n++] = number;
    if (numbers) status = coterie_keyed_pick(out, keyed, numbers, n, 1);
    free(numbers);
    return status;
}

/* ---- what is shared ---- */

coterie_shared_keyed *coterie_shared_keyed_new(coterie_keyed_kind kind, int removes, const uint64_t key[2]) {
    coterie_shared_keyed *shared = malloc(sizeof *shared);
    if (!shared) return NULL;
    shared->holders = 1;
    coterie_keyed_begin(&shared->keyed, kind, removes, key);
    return shared;
}

coterie_shared_keyed *coterie_shared_keyed_hold(coterie_shared_keyed *shared) {
    __atomic_add_fetch(&shared->holders, 1, __ATOMIC_RELAXED);
    return shared;
}

void coterie_shared_keyed_drop(coterie_shared_keyed *shared) {
    if (!shared || __atomic_sub_fetch(&shared->holders, 1, __ATOMIC_ACQ_REL)) return;
    coterie_keyed_free(&shared->keyed);
    free(shared);
}

coterie_status coterie_shared_keyed_own(coterie_shared_keyed **shared) {
    coterie_shared_keyed *own;
    if (__atomic_load_n(&(*shared)->holders, __ATOMIC_ACQUIRE) == 1) return COTERIE_OK;
    if (!(own = malloc(sizeof *own))) return COTERIE_NO_MEMORY;
    if (coterie_keyed_copy(&own->keyed, &(*shared)->keyed) != COTERIE_OK) {
        free(own);
        return COTERIE_NO_MEMORY;
    }
    own->holders = 1;
    coterie_shared_keyed_drop(*shared);
    *shared = own;
    return COTERIE_OK;
}
