/* The parameters of a Bloom filter in bytes: frozen bytes, round trips, and a refusal for all that cannot be. */
#include "bloom_model.h"
#include "coterie/filters/parameters.h"

#include <float.h>
#include <math.h>

enum { SHAPE = 24, LAYOUT = 0, PROBES = 4, FPR = 8, BLOCKS = 16, ALL = COTERIE_FILTER_PARAMETERS };

/* CLASSIC, 7 probes, 1 %, 1000 blocks; check of the key 0x0123456789ABCDEF, 5 keys added, changed in place. */
static const uint8_t FROZEN[ALL] = {
    0x02, 0x00, 0x00, 0x00, 0x07, 0x00, 0x00, 0x00,
    0x7b, 0x14, 0xae, 0x47, 0xe1, 0x7a, 0x84, 0x3f,
    0xe8, 0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x94, 0x24, 0x8e, 0x03, 0x05, 0xf3, 0xcf, 0xad,
    0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x69, 0x6e, 0x20, 0x70, 0x6c, 0x61, 0x63, 0x65,
};

static void make(uint8_t *parameters) {
    const coterie_bloom filter = {NULL, 1000, 5, COTERIE_BLOOM_CLASSIC, 7, 1};
    memset(parameters, 0, ALL);
    coterie_bloom_write(parameters, &filter, 0.01);
    coterie_store64(parameters + COTERIE_FILTER_CHECK, 0x0123456789ABCDEFu);
    coterie_store64(parameters + COTERIE_FILTER_ADDS, 5);
    coterie_store64(parameters + COTERIE_FILTER_STATE, COTERIE_FILTER_LIVE);
    coterie_parameters_seal(parameters);
}

static uint64_t length_of(uint64_t blocks) { return ALL + COTERIE_BLOOM_BYTES * blocks; }

static int is_read(const uint8_t *parameters, uint64_t len) {
    coterie_bloom filter;
    double fpr;
    return coterie_bloom_read(parameters, len, &filter, &fpr);
}

/* ---- what a filter is ---- */

static void frozen(void) {
    uint8_t parameters[ALL];
    make(parameters);
    CHECK(!memcmp(parameters, FROZEN, ALL));
    CHECK(coterie_parameters_ok(FROZEN) && is_read(FROZEN, length_of(1000)));
}

/* Only the shape is written and read, and only in its 24 bytes. */
static void round_trips(void) {
    const double rates[] = {DBL_MIN / 4, 1e-300, 1e-12, 0.01, 0.5, 1 - DBL_EPSILON / 2};
    const uint64_t most = COTERIE_BLOOM_MAX_BLOCKS, blocks[] = {1, 2, 255, 256, 65536, 0x01020304, most - 1, most};
    uint8_t *parameters = (uint8_t *)guard_alloc(SHAPE), bits;
    for (int layout = 0; layout < COTERIE_BLOOM_LAYOUTS; layout++)
        for (int probes = 1; probes <= COTERIE_BLOOM_MAX_PROBES; probes++)
            for (int i = 0; i < 8; i++)
                for (int j = 0; j < 6; j++) {
                    coterie_bloom in = {NULL, blocks[i], 1, layout, probes, 0}, out = {&bits, 0, 77, -1, -1, 5};
                    double fpr = 0;
                    int only = layout == COTERIE_BLOOM_BLOCK ? 8 : layout == COTERIE_BLOOM_PAIR ? 16 : probes;
                    coterie_bloom_write(parameters, &in, rates[j]);
                    CHECK_EQUAL(coterie_bloom_read(parameters, length_of(blocks[i]), &out, &fpr), probes == only);
                    if (probes != only) continue;
                    CHECK(out.layout == layout && out.probes == probes && out.blocks == blocks[i] && fpr == rates[j]);
                    CHECK(out.bits == &bits && out.salt == 77 && out.far == 5); /* of the caller */
                }
    guard_free(parameters, SHAPE);
}

static void any_address(void) {
    uint8_t room[ALL + 64];
    for (size_t shift = 0; shift <= 64; shift++) {
        make(room + shift);
        CHECK(!memcmp(room + shift, FROZEN, ALL) && coterie_parameters_ok(room + shift));
        CHECK(is_read(room + shift, length_of(1000)));
    }
}

/* ---- what cannot be ---- */

static void wrong_lengths(void) {
    const uint64_t blocks[] = {1, 2, 1000, COTERIE_BLOOM_MAX_BLOCKS};
    uint8_t parameters[ALL];
    make(parameters);
    for (int i = 0; i < 4; i++) {
        uint64_t right = length_of(blocks[i]), past = (uint64_t)1 << 32;
        const uint64_t wrong[] = {0, 1, SHAPE, ALL - 1, ALL, right - ALL, right - 32, right - 1, right + 1, right + 32,
                                  right + past, right | past << 31, UINT64_MAX};
        coterie_store64(parameters + BLOCKS, blocks[i]);
        CHECK(is_read(parameters, right));
        for (size_t j = 0; j < sizeof wrong / sizeof *wrong; j++)
            CHECK(wrong[j] == right || !is_read(parameters, wrong[j]));
    }
}

