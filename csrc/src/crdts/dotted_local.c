#include "coterie/crdts/dotted_local.h"

#include "coterie/crdts/dot_sets.h"

#include <stdlib.h>

/* ---- the log ---- */

void coterie_dot_log_free(coterie_dot_log *log) { free(log->each); }

enum { FEW = 16 };

/* Sorted, and ranges that meet or lie in each other as one; without room that was for many more. */
static void tidy(coterie_dot_log *log) {
    coterie_range *each;
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
    if (log->room / 4 <= n + FEW || !(each = realloc(log->each, (2 * n + FEW) * sizeof *each))) return;
    log->each = each, log->room = 2 * n + FEW;
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

static void note_range(coterie_dot_log *log, size_t place, uint64_t from, uint64_t to) {
    coterie_range *last = log->n ? &log->each[log->n - 1] : NULL;
    if (last && last->slot == place && last->first <= from && from <= last->last + 1) {
        if (to > last->last) last->last = to;
    } else {
        log->each[log->n++] = (coterie_range){place, from, to};
    }
}
void coterie_dot_log_note(coterie_dot_log *log, size_t place, uint64_t counter) { note_range(log, place, counter, counter); }

uint64_t coterie_dot_log_len(coterie_dot_log *log) {
    uint64_t len = 0;
    tidy(log);
    for (size_t i = 0; i < log->n; i++) len += log->each[i].last - log->each[i].first + 1;
    return len;
}

coterie_status coterie_dot_log_set(coterie_dot_log *log, size_t places, coterie_dots *dots) {
    tidy(log);
    return coterie_dot_set_of(dots, places, log->each, log->n);
}

/* ---- dots ---- */

/* Drops the dots that a string has from this one on. */
static void drop_from(coterie_dotted *dotted, uint32_t record, coterie_dot_log *log) {
    while (record != COTERIE_NO_RECORD) {
        const coterie_record *gone = &dotted->records[record];
        uint32_t next = gone->next;
        coterie_dot_log_note(log, gone->place, gone->counter);
        coterie_dotted_drop(dotted, record);
        record = next;
    }
}

coterie_status coterie_dotted_make(coterie_dotted *dotted, size_t place, uint32_t hash, const void *bytes, size_t len,
                                   coterie_dot_log *log) {
    uint64_t counter = coterie_dots_highest(&dotted->context, place) + 1;
    uint32_t record;
    if (counter > COTERIE_DOT_MOST) return COTERIE_STOPPED;
    if (coterie_dotted_put(dotted, place, counter, hash, bytes, len, &record) != COTERIE_OK) return COTERIE_NO_MEMORY;
    if (coterie_dot_log_reserve(log, 1 + coterie_dotted_count(dotted, dotted->records[record].next)) != COTERIE_OK ||
        coterie_dotted_see(dotted, place, counter) != COTERIE_OK) {
        coterie_dotted_drop(dotted, record);
        return COTERIE_NO_MEMORY;
    }
    drop_from(dotted, dotted->records[record].next, log);
    coterie_dot_log_note(log, place, counter);
    return COTERIE_OK;
}

coterie_status coterie_dotted_unmake(coterie_dotted *dotted, uint32_t string, coterie_dot_log *log) {
    if (coterie_dot_log_reserve(log, coterie_dotted_count(dotted, dotted->first[string])) != COTERIE_OK) return COTERIE_NO_MEMORY;
    drop_from(dotted, dotted->first[string], log);
    return COTERIE_OK;
}

/* ---- many strings ---- */

enum { AHEAD = 16 };

/* Goes through strings, and fetches what they will be looked for with. Begins with 0 but what it is of. */
typedef struct {
    const coterie_dotted *dotted;
    coterie_strings strings;
    size_t at;
    uint32_t hashes[4 * AHEAD];
    const uint8_t *string; /* which it is now */
    size_t len;
    uint32_t hash;
} strings_walk;

static uint32_t *hash_at(strings_walk *walk, size_t i) { return &walk->hashes[i % (4 * AHEAD)]; }

static int next_string(strings_walk *walk) {
    size_t i = walk->at++;
    if (i >= walk->strings.n) return 0;
    for (size_t k = i ? i + 3 * AHEAD : 0; k <= i + 3 * AHEAD; k++) {
        size_t len = 0;
        const uint8_t *string = k < walk->strings.n ? coterie_strings_at(&walk->strings, k, &len) : NULL;
        *hash_at(walk, k) = string ? coterie_table_hash(&walk->dotted->strings, string, len) : 0;
    }
    coterie_dotted_prefetch(walk->dotted, *hash_at(walk, i + 3 * AHEAD), *hash_at(walk, i + 2 * AHEAD), *hash_at(walk, i + AHEAD));
    walk->string = coterie_strings_at(&walk->strings, i, &walk->len), walk->hash = *hash_at(walk, i);
    return 1;
}

coterie_status coterie_dotted_make_many(coterie_dotted *dotted, size_t place, coterie_strings strings, coterie_dot_log *log) {
    uint64_t first = coterie_dots_highest(&dotted->context, place) + 1, next = first;
    size_t n = strings.n, older = 0, n_older = 0;
    uint32_t record, *with_older = malloc((n + 1) * sizeof *with_older);
    strings_walk walk = {.dotted = dotted, .strings = strings};
    coterie_status status = with_older ? COTERIE_OK : COTERIE_NO_MEMORY;
    if (n > COTERIE_DOT_MOST - (first - 1)) status = COTERIE_STOPPED;
    if (status == COTERIE_OK) status = coterie_dotted_reserve(dotted, n, n ? strings.ends[n - 1] : 0);
    while (status == COTERIE_OK && next_string(&walk)) {
        status = walk.len >= COTERIE_NO_STRING ? COTERIE_NO_MEMORY
                                               : coterie_dotted_put_in_room(dotted, place, next, walk.hash, walk.string, walk.len, &record);
        if (status != COTERIE_OK) break;
        uint32_t other = dotted->records[record].next;
        next++;
        if (other == COTERIE_NO_RECORD) continue;
        if (dotted->records[other].place == place && dotted->records[other].counter >= first) { /* it came before among them */
            coterie_dotted_drop(dotted, record);
            next--;
            continue;
        }
        with_older[n_older++] = record;
        older += coterie_dotted_count(dotted, other);
    }
    if (status == COTERIE_OK && next > first) {
        status = coterie_dot_log_reserve(log, 1 + older);
        if (status == COTERIE_OK) status = coterie_dotted_see(dotted, place, first);
    }
    if (status != COTERIE_OK) {
        while (next-- > first) coterie_dotted_drop(dotted, *coterie_live_find(&dotted->live[place], next));
    } else if (next > first) { /* from here on nothing fails */
        coterie_dots_extend(&dotted->context, place, next - 1);
        for (size_t i = 0; i < n_older; i++) drop_from(dotted, dotted->records[with_older[i]].next, log);
        note_range(log, place, first, next - 1);
    }
    free(with_older);
    return status;
}

#define NOTED (UINT32_MAX - 1) /* as what stands before the first dot of a string */

/* The numbers of those strings that are there, each once, and how many dots they have; the caller frees the list. */
static coterie_status find_many(const coterie_dotted *dotted, coterie_strings strings, uint32_t **numbers, size_t *found,
                                size_t *dots) {
    strings_walk walk = {.dotted = dotted, .strings = strings};
    *found = *dots = 0;
    if (!(*numbers = malloc((strings.n + 1) * sizeof **numbers))) return COTERIE_NO_MEMORY;
    while (next_string(&walk)) {
        uint32_t string = coterie_table_find(&dotted->strings, walk.hash, walk.string, walk.len);
        if (string == COTERIE_NO_STRING || dotted->records[dotted->first[string]].before == NOTED) continue;
        dotted->records[dotted->first[string]].before = NOTED;
        *dots += coterie_dotted_count(dotted, dotted->first[string]);
        (*numbers)[(*found)++] = string;
    }
    for (size_t i = 0; i < *found; i++) dotted->records[dotted->first[(*numbers)[i]]].before = COTERIE_NO_RECORD;
    return COTERIE_OK;
}

coterie_status coterie_dotted_unmake_many(coterie_dotted *dotted, coterie_strings strings, coterie_dot_log *log, size_t *gone) {
    return coterie_dotted_change_many(dotted, 0, (coterie_strings){NULL, NULL, 0}, strings, log, gone);
}

coterie_status coterie_dotted_change_many(coterie_dotted *dotted, size_t place, coterie_strings made, coterie_strings dropped,
                                          coterie_dot_log *log, size_t *gone) {
    uint32_t *strings, *again = NULL;
    size_t dots, n_again, older = 0;
    coterie_status status = find_many(dotted, dropped, &strings, gone, &dots);
    if (status == COTERIE_OK && dropped.n && made.n) status = find_many(dotted, made, &again, &n_again, &older);
    free(again);
    if (status == COTERIE_OK) status = coterie_dot_log_reserve(log, dots + older + 1); /* all that are made follow each other */
    if (status == COTERIE_OK && made.n) status = coterie_dotted_make_many(dotted, place, made, log);
    for (size_t i = 0; i < *gone && status == COTERIE_OK; i++) drop_from(dotted, dotted->first[strings[i]], log);
    free(strings);
    return status;
}

void coterie_dotted_have_many(const coterie_dotted *dotted, coterie_strings strings, uint8_t *found) {
    strings_walk walk = {.dotted = dotted, .strings = strings};
    for (size_t i = 0; next_string(&walk); i++)
        found[i] = coterie_table_find(&dotted->strings, walk.hash, walk.string, walk.len) != COTERIE_NO_STRING;
}

/* ---- one replica instead of all ---- */

static int by_place(const void *a, const void *b) {
    const coterie_one_string *x = a, *y = b;
    if (x->place != y->place) return x->place < y->place ? -1 : 1;
    int order = x->len && y->len ? memcmp(x->bytes, y->bytes, x->len < y->len ? x->len : y->len) : 0;
    return order ? order : (x->len > y->len) - (x->len < y->len);
}

coterie_status coterie_dotted_put_sorted(coterie_dotted *out, coterie_one_string *all, size_t n, const coterie_replicas *ids,
                                         const void *id, size_t len) {
    coterie_status status = COTERIE_OK;
    size_t place = 0;
    uint64_t counter = 0;
    uint32_t record;
    qsort(all, n, sizeof *all, by_place);
    for (size_t i = 0; i < n && status == COTERIE_OK; i++) {
        const coterie_one_string *one = &all[i];
        if (!i || one->place != one[-1].place) {
            counter = 0;
            status = one->place == COTERIE_NO_PLACE ? coterie_dotted_place(out, id, len, &place)
                                                    : coterie_dotted_place(out, coterie_replica_id(ids, one->place),
                                                                           ids->each[one->place].len, &place);
        }
        if (status == COTERIE_OK) status = coterie_dotted_put(out, place, ++counter, one->hash, one->bytes, one->len, &record);
        if (status == COTERIE_OK) status = coterie_dotted_see(out, place, counter);
    }
    return status;
}

coterie_status coterie_dotted_renew(coterie_dotted *out, const coterie_dotted *dotted, const void *id, size_t len) {
    coterie_one_string *all = malloc((dotted->strings.len + 1) * sizeof *all);
    coterie_status status;
    size_t n = 0;
    if (!all) return COTERIE_NO_MEMORY;
    for (size_t i = 0; i < dotted->strings.n; i++) {
        const coterie_string *string = &dotted->strings.each[i];
        if (string->len != COTERIE_NO_STRING)
            all[n++] = (coterie_one_string){dotted->strings.bytes + string->start, string->len, string->hash, COTERIE_NO_PLACE};
    }
    status = coterie_dotted_put_sorted(out, all, n, NULL, id, len);
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
