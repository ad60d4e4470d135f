#include "coterie/filters/parquet.h"

#include "coterie/filters/bloom.h"

/* ---- Thrift's compact protocol, as much of it as a header has ---- */

enum { STOP = 0, I32 = 5, STRUCT = 12 };
#define TOO_SHORT "the header ends too early"
#define MALFORMED "the header is malformed"

typedef struct {
    const uint8_t *next, *end;
    const char *problem; /* the first */
} reader;

static void fail(reader *r, const char *problem) {
    if (!r->problem) r->problem = problem;
}

static uint8_t take_byte(reader *r) {
    if (r->next < r->end) return *r->next++;
    fail(r, TOO_SHORT);
    return 0;
}

/* A number of up to 32 bits with its sign in the lowest: 7 bits a byte, the last without the high bit. */
static int32_t take_int(reader *r) {
    uint64_t bits = 0;
    for (int at = 0; at < 35; at += 7) {
        uint8_t byte = take_byte(r);
        bits |= (uint64_t)(byte & 0x7f) << at;
        if (byte & 0x80) continue;
        if (bits >> 32) break;
        return (int32_t)((uint32_t)(bits >> 1) ^ (0u - (uint32_t)(bits & 1)));
    }
    fail(r, MALFORMED);
    return 0;
}

typedef struct {
    int32_t id;
    int type;
} field;

/* The next field of a structure, by the one before; of type STOP behind the last, and after a problem. */
static field take_field(reader *r, int32_t before) {
    uint8_t byte = take_byte(r);
    field f = {before + (byte >> 4), byte & 15};
    if (f.type != STOP && !(byte >> 4)) f.id = take_int(r);
    if (r->problem || f.type == STOP) f.type = STOP;
    return f;
}

/* A union whose only member is its first, an empty structure. */
static void take_first(reader *r, int type, const char *other) {
    if (type != STRUCT) {
        fail(r, MALFORMED);
        return;
    }
    field member = take_field(r, 0);
    if (r->problem) return;
    if (member.type == STOP) fail(r, MALFORMED);
    else if (member.id != 1) fail(r, other);
    else if (member.type != STRUCT || take_byte(r) != STOP || take_byte(r) != STOP) fail(r, MALFORMED);
}

const char *coterie_parquet_read(const uint8_t *data, size_t size, coterie_parquet_header *header) {
    static const char *const unsupported[] = {"an algorithm other than BLOCK is not supported",
                                              "a hash other than XXHASH is not supported",
                                              "a compression other than UNCOMPRESSED is not supported"};
    reader r = {data, data + size, NULL};
    int32_t nbytes = 0;
    unsigned seen = 0; /* a bit for each of the fields 1 .. 4 */
    for (field f = take_field(&r, 0); f.type != STOP; f = take_field(&r, f.id)) {
        if (f.id < 1 || f.id > 4 || seen >> f.id & 1) return MALFORMED;
        seen |= 1u << f.id;
        if (f.id > 1) take_first(&r, f.type, unsupported[f.id - 2]);
        else if (f.type == I32) nbytes = take_int(&r);
        else return MALFORMED;
    }
    if (r.problem) return r.problem;
    if (seen != 0x1e) return "the header lacks a field";
    if (nbytes <= 0 || nbytes % COTERIE_BLOOM_BYTES) return "the size of the bits is no multiple of 32 bytes";
    header->len = (size_t)(r.next - data);
    header->nbytes = (uint32_t)nbytes;
    return NULL;
}

const char *coterie_parquet_read_whole(const uint8_t *data, size_t size, coterie_parquet_header *header) {
    const char *problem = coterie_parquet_read(data, size, header);
    if (problem) return problem;
    if (size - header->len < header->nbytes) return "the bits end too early";
    return size - header->len > header->nbytes ? "more bytes follow the bits" : NULL;
}

size_t coterie_parquet_write(uint32_t nbytes, uint8_t *out) {
    static const uint8_t unions[] = {0x1c, 0x1c, 0, 0, 0x1c, 0x1c, 0, 0, 0x1c, 0x1c, 0, 0, STOP};
    size_t len = 0;
    out[len++] = 1 << 4 | I32;
    for (nbytes *= 2; nbytes > 0x7f; nbytes >>= 7) out[len++] = (uint8_t)(nbytes | 0x80);
    out[len++] = (uint8_t)nbytes;
    memcpy(out + len, unions, sizeof unions);
    return len + sizeof unions;
}

/* ---- values ---- */

size_t coterie_parquet_int32s(const uint64_t *words, size_t n) {
    const uint64_t least = 0x80000000u, range = 0x180000000u;
    uint64_t outside = 0;
    size_t good = 0;
    for (size_t i = 0; i < n; i++) outside |= words[i] + least >= range;
    if (!outside) return n;
    while (words[good] + least < range) good++;
    return good;
}
