#include "coterie/crdts/remove_wins.h"

#include "coterie/crdts/dotted_instead.h"
#include "coterie/crdts/elements.h"
#include "copied.h"

int coterie_remove_wins_check(const uint8_t *bytes, size_t len) {
    return len && bytes[0] <= COTERIE_ADDED && coterie_element_check(bytes + 1, len - 1);
}

/* ---- what follows the strings ---- */

/* The number of the twin of a string, which may be there or not. */
static coterie_status find_twin(const coterie_dotted *dotted, const uint8_t *bytes, size_t len, uint32_t *twin) {
    const coterie_remove_wins *all = dotted->follows;
    *twin = COTERIE_NO_STRING;
    if (*bytes == COTERIE_ADDED ? !all->removals : dotted->strings.len == all->removals) return COTERIE_OK;
    uint8_t few[256], *other = len <= sizeof few ? few : malloc(len);
    if (!other) return COTERIE_NO_MEMORY;
    memcpy(other, bytes, len);
    other[0] ^= COTERIE_REMOVED ^ COTERIE_ADDED;
    *twin = coterie_table_find(&dotted->strings, coterie_table_hash(&dotted->strings, other, len), other, len);
    if (other != few) free(other);
    return COTERIE_OK;
}

static coterie_status come(coterie_dotted *dotted, uint32_t string) {
    coterie_remove_wins *all = dotted->follows;
    const uint8_t *bytes = coterie_table_bytes(&dotted->strings, string);
    uint32_t twin;
    if (string >= all->room) {
        size_t room = dotted->strings.room;
        uint32_t *twins = realloc(all->twins, room * sizeof *twins);
        if (!twins) return COTERIE_NO_MEMORY;
        all->twins = twins, all->room = room;
    }
    if (find_twin(dotted, bytes, dotted->strings.each[string].len, &twin) != COTERIE_OK) return COTERIE_NO_MEMORY;
    all->twins[string] = twin;
    all->removals += *bytes == COTERIE_REMOVED;
    all->turns += (twin != COTERIE_NO_STRING) == (*bytes == COTERIE_REMOVED);
    if (twin != COTERIE_NO_STRING) all->twins[twin] = string, all->pairs++;
    return COTERIE_OK;
}

static void go(coterie_dotted *dotted, uint32_t string) {
    coterie_remove_wins *all = dotted->follows;
    uint32_t twin = all->twins[string];
    uint8_t mark = *coterie_table_bytes(&dotted->strings, string);
    all->removals -= mark == COTERIE_REMOVED;
    all->turns += (twin != COTERIE_NO_STRING) == (mark == COTERIE_REMOVED);
    if (twin != COTERIE_NO_STRING) all->twins[twin] = COTERIE_NO_STRING, all->pairs--;
}

static void *copy(const void *follows) {
    const coterie_remove_wins *all = follows;
    coterie_remove_wins *out = copied(all, sizeof *all);
    if (out && all->room && !(out->twins = copied(all->twins, all->room * sizeof *all->twins))) {
        free(out);
        return NULL;
    }
    return out;
}

static void *again(const void *follows) {
    coterie_remove_wins *out = calloc(1, sizeof *out);
    if (out) out->turns = ((const coterie_remove_wins *)follows)->turns;
    return out;
}

static void free_all(void *follows) {
    free(((coterie_remove_wins *)follows)->twins);
    free(follows);
}

static size_t memory(const void *follows) {
    const coterie_remove_wins *all = follows;
    return sizeof *all + all->room * sizeof *all->twins;
}

coterie_status coterie_remove_wins_follow(coterie_dotted *dotted) {
    static const coterie_follower follower = {come, go, copy, again, free_all, memory, NULL, NULL};
    dotted->follower = &follower;
    dotted->follows = calloc(1, sizeof(coterie_remove_wins));
    return dotted->follows ? COTERIE_OK : COTERIE_NO_MEMORY;
}

/* ---- changes ---- */

coterie_status coterie_remove_wins_make(coterie_dotted *dotted, size_t place, const uint8_t *bytes, size_t len,
                                        coterie_dot_log *log) {
    uint32_t hash = coterie_table_hash(&dotted->strings, bytes, len), twin;
    if (find_twin(dotted, bytes, len, &twin) != COTERIE_OK) return COTERIE_NO_MEMORY;
    return coterie_dotted_make_instead(dotted, place, hash, bytes, len, twin, log);
}

/* The strings of elements: each a mark, and the element. */
typedef struct {
    uint8_t *bytes;
    size_t *ends;
    size_t n, size;
} marked;

static coterie_status begin_marked(marked *all, size_t n, size_t size) {
    *all = (marked){.bytes = malloc(n + size + 1), .ends = malloc((n + 1) * sizeof *all->ends)};
    if (!all->bytes || !all->ends) return COTERIE_NO_MEMORY;
    all->bytes[0] = 0, all->ends[0] = 0; /* so that compilers see that something is there */
    return COTERIE_OK;
}

