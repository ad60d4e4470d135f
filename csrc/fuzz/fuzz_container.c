/* Containers: any bytes, and any bytes with sums that fit. What is accepted is what a writer writes. */
#include "coterie/container.h"
#include "coterie/hashing/xxh3.h"
#include "input.h"

enum { HEAD = COTERIE_CONTAINER_HEADER, LENGTH = 32, PAYLOAD_SUM = 40, SUM = 56 };

/* Exactly as long as it is, so that a read behind the end is seen. */
static void read_and_write_again(const uint8_t *data, size_t size) {
    uint8_t *bytes = (uint8_t *)malloc(size + 1), *again = (uint8_t *)malloc(size + 1);
    uint16_t kind = size < 12 ? 0 : (uint16_t)(data[10] | data[11] << 8);
    coterie_header header, other;
    memcpy(bytes, data, size);
    uint8_t *exact = (uint8_t *)realloc(bytes, size ? size : 1);
    coterie_status status = coterie_container_read(exact, size, kind, 0xFF, COTERIE_BASELINE, &header);
    EACH_LEVEL(level) CHECK(coterie_container_read(exact, size, kind, 0xFF, level, &other) == status);
    if (status == COTERIE_OK) {
        CHECK(size == HEAD + header.payload_len && header.kind == kind && !(header.flags & ~0xFFu));
        coterie_container_write(again, &header, exact + HEAD, coterie_level_best());
        memcpy(again + HEAD, exact + HEAD, size - HEAD);
        CHECK(!memcmp(again, exact, size));
        CHECK(coterie_container_read(exact, size, (uint16_t)(kind ^ 1), 0xFF, 0, &other) == COTERIE_WRONG_KIND);
        CHECK(coterie_container_read(exact, size - 1, kind, 0xFF, 0, &other) != COTERIE_OK);
    }
    free(exact);
    free(again);
    stop_if_failed();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    read_and_write_again(data, size);
    if (size < HEAD) return 0;
    uint8_t *signed_data = (uint8_t *)malloc(size);
    memcpy(signed_data, data, size);
    memcpy(signed_data, "\x8A" "COTERIE\x01", 10);
    for (int keep_length = 1; keep_length >= 0; keep_length--) {
        if (!keep_length) coterie_store64(signed_data + LENGTH, size - HEAD);
        uint64_t len = coterie_load64(signed_data + LENGTH);
        len = len < size - HEAD ? len : size - HEAD;
        coterie_store64(signed_data + PAYLOAD_SUM, coterie_xxh3(signed_data + HEAD, (size_t)len, 0, COTERIE_BASELINE));
        coterie_store64(signed_data + SUM, coterie_xxh3(signed_data, SUM, 0, COTERIE_BASELINE));
        read_and_write_again(signed_data, size);
    }
    free(signed_data);
    return 0;
}
