#include "coterie/filters/slices.h"

#include "coterie/filters/bloom_bits.h"
#include "coterie/filters/bloom_size.h"

enum { CHUNK = 2048 }; /* keys at a time: what is known of them stays in the first cache */

int coterie_slice_shape(uint64_t capacity, double fpr, coterie_slice *slice) {
    const double finest = 1e-12, least_block = 1e-3; /* below it, two blocks a key take fewer bits than one */
    /* Two keys of one digest are one, which happens to a new key with capacity / 2^64. */
    if (!(fpr >= finest && fpr >= 100 * (double)capacity / 18446744073709551616.0 && fpr < 1)) return 0;
    if (capacity < 1 || capacity > COTERIE_SLICE_MOST_KEYS) return 0;
    memset(slice, 0, sizeof *slice);
    slice->bloom.layout = fpr >= least_block ? COTERIE_BLOOM_BLOCK : COTERIE_BLOOM_PAIR;
    slice->bloom.blocks = coterie_bloom_size(slice->bloom.layout, capacity, fpr, &slice->bloom.probes);
    slice->fpr = fpr;
    slice->capacity = capacity;
    return slice->bloom.blocks != 0;
}

/* ---- asking ---- */

/* Whether one of the slices from .. to-1 has it. The newest are the largest, or have the keys that come again. */
static int has(const coterie_slice *slices, int from, int to, uint64_t digest, int level) {
    while (to-- > from)
        if (coterie_bloom_has[level](&slices[to].bloom, digest)) return 1;
    return 0;
}

int coterie_slices_has(const coterie_slices *slices, int from, uint64_t digest, int level) {
    return has(slices->at, from, slices->count, digest, level);
}

/* Keys of a chunk, and their places in it. */
typedef struct {
    size_t n;
    uint64_t digests[CHUNK];
    uint16_t at[CHUNK];
} selection;

/* What was not found, of the chunk. */
static void select_missing(selection *some, const uint64_t *digests, size_t n, const uint8_t *found) {
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        some->digests[kept] = digests[i];
        some->at[kept] = (uint16_t)i;
        kept += !found[i];
    }
    some->n = kept;
}

/* And of a selection. */
static void reduce(selection *some, const uint8_t *found) {
    size_t kept = 0;
    for (size_t i = 0; i < some->n; i++) {
        some->digests[kept] = some->digests[i];
        some->at[kept] = some->at[i];
        kept += !found[i];
    }
    some->n = kept;
}

static size_t sum(const uint8_t *found, size_t n) {
    size_t all = 0;
    for (size_t i = 0; i < n; i++) all += found[i];
    return all;
}

/* Asks one slice. Few keys that a pair does not have hit its first block: the second is asked for those that do. */
static void ask(const coterie_slice *slice, const uint64_t *digests, size_t n, uint8_t *out, int level) {
    enum { STEP = 8 };
    uint64_t hits[CHUNK];
    uint16_t at[CHUNK];
    uint8_t found[CHUNK];
    coterie_bloom first = slice->bloom;
    size_t count = 0;
    first.layout = COTERIE_BLOOM_BLOCK;
    first.probes = 8;
    coterie_bloom_contains[level](&first, digests, n, out);
    if (slice->bloom.layout == COTERIE_BLOOM_BLOCK) return;
    for (size_t i = 0; i < n; i += STEP) {
        size_t end = n - i < STEP ? n : i + STEP;
        if (end == i + STEP && !coterie_load64(out + i)) continue;
        for (size_t j = i; j < end; j++) {
            hits[count] = digests[j];
            at[count] = (uint16_t)j;
            count += out[j];
        }
    }
    coterie_bloom_contains[level](&slice->bloom, hits, count, found);
    for (size_t i = 0; i < count; i++) out[at[i]] = found[i];
}

/* Asks slices from .. to-1, of which there is one at least, the newest first, for a chunk. Keys that were found are
 * left out once they are many. */
static void contains(const coterie_slice *slices, int from, int to, const uint64_t *digests, size_t n, uint8_t *out,
                     int level) {
    enum { MANY = 4 }; /* one in so many: moving the others then costs less than asking for these */
    uint8_t found[CHUNK];
    selection some;
    int i = to - 1;
    ask(&slices[i], digests, n, out, level);
    while (i > from && MANY * sum(out, n) < n) {
        ask(&slices[--i], digests, n, found, level);
        for (size_t j = 0; j < n; j++) out[j] |= found[j];
    }
    if (i == from) return;
    select_missing(&some, digests, n, out);
    while (i > from && some.n) {
        ask(&slices[--i], some.digests, some.n, found, level);
        for (size_t j = 0; j < some.n; j++) out[some.at[j]] |= found[j];
        if (MANY * sum(found, some.n) >= some.n) reduce(&some, found);
    }
}

void coterie_slices_contains(const coterie_slices *slices, int from, const uint64_t *digests, size_t n, uint8_t *out,
                             int level) {
    if (from >= slices->count) {
        memset(out, 0, n);
        return;
    }
    for (size_t i = 0; i < n; i += CHUNK)
        contains(slices->at, from, slices->count, digests + i, n - i < CHUNK ? n - i : CHUNK, out + i, level);
}

/* ---- adding ---- */

static coterie_slice *newest_of(coterie_slices *slices) { return &slices->at[slices->count - 1]; }

