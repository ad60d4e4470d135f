#include "coterie/crdts/dotted_bytes.h"

#include "coterie/clocks/entries.h"
#include "coterie/crdts/dot_sets.h"
#include "coterie/crdts/dot_walk.h"

#include <stdlib.h>

enum { BITMAP = COTERIE_CHUNK / 8 };

static size_t *room_for(size_t n) { return malloc((n + 1) * sizeof(size_t)); }

/* ---- chunks: how far each is from the one before it; then runs, how many, and of each how many counters lie before it, but one
 * unless it is the first, and how many it has, but one; or 0, the number of bytes of a bitmap up to its last dot, and
 * these, if that is less ---- */

/* How many runs there are, the bytes that they take, and the last dot. */
typedef struct {
    uint32_t n, before;
    size_t size;
} runs;

static void count_run(runs *runs, uint32_t first, uint32_t last) {
    runs->size += coterie_varint_size(first - runs->before) + coterie_varint_size(last - first);
    runs->before = last + 2;
    runs->n++;
}
static size_t bitmap_size(const runs *runs) { return (runs->before - 2) / 8 + 1; }
static int bitmap_is_less(const runs *runs) {
    size_t size = bitmap_size(runs);
    return coterie_varint_size(runs->n) + runs->size > 1 + coterie_varint_size(size) + size;
}

static void set_bits(uint8_t *bitmap, uint32_t first, uint32_t last) {
    for (uint32_t low = first; low <= last; low++) bitmap[low / 8] |= (uint8_t)(1u << low % 8);
}

static uint8_t *write_chunk(const coterie_chunk *chunk, uint8_t *out) {
    uint32_t before = 0;
    runs runs = {0};
    coterie_run run = {0};
    while (coterie_chunk_run(chunk, &run)) count_run(&runs, run.first, run.last);
    run.at = 0;
    if (bitmap_is_less(&runs)) {
        *out++ = 0;
        out = coterie_varint_write(out, bitmap_size(&runs));
        memset(out, 0, bitmap_size(&runs));
        while (coterie_chunk_run(chunk, &run)) set_bits(out, run.first, run.last);
        return out + bitmap_size(&runs);
    }
    out = coterie_varint_write(out, runs.n);
    while (coterie_chunk_run(chunk, &run)) {
        out = coterie_varint_write(coterie_varint_write(out, run.first - before), run.last - run.first);
        before = run.last + 2;
    }
    return out;
}

/* ---- writing ---- */

/* The most bytes of a chunk: each dot may be a run of two numbers below 2^16, and a bitmap stands there only if it has less. */
static size_t chunk_room(const coterie_chunk *chunk) {
    size_t runs = 6 * (size_t)chunk->len;
    return COTERIE_VARINT_MOST + 4 + (runs < BITMAP ? runs : BITMAP);
}

size_t coterie_dotted_size(const coterie_dotted *dotted, int digest) {
    size_t size = COTERIE_VARINT_MOST + dotted->context.len * 2 * COTERIE_VARINT_MOST;
    for (size_t place = 0; place < dotted->ids.n; place++) {
        size += coterie_id_room(dotted->ids.each[place].len) + 3 * COTERIE_VARINT_MOST;
        for (size_t k = 0; k < dotted->live[place].n; k++) size += chunk_room(&dotted->live[place].chunks[k]);
    }
    if (digest) return size;
    for (size_t i = 0; i < dotted->strings.n; i++)
        if (dotted->strings.each[i].len != COTERIE_NO_STRING) size += dotted->strings.each[i].len;
    return size + (size_t)dotted->len * COTERIE_VARINT_MOST;
}

static uint8_t *write_context(const coterie_dotted *dotted, size_t place, uint8_t *out) {
    const coterie_range *ranges;
    size_t n = coterie_dots_cloud(&dotted->context, place, &ranges);
    uint64_t before = dotted->context.prefix[place];
    out = coterie_varint_write(coterie_varint_write(out, before), n);
    for (size_t i = 0; i < n; i++) {
        out = coterie_entries_write_range(out, before, ranges[i].first, ranges[i].last);
        before = ranges[i].last;
    }
    return out;
}

