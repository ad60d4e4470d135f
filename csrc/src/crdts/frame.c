#include "coterie/crdts/frame.h"

const char *coterie_frame_open(coterie_frame *frame, const uint8_t *data, size_t size, unsigned class_, int level) {
    size_t len;
    if (size < 6 + 8) return "the bytes end too early";
    if (memcmp(data, "\x8a" "CR", 3)) return "the bytes of something else";
    if (data[3] != COTERIE_FRAME_VERSION) return "written by another version of Coterie";
    if (data[4] != class_) return "the bytes of another class";
    len = data[5];
    if (len && len != COTERIE_GENERATION) return "its generation is malformed";
    if (size < 6 + len + 8) return "the bytes end too early";
    if (coterie_load64(data + size - 8) != coterie_xxh3(data, size - 8, 0, level))
        return "its checksum does not match: the bytes were damaged, or cut";
    *frame = (coterie_frame){data + 6, data + 6 + len, data + size - 8, len};
    return NULL;
}
