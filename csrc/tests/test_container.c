/* The container: frozen bytes, round trips, and a refusal for every truncation, extension and flipped bit. */
#include "check.h"
#include "coterie/container.h"
#include "coterie/hashing/xxh3.h"
#include "guard.h"

enum { HEAD = COTERIE_CONTAINER_HEADER, PAYLOAD = 100, TOTAL = HEAD + PAYLOAD, SUM = 56 };
static const coterie_header HEADER = {COTERIE_KIND_JUMP, 0x80000001u, 3, 0x0123456789ABCDEFu, PAYLOAD};

/* HEADER before the payload 0, 7, 14, ... modulo 256. */
static const uint8_t FROZEN[HEAD] = {
    0x8a, 0x43, 0x4f, 0x54, 0x45, 0x52, 0x49, 0x45,
    0x01, 0x00, 0x02, 0x00, 0x01, 0x00, 0x00, 0x80,
    0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01,
    0x64, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x2e, 0x01, 0x9d, 0xf1, 0x2c, 0x81, 0xbb, 0x6d,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x9c, 0x78, 0x7c, 0x0e, 0x27, 0x42, 0xb0, 0x5e,
};

static coterie_status read_it(const uint8_t *data, size_t len, coterie_header *header) {
    return coterie_container_read(data, len, HEADER.kind, HEADER.flags, coterie_level_best(), header);
}

static void make(uint8_t *out, int level) {
    for (int i = 0; i < PAYLOAD; i++) out[HEAD + i] = (uint8_t)(i * 7);
    coterie_container_write(out, &HEADER, out + HEAD, level);
}

/* Header sums that fit again after a change of the header. */
static void sign(uint8_t *out) { coterie_store64(out + SUM, coterie_xxh3(out, SUM, 0, COTERIE_BASELINE)); }

static void round_trip(void) {
    EACH_LEVEL(level) {
        for (size_t len = 0; len < 1500; len += len < 260 ? 1 : 97) {
            uint8_t *data = (uint8_t *)guard_alloc(HEAD + len);
            coterie_header in = {COTERIE_KIND_RING, 5, UINT64_MAX, 1, len}, out;
            for (size_t i = 0; i < len; i++) data[HEAD + i] = (uint8_t)(i * i);
            coterie_container_write(data, &in, data + HEAD, level);
            CHECK(coterie_container_read(data, HEAD + len, in.kind, 5, level, &out) == COTERIE_OK);
            CHECK(out.kind == in.kind && out.flags == in.flags && out.count == in.count && out.seed == in.seed);
            CHECK_EQUAL(out.payload_len, len);
            guard_free(data, HEAD + len);
        }
        uint8_t data[TOTAL];
        make(data, level);
        CHECK(!memcmp(data, FROZEN, HEAD));
    }
}

static void any_address(void) {
    uint8_t *data = (uint8_t *)guard_alloc(TOTAL + HEAD);
    for (size_t shift = 0; shift <= HEAD; shift++) {
        coterie_header header;
        make(data + shift, COTERIE_BASELINE);
        CHECK(read_it(data + shift, TOTAL, &header) == COTERIE_OK);
    }
    guard_free(data, TOTAL + HEAD);
}

static void truncations(void) {
    uint8_t whole[TOTAL + 1];
    coterie_header header;
    make(whole, COTERIE_BASELINE);
    whole[TOTAL] = 0;
    for (size_t len = 0; len < TOTAL; len++) {
        uint8_t *data = (uint8_t *)guard_alloc(len); /* nothing may be read behind what is there */
        memcpy(data, whole, len);
        CHECK(read_it(data, len, &header) == COTERIE_TRUNCATED);
        guard_free(data, len);
    }
    CHECK(read_it(whole, TOTAL, &header) == COTERIE_OK);
    CHECK(read_it(whole, TOTAL + 1, &header) == COTERIE_TRAILING_BYTES);
}

