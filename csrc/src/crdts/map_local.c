#include "coterie/crdts/map_local.h"

#include "coterie/crdts/dot_walk.h"
#include "coterie/crdts/elements.h"

#include <stdlib.h>

/* ---- strings of a node ---- */

static coterie_status gather_key(const coterie_map_index *index, uint32_t key, coterie_numbers *out);
/* All strings of a node; maps are in each other at most COTERIE_MAP_DEPTH times. */
static coterie_status gather(const coterie_map_index *index, uint32_t node, coterie_numbers *out) {
    const coterie_map_node *at = &index->nodes[node];
    coterie_status status = COTERIE_OK;
    for (int hidden = 0; hidden < 2; hidden++)
        for (uint32_t next, member = hidden ? at->hidden : at->shown; member != COTERIE_MAP_NONE; member = next) {
            next = coterie_map_next(index, node, member);
            status = at->kind == COTERIE_MAP_MAP ? gather_key(index, member, out) : coterie_numbers_add(out, member);
            if (status != COTERIE_OK) return status;
        }
    return COTERIE_OK;
}
static coterie_status gather_key(const coterie_map_index *index, uint32_t key, coterie_numbers *out) {
    coterie_status status = COTERIE_OK;
    for (uint32_t node = index->each_key[key].node; node != COTERIE_MAP_NONE && status == COTERIE_OK; node = index->nodes[node].next)
        status = gather(index, node, out);
    return status;
}

static size_t dots_of(const coterie_dotted *dotted, uint32_t string) {
    size_t n = 0;
    for (uint32_t at = dotted->first[string]; at != COTERIE_NO_RECORD; at = dotted->records[at].next) n++;
    return n;
}
static size_t all_dots_of(const coterie_dotted *dotted, const coterie_numbers *strings) {
    size_t n = 0;
    for (size_t i = 0; i < strings->n; i++) n += dots_of(dotted, strings->each[i]);
    return n;
}

/* Drops what was gathered, if it was. */
static coterie_status unmake(coterie_dotted *dotted, coterie_numbers *strings, coterie_status status, coterie_dot_log *log) {
    if (status == COTERIE_OK) status = coterie_dot_log_reserve(log, all_dots_of(dotted, strings));
    for (size_t i = 0; i < strings->n && status == COTERIE_OK; i++) coterie_dotted_unmake(dotted, strings->each[i], log);
    free(strings->each);
    return status;
}

coterie_status coterie_map_clear(coterie_dotted *dotted, uint32_t node, coterie_dot_log *log) {
    coterie_numbers strings = {0};
    coterie_status status = gather(coterie_map_index_of(dotted), node, &strings);
    return unmake(dotted, &strings, status, log);
}

coterie_status coterie_map_delete(coterie_dotted *dotted, uint32_t key, coterie_dot_log *log) {
    coterie_numbers strings = {0};
    coterie_status status = gather_key(coterie_map_index_of(dotted), key, &strings);
    return unmake(dotted, &strings, status, log);
}

/* ---- strings instead of others ---- */

static uint32_t hash_of(const coterie_dotted *dotted, const uint8_t *bytes, size_t len) {
    return coterie_table_hash(&dotted->strings, bytes, len);
}
static uint32_t find(const coterie_dotted *dotted, const uint8_t *bytes, size_t len) {
    return coterie_table_find(&dotted->strings, hash_of(dotted, bytes, len), bytes, len);
}

coterie_status coterie_map_make_alone(coterie_dotted *dotted, size_t place, const uint8_t *bytes, size_t len, size_t head,
                                      coterie_dot_log *log) {
    uint32_t node = coterie_map_find(coterie_map_index_of(dotted), bytes, head), own = find(dotted, bytes, len);
    coterie_numbers others = {0};
    coterie_status status = node == COTERIE_MAP_NONE ? COTERIE_OK : gather(coterie_map_index_of(dotted), node, &others);
    if (status == COTERIE_OK) status = coterie_dot_log_reserve(log, 1 + all_dots_of(dotted, &others));
    if (status == COTERIE_OK) status = coterie_dotted_make(dotted, place, hash_of(dotted, bytes, len), bytes, len, log);
    for (size_t i = 0; i < others.n && status == COTERIE_OK; i++) /* there is room in the log */
        if (others.each[i] != own) coterie_dotted_unmake(dotted, others.each[i], log);
    free(others.each);
    return status;
}

