/* Binary fuse filters: any bytes as a stored table, and with sums that fit; any set of digests, also of equal ones. */
#include "filters/fuse_tables.h"
#include "input.h"

enum { HEAD = COTERIE_CONTAINER_HEADER, PARAMETERS = COTERIE_FILTER_PARAMETERS, TABLE = HEAD + PARAMETERS, MOST = 100 };

/* Exactly as long as it is, so that a read behind the end is seen. What is accepted is looked up in. */
static void open_and_ask(const uint8_t *data, size_t size) {
    uint8_t *bytes = (uint8_t *)guard_alloc(size), out[MOST];
    uint64_t digests[MOST], random = size;
    coterie_header header;
    coterie_fuse_shape shape;
    uint32_t bits;
    uint64_t key;
    memcpy(bytes, data, size);
    if (coterie_container_open(bytes, size, COTERIE_KIND_FUSE, 0, COTERIE_BASELINE, &header) == COTERIE_OK &&
        coterie_fuse_read(bytes + HEAD, header.payload_len, header.count, &shape, &bits, &key) == COTERIE_OK) {
        uint8_t again[PARAMETERS];
        coterie_fuse_write(again, &shape, bits, key);
        CHECK(!memcmp(again, bytes + HEAD, PARAMETERS));
        coterie_fuse f = coterie_fuse_of(&shape, header.seed, bits, bytes + TABLE);
        for (int i = 0; i < MOST; i++) digests[i] = random64(&random);
        for (f.far = 0; f.far < 2; f.far++) EACH_LEVEL(level) {
            coterie_fuse_contains[level](&f, digests, MOST, out);
            for (int i = 0; i < MOST; i++) CHECK(out[i] == coterie_fuse_has(&f, digests[i]));
        }
    }
    guard_free(bytes, size);
}

/* The same bytes with the numbers that hardly any bytes have by chance. */
static void make_fit(uint8_t *data, size_t size, uint64_t how) {
    uint8_t *payload = data + HEAD;
    memcpy(data, "\x8A" "COTERIE\x01\0\x08\0\0\0\0\0", 16);
    coterie_store64(data + 32, size - HEAD);
    coterie_store64(data + 48, 0);
    if (how & 1) memset(payload + 16, 0, PARAMETERS - 16), coterie_store32(payload, (uint32_t)8 << how / 2 % 3);
    if (how & 8) coterie_store64(data + 16, data[16]);
    if (how & 16) { /* a shape of this size */
        uint32_t segment_bits = (uint32_t)(how >> 5 & 3), width = coterie_load32(payload) / 8;
        uint64_t slots = width ? (size - TABLE) / width : 0;
        coterie_store32(payload + 4, (uint32_t)(how >> 7 & 1));
        coterie_store32(payload + 8, slots >> segment_bits > 2 ? (uint32_t)(slots >> segment_bits) - 2 : 0);
        coterie_store32(payload + 12, segment_bits);
    }
    coterie_parameters_seal(payload);
    coterie_store64(data + 56, coterie_xxh3(data, 56, 0, COTERIE_BASELINE));
}

static void make_table(fuzz_input *input) {
    uint64_t seed = take(input, 1), how = take(input, 1), digests[MOST];
    size_t n = 0;
    while (n < MOST && input->next < input->end) {
        uint64_t x = take(input, 1);
        if (x & 3) x = take(input, x & 1 ? 8 : 1) << (x & 0x38);
        else if (x < 128 && n > 1) x = digests[n - 2];
        digests[n++] = x;
    }
    fuse_table t = fuse_made(digests, n, seed, (uint32_t)8 << how % 3, (int)how % (coterie_level_best() + 1));
    for (size_t i = 0; i < n; i++) CHECK(coterie_fuse_has(&t.filter, digests[i]));
    size_t count = 0;
    CHECK(coterie_fuse_distinct(digests, n, NULL, &count) == COTERIE_OK && count == t.count);
    fuse_table again = fuse_made(digests, count, seed, (uint32_t)8 << how % 3, COTERIE_BASELINE);
    CHECK(t.size == again.size && t.shape.attempt == again.shape.attempt && !memcmp(t.table, again.table, t.size));
    fuse_free(&t);
    fuse_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_input input = {data, data + size};
    make_table(&input);
    open_and_ask(data, size);
    if (size > TABLE) {
        uint8_t *bytes = (uint8_t *)malloc(size - 1);
        memcpy(bytes, data + 1, size - 1);
        if (size - 1 >= TABLE) make_fit(bytes, size - 1, data[0]), open_and_ask(bytes, size - 1);
        free(bytes);
    }
    stop_if_failed();
    return 0;
}
