/* How the tables of binary fuse filters are made.
 *
 * A key may be filled in last into a slot that no other key has. So such keys are taken out one after the other,
 * which gives other keys such slots, until none is left; in the opposite order each then finds its slot unused. What
 * is kept of a slot is how many keys have it and the xor of their words: of a single one, its word. So the keys may
 * come in any order.
 *
 * The slots are few at both ends, where this begins, and it goes on from there like a wave (spatial coupling). Here
 * it begins at the first segment only, and follows right behind the keys as they come, sorted by segment: all of it
 * stays in the cache. Equal keys are never alone in a slot, so where all keys are taken out there were none. */
#include "coterie/filters/fuse.h"

/* Whether to stop: asked after so many keys, which take some tens of milliseconds. */
enum { KEYS = 1 << 20 };

typedef struct {
    int (*stop)(void);
    uint64_t keys;
} patience;

static int stops(patience *p, uint64_t keys) {
    p->keys += keys;
    if (p->keys < KEYS || !p->stop) return 0;
    p->keys = 0;
    return p->stop();
}

/* ---- equal digests ---- */

enum { FEW = 48 }; /* digests up to which insertion is the fastest way to sort */

static void insertion_sort(uint64_t *digests, size_t n) {
    for (size_t i = 1; i < n; i++) {
        uint64_t x = digests[i];
        size_t at = i;
        for (; at > 0 && digests[at - 1] > x; at--) digests[at] = digests[at - 1];
        digests[at] = x;
    }
}

/* Radix sort in place by the byte at `shift` and those below it ("American flag"): linear whatever the digests. */
static int radix_sort(uint64_t *digests, size_t n, int shift, patience *p) {
    if (n <= FEW) {
        insertion_sort(digests, n);
        return 0;
    }
    if (stops(p, n)) return 1;
    size_t ends[256] = {0}, next[256], sum = 0;
    for (size_t i = 0; i < n; i++) ends[digests[i] >> shift & 255]++;
    for (int b = 0; b < 256; b++) next[b] = sum, ends[b] = sum += ends[b];
    for (int b = 0; b < 256; b++)
        while (next[b] < ends[b]) {
            uint64_t x = digests[next[b]];
            for (int of; (of = (int)(x >> shift & 255)) != b;) {
                uint64_t other = digests[next[of]];
                digests[next[of]++] = x;
                x = other;
            }
            digests[next[b]++] = x;
        }
    for (int b = 0; shift && b < 256; b++) {
        size_t start = b ? ends[b - 1] : 0;
        if (radix_sort(digests + start, ends[b] - start, shift - 8, p)) return 1;
    }
    return 0;
}

coterie_status coterie_fuse_distinct(uint64_t *digests, size_t n, int (*stop)(void), size_t *count) {
    patience p = {stop, 0};
    size_t kept = 0;
    if (radix_sort(digests, n, 56, &p)) return COTERIE_STOPPED;
    for (size_t i = 0; i < n; i++) {
        digests[kept] = digests[i];
        kept += i + 1 == n || digests[i + 1] != digests[i];
    }
    *count = kept;
    return COTERIE_OK;
}

/* ---- the keys by their first segment ---- */

COTERIE_INLINE uint32_t first_segment(uint64_t word, uint32_t segments) {
    return (uint32_t)((word >> 24) * segments >> 40);
}

enum { AHEAD = 256 }; /* digests whose segments are found in one go, with vectors */

/* Finds where the keys of each segment begin once they are sorted; `starts` has a place more than there are segments.
 * */
COTERIE_INLINE void count(const uint64_t *digests, size_t n, uint64_t salt, uint32_t segments, size_t *starts) {
    uint32_t segment[AHEAD];
    memset(starts, 0, (segments + (size_t)1) * sizeof *starts);
    for (size_t i = 0; i < n; i += AHEAD) {
        size_t some = n - i < AHEAD ? n - i : AHEAD;
        for (size_t j = 0; j < some; j++)
            segment[j] = first_segment(coterie_fuse_word(digests[i + j], salt), segments);
        for (size_t j = 0; j < some; j++) starts[segment[j] + 1]++;
    }
    for (uint32_t s = 0; s < segments; s++) starts[s + 1] += starts[s];
}