/* Numbers of blocks of no filter, with all lengths that might be taken for theirs. */
static void wrong_blocks(void) {
    const uint64_t most = COTERIE_BLOOM_MAX_BLOCKS;
    const uint64_t blocks[] = {0, most + 1, most + 2, (uint64_t)1 << 32, (uint64_t)1 << 59, ((uint64_t)1 << 59) + 1,
                               (uint64_t)1 << 63, UINT64_MAX - 1, UINT64_MAX};
    uint8_t parameters[ALL];
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        make(parameters);
        coterie_store64(parameters + BLOCKS, blocks[i]);
        const uint64_t lengths[] = {0, ALL, 96, length_of(blocks[i]), length_of(most), UINT64_MAX};
        for (size_t j = 0; j < sizeof lengths / sizeof *lengths; j++) CHECK(!is_read(parameters, lengths[j]));
    }
}

static void wrong_shapes(void) {
    const uint32_t layouts[] = {3, 4, 0x100, 0x7FFFFFFF, 0x80000000u, 0x80000002u, UINT32_MAX};
    const uint32_t probes[] = {0, 65, 66, 0x107, 0x10008, 0x7FFFFFFF, 0x80000007u, 0x80000008u, UINT32_MAX};
    uint8_t parameters[ALL];
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        make(parameters);
        coterie_store32(parameters + LAYOUT, layouts[i]);
        for (uint32_t k = 0; k < 70; k++) {
            coterie_store32(parameters + PROBES, k);
            CHECK(!is_read(parameters, length_of(1000)));
        }
    }
    for (uint32_t layout = 0; layout < COTERIE_BLOOM_LAYOUTS; layout++)
        for (size_t i = 0; i < sizeof probes / sizeof *probes; i++) {
            make(parameters);
            coterie_store32(parameters + LAYOUT, layout);
            coterie_store32(parameters + PROBES, probes[i]);
            CHECK(!is_read(parameters, length_of(1000)));
        }
}

static void wrong_rates(void) {
    const double rates[] = {0, -0.0, -0.01, -DBL_MIN, 1, 1 + DBL_EPSILON, 2, INFINITY, -INFINITY, NAN, -NAN};
    uint8_t parameters[ALL];
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        uint64_t bits;
        make(parameters);
        memcpy(&bits, &rates[i], sizeof bits);
        coterie_store64(parameters + FPR, bits);
        CHECK(!is_read(parameters, length_of(1000)));
    }
}

/* ---- checksum ---- */

/* Of all flipped bits only those of the number of keys are not noticed. */
static void flipped_bits(void) {
    uint8_t *parameters = (uint8_t *)guard_alloc(ALL);
    for (int live = 0; live < 2; live++) {
        make(parameters);
        if (!live) coterie_store64(parameters + COTERIE_FILTER_STATE, 0);
        CHECK(coterie_parameters_ok(parameters));
        for (size_t bit = 0; bit < 8 * ALL; bit++) {
            parameters[bit / 8] ^= (uint8_t)(1u << bit % 8);
            CHECK_EQUAL(coterie_parameters_ok(parameters), bit / 64 == COTERIE_FILTER_ADDS / 8);
            parameters[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
    guard_free(parameters, ALL);
}

/* Bytes that are reserved stay so, although the sum is right. */
static void reserved(void) {
    uint8_t parameters[ALL];
    for (size_t bit = 0; bit < 64; bit++) {
        make(parameters);
        parameters[COTERIE_FILTER_SPARE + bit / 8] ^= (uint8_t)(1u << bit % 8);
        coterie_parameters_seal(parameters);
        CHECK(!coterie_parameters_ok(parameters));
    }
}

/* A seal writes nothing but itself, and a second one the same. */
static void seals(void) {
    uint8_t parameters[ALL], again[ALL];
    uint64_t random = 1;
    for (int turn = 0; turn < 1000; turn++) {
        for (int i = 0; i < ALL; i++) parameters[i] = (uint8_t)random64(&random);
        CHECK(!coterie_parameters_ok(parameters));
        memcpy(again, parameters, ALL);
        coterie_parameters_seal(parameters);
        CHECK(!memcmp(parameters, again, COTERIE_FILTER_SUM));
        CHECK(!memcmp(parameters + COTERIE_FILTER_ADDS, again + COTERIE_FILTER_ADDS, ALL - COTERIE_FILTER_ADDS));
        memcpy(again, parameters, ALL);
        coterie_parameters_seal(again);
        CHECK(!memcmp(parameters, again, ALL));
    }
}

int main(void) {
    frozen();
    round_trips();
    any_address();
    wrong_lengths();
    wrong_blocks();
    wrong_shapes();
    wrong_rates();
    flipped_bits();
    reserved();
    seals();
    return check_report();
}
