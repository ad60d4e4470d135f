#include "coterie/filters/fuse.h"

#include "coterie/filters/parameters.h"

/* ---- lookups ---- */

/* Bytes of a table up to which the CPU finds enough keys to wait for at once on its own. Beyond the caches fetching
 * makes it two to three times as fast, into the second level only; within them it costs a half more. */
enum { NEAR = 1 << 22 };

coterie_fuse coterie_fuse_of(const coterie_fuse_shape *shape, uint64_t seed, uint32_t bits, const void *table) {
    return (coterie_fuse){.table = (const uint8_t *)table,
                          .salt = coterie_fuse_salt(seed, shape->attempt),
                          .segments = shape->segments,
                          .segment_bits = shape->segment_bits,
                          .bits = bits,
                          .far = coterie_fuse_slots(shape) * (bits / 8) > NEAR};
}

/* Keys are taken in groups: where their slots are is found with vectors, and known early enough to fetch them. */
enum { GROUP = 64 };
typedef struct {
    _Alignas(64) uint32_t a[GROUP], b[GROUP], c[GROUP], print[GROUP];
} group;

COTERIE_INLINE void locate(const coterie_fuse *f, const uint64_t *digests, size_t n, uint32_t bits, group *g) {
    const uint64_t salt = f->salt;
    const uint32_t segments = f->segments, segment_bits = f->segment_bits, segment = (uint32_t)1 << segment_bits;
    for (size_t i = 0; i < n; i++) {
        uint64_t word = coterie_fuse_word(digests[i], salt);
        uint32_t first = coterie_fuse_first(word, segments, segment_bits);
        g->a[i] = first;
        g->b[i] = coterie_fuse_second(word, first, segment);
        g->c[i] = coterie_fuse_third(word, first, segment);
        g->print[i] = coterie_fuse_print(word, bits);
    }
}

COTERIE_INLINE void fetch(const coterie_fuse *f, size_t n, uint32_t bits, const group *g) {
    for (size_t i = 0; i < n; i++) {
        COTERIE_PREFETCH_SECOND(f->table + (size_t)g->a[i] * (bits / 8));
        COTERIE_PREFETCH_SECOND(f->table + (size_t)g->b[i] * (bits / 8));
        COTERIE_PREFETCH_SECOND(f->table + (size_t)g->c[i] * (bits / 8));
    }
}

COTERIE_INLINE void compare(const coterie_fuse *f, size_t n, uint32_t bits, const group *g, uint8_t *out) {
    const uint8_t *table = f->table;
    for (size_t i = 0; i < n; i++)
        out[i] = (coterie_fuse_load(table, g->a[i], bits) ^ coterie_fuse_load(table, g->b[i], bits) ^
                  coterie_fuse_load(table, g->c[i], bits)) == g->print[i];
}

COTERIE_INLINE void near(const coterie_fuse *f, const uint64_t *digests, size_t n, uint32_t bits, uint8_t *out) {
    group g;
    for (; n >= GROUP; n -= GROUP, digests += GROUP, out += GROUP) {
        locate(f, digests, GROUP, bits, &g);
        compare(f, GROUP, bits, &g, out);
    }
    locate(f, digests, n, bits, &g);
    compare(f, n, bits, &g, out);
}

/* While a group is fetched, the one before is compared. */
COTERIE_INLINE void far(const coterie_fuse *f, const uint64_t *digests, size_t n, uint32_t bits, uint8_t *out) {
    group groups[2];
    size_t before = 0;
    for (int turn = 0; n || before; turn ^= 1) {
        size_t some = n < GROUP ? n : GROUP;
        locate(f, digests, some, bits, &groups[turn]);
        fetch(f, some, bits, &groups[turn]);
        compare(f, before, bits, &groups[turn ^ 1], out);
        out += before;
        before = some, n -= some, digests += some;
    }
}

COTERIE_INLINE void contains_of(const coterie_fuse *f, const uint64_t *digests, size_t n, uint32_t bits, uint8_t *out) {
    if (f->far) far(f, digests, n, bits, out);
    else near(f, digests, n, bits, out);
}
COTERIE_INLINE void contains(const coterie_fuse *f, const uint64_t *digests, size_t n, uint8_t *out) {
    if (!f->segments) memset(out, 0, n);
    else if (f->bits == 8) contains_of(f, digests, n, 8, out);
    else if (f->bits == 16) contains_of(f, digests, n, 16, out);
    else contains_of(f, digests, n, 32, out);
}
COTERIE_KERNEL(coterie_fuse_contains, contains,
               (const coterie_fuse *f, const uint64_t *digests, size_t n, uint8_t *out), (f, digests, n, out));

/* ---- stored tables ---- */

enum { BITS = 0, ATTEMPT = 4, SEGMENTS = 8, SEGMENT_BITS = 12, SPARE = 16 };

void coterie_fuse_write(uint8_t *parameters, const coterie_fuse_shape *shape, uint32_t bits, uint64_t key_check) {
    memset(parameters, 0, COTERIE_FILTER_PARAMETERS);
    coterie_store32(parameters + BITS, bits);
    coterie_store32(parameters + ATTEMPT, shape->attempt);
    coterie_store32(parameters + SEGMENTS, shape->segments);
    coterie_store32(parameters + SEGMENT_BITS, shape->segment_bits);
    coterie_store64(parameters + COTERIE_FILTER_CHECK, key_check);
    coterie_parameters_seal(parameters);
}

coterie_status coterie_fuse_read(const uint8_t *payload, uint64_t len, uint64_t count, coterie_fuse_shape *shape,
                                 uint32_t *bits, uint64_t *key_check) {
    if (len < COTERIE_FILTER_PARAMETERS) return COTERIE_TRUNCATED;
    if (!coterie_parameters_ok(payload)) return COTERIE_BAD_CHECKSUM;
    if (coterie_load64(payload + SPARE) || coterie_load64(payload + COTERIE_FILTER_ADDS) ||
        coterie_load64(payload + COTERIE_FILTER_STATE))
        return COTERIE_BAD_FLAGS;
    uint32_t width = coterie_load32(payload + BITS);
    coterie_fuse_shape read = {coterie_load32(payload + SEGMENTS), coterie_load32(payload + SEGMENT_BITS),
                               coterie_load32(payload + ATTEMPT)};
    if (width != 8 && width != 16 && width != 32) return COTERIE_BAD_FLAGS;
    if (read.attempt >= COTERIE_FUSE_ATTEMPTS || read.segments > COTERIE_FUSE_MAX_SEGMENTS ||
        read.segment_bits > COTERIE_FUSE_MAX_SEGMENT_BITS)
        return COTERIE_BAD_FLAGS;
    uint64_t slots = coterie_fuse_slots(&read), size = COTERIE_FILTER_PARAMETERS + slots * (width / 8);
    if (slots > UINT32_MAX || count > slots || !count != !slots || (!slots && (read.segment_bits || read.attempt)))
        return COTERIE_BAD_FLAGS;
    if (len != size) return len < size ? COTERIE_TRUNCATED : COTERIE_TRAILING_BYTES;
    *shape = read;
    *bits = width;
    *key_check = coterie_load64(payload + COTERIE_FILTER_CHECK);
    return COTERIE_OK;
}
