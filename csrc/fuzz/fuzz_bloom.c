/* Stored Bloom filters: any bytes, and any bytes with sums, and perhaps parameters, that fit. What is accepted is used
 * at every level as the model uses it, and written again. */
#include "coterie/container.h"
#include "coterie/filters/bloom_bits.h"
#include "coterie/filters/bloom_size.h"
#include "coterie/filters/parameters.h"
#include "filters/bloom_model.h"
#include "input.h"

enum { HEAD = COTERIE_CONTAINER_HEADER, ALL = COTERIE_FILTER_PARAMETERS, FLAGS = 7, MOST = 150, LINE = 64 };
enum { HEADER_KIND = 10, HEADER_FLAGS = 12, LENGTH = 32, SPARE = 48, PAYLOAD_SUM = 40, SUM = 56 };

/* Exactly as long as it is, so that a read behind the end is seen, and as aligned as a mapped file. */
static uint8_t *exactly(const uint8_t *data, size_t size) {
    void *copy;
    if (posix_memalign(&copy, LINE, size ? size : 1)) abort();
    if (size) memcpy(copy, data, size);
    return (uint8_t *)copy;
}

/* Digests of the filter's own bytes, of small numbers, and the ends of all. */
static size_t make_digests(const uint8_t *data, size_t size, uint64_t *digests) {
    uint64_t random = size;
    size_t n = size / 3 % MOST;
    for (size_t i = 0; i < n; i++) {
        uint64_t x = random64(&random);
        digests[i] = i % 3 == 0 ? x : i % 3 == 1 ? coterie_load64(data + x % (size - 7)) : i % 2 ? ~(x >> 62) : x >> 62;
    }
    return n;
}

static double as_promised(const coterie_bloom *filter, uint64_t n) {
    double rate = coterie_bloom_rate(filter->layout, filter->blocks, filter->probes, n);
    CHECK(rate >= 0 && rate <= 1);
    return rate;
}

/* Reads, then adds, each in two ways. */
static void use(const coterie_bloom *stored, const uint64_t *digests, size_t n, int level) {
    coterie_bloom filter = *stored, model = *stored;
    size_t size = bloom_bytes(stored), words = size / 8, sum = 0;
    uint8_t *out = (uint8_t *)malloc(n + !n);
    uint64_t count, expected_count = 0;
    int within;
    model.bits = exactly(stored->bits, size);
    filter.bits = exactly(stored->bits, size);
    coterie_bloom_contains[level](stored, digests, n, out);
    for (size_t i = 0; i < n; i++) {
        CHECK_EQUAL(out[i], model_has(stored, stored->bits, digests[i]));
        CHECK_EQUAL(out[i], coterie_bloom_has[level](stored, digests[i]));
    }
    const uint64_t *before = (const uint64_t *)(const void *)stored->bits;
    uint64_t *after = (uint64_t *)(void *)filter.bits;
    for (size_t i = 0; i < n; i++) sum += (size_t)model_put(&model, model.bits, digests[i]);
    switch (n % 4) {
        case 0: coterie_bloom_add[level](&filter, digests, n); break;
        case 1: CHECK_EQUAL(coterie_bloom_add_new[level](&filter, digests, n, out), sum); break;
        case 2: CHECK_EQUAL(coterie_bloom_add_shared(&filter, digests, n, out), sum); break;
        default:
            for (size_t i = 0; i < n; i++) sum -= (size_t)coterie_bloom_put[level](&filter, digests[i]);
            CHECK_EQUAL(sum, 0);
    }
    CHECK(!memcmp(filter.bits, model.bits, size));
    coterie_bloom_contains[level](&filter, digests, n, out);
    for (size_t i = 0; i < n; i++) CHECK_EQUAL(out[i], 1);

    for (size_t i = 0; i < 8 * size; i++) expected_count += filter.bits[i / 8] >> i % 8 & 1;
    coterie_bits_count[level](after, words, &count);
    CHECK_EQUAL(count, expected_count);
    coterie_bits_within[level](before, after, words, &within);
    CHECK(within);
    coterie_bits_within[level](after, before, words, &within);
    CHECK_EQUAL(within, !memcmp(before, after, size));
    double rate = coterie_bits_block_rate(filter.bits, filter.blocks);
    CHECK(rate >= coterie_bits_block_rate(stored->bits, stored->blocks) && rate <= 1);
    coterie_bits_or[level](after, before, words); /* changes nothing */
    CHECK(!memcmp(filter.bits, model.bits, size));
    coterie_bits_and[level](after, before, words); /* takes away what was added */
    CHECK(!memcmp(filter.bits, stored->bits, size));
    free(filter.bits);
    free(model.bits);
    free(out);
}