/* The strings that are twins of some. */
static coterie_status find_twins(const coterie_dotted *dotted, uint8_t *bytes, const size_t *ends, size_t n, size_t head,
                                 coterie_numbers *twins, size_t *dots) {
    *dots = 0;
    for (size_t i = 0, start = 0; i < n; start = ends[i++]) {
        size_t len = ends[i] - start;
        uint32_t own = find(dotted, bytes + start, len), twin;
        bytes[start + head] ^= 1;
        twin = find(dotted, bytes + start, len);
        bytes[start + head] ^= 1;
        if (own != COTERIE_NO_STRING) *dots += dots_of(dotted, own);
        if (twin != COTERIE_NO_STRING && coterie_numbers_add(twins, twin) != COTERIE_OK) return COTERIE_NO_MEMORY;
    }
    *dots += all_dots_of(dotted, twins);
    return COTERIE_OK;
}

coterie_status coterie_map_make_many(coterie_dotted *dotted, size_t place, uint8_t *bytes, const size_t *ends, size_t n, size_t head,
                                     coterie_dot_log *log) {
    coterie_numbers twins = {0};
    size_t dots;
    coterie_status status = find_twins(dotted, bytes, ends, n, head, &twins, &dots);
    if (status == COTERIE_OK) status = coterie_dot_log_reserve(log, 1 + dots);
    if (status == COTERIE_OK) status = coterie_dotted_make_many(dotted, place, (coterie_strings){bytes, ends, n}, log);
    for (size_t i = 0; i < twins.n && status == COTERIE_OK; i++) /* of equal strings there is one twin, which goes once */
        if (dotted->strings.each[twins.each[i]].len != COTERIE_NO_STRING) coterie_dotted_unmake(dotted, twins.each[i], log);
    free(twins.each);
    return status;
}

/* ---- counters ---- */

static uint64_t read_amount(const uint8_t *bytes, size_t len, int *negative) {
    uint8_t turn = bytes[1] < 128 ? 255 : 0;
    uint64_t amount = 0;
    for (size_t i = 2; i < len; i++) amount = amount << 8 | (uint8_t)(bytes[i] ^ turn);
    *negative = turn != 0;
    return amount;
}

static uint64_t amount_of(const coterie_dotted *dotted, uint32_t string, size_t head, int *negative) {
    return read_amount(coterie_table_bytes(&dotted->strings, string) + head, dotted->strings.each[string].len - head, negative);
}

/* Adds what a number is to another one, unless that gets too large. */
static int add_amount(int *negative, uint64_t *amount, int other_negative, uint64_t other) {
    if (*negative == other_negative) {
        if (other > UINT64_MAX - *amount) return 0;
        *amount += other;
    } else if (*amount >= other) {
        *amount -= other;
    } else {
        *amount = other - *amount, *negative = other_negative;
    }
    if (!*amount) *negative = 0;
    return 1;
}

/* The dot of a counter that may change its amount, or COTERIE_NO_RECORD. */
static uint32_t unsettled(const coterie_dotted *dotted, uint32_t node, size_t place, uint64_t settled) {
    const coterie_map_index *index = coterie_map_index_of(dotted);
    uint32_t record = node == COTERIE_MAP_NONE ? COTERIE_NO_RECORD : index->nodes[node].newest;
    if (record == COTERIE_NO_RECORD || record >= dotted->n) return COTERIE_NO_RECORD;
    const coterie_record *last = &dotted->records[record];
    if (last->string == COTERIE_NO_STRING || last->place != place || last->counter <= settled) return COTERIE_NO_RECORD;
    return index->members[last->string].node == node ? record : COTERIE_NO_RECORD;
}