/* Writes the words of the keys there; afterwards `starts` has where each segment ends. */
COTERIE_INLINE void spread(const uint64_t *digests, size_t n, uint64_t salt, uint32_t segments, size_t *starts,
                           uint64_t *sorted) {
    uint64_t word[AHEAD];
    uint32_t segment[AHEAD];
    for (size_t i = 0; i < n; i += AHEAD) {
        size_t some = n - i < AHEAD ? n - i : AHEAD;
        for (size_t j = 0; j < some; j++) {
            word[j] = coterie_fuse_word(digests[i + j], salt);
            segment[j] = first_segment(word[j], segments);
        }
        for (size_t j = 0; j < some; j++) sorted[starts[segment[j]]++] = word[j];
    }
}

/* ---- taking keys out ---- */

typedef struct {
    uint32_t segments, segment_bits;
    uint64_t *words; /* of each slot: the xor of those that have it; of a taken one: the word it is filled in for */
    uint8_t *keys;   /* how many have it */
    uint32_t *order; /* slots from which keys were taken, `taken` of them; from `head` to `tail`, those to look at */
    size_t taken, head, tail;
} peeling;

/* A segment's slots without keys. Done only when they are needed, since then they stay in the cache. */
COTERIE_INLINE void clear(peeling *p, uint32_t segment) {
    size_t first = (size_t)segment << p->segment_bits, slots = (size_t)1 << p->segment_bits;
    memset(p->words + first, 0, slots * sizeof *p->words);
    memset(p->keys + first, 0, slots);
}

/* Puts keys into their slots; whether none got more than can be counted. */
COTERIE_INLINE int put(peeling *p, const uint64_t *sorted, size_t n) {
    const uint32_t segment = (uint32_t)1 << p->segment_bits;
    uint64_t *words = p->words;
    uint8_t *keys = p->keys;
    unsigned full = 0; /* a count that came round to 0 */
    for (size_t i = 0; i < n; i++) {
        uint64_t word = sorted[i];
        uint32_t a = coterie_fuse_first(word, p->segments, p->segment_bits);
        uint32_t b = coterie_fuse_second(word, a, segment), c = coterie_fuse_third(word, a, segment);
        words[a] ^= word, words[b] ^= word, words[c] ^= word;
        full |= (unsigned)(++keys[a] == 0) | (unsigned)(++keys[b] == 0) | (unsigned)(++keys[c] == 0);
    }
    return !full;
}

/* Takes the key out of all that are alone in a slot from `first` up to `until`, and in those that become so before
 * there. Nothing is foreseeable here, so there are no branches. A slot comes up once: when it is seen here, or when
 * its last but one key goes. Has the last one gone too by then, its word is 0, and nothing happens. */
COTERIE_INLINE void take(peeling *p, uint32_t first, uint32_t until) {
    const uint32_t segment = (uint32_t)1 << p->segment_bits, segments = p->segments, segment_bits = p->segment_bits;
    uint64_t *words = p->words;
    uint8_t *keys = p->keys;
    uint32_t *order = p->order;
    size_t taken = p->taken, head = p->head, tail = p->tail;
    for (uint32_t slot = first; slot != until; slot++) {
        order[tail] = slot;
        tail += keys[slot] == 1;
    }
    while (head < tail) {
        uint32_t slot = order[head++];
        uint64_t word = words[slot];
        uint8_t alone = keys[slot];
        order[taken] = slot;
        taken += alone;
        uint32_t a = coterie_fuse_first(word, segments, segment_bits);
        uint32_t b = coterie_fuse_second(word, a, segment), c = coterie_fuse_third(word, a, segment);
        words[a] ^= word, words[b] ^= word, words[c] ^= word;
        words[slot] = word;
        keys[a] = (uint8_t)(keys[a] - alone), keys[b] = (uint8_t)(keys[b] - alone);
        keys[c] = (uint8_t)(keys[c] - alone);
        order[tail] = a, tail += (size_t)((keys[a] == 1) & alone & (a < until));
        order[tail] = b, tail += (size_t)((keys[b] == 1) & alone & (b < until));
        order[tail] = c, tail += (size_t)((keys[c] == 1) & alone & (c < until));
    }
    p->taken = taken, p->head = head, p->tail = tail;
}

