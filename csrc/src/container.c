#include "coterie/container.h"

#include "coterie/hashing/xxh3.h"

/* A first byte above 127, so that nobody takes the file for text. */
static const uint8_t MAGIC[8] = {0x8A, 'C', 'O', 'T', 'E', 'R', 'I', 'E'};
enum { VERSION = 8, KIND = 10, FLAGS = 12, COUNT = 16, SEED = 24, LENGTH = 32, PAYLOAD_SUM = 40, SPARE = 48, SUM = 56 };

static void store16(uint8_t *p, unsigned x) {
    p[0] = (uint8_t)x;
    p[1] = (uint8_t)(x >> 8);
}
static uint16_t load16(const uint8_t *p) { return (uint16_t)(p[0] | p[1] << 8); }

void coterie_container_write(uint8_t *out, const coterie_header *header, const void *payload, int level) {
    memcpy(out, MAGIC, sizeof MAGIC);
    store16(out + VERSION, COTERIE_CONTAINER_VERSION);
    store16(out + KIND, header->kind);
    coterie_store32(out + FLAGS, header->flags);
    coterie_store64(out + COUNT, header->count);
    coterie_store64(out + SEED, header->seed);
    coterie_store64(out + LENGTH, header->payload_len);
    coterie_store64(out + PAYLOAD_SUM, payload ? coterie_xxh3(payload, (size_t)header->payload_len, 0, level) : 0);
    coterie_store64(out + SPARE, 0);
    coterie_store64(out + SUM, coterie_xxh3(out, SUM, 0, level));
}

coterie_status coterie_container_open(const uint8_t *data, size_t len, uint16_t kind, uint32_t known_flags, int level,
                                      coterie_header *header) {
    if (len < sizeof MAGIC) return COTERIE_TRUNCATED;
    if (memcmp(data, MAGIC, sizeof MAGIC)) return COTERIE_BAD_MAGIC;
    if (len < COTERIE_CONTAINER_HEADER) return COTERIE_TRUNCATED;
    if (load16(data + VERSION) != COTERIE_CONTAINER_VERSION) return COTERIE_BAD_VERSION;
    if (coterie_load64(data + SUM) != coterie_xxh3(data, SUM, 0, level)) return COTERIE_BAD_CHECKSUM;
    header->kind = load16(data + KIND);
    header->flags = coterie_load32(data + FLAGS);
    header->count = coterie_load64(data + COUNT);
    header->seed = coterie_load64(data + SEED);
    header->payload_len = coterie_load64(data + LENGTH);
    if (header->kind != kind) return COTERIE_WRONG_KIND;
    if (header->flags & ~known_flags || coterie_load64(data + SPARE)) return COTERIE_BAD_FLAGS;
    if (len - COTERIE_CONTAINER_HEADER < header->payload_len) return COTERIE_TRUNCATED;
    return COTERIE_OK;
}

coterie_status coterie_container_verify(const uint8_t *data, const coterie_header *header, int level) {
    uint64_t sum = coterie_xxh3(data + COTERIE_CONTAINER_HEADER, (size_t)header->payload_len, 0, level);
    return coterie_load64(data + PAYLOAD_SUM) == sum ? COTERIE_OK : COTERIE_BAD_CHECKSUM;
}

coterie_status coterie_container_read(const uint8_t *data, size_t len, uint16_t kind, uint32_t known_flags, int level,
                                      coterie_header *header) {
    coterie_status status = coterie_container_open(data, len, kind, known_flags, level, header);
    if (status != COTERIE_OK) return status;
    if (len - COTERIE_CONTAINER_HEADER > header->payload_len) return COTERIE_TRAILING_BYTES;
    return coterie_container_verify(data, header, level);
}