coterie_status coterie_map_count(coterie_dotted *dotted, size_t place, uint8_t *path, size_t head, uint64_t settled, int negative,
                                 uint64_t amount, coterie_dot_log *log) {
    coterie_map_index *index = dotted->follows;
    uint64_t counter = coterie_dots_highest(&dotted->context, place) + 1;
    uint32_t node = coterie_map_find(index, path, head), record = unsettled(dotted, node, place, settled);
    size_t len;
    if (record != COTERIE_NO_RECORD) {
        int sum_negative;
        uint64_t sum = amount_of(dotted, dotted->records[record].string, head, &sum_negative);
        if (add_amount(&sum_negative, &sum, negative, amount)) {
            len = (size_t)(coterie_element_int(path + head, sum_negative, sum) - path);
            return coterie_dotted_turn(dotted, record, hash_of(dotted, path, len), path, len);
        }
    }
    len = (size_t)(coterie_element_int(path + head, negative && amount, amount) - path);
    if (counter > COTERIE_DOT_MOST) return COTERIE_STOPPED;
    if (coterie_dot_log_reserve(log, 1) != COTERIE_OK) return COTERIE_NO_MEMORY;
    if (coterie_dotted_put(dotted, place, counter, hash_of(dotted, path, len), path, len, &record) != COTERIE_OK)
        return COTERIE_NO_MEMORY;
    if (coterie_dotted_see(dotted, place, counter) != COTERIE_OK) {
        coterie_dotted_drop(dotted, record);
        return COTERIE_NO_MEMORY;
    }
    coterie_dot_log_note(log, place, counter);
    index->nodes[index->members[dotted->records[record].string].node].newest = record;
    return COTERIE_OK;
}

void coterie_map_sum_of(const coterie_dotted *dotted, uint32_t node, coterie_map_sum *sum) {
    const coterie_map_index *index = coterie_map_index_of(dotted);
    memset(sum, 0, sizeof *sum);
    for (uint32_t member = COTERIE_MAP_NONE; (member = coterie_map_next(index, node, member)) != COTERIE_MAP_NONE;) {
        int negative;
        uint64_t amount = amount_of(dotted, member, index->nodes[node].head, &negative);
        uint64_t *to = negative ? sum->taken : sum->added;
        for (uint32_t at = dotted->first[member]; at != COTERIE_NO_RECORD; at = dotted->records[at].next) {
            to[0] += amount; /* there are less than 2^32 dots */
            to[1] += to[0] < amount;
        }
    }
}

/* ---- last writers ---- */

static int compare(const void *a, size_t n, const void *b, size_t m) {
    int order = n && m ? memcmp(a, b, n < m ? n : m) : 0;
    return order ? order : (n > m) - (n < m);
}

int coterie_map_standing(const coterie_dotted *dotted, uint32_t node, uint32_t record, const uint8_t *rest, size_t len,
                         const void *id, size_t id_len) {
    const coterie_record *other = &dotted->records[record];
    size_t size;
    const uint8_t *bytes = coterie_map_rest(dotted, node, other->string, &size);
    int order = memcmp(rest, bytes, 8);
    if (!order) order = compare(id, id_len, coterie_replica_id(&dotted->ids, other->place), dotted->ids.each[other->place].len);
    return order ? order : compare(rest + 8, len - 8, bytes + 8, size - 8);
}

uint32_t coterie_map_winner(const coterie_dotted *dotted, uint32_t node) {
    const coterie_map_index *index = coterie_map_index_of(dotted);
    uint32_t winner = COTERIE_NO_RECORD;
    for (uint32_t member = COTERIE_MAP_NONE; (member = coterie_map_next(index, node, member)) != COTERIE_MAP_NONE;) {
        size_t len;
        const uint8_t *rest = coterie_map_rest(dotted, node, member, &len);
        for (uint32_t at = dotted->first[member]; at != COTERIE_NO_RECORD; at = dotted->records[at].next) {
            uint32_t place = dotted->records[at].place;
            if (winner == COTERIE_NO_RECORD || coterie_map_standing(dotted, node, winner, rest, len, coterie_replica_id(&dotted->ids, place),
                                                                    dotted->ids.each[place].len) > 0)
                winner = at;
        }
    }
    return winner;
}

uint64_t coterie_map_latest(const coterie_dotted *dotted) {
    const coterie_map_index *index = coterie_map_index_of(dotted);
    uint64_t latest = 0;
    for (uint32_t string = 0; string < dotted->strings.n; string++) {
        const coterie_map_node *node;
        if (dotted->strings.each[string].len == COTERIE_NO_STRING) continue;
        node = &index->nodes[index->members[string].node];
        if (node->kind != COTERIE_MAP_LWW) continue;
        uint64_t stamp = coterie_swap64(coterie_load64(coterie_table_bytes(&dotted->strings, string) + node->head));
        if (stamp > latest) latest = stamp;
    }
    return latest;
}