static void flipped_bits(void) {
    uint8_t data[TOTAL];
    coterie_header header;
    make(data, COTERIE_BASELINE);
    for (size_t bit = 0; bit < 8 * TOTAL; bit++) {
        size_t at = bit / 8;
        coterie_status expected = at < 8 ? COTERIE_BAD_MAGIC : at < 10 ? COTERIE_BAD_VERSION : COTERIE_BAD_CHECKSUM;
        data[at] ^= (uint8_t)(1u << bit % 8);
        CHECK(read_it(data, TOTAL, &header) == expected);
        data[at] ^= (uint8_t)(1u << bit % 8);
    }
    CHECK(read_it(data, TOTAL, &header) == COTERIE_OK);
}

/* Fields that are wrong although the sums are right. */
static void wrong_fields(void) {
    uint8_t data[TOTAL];
    coterie_header header;
    make(data, COTERIE_BASELINE);
    CHECK(coterie_container_read(data, TOTAL, COTERIE_KIND_RING, HEADER.flags, 0, &header) == COTERIE_WRONG_KIND);
    CHECK(coterie_container_read(data, TOTAL, HEADER.kind, 1, 0, &header) == COTERIE_BAD_FLAGS);
    CHECK(coterie_container_read(data, TOTAL, HEADER.kind, UINT32_MAX, 0, &header) == COTERIE_OK);
    for (size_t at = 48; at < SUM; at++) {
        make(data, COTERIE_BASELINE);
        data[at] = 0x40;
        sign(data);
        CHECK(read_it(data, TOTAL, &header) == COTERIE_BAD_FLAGS);
    }
    for (uint8_t version = 0; version < 4; version++) {
        make(data, COTERIE_BASELINE);
        data[8] = version;
        sign(data);
        CHECK(read_it(data, TOTAL, &header) == (version == 1 ? COTERIE_OK : COTERIE_BAD_VERSION));
    }
    const uint64_t lengths[] = {0, PAYLOAD - 1, PAYLOAD + 1, (uint64_t)1 << 32 | PAYLOAD, UINT64_MAX, UINT64_MAX - 63};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        make(data, COTERIE_BASELINE);
        coterie_store64(data + 32, lengths[i]);
        sign(data);
        CHECK(read_it(data, TOTAL, &header) == (lengths[i] < PAYLOAD ? COTERIE_TRAILING_BYTES : COTERIE_TRUNCATED));
    }
}

static void noise(void) {
    uint64_t random = 1;
    uint8_t data[TOTAL];
    coterie_header header;
    for (int turn = 0; turn < 20000; turn++) {
        size_t len = random_below(&random, TOTAL + 1), keep = random_below(&random, 16);
        for (size_t i = 0; i < len; i++) data[i] = (uint8_t)random64(&random);
        memcpy(data, FROZEN, keep);
        CHECK(read_it(data, len, &header) != COTERIE_OK);
    }
}

/* ---- the two halves ---- */

static coterie_status open_it(const uint8_t *data, size_t len, coterie_header *header) {
    return coterie_container_open(data, len, HEADER.kind, HEADER.flags, coterie_level_best(), header);
}

/* The payload is not looked at: it may be anything, even where nothing can be read. */
static void open_does_not_read_the_payload(void) {
    uint8_t whole[TOTAL], *head = (uint8_t *)guard_alloc(HEAD); /* what follows is not mapped */
    make(whole, COTERIE_BASELINE);
    memcpy(head, whole, HEAD);
    guard_read_only(head, HEAD);
    EACH_LEVEL(level) {
        coterie_header header = {0, 0, 0, 0, 0};
        CHECK(coterie_container_open(head, TOTAL, HEADER.kind, HEADER.flags, level, &header) == COTERIE_OK);
        CHECK(header.kind == HEADER.kind && header.flags == HEADER.flags && header.count == HEADER.count);
        CHECK(header.seed == HEADER.seed && header.payload_len == PAYLOAD);
    }
    guard_free(head, HEAD);
}