/* ---- an attempt ---- */

typedef struct {
    uint64_t *words;  /* what the plan keeps: of each slot, */
    uint32_t *order;  /* of each, and one more */
    uint64_t *sorted; /* and what it does not: of each key, */
    size_t *starts;   /* of each segment, and one more, */
    uint8_t *keys;    /* of each slot */
    void *kept, *scratch;
} room;

static int find_room(room *r, uint64_t n, const coterie_fuse_shape *shape) {
    uint64_t slots = coterie_fuse_slots(shape), places = (uint64_t)shape->segments + 1;
    uint64_t kept = slots * 12 + 4, scratch = n * 8 + places * sizeof(size_t) + slots;
    *r = (room){0};
    if (kept > SIZE_MAX || scratch > SIZE_MAX) return 0;
    r->kept = coterie_alloc((size_t)kept);
    r->scratch = r->kept ? coterie_alloc((size_t)scratch) : NULL;
    if (!r->scratch) {
        coterie_free(r->kept);
        return 0;
    }
    r->words = (uint64_t *)r->kept;
    r->order = (uint32_t *)(r->words + slots);
    r->sorted = (uint64_t *)r->scratch;
    r->starts = (size_t *)(r->sorted + n);
    r->keys = (uint8_t *)(r->starts + places);
    return 1;
}

/* Takes out as many keys as it can: `taken`. */
COTERIE_INLINE void go(const uint64_t *digests, size_t n, uint64_t salt, const coterie_fuse_shape *shape, const room *r,
                       patience *patience, coterie_status *status, size_t *taken) {
    const uint32_t segments = shape->segments, bits = shape->segment_bits;
    peeling p = {.segments = segments, .segment_bits = bits, .words = r->words, .keys = r->keys, .order = r->order};
    *status = COTERIE_STOPPED;
    count(digests, n, salt, segments, r->starts);
    if (stops(patience, n)) return;
    spread(digests, n, salt, segments, r->starts, r->sorted);
    if (stops(patience, n)) return;
    int counted = 1;
    for (uint32_t s = 0; s < segments + 2 && counted; s++) {
        for (uint32_t new = s ? s + 2 : 0; new < segments + 2 && new <= s + 2; new++) clear(&p, new);
        size_t start = s ? r->starts[(s < segments ? s : segments) - 1] : 0;
        size_t end = s < segments ? r->starts[s] : start;
        counted = put(&p, r->sorted + start, end - start);
        if (counted) take(&p, s << bits, (s + 1) << bits);
        if (stops(patience, end - start)) return;
    }
    *status = COTERIE_OK;
    *taken = counted ? p.taken : 0;
}
COTERIE_STATIC_KERNEL(attempts, go,
                      (const uint64_t *digests, size_t n, uint64_t salt, const coterie_fuse_shape *shape, const room *r,
                       patience *patience, coterie_status *status, size_t *taken),
                      (digests, n, salt, shape, r, patience, status, taken));

/* ---- the size ---- */

/* For each power of two from which on it holds: log2 of the slots of a segment, and slots for 1024 keys. Found by
 * experiment: few segments need many slots, and so do short ones, in which moreover two keys may have all three slots
 * in common. An attempt fails in half of all cases with some tens of keys, in one of a hundred with 2^17 and more. */
static const struct {
    uint8_t segment_bits;
    uint16_t slots;
} SIZES[] = {{0, 3072},  {1, 1120},  {1, 2240},  {2, 1856},  {3, 1568},  {4, 1504},  {5, 1376},  {5, 1408},
             {5, 1376},  {6, 1344},  {7, 1344},  {7, 1328},  {8, 1296},  {9, 1296},  {10, 1264}, {10, 1232},
             {11, 1200}, {12, 1200}, {12, 1184}, {13, 1168}, {13, 1168}, {14, 1152}, {14, 1152}, {15, 1152},
             {15, 1152}, {16, 1152}, {16, 1152}, {17, 1152}, {17, 1152}, {18, 1152}, {18, 1152}, {18, 1152}};