/* ---- one replica instead of all ---- */

/* What one replica writes: strings, and the bytes of those that are made for it; and where it has been, or COTERIE_NOWHERE. */
typedef struct {
    coterie_one_string *each;
    size_t n;
    uint8_t *made;
    size_t own;
} renewal;

static void write_again(renewal *all, const coterie_dotted *dotted, uint32_t number, uint32_t place) {
    const coterie_string *string = &dotted->strings.each[number];
    all->each[all->n++] = (coterie_one_string){dotted->strings.bytes + string->start, string->len, string->hash, place};
}

/* The write of an lww's node that stays, by who has written it. */
static void renew_winner(renewal *all, const coterie_dotted *dotted, uint32_t node) {
    const coterie_record *winner = &dotted->records[coterie_map_winner(dotted, node)];
    write_again(all, dotted, winner->string, winner->place == all->own ? COTERIE_NO_PLACE : winner->place);
}

/* An amount of a counter, so many times. */
static void write_amount(renewal *all, const coterie_dotted *dotted, uint32_t node, int negative, uint64_t amount, uint64_t times) {
    const coterie_map_node *at = &coterie_map_index_of(dotted)->nodes[node];
    uint8_t *string = all->made;
    memcpy(string, coterie_table_bytes(&dotted->strings, at->shown), at->head);
    all->made = coterie_element_int(string + at->head, negative, amount);
    size_t len = (size_t)(all->made - string);
    while (times--) all->each[all->n++] = (coterie_one_string){string, (uint32_t)len, hash_of(dotted, string, len), COTERIE_NO_PLACE};
}

/* As few dots as can have the sum: no more than there are. */
static void renew_counter(renewal *all, const coterie_dotted *dotted, uint32_t node) {
    coterie_map_sum sum;
    coterie_map_sum_of(dotted, node, &sum);
    int less = coterie_less128(sum.added, sum.taken);
    const uint64_t *high = less ? sum.taken : sum.added, *low = less ? sum.added : sum.taken;
    uint64_t rest = high[0] - low[0], full = high[1] - low[1] - (high[0] < low[0]);
    /* full * 2^64 + rest is as many times 2^64 - 1, and full + rest; `full` is below 2^32. */
    uint64_t more = rest > UINT64_MAX - full;
    rest += full + more, full += more;
    if (rest == UINT64_MAX) rest = 0, full++;
    if (full) write_amount(all, dotted, node, less, UINT64_MAX, full);
    if (rest || !full) write_amount(all, dotted, node, less, rest, 1);
}

/* A set that is there, but shows nothing, stays so by one addition and its removal. */
static void renew_hidden(renewal *all, const coterie_dotted *dotted, uint32_t node) {
    const coterie_map_index *index = coterie_map_index_of(dotted);
    const uint8_t *least = NULL;
    size_t least_len = 0, len;
    for (int adds = 1; adds >= 0; adds--) {
        uint32_t chosen = COTERIE_MAP_NONE;
        for (uint32_t member = index->nodes[node].hidden; member != COTERIE_MAP_NONE; member = coterie_map_next(index, node, member)) {
            const uint8_t *bytes = coterie_map_rest(dotted, node, member, &len);
            int order = least ? compare(bytes, len, least, least_len) : -1;
            if (bytes[-1] != adds || (adds ? order >= 0 : order)) continue;
            chosen = member;
            if (adds) least = bytes, least_len = len;
        }
        write_again(all, dotted, chosen, COTERIE_NO_PLACE);
    }
}

static void renew_node(renewal *all, const coterie_dotted *dotted, uint32_t node) {
    const coterie_map_index *index = coterie_map_index_of(dotted);
    const coterie_map_node *at = &index->nodes[node];
    if (at->kind == COTERIE_MAP_COUNTER) {
        renew_counter(all, dotted, node);
    } else if (at->kind == COTERIE_MAP_LWW) {
        renew_winner(all, dotted, node);
    } else if (at->kind == COTERIE_MAP_RW_SET && at->present && !at->n_shown) {
        renew_hidden(all, dotted, node);
    } else {
        for (uint32_t member = at->shown; member != COTERIE_MAP_NONE; member = coterie_map_next(index, node, member))
            write_again(all, dotted, member, COTERIE_NO_PLACE);
    }
}