/* What read refuses, open refuses too, for the same reason; but bytes may follow, and the payload is verify's. */
static void open_like_read(void) {
    uint8_t data[TOTAL + 40];
    coterie_header header, other;
    memset(data, 0x77, sizeof data);
    make(data, COTERIE_BASELINE);
    for (size_t len = 0; len <= sizeof data; len++) {
        coterie_status expected = len < TOTAL ? COTERIE_TRUNCATED : COTERIE_OK;
        CHECK(open_it(data, len, &header) == expected);
        if (len > TOTAL) CHECK(read_it(data, len, &header) == COTERIE_TRAILING_BYTES);
    }
    for (size_t bit = 0; bit < 8 * TOTAL; bit++) {
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        coterie_status status = read_it(data, TOTAL, &header);
        if (bit / 8 < HEAD) CHECK(open_it(data, TOTAL, &other) == status);
        else CHECK(open_it(data, TOTAL, &other) == COTERIE_OK && status == COTERIE_BAD_CHECKSUM);
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    CHECK(coterie_container_open(data, TOTAL, COTERIE_KIND_BLOOM, HEADER.flags, 0, &header) == COTERIE_WRONG_KIND);
    CHECK(coterie_container_open(data, TOTAL, HEADER.kind, 1, 0, &header) == COTERIE_BAD_FLAGS);
    const uint64_t lengths[] = {0, PAYLOAD - 1, PAYLOAD + 1, (uint64_t)1 << 32 | PAYLOAD, UINT64_MAX, UINT64_MAX - 63};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        make(data, COTERIE_BASELINE);
        coterie_store64(data + 32, lengths[i]);
        sign(data);
        CHECK(open_it(data, TOTAL, &header) == (lengths[i] < PAYLOAD ? COTERIE_OK : COTERIE_TRUNCATED));
    }
}

/* Any change of the payload is found, at every level, and nothing behind it is read. */
static void verify(void) {
    for (size_t len = 0; len < 1200; len += len < 260 ? 1 : 89) {
        uint8_t *data = (uint8_t *)guard_alloc(HEAD + len);
        coterie_header in = {COTERIE_KIND_BLOOM, 0, 1, 2, len}, header;
        for (size_t i = 0; i < len; i++) data[HEAD + i] = (uint8_t)(i * 3);
        coterie_container_write(data, &in, data + HEAD, COTERIE_BASELINE);
        EACH_LEVEL(level) {
            CHECK(coterie_container_open(data, HEAD + len, in.kind, 0, level, &header) == COTERIE_OK);
            CHECK(coterie_container_verify(data, &header, level) == COTERIE_OK);
            for (size_t at = 0; at < len; at += 1 + at / 7) {
                data[HEAD + at] ^= 0x10;
                CHECK(coterie_container_verify(data, &header, level) == COTERIE_BAD_CHECKSUM);
                CHECK(coterie_container_read(data, HEAD + len, in.kind, 0, level, &header) == COTERIE_BAD_CHECKSUM);
                data[HEAD + at] ^= 0x10;
            }
        }
        guard_free(data, HEAD + len);
    }
}

/* A header without the payload's sum, as of what is changed in place: it opens, but does not verify. */
static void no_payload(void) {
    uint8_t data[TOTAL], other[TOTAL];
    coterie_header header;
    make(data, COTERIE_BASELINE);
    make(other, COTERIE_BASELINE);
    EACH_LEVEL(level) {
        coterie_container_write(data, &HEADER, NULL, level);
        CHECK_EQUAL(coterie_load64(data + 40), 0);
        CHECK(!memcmp(data, other, 40));
        CHECK(open_it(data, TOTAL, &header) == COTERIE_OK && header.payload_len == PAYLOAD);
        CHECK(coterie_container_verify(data, &header, level) == COTERIE_BAD_CHECKSUM);
        CHECK(read_it(data, TOTAL, &header) == COTERIE_BAD_CHECKSUM);
    }
}

int main(void) {
    round_trip();
    any_address();
    truncations();
    flipped_bits();
    wrong_fields();
    noise();
    open_does_not_read_the_payload();
    open_like_read();
    verify();
    no_payload();
    return check_report();
}