static uint8_t *write_live(const coterie_live *live, uint8_t *out) {
    uint64_t before = 0;
    out = coterie_varint_write(out, live->n - live->empty);
    for (size_t k = 0; k < live->n; k++) {
        const coterie_chunk *chunk = &live->chunks[k];
        if (!chunk->len) continue;
        out = write_chunk(chunk, coterie_varint_write(out, chunk->base - before));
        before = chunk->base + 1;
    }
    return out;
}

/* A string that came before: its number among those that are different, doubled, and 1. One that is new: the number of its bytes,
 * four times, and 2 if it begins as the new one before it, whose first byte is left out then; and its bytes. */
static uint8_t *write_strings(const coterie_dotted *dotted, size_t place, uint32_t *ordinals, uint32_t *different, int *first,
                              uint8_t *out) {
    coterie_live_walk walk = {0};
    while (coterie_live_next(&dotted->live[place], &walk)) {
        uint32_t number = dotted->records[walk.number].string;
        const coterie_string *string = &dotted->strings.each[number];
        const uint8_t *bytes = dotted->strings.bytes + string->start;
        if (ordinals[number]) {
            out = coterie_varint_write(out, ((uint64_t)ordinals[number] - 1) << 1 | 1);
            continue;
        }
        ordinals[number] = ++*different;
        size_t same = string->len && *first == bytes[0];
        out = coterie_varint_write(out, (uint64_t)string->len << 2 | same << 1);
        if (string->len > same) memcpy(out, bytes + same, string->len - same);
        out += string->len - same;
        if (string->len) *first = bytes[0];
    }
    return out;
}

coterie_status coterie_dotted_write(const coterie_dotted *dotted, int digest, uint8_t *out, uint8_t **end) {
    coterie_id id = {.kind = COTERIE_IDS_BYTES};
    size_t n = 0, *order = room_for(dotted->ids.n);
    uint32_t *ordinals = calloc(dotted->strings.n + 1, sizeof *ordinals), different = 0;
    int first = -1;
    coterie_status status = order && ordinals ? coterie_replicas_sort(&dotted->ids, order) : COTERIE_NO_MEMORY;
    for (size_t i = 0; i < dotted->ids.n && status == COTERIE_OK; i++) {
        size_t place = order[i];
        if (coterie_dots_highest(&dotted->context, place)) order[n++] = place;
    }
    if (status == COTERIE_OK) {
        out = coterie_varint_write(out, n);
        for (size_t i = 0; i < n; i++) {
            out = coterie_id_write_bytes(&id, coterie_replica_id(&dotted->ids, order[i]), dotted->ids.each[order[i]].len, out);
            out = write_live(&dotted->live[order[i]], write_context(dotted, order[i], out));
        }
        for (size_t i = 0; i < n && !digest; i++) out = write_strings(dotted, order[i], ordinals, &different, &first, out);
        *end = out;
    }
    free(order);
    free(ordinals);
    return status;
}

/* ---- reading ---- */

/* Ranges in a list that grows. All 0 is an empty one. */
typedef struct {
    coterie_range *each;
    size_t n, room;
} ranges;

static coterie_status append(ranges *list, size_t slot, uint64_t first, uint64_t last) {
    coterie_range *before = list->n ? &list->each[list->n - 1] : NULL;
    if (before && before->slot == slot && before->last + 1 == first) { /* they meet where two chunks do */
        before->last = last;
        return COTERIE_OK;
    }
    if (list->n == list->room) {
        size_t room = 2 * list->room + 16;
        coterie_range *each = realloc(list->each, room * sizeof *each);
        if (!each) return COTERIE_NO_MEMORY;
        list->each = each, list->room = room;
    }
    list->each[list->n++] = (coterie_range){slot, first, last};
    return COTERIE_OK;
}