enum { GROWTH = 8 }; /* attempts after which the table grows, by an eighth */

coterie_fuse_shape coterie_fuse_size(uint64_t count, uint32_t attempt) {
    if (!count) return (coterie_fuse_shape){0, 0, attempt};
    int power = 63 - coterie_leading_zeros64(count);
    uint32_t bits = SIZES[power].segment_bits;
    uint64_t slots = (count * SIZES[power].slots + 1023) / 1024, larger = slots + slots * (attempt / GROWTH) / 8;
    uint64_t segments = (larger + ((uint64_t)1 << bits) - 1) >> bits;
    if (segments << bits > UINT32_MAX) segments = (slots + ((uint64_t)1 << bits) - 1) >> bits;
    return (coterie_fuse_shape){segments > 3 ? (uint32_t)segments - 2 : 1, bits, attempt};
}

/* ---- the plan ---- */

void coterie_fuse_forget(coterie_fuse_plan *plan) {
    coterie_free(plan->memory);
    *plan = (coterie_fuse_plan){0};
}

coterie_status coterie_fuse_plan_for(uint64_t *digests, size_t n, uint64_t seed, int level, int (*stop)(void),
                                     coterie_fuse_plan *plan) {
    patience p = {stop, 0};
    int distinct = n < 2;
    *plan = (coterie_fuse_plan){0};
    if (!n) return COTERIE_OK;
    for (uint32_t attempt = 0; attempt < COTERIE_FUSE_ATTEMPTS; attempt++) {
        coterie_fuse_shape shape = coterie_fuse_size(n, attempt);
        coterie_status status;
        size_t taken = 0;
        room r;
        if (!find_room(&r, n, &shape)) return COTERIE_NO_MEMORY;
        attempts[level](digests, n, coterie_fuse_salt(seed, attempt), &shape, &r, &p, &status, &taken);
        coterie_free(r.scratch);
        if (status == COTERIE_OK && taken == n) {
            *plan = (coterie_fuse_plan){shape, n, r.words, r.order, r.kept};
            return COTERIE_OK;
        }
        coterie_free(r.kept);
        if (status != COTERIE_OK) return status;
        if (!distinct) {
            size_t before = n;
            status = coterie_fuse_distinct(digests, n, stop, &n);
            if (status != COTERIE_OK) return status;
            distinct = 1;
            if (n != before) attempt = UINT32_MAX; /* begin anew */
        }
    }
    return COTERIE_NO_MEMORY;
}

/* ---- the table ---- */

COTERIE_INLINE void fill(const coterie_fuse_plan *plan, uint32_t bits, uint8_t *table) {
    const uint32_t segments = plan->shape.segments, segment_bits = plan->shape.segment_bits;
    const uint32_t segment = (uint32_t)1 << segment_bits;
    for (size_t i = (size_t)plan->count; i-- > 0;) {
        uint32_t slot = plan->order[i]; /* holds 0 so far */
        uint64_t word = plan->words[slot];
        uint32_t a = coterie_fuse_first(word, segments, segment_bits);
        uint32_t b = coterie_fuse_second(word, a, segment), c = coterie_fuse_third(word, a, segment);
        uint32_t print = coterie_fuse_print(word, bits) ^ coterie_fuse_load(table, a, bits) ^
                         coterie_fuse_load(table, b, bits) ^ coterie_fuse_load(table, c, bits);
        uint8_t *at = table + (size_t)slot * (bits / 8);
        for (uint32_t byte = 0; byte < bits / 8; byte++) at[byte] = (uint8_t)(print >> 8 * byte);
    }
}

void coterie_fuse_fill(const coterie_fuse_plan *plan, uint32_t bits, uint8_t *table) {
    memset(table, 0, (size_t)coterie_fuse_slots(&plan->shape) * (bits / 8));
    if (bits == 8) fill(plan, 8, table);
    else if (bits == 16) fill(plan, 16, table);
    else fill(plan, 32, table);
}
