#include "coterie/crdts/dotted_local.h"

#include "coterie/crdts/dot_sets.h"

#include <stdlib.h>

/* ---- the log ---- */

void coterie_dot_log_free(coterie_dot_log *log) { free(log->each); }

/* Sorted, and ranges that meet or lie in each other as one. */
static void tidy(coterie_dot_log *log) {
    size_t n = 0;
    coterie_dots_sort(log->each, log->n);
    for (size_t i = 0; i < log->n; i++) {
        coterie_range *last = n ? &log->each[n - 1] : NULL, *range = &log->each[i];
        if (last && last->slot == range->slot && range->first <= last->last + 1) {
            if (range->last > last->last) last->last = range->last;
        } else {
            log->each[n++] = *range;
        }
    }
    log->n = log->sorted = n;
}

/* When it has doubled it is tidied first, so that what is made and dropped again and again takes no room. */
coterie_status coterie_dot_log_reserve(coterie_dot_log *log, size_t more) {
    if (log->n + more <= log->room) return COTERIE_OK;
    if (log->n > 2 * log->sorted + 64) tidy(log);
    if (log->n + more > log->room) {
        size_t room = 2 * log->n + more;
        coterie_range *each = realloc(log->each, room * sizeof *each);
        if (!each) return COTERIE_NO_MEMORY;
        log->each = each, log->room = room;
    }
    return COTERIE_OK;
}

static void note(coterie_dot_log *log, size_t place, uint64_t counter) {
    coterie_range *last = log->n ? &log->each[log->n - 1] : NULL;
    if (last && last->slot == place && last->last + 1 == counter) last->last = counter;
    else log->each[log->n++] = (coterie_range){place, counter, counter};
}

coterie_status coterie_dot_log_set(coterie_dot_log *log, size_t places, coterie_dots *dots) {
    tidy(log);
    return coterie_dot_set_of(dots, places, log->each, log->n);
}

/* ---- dots ---- */

static size_t records_of(const coterie_dotted *dotted, uint32_t string) {
    size_t n = 0;
    for (uint32_t at = dotted->first[string]; at != COTERIE_NO_RECORD; at = dotted->records[at].next) n++;
    return n;
}

/* Drops all records of a string from this one on. */
static void drop_from(coterie_dotted *dotted, uint32_t record, coterie_dot_log *log) {
    while (record != COTERIE_NO_RECORD) {
        const coterie_record *gone = &dotted->records[record];
        uint32_t next = gone->next;
        note(log, gone->place, gone->counter);
        coterie_dotted_drop(dotted, record);
        record = next;
    }
}

coterie_status coterie_dotted_make(coterie_dotted *dotted, size_t place, uint32_t hash, const void *bytes, size_t len,
                                   coterie_dot_log *log) {
    uint64_t counter = coterie_dots_highest(&dotted->context, place) + 1;
    uint32_t string = coterie_table_find(&dotted->strings, hash, bytes, len), record;
    if (counter > COTERIE_DOT_MOST) return COTERIE_STOPPED;
    if (coterie_dot_log_reserve(log, 1 + (string == COTERIE_NO_STRING ? 0 : records_of(dotted, string))) != COTERIE_OK)
        return COTERIE_NO_MEMORY;
    if (coterie_dotted_put(dotted, place, counter, hash, bytes, len, &record) != COTERIE_OK) return COTERIE_NO_MEMORY;
    if (coterie_dotted_see(dotted, place, counter) != COTERIE_OK) {
        coterie_dotted_drop(dotted, record);
        return COTERIE_NO_MEMORY;
    }
    drop_from(dotted, dotted->records[record].next, log);
    note(log, place, counter);
    return COTERIE_OK;
}

coterie_status coterie_dotted_unmake(coterie_dotted *dotted, uint32_t string, coterie_dot_log *log) {
    if (coterie_dot_log_reserve(log, records_of(dotted, string)) != COTERIE_OK) return COTERIE_NO_MEMORY;
    drop_from(dotted, dotted->first[string], log);
    return COTERIE_OK;
}

typedef struct {
    const uint8_t *bytes;
    uint32_t len, hash;
} one_string;

static int by_bytes(const void *a, const void *b) {
    const one_string *x = a, *y = b;
    int order = x->len && y->len ? memcmp(x->bytes, y->bytes, x->len < y->len ? x->len : y->len) : 0;
    return order ? order : (x->len > y->len) - (x->len < y->len);
}

coterie_status coterie_dotted_renew(coterie_dotted *out, const coterie_dotted *dotted, const void *id, size_t len) {
    one_string *all = malloc((dotted->strings.len + 1) * sizeof *all);
    coterie_status status = all ? COTERIE_OK : COTERIE_NO_MEMORY;
    size_t n = 0, place = 0;
    uint32_t record;
    for (size_t i = 0; i < dotted->strings.n && all; i++) {
        const coterie_string *string = &dotted->strings.each[i];
        if (string->len == COTERIE_NO_STRING) continue;
        all[n++] = (one_string){dotted->strings.bytes + string->start, string->len, string->hash};
    }
    if (n) qsort(all, n, sizeof *all, by_bytes);
    if (status == COTERIE_OK && n) status = coterie_dotted_place(out, id, len, &place);
    for (size_t i = 0; i < n && status == COTERIE_OK; i++)
        status = coterie_dotted_put(out, place, i + 1, all[i].hash, all[i].bytes, all[i].len, &record);
    if (status == COTERIE_OK && n) status = coterie_dotted_set_context(out, &(coterie_range){place, 1, n}, 1);
    free(all);
    return status;
}

/* ---- what is shared ---- */

coterie_shared_dotted *coterie_shared_dotted_new(const uint64_t key[2]) {
    coterie_shared_dotted *shared = malloc(sizeof *shared);
    if (!shared) return NULL;
    shared->holders = 1;
    coterie_dotted_begin(&shared->dotted, key);
    return shared;
}

coterie_shared_dotted *coterie_shared_dotted_hold(coterie_shared_dotted *shared) {
    __atomic_add_fetch(&shared->holders, 1, __ATOMIC_RELAXED);
    return shared;
}

void coterie_shared_dotted_drop(coterie_shared_dotted *shared) {
    if (!shared || __atomic_sub_fetch(&shared->holders, 1, __ATOMIC_ACQ_REL)) return;
    coterie_dotted_free(&shared->dotted);
    free(shared);
}

coterie_status coterie_shared_dotted_own(coterie_shared_dotted **shared) {
    coterie_shared_dotted *own;
    if (__atomic_load_n(&(*shared)->holders, __ATOMIC_ACQUIRE) == 1) return COTERIE_OK;
    if (!(own = malloc(sizeof *own))) return COTERIE_NO_MEMORY;
    if (coterie_dotted_copy(&own->dotted, &(*shared)->dotted) != COTERIE_OK) {
        free(own);
        return COTERIE_NO_MEMORY;
    }
    own->holders = 1;
    coterie_shared_dotted_drop(*shared);
    *shared = own;
    return COTERIE_OK;
}