typedef struct {
    coterie_entries entries; /* of which `at`, `end` and `id` are used */
    coterie_replicas *ids;
    ranges seen, live; /* by place, sorted */
    uint64_t live_len;
    coterie_status status;
} reader;

static int refuse(reader *reader, coterie_status status) {
    reader->status = status;
    return 0;
}

static int read_number(reader *reader, uint64_t least, uint64_t most, uint64_t *number) {
    return coterie_entries_number(&reader->entries, least, most, number);
}

/* Whether all of a range was seen: its place is that which was read last. */
static int is_seen(const reader *reader, size_t from, uint64_t first, uint64_t last) {
    size_t low = from, high = reader->seen.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (reader->seen.each[middle].last < first) low = middle + 1;
        else high = middle;
    }
    return low < reader->seen.n && reader->seen.each[low].first <= first && last <= reader->seen.each[low].last;
}

static int take_live(reader *reader, size_t place, size_t from, uint64_t first, uint64_t last) {
    if (!is_seen(reader, from, first, last)) return 0;
    reader->live_len += last - first + 1;
    return append(&reader->live, place, first, last) == COTERIE_OK || refuse(reader, COTERIE_NO_MEMORY);
}

/* The runs of a bitmap, which has to have fewer bytes than they would. */
static int read_bitmap(reader *reader, size_t place, size_t from, uint64_t base) {
    uint64_t size;
    runs runs = {0};
    if (!read_number(reader, 1, BITMAP, &size) || size > (size_t)(reader->entries.end - reader->entries.at)) return 0;
    const uint8_t *bitmap = reader->entries.at;
    reader->entries.at += size;
    if (!bitmap[size - 1]) return 0;
    for (uint32_t low = 0; low < 8 * size;) {
        uint32_t first = low;
        if (low % 8 == 0 && !bitmap[low / 8]) {
            low += 8;
            continue;
        }
        if (!(bitmap[low / 8] >> low % 8 & 1)) {
            low++;
            continue;
        }
        while (low < 8 * size && bitmap[low / 8] >> low % 8 & 1) low++;
        count_run(&runs, first, low - 1);
        if (!take_live(reader, place, from, base * COTERIE_CHUNK + first, base * COTERIE_CHUNK + low - 1)) return 0;
    }
    return bitmap_is_less(&runs);
}

static int read_runs(reader *reader, size_t place, size_t from, uint64_t base, uint64_t n) {
    uint64_t low = 0, gap, more;
    runs runs = {0};
    for (uint64_t i = 0; i < n; i++) {
        if (!read_number(reader, 0, COTERIE_CHUNK, &gap) || !read_number(reader, 0, COTERIE_CHUNK, &more)) return 0;
        if (low + gap + more >= COTERIE_CHUNK) return 0;
        low += gap;
        count_run(&runs, (uint32_t)low, (uint32_t)(low + more));
        if (!take_live(reader, place, from, base * COTERIE_CHUNK + low, base * COTERIE_CHUNK + low + more)) return 0;
        low += more + 2;
    }
    return !bitmap_is_less(&runs);
}

/* An id, what it saw and what of that is live. */
static int read_entry(reader *reader) {
    uint64_t last, more, n, first, base = 0, gap;
    size_t place, from = reader->seen.n;
    if (!coterie_entries_next(&reader->entries) || reader->entries.id.len > COTERIE_REPLICA_MOST) return 0;
    if (coterie_replicas_add(reader->ids, reader->entries.id.bytes, reader->entries.id.len, &place) != COTERIE_OK)
        return refuse(reader, COTERIE_NO_MEMORY);
    if (!coterie_entries_prefix(&reader->entries, &last, &more) || last > COTERIE_DOT_MOST) return 0;
    if (last && append(&reader->seen, place, 1, last) != COTERIE_OK) return refuse(reader, COTERIE_NO_MEMORY);
    for (; more; more--) {
        if (!coterie_entries_range(&reader->entries, &first, &last) || last > COTERIE_DOT_MOST) return 0;
        if (append(&reader->seen, place, first, last) != COTERIE_OK) return refuse(reader, COTERIE_NO_MEMORY);
    }
    if (!read_number(reader, 0, (uint64_t)(reader->entries.end - reader->entries.at), &n)) return 0;
    for (uint64_t i = 0; i < n; i++, base++) {
        if (!read_number(reader, 0, COTERIE_DOT_MOST / COTERIE_CHUNK, &gap)) return 0;
        base += gap;
        if (base > COTERIE_DOT_MOST / COTERIE_CHUNK || !read_number(reader, 0, COTERIE_CHUNK, &more)) return 0;
        if (!(more ? read_runs(reader, place, from, base, more) : read_bitmap(reader, place, from, base))) return 0;
    }
    return 1;
}

