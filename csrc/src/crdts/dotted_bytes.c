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

/* A string that is new: where its bytes are, in `joined` if they have to be put together. */
static int read_new_string(reader *reader, uint64_t token, int *first, uint8_t **joined, const uint8_t **bytes) {
    uint64_t same = token >> 1 & 1, len = token >> 2;
    if (len < same || len - same > (size_t)(reader->entries.end - reader->entries.at) || len >= COTERIE_NO_STRING) return 0;
    *bytes = reader->entries.at;
    reader->entries.at += len - same;
    if (same) {
        if (*first < 0) return 0;
        if (!(*joined = malloc((size_t)len))) return refuse(reader, COTERIE_NO_MEMORY);
        (*joined)[0] = (uint8_t)*first;
        if (len > 1) memcpy(*joined + 1, *bytes, (size_t)len - 1);
        *bytes = *joined;
    } else if (len) {
        if (*first == (*bytes)[0]) return 0;
        *first = (*bytes)[0];
    }
    return 1;
}

/* The string of a dot that is live. */
static int read_string(reader *reader, coterie_dotted *dotted, const coterie_range *range, uint64_t counter, coterie_numbers *known,
                       int *first, int (*check)(const uint8_t *bytes, size_t len)) {
    const uint8_t *bytes;
    uint8_t *joined = NULL;
    uint64_t token;
    uint32_t hash, record;
    coterie_status status;
    if (!read_number(reader, 0, UINT64_MAX, &token)) return 0;
    if (token & 1) {
        if (token >> 1 >= known->n) return 0;
        status = coterie_dotted_put_again(dotted, range->slot, counter, known->each[token >> 1], &record);
        return status == COTERIE_OK || refuse(reader, status);
    }
    if (!read_new_string(reader, token, first, &joined, &bytes)) return 0;
    size_t len = (size_t)(token >> 2), before = dotted->strings.len;
    int good = check(bytes, len);
    if (good) {
        hash = coterie_table_hash(&dotted->strings, bytes, len);
        status = coterie_dotted_put(dotted, range->slot, counter, hash, bytes, len, &record);
        good = status == COTERIE_OK ? dotted->strings.len > before : refuse(reader, status); /* it was not there */
    }
    free(joined);
    if (good) known->each[known->n++] = dotted->records[record].string;
    return good;
}

static int read_strings(reader *reader, coterie_dotted *dotted, int (*check)(const uint8_t *bytes, size_t len)) {
    coterie_numbers known = {0};
    int good = 1, first = -1;
    if (reader->live_len > (size_t)(reader->entries.end - reader->entries.at)) return 0; /* each has a byte at least */
    known.each = malloc(((size_t)reader->live_len + 1) * sizeof *known.each);
    if (!known.each) return refuse(reader, COTERIE_NO_MEMORY);
    for (size_t i = 0; i < reader->live.n && good; i++)
        for (uint64_t counter = reader->live.each[i].first; counter <= reader->live.each[i].last && good; counter++)
            good = read_string(reader, dotted, &reader->live.each[i], counter, &known, &first, check);
    free(known.each);
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
