/* Streams of Guava's filters: any bytes. What is accepted is written again as it was, and may be used. */
#include "coterie/filters/guava.h"
#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t *exact = (uint8_t *)malloc(size ? size : 1), *again = (uint8_t *)malloc(size ? size : 1);
    coterie_guava filter = {NULL, 0, 0, 0};
    if (size) memcpy(exact, data, size);
    if (!coterie_guava_read(exact, size, &filter)) {
        coterie_murmur3 hash = coterie_murmur3_hash(exact, size, 0);
        CHECK(size == COTERIE_GUAVA_HEADER + 8 * (size_t)filter.len);
        filter.words = (uint64_t *)malloc(8 * (size_t)filter.len);
        coterie_guava_read_words(exact, &filter);
        coterie_guava_write(&filter, again);
        CHECK(!memcmp(exact, again, size));
        int held = coterie_guava_has(&filter, hash);
        CHECK(coterie_guava_put(&filter, hash) == !held);
        CHECK(coterie_guava_has(&filter, hash));
        free(filter.words);
    }
    free(exact);
    free(again);
    stop_if_failed();
    return 0;
}
