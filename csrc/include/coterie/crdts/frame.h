/* What the bytes of a replicated structure stand in: a magic, a version, a class, the generation, the state, and XXH3-64 of all
 * that. The checksum finds accidents; against malice it is no help, so the state is checked as if there were none. */
#ifndef COTERIE_CRDTS_FRAME_H
#define COTERIE_CRDTS_FRAME_H

#include "coterie/base.h"
#include "coterie/hashing/xxh3.h"

enum {
    COTERIE_GENERATION = 16, /* bytes of one, unless it is the first, which has none */
    COTERIE_FRAME_HEAD = 6 + COTERIE_GENERATION,
    COTERIE_FRAME_SIZE = COTERIE_FRAME_HEAD + 8,
    COTERIE_FRAME_VERSION = 1,
    COTERIE_FRAME_DIGEST = 128, /* added to the class of what is a digest */
};

/* Classes; they are part of the format and never change. */
typedef enum {
    COTERIE_GCOUNTER = 1,
    COTERIE_PNCOUNTER,
    COTERIE_BOUNDED_COUNTER,
    COTERIE_LWW_REGISTER,
    COTERIE_MV_REGISTER,
    COTERIE_ENABLE_WINS,
    COTERIE_DISABLE_WINS,
    COTERIE_GSET,
    COTERIE_TWO_PHASE_SET,
    COTERIE_LWW_SET,
    COTERIE_OR_SET,
    COTERIE_REMOVE_WINS_SET,
    COTERIE_LWW_MAP,
    COTERIE_OR_MAP,
} coterie_crdt_class;

/* Writes what stands before a state; where that goes. `generation` has `len` bytes, COTERIE_GENERATION or none. */
COTERIE_INLINE uint8_t *coterie_frame_begin(uint8_t *out, unsigned class_, const void *generation, size_t len) {
    static const uint8_t magic[3] = {0x8a, 'C', 'R'};
    memcpy(out, magic, 3);
    out[3] = COTERIE_FRAME_VERSION, out[4] = (uint8_t)class_, out[5] = (uint8_t)len;
    if (len) memcpy(out + 6, generation, len);
    return out + 6 + len;
}
/* Writes what stands behind it. The size of all. */
COTERIE_INLINE size_t coterie_frame_end(uint8_t *start, uint8_t *out, int level) {
    coterie_store64(out, coterie_xxh3(start, (size_t)(out - start), 0, level));
    return (size_t)(out - start) + 8;
}

/* Where the state of such bytes begins and ends, and the generation; what is wrong, or NULL. */
typedef struct {
    const uint8_t *generation, *at, *end;
    size_t generation_len;
} coterie_frame;
const char *coterie_frame_open(coterie_frame *frame, const uint8_t *data, size_t size, unsigned class_, int level);

#endif