static int read_entries(reader *reader, coterie_replicas *ids, const uint8_t *at, const uint8_t *end) {
    uint64_t n;
    memset(reader, 0, sizeof *reader);
    reader->ids = ids;
    reader->entries.end = end;
    reader->entries.id.kind = COTERIE_IDS_BYTES;
    reader->entries.at = coterie_varint_read(at, end, &n);
    if (!reader->entries.at || n > (size_t)(end - reader->entries.at) / 5) return 0;
    for (; n; n--)
        if (!read_entry(reader)) return 0;
    return 1;
}

static void close_reader(reader *reader) {
    free(reader->seen.each);
    free(reader->live.each);
}

/* The strings of live dots: those that are different, one after the other, and which of them each dot has. */
typedef struct {
    uint8_t *bytes;
    size_t *ends;
    uint32_t *hashes, *which, *numbers; /* the last by string: its number */
    size_t n;
} strings;

static void close_strings(strings *all) {
    free(all->bytes);
    free(all->ends);
    free(all->hashes);
    free(all->which);
    free(all->numbers);
}

static int open_strings(reader *reader, strings *all) {
    size_t left = (size_t)(reader->entries.end - reader->entries.at), dots = (size_t)reader->live_len;
    if (reader->live_len > left || reader->live_len >= COTERIE_NO_RECORD) return 0; /* each has a byte at least */
    all->bytes = malloc(left + dots + 1); /* each may have one more than stands there */
    all->ends = malloc((dots + 1) * sizeof *all->ends);
    all->hashes = malloc((dots + 1) * sizeof *all->hashes);
    all->which = malloc((dots + 1) * sizeof *all->which);
    all->numbers = malloc((dots + 1) * sizeof *all->numbers);
    if (all->bytes && all->ends && all->hashes && all->which && all->numbers) return 1;
    return refuse(reader, COTERIE_NO_MEMORY);
}

/* A string that is new; `*first` is the first byte of the one before it, or -1. */
static int read_string(reader *reader, strings *all, uint64_t token, int *first) {
    size_t start = all->n ? all->ends[all->n - 1] : 0;
    uint64_t same = token >> 1 & 1, len = token >> 2;
    if (len < same || len - same > (size_t)(reader->entries.end - reader->entries.at) || len >= COTERIE_NO_STRING) return 0;
    if (same ? *first < 0 : len && *first == *reader->entries.at) return 0;
    if (same) all->bytes[start] = (uint8_t)*first;
    if (len > same) memcpy(all->bytes + start + same, reader->entries.at, (size_t)(len - same));
    if (len) *first = all->bytes[start];
    reader->entries.at += len - same;
    all->ends[all->n++] = start + (size_t)len;
    return 1;
}

static int read_tokens(reader *reader, strings *all, const coterie_table *table, int (*check)(const uint8_t *bytes, size_t len)) {
    int first = -1;
    uint64_t token;
    for (size_t i = 0; i < reader->live_len; i++) {
        if (!read_number(reader, 0, UINT64_MAX, &token)) return 0;
        if (token & 1) {
            if (token >> 1 >= all->n) return 0;
            all->which[i] = (uint32_t)(token >> 1);
            continue;
        }
        size_t start = all->n ? all->ends[all->n - 1] : 0;
        all->which[i] = (uint32_t)all->n;
        if (!read_string(reader, all, token, &first)) return 0;
        size_t len = all->ends[all->which[i]] - start;
        if (!check(all->bytes + start, len)) return 0;
        all->hashes[all->which[i]] = coterie_table_hash(table, all->bytes + start, len);
    }
    return 1;
}

