/* The container: what every table and large structure is stored in, in bytes, files and pickles.
 *
 *      0  8  magic "\x8ACOTERIE"                     32  8  payload length
 *      8  2  version, 1                              40  8  XXH3-64 of the payload
 *     10  2  kind of structure                       48  8  reserved, 0
 *     12  4  flags, of the kind                      56  8  XXH3-64 of bytes 0..55
 *     16  8  element count, of the kind              64     payload
 *     24  8  seed
 *
 * Little-endian. The payload begins at 64 so that a mapped file has it aligned. */
#ifndef COTERIE_CONTAINER_H
#define COTERIE_CONTAINER_H

#include "coterie/base.h"

enum { COTERIE_CONTAINER_HEADER = 64, COTERIE_CONTAINER_VERSION = 1 };

/* Numbers of structures; they are part of the format and never change. */
typedef enum {
    COTERIE_KIND_RING = 1,
    COTERIE_KIND_JUMP = 2,
    COTERIE_KIND_RENDEZVOUS = 3,
    COTERIE_KIND_MAGLEV = 4,
    COTERIE_KIND_BLOOM = 5,
    COTERIE_KIND_SCALABLE = 6,
    COTERIE_KIND_COUNTING = 7,
    COTERIE_KIND_FUSE = 8,
    COTERIE_KIND_ROTATING = 9,
    COTERIE_KIND_CLOCKS = 10,
} coterie_kind;

typedef struct {
    uint16_t kind;
    uint32_t flags;
    uint64_t count;
    uint64_t seed;
    uint64_t payload_len;
} coterie_header;

/* Writes the 64 bytes that stand before a payload. A payload of NULL has no checksum: its place is 0. */
void coterie_container_write(uint8_t *out, const coterie_header *header, const void *payload, int level);

/* Reads and checks a container of `len` bytes at any address: magic, version, kind, flags (none but `known_flags`),
 * both checksums, and that it ends with its payload. Everything in `header` may then be trusted to be what the writer
 * wrote; what the payload means is for its structure to check. */
coterie_status coterie_container_read(const uint8_t *data, size_t len, uint16_t kind, uint32_t known_flags, int level,
                                      coterie_header *header);

/* The two halves of that. `open` takes constant time: it checks all but the payload, and bytes may follow it. */
coterie_status coterie_container_open(const uint8_t *data, size_t len, uint16_t kind, uint32_t known_flags, int level,
                                      coterie_header *header);
coterie_status coterie_container_verify(const uint8_t *data, const coterie_header *header, int level);

#endif