/* What stands before the bits, made of what was read. */
static void write_again(const uint8_t *data, const coterie_header *header, const coterie_bloom *filter, double fpr) {
    const uint8_t *parameters = data + HEAD;
    uint8_t again[HEAD + ALL];
    coterie_container_write(again, header, parameters, coterie_level_best());
    memcpy(again + HEAD, parameters, ALL);
    memset(again + HEAD, 0x77, COTERIE_FILTER_CHECK);
    coterie_bloom_write(again + HEAD, filter, fpr);
    coterie_parameters_seal(again + HEAD);
    if (coterie_container_verify(data, header, COTERIE_BASELINE) == COTERIE_OK) CHECK(!memcmp(again, data, HEAD));
    CHECK(!memcmp(again, data, PAYLOAD_SUM) && !memcmp(again + HEAD, parameters, ALL));
}

static void read_and_use(const uint8_t *bytes, size_t size) {
    uint8_t *data = exactly(bytes, size);
    coterie_header header;
    coterie_bloom filter;
    double fpr;
    if (coterie_container_open(data, size, COTERIE_KIND_BLOOM, FLAGS, COTERIE_BASELINE, &header) == COTERIE_OK &&
        header.payload_len >= ALL && coterie_parameters_ok(data + HEAD) &&
        coterie_bloom_read(data + HEAD, header.payload_len, &filter, &fpr)) {
        uint64_t digests[MOST];
        size_t n = make_digests(data, size, digests);
        CHECK(HEAD + ALL + filter.blocks * COTERIE_BLOOM_BYTES <= size && fpr > 0 && fpr < 1);
        filter.bits = data + HEAD + ALL;
        filter.salt = header.seed;
        filter.far = (int)(header.flags & 1);
        EACH_LEVEL(level) use(&filter, digests, n, level);
        as_promised(&filter, coterie_load64(data + HEAD + COTERIE_FILTER_ADDS) >> 8);
        uint64_t few = 1 + (header.count >> 9), many = 1 + (header.count >> 8);
        CHECK(as_promised(&filter, few) <= as_promised(&filter, many) * (1 + 1e-9));
        write_again(data, &header, &filter, fpr);
    }
    free(data);
    stop_if_failed();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    read_and_use(data, size);
    if (size < HEAD + ALL) return 0;
    uint8_t *signed_data = exactly(data, size), *parameters = signed_data + HEAD;
    memcpy(signed_data, "\x8A" "COTERIE\x01\0\x05", 12);
    memset(signed_data + HEADER_FLAGS + 1, 0, 3);
    memset(signed_data + SPARE, 0, 8);
    memset(parameters + COTERIE_FILTER_SPARE, 0, 8);
    signed_data[HEADER_FLAGS] &= FLAGS;
    coterie_store64(parameters + COTERIE_FILTER_STATE, signed_data[HEADER_FLAGS] & 4 ? COTERIE_FILTER_LIVE : 0);
    for (int fits = 0; fits < 2; fits++) {
        if (fits) { /* parameters that can be, and the length that follows from them */
            uint64_t blocks = (size - HEAD - ALL) / COTERIE_BLOOM_BYTES;
            uint32_t layout = parameters[0] % COTERIE_BLOOM_LAYOUTS;
            uint32_t most = COTERIE_BLOOM_MAX_PROBES, probes = 1 + parameters[4] % most;
            if (layout != COTERIE_BLOOM_CLASSIC) probes = layout == COTERIE_BLOOM_BLOCK ? 8 : 16;
            coterie_store32(parameters, layout);
            coterie_store32(parameters + 4, probes);
            coterie_store64(parameters + 8, coterie_load64(parameters + 8) >> 2); /* a double between 0 and 1 */
            coterie_store64(parameters + 16, blocks);
            coterie_store64(signed_data + LENGTH, ALL + blocks * COTERIE_BLOOM_BYTES);
        }
        coterie_parameters_seal(parameters);
        uint64_t len = coterie_load64(signed_data + LENGTH);
        len = len < size - HEAD ? len : size - HEAD;
        coterie_store64(signed_data + PAYLOAD_SUM, coterie_xxh3(parameters, (size_t)len, 0, COTERIE_BASELINE));
        coterie_store64(signed_data + SUM, coterie_xxh3(signed_data, SUM, 0, COTERIE_BASELINE));
        read_and_use(signed_data, size);
    }
    free(signed_data);
    return 0;
}