enum { AHEAD = 16 };

static uint32_t hash_at(const strings *all, size_t i) { return all->hashes[i < all->n ? i : all->n - 1]; }

/* The i-th string, which has to be another than those before it, for a dot. */
static int put_string(reader *reader, coterie_dotted *dotted, strings *all, size_t place, uint64_t counter, size_t i) {
    size_t start = i ? all->ends[i - 1] : 0, before = dotted->strings.len;
    uint32_t record;
    coterie_dotted_prefetch(dotted, hash_at(all, i + 3 * AHEAD), hash_at(all, i + 2 * AHEAD), hash_at(all, i + AHEAD));
    if (coterie_dotted_put_in_room(dotted, place, counter, all->hashes[i], all->bytes + start, all->ends[i] - start, &record) !=
        COTERIE_OK)
        return refuse(reader, COTERIE_NO_MEMORY);
    all->numbers[i] = dotted->records[record].string;
    return dotted->strings.len > before;
}

static int put_all(reader *reader, coterie_dotted *dotted, strings *all) {
    size_t known = 0, dot = 0;
    uint32_t record;
    if (coterie_dotted_reserve(dotted, (size_t)reader->live_len, all->n ? all->ends[all->n - 1] : 0) != COTERIE_OK)
        return refuse(reader, COTERIE_NO_MEMORY);
    for (size_t i = 0; i < reader->live.n; i++) {
        const coterie_range *range = &reader->live.each[i];
        for (uint64_t counter = range->first; counter <= range->last; counter++, dot++) {
            if (all->which[dot] == known) {
                if (!put_string(reader, dotted, all, range->slot, counter, known++)) return 0;
            } else if (coterie_dotted_put_again(dotted, range->slot, counter, all->numbers[all->which[dot]], &record) != COTERIE_OK) {
                return refuse(reader, COTERIE_NO_MEMORY);
            }
        }
    }
    return 1;
}

static int read_strings(reader *reader, coterie_dotted *dotted, int (*check)(const uint8_t *bytes, size_t len)) {
    strings all = {0};
    int good = open_strings(reader, &all) && read_tokens(reader, &all, &dotted->strings, check) && put_all(reader, dotted, &all);
    close_strings(&all);
    return good;
}

const uint8_t *coterie_dotted_read(coterie_dotted *dotted, const uint8_t *at, const uint8_t *end,
                                   int (*check)(const uint8_t *bytes, size_t len), coterie_status *status) {
    reader reader;
    int good = read_entries(&reader, &dotted->ids, at, end);
    if (good && coterie_dotted_set_context(dotted, reader.seen.each, reader.seen.n) != COTERIE_OK)
        good = refuse(&reader, COTERIE_NO_MEMORY);
    good = good && read_strings(&reader, dotted, check);
    *status = reader.status;
    close_reader(&reader);
    return good ? reader.entries.at : NULL;
}

void coterie_dotted_digest_free(coterie_dotted_digest *digest) {
    coterie_replicas_free(&digest->ids);
    coterie_dot_set_free(&digest->seen);
    coterie_dot_set_free(&digest->live);
}

const uint8_t *coterie_dotted_digest_read(coterie_dotted_digest *digest, const uint8_t *at, const uint8_t *end,
                                          coterie_status *status) {
    reader reader;
    int good = read_entries(&reader, &digest->ids, at, end);
    if (good && (coterie_dot_set_of(&digest->seen, digest->ids.n, reader.seen.each, reader.seen.n) != COTERIE_OK ||
                 coterie_dot_set_of(&digest->live, digest->ids.n, reader.live.each, reader.live.n) != COTERIE_OK))
        good = refuse(&reader, COTERIE_NO_MEMORY);
    *status = reader.status;
    close_reader(&reader);
    return good ? reader.entries.at : NULL;
}