int coterie_slices_add_one(coterie_slices *slices, uint64_t digest, int level) {
    coterie_slice *newest = newest_of(slices);
    if (has(slices->at, 0, slices->count - 1, digest, level)) return 0;
    if (newest->keys >= newest->capacity)
        return coterie_bloom_has[level](&newest->bloom, digest) ? 0 : COTERIE_SLICES_FULL;
    int changed = coterie_bloom_put[level](&newest->bloom, digest);
    newest->keys += (uint64_t)changed;
    return changed;
}

int coterie_slices_refresh_one(coterie_slices *slices, uint64_t digest, int level) {
    coterie_slice *newest = newest_of(slices);
    if (newest->keys >= newest->capacity)
        return coterie_bloom_has[level](&newest->bloom, digest) ? 0 : COTERIE_SLICES_FULL;
    int changed = coterie_bloom_put[level](&newest->bloom, digest);
    newest->keys += (uint64_t)changed;
    return changed && !has(slices->at, 0, slices->count - 1, digest, level);
}

/* Adds keys to a slice until there is no room for one; how many were dealt with. */
static size_t fill(coterie_slice *slice, const uint64_t *digests, size_t n, uint8_t *out, int level) {
    size_t done = 0;
    while (done < n && slice->keys < slice->capacity) {
        uint64_t room = slice->capacity - slice->keys;
        size_t some = n - done < room ? n - done : (size_t)room;
        slice->keys += coterie_bloom_add_new[level](&slice->bloom, digests + done, some, out ? out + done : NULL);
        done += some;
    }
    for (; done < n && coterie_bloom_has[level](&slice->bloom, digests[done]); done++)
        if (out) out[done] = 0;
    return done;
}

/* A chunk; how many were dealt with. */
static size_t add(coterie_slices *slices, const uint64_t *digests, size_t n, uint8_t *out, int level) {
    uint8_t found[CHUNK];
    selection some;
    if (slices->count == 1) return fill(newest_of(slices), digests, n, out, level);
    contains(slices->at, 0, slices->count - 1, digests, n, found, level);
    select_missing(&some, digests, n, found);
    size_t done = fill(newest_of(slices), some.digests, some.n, out ? found : NULL, level);
    if (out) {
        memset(out, 0, n);
        for (size_t j = 0; j < done; j++) out[some.at[j]] = found[j];
    }
    return done < some.n ? some.at[done] : n;
}

static size_t refresh(coterie_slices *slices, const uint64_t *digests, size_t n, uint8_t *out, int level) {
    uint8_t found[CHUNK];
    size_t done = fill(newest_of(slices), digests, n, out, level);
    if (out && done && slices->count > 1) {
        contains(slices->at, 0, slices->count - 1, digests, done, found, level);
        for (size_t j = 0; j < done; j++) out[j] &= !found[j];
    }
    return done;
}

typedef size_t chunk_step(coterie_slices *slices, const uint64_t *digests, size_t n, uint8_t *out, int level);

COTERIE_INLINE size_t each_chunk(coterie_slices *slices, const uint64_t *digests, size_t n, uint8_t *out, int level,
                                 chunk_step *step) {
    size_t done = 0;
    while (done < n) {
        size_t some = n - done < CHUNK ? n - done : CHUNK;
        size_t dealt = step(slices, digests + done, some, out ? out + done : NULL, level);
        done += dealt;
        if (dealt < some) break;
    }
    return done;
}

size_t coterie_slices_add(coterie_slices *slices, const uint64_t *digests, size_t n, uint8_t *out, int level) {
    return each_chunk(slices, digests, n, out, level, add);
}

size_t coterie_slices_refresh(coterie_slices *slices, const uint64_t *digests, size_t n, uint8_t *out, int level) {
    return each_chunk(slices, digests, n, out, level, refresh);
}

/* ---- all bits ---- */

uint64_t coterie_slices_bytes(const coterie_slices *slices) {
    uint64_t bytes = 0;
    for (int i = 0; i < slices->count; i++) bytes += slices->at[i].bloom.blocks * COTERIE_BLOOM_BYTES;
    return bytes;
}

static double rate_of(const coterie_slice *slice) {
    double rate = coterie_bits_block_rate(slice->bloom.bits, slice->bloom.blocks);
    return slice->bloom.layout == COTERIE_BLOOM_PAIR ? rate * rate : rate;
}

double coterie_slices_rate(const coterie_slices *slices, int from) {
    double none = 1;
    for (int i = from; i < slices->count; i++) none *= 1 - rate_of(&slices->at[i]);
    return 1 - none;
}

double coterie_slices_distinct(const coterie_slices *slices) {
    double keys = 0, unseen = 1;
    for (int i = 0; i < slices->count; i++) {
        keys += (double)slices->at[i].keys / unseen;
        unseen *= 1 - rate_of(&slices->at[i]);
    }
    return keys;
}

uint64_t coterie_slices_union(const coterie_slices *slices, int from, int level) {
    enum { WORDS = 512 };
    uint64_t all = 0, count, words[WORDS];
    if (from >= slices->count) return 0;
    size_t n = (size_t)(slices->at[from].bloom.blocks * (COTERIE_BLOOM_BYTES / 8));
    for (size_t at = 0; at < n; at += WORDS) {
        size_t some = n - at < WORDS ? n - at : WORDS;
        memset(words, 0, sizeof words);
        for (int i = from; i < slices->count; i++)
            coterie_bits_or[level](words, (const uint64_t *)(const void *)slices->at[i].bloom.bits + at, some);
        coterie_bits_count[level](words, some, &count);
        all += count;
    }
    return all;
}