coterie_status coterie_map_renew(coterie_dotted *out, const coterie_dotted *dotted, const void *id, size_t len) {
    const coterie_map_index *index = coterie_map_index_of(dotted);
    size_t room = 1;
    for (size_t node = 0; node < index->n_nodes; node++)
        if (index->nodes[node].kind == COTERIE_MAP_COUNTER) room += 2 * ((size_t)index->nodes[node].head + COTERIE_MAP_AMOUNT);
    uint8_t *made = malloc(room);
    renewal all = {.each = malloc(((size_t)dotted->len + 1) * sizeof *all.each), .made = made};
    all.own = coterie_replicas_find(&dotted->ids, id, len);
    coterie_status status = all.each && made ? COTERIE_OK : COTERIE_NO_MEMORY;
    for (uint32_t node = 0; node < index->n_nodes && status == COTERIE_OK; node++)
        if (index->nodes[node].kind < COTERIE_MAP_MAP) renew_node(&all, dotted, node);
    if (status == COTERIE_OK) status = coterie_dotted_put_sorted(out, all.each, all.n, &dotted->ids, id, len);
    free(all.each);
    free(made);
    return status;
}

/* ---- lists ---- */

/* Their own bytes, if they were gathered. */
static coterie_status list_members(const coterie_dotted *dotted, uint32_t node, coterie_numbers *members, coterie_status status,
                                   uint8_t **out, size_t *size) {
    size_t len, room = 1;
    *size = 0;
    for (size_t i = 0; i < members->n; i++) {
        coterie_map_rest(dotted, node, members->each[i], &len);
        room += 4 + len;
    }
    if (status == COTERIE_OK && !(*out = malloc(room))) status = COTERIE_NO_MEMORY;
    for (size_t i = 0; i < members->n && status == COTERIE_OK; i++) {
        const uint8_t *bytes = coterie_map_rest(dotted, node, members->each[i], &len);
        coterie_store32(*out + *size, (uint32_t)len);
        if (len) memcpy(*out + *size + 4, bytes, len);
        *size += 4 + len;
    }
    free(members->each);
    return status;
}

coterie_status coterie_map_list(const coterie_dotted *dotted, uint32_t node, size_t most, uint8_t **out, size_t *size) {
    const coterie_map_index *index = coterie_map_index_of(dotted);
    coterie_numbers members = {0};
    coterie_status status = COTERIE_OK;
    uint32_t member = coterie_map_next(index, node, COTERIE_MAP_NONE);
    for (; members.n < most && member != COTERIE_MAP_NONE && status == COTERIE_OK; member = coterie_map_next(index, node, member))
        status = coterie_numbers_add(&members, member);
    return list_members(dotted, node, &members, status, out, size);
}

/* The key of the outermost map that a string is at. */
static uint32_t outermost_key(const coterie_map_index *index, uint32_t string) {
    uint32_t key = index->nodes[index->members[string].node].key;
    while (index->each_key[key].map != COTERIE_MAP_ROOT) key = index->nodes[index->each_key[key].map].key;
    return key;
}

coterie_status coterie_map_list_touched(const coterie_dotted *dotted, const coterie_dotted *other, uint8_t **out, size_t *size) {
    const coterie_map_index *index = coterie_map_index_of(dotted);
    coterie_numbers keys = {0};
    uint8_t *noted = calloc(index->keys.n + 1, 1);
    coterie_status status = noted ? COTERIE_OK : COTERIE_NO_MEMORY;
    for (size_t place = 0; place < dotted->ids.n; place++)
        for (size_t k = 0; k < dotted->live[place].n && status == COTERIE_OK; k++) {
            const coterie_chunk *chunk = &dotted->live[place].chunks[k];
            coterie_chunk_walk walk;
            uint64_t counter;
            uint32_t record;
            coterie_chunk_walk_begin(&walk, chunk, place < other->ids.n ? coterie_live_chunk(&other->live[place], chunk->base) : NULL, 0,
                                     COTERIE_CHUNK - 1);
            while (status == COTERIE_OK && coterie_chunk_walk_next(&walk, &counter, &record)) {
                uint32_t key = outermost_key(index, dotted->records[record].string);
                if (!noted[key]) status = coterie_numbers_add(&keys, key);
                noted[key] = 1;
            }
        }
    free(noted);
    return list_members(dotted, COTERIE_MAP_ROOT, &keys, status, out, size);
}