static void end_marked(marked *all) {
    free(all->bytes);
    free(all->ends);
}

static void mark(marked *all, coterie_strings elements, uint8_t mark) {
    for (size_t i = 0, start = 0; i < elements.n; start = elements.ends[i++]) {
        size_t len = elements.ends[i] - start;
        all->bytes[all->size] = mark;
        memcpy(all->bytes + all->size + 1, elements.bytes + start, len);
        all->ends[all->n++] = all->size += 1 + len;
    }
}

static coterie_strings some(const marked *all) { return (coterie_strings){all->bytes, all->ends, all->n}; }

static size_t size_of(coterie_strings elements) { return elements.n ? elements.ends[elements.n - 1] : 0; }

/* The most dots that n elements can have: one for each of their strings, and all that are not the only ones of theirs. */
static size_t most_dots(const coterie_dotted *dotted, size_t n) {
    uint64_t most = 2 * (uint64_t)n + (dotted->len - dotted->strings.len);
    return (size_t)(most < dotted->len ? most : dotted->len);
}

enum { AHEAD = 16 };

/* Fetches what the twin of the string of a dot will go from. */
static void fetch_twin(const coterie_dotted *dotted, size_t place, uint64_t counter) {
    const uint32_t *record = coterie_live_find(&dotted->live[place], counter);
    uint32_t twin = record ? coterie_remove_wins_of(dotted)->twins[dotted->records[*record].string] : COTERIE_NO_STRING;
    if (twin != COTERIE_NO_STRING) coterie_table_prefetch(&dotted->strings, dotted->strings.each[twin].hash);
}

coterie_status coterie_remove_wins_change(coterie_dotted *dotted, size_t place, coterie_strings removed,
                                          coterie_strings added, coterie_dot_log *log, uint32_t *least) {
    marked all;
    uint64_t first = coterie_dots_highest(&dotted->context, place) + 1; /* of the dots that are made */
    coterie_status status = begin_marked(&all, removed.n + added.n, size_of(removed) + size_of(added));
    *least = COTERIE_NO_STRING;
    if (status == COTERIE_OK) {
        mark(&all, removed, COTERIE_REMOVED);
        mark(&all, added, COTERIE_ADDED);
        status = coterie_dot_log_reserve(log, 1 + most_dots(dotted, all.n));
    }
    if (status == COTERIE_OK) status = coterie_dotted_make_many(dotted, place, some(&all), log);
    for (uint64_t last = coterie_dots_highest(&dotted->context, place); first <= last && status == COTERIE_OK; first++) {
        const uint32_t *record = coterie_live_find(&dotted->live[place], first);
        fetch_twin(dotted, place, first + AHEAD);
        if (!record) continue; /* its element is among both */
        uint32_t string = dotted->records[*record].string, twin = coterie_remove_wins_of(dotted)->twins[string];
        if (string < *least && *coterie_table_bytes(&dotted->strings, string) == COTERIE_ADDED) *least = string;
        if (twin != COTERIE_NO_STRING) coterie_dotted_unmake(dotted, twin, log); /* there is room in the log */
    }
    end_marked(&all);
    return status;
}

coterie_status coterie_remove_wins_have(const coterie_dotted *dotted, coterie_strings elements, uint8_t *found) {
    marked all;
    coterie_status status = begin_marked(&all, elements.n, size_of(elements));
    if (status == COTERIE_OK) {
        mark(&all, elements, COTERIE_ADDED);
        coterie_dotted_have_many(dotted, some(&all), found);
        for (size_t i = 0, start = 0; coterie_remove_wins_of(dotted)->pairs && i < all.n; start = all.ends[i++]) {
            size_t len = all.ends[i] - start;
            uint32_t hash = coterie_table_hash(&dotted->strings, all.bytes + start, len);
            uint32_t string = coterie_table_find(&dotted->strings, hash, all.bytes + start, len);
            found[i] = (uint8_t)coterie_remove_wins_shows(dotted, string);
        }
    }
    end_marked(&all);
    return status;
}

coterie_status coterie_remove_wins_renew(coterie_dotted *out, const coterie_dotted *dotted, const void *id, size_t len) {
    coterie_dotted present;
    coterie_status status = coterie_dotted_copy(&present, dotted);
    if (status != COTERIE_OK) return status;
    for (uint32_t i = 0; i < (uint32_t)dotted->strings.n; i++) {
        if (dotted->strings.each[i].len == COTERIE_NO_STRING || coterie_remove_wins_shows(dotted, i)) continue;
        for (uint32_t at = dotted->first[i]; at != COTERIE_NO_RECORD; at = dotted->records[at].next)
            coterie_dotted_drop(&present, at);
    }
    status = coterie_dotted_renew(out, &present, id, len);
    coterie_dotted_free(&present);
    return status;
}
