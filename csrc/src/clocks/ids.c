#include "coterie/clocks/ids.h"

int coterie_is_utf8(const uint8_t *bytes, size_t len) {
    for (size_t i = 0; i < len;) {
        uint32_t c = bytes[i++], least;
        int more;
        if (c < 0x80) continue;
        if (c >= 0xc2 && c < 0xe0) c &= 0x1f, more = 1, least = 0x80;
        else if (c >= 0xe0 && c < 0xf0) c &= 0x0f, more = 2, least = 0x800;
        else if (c >= 0xf0 && c < 0xf5) c &= 0x07, more = 3, least = 0x10000;
        else return 0;
        for (; more; more--) {
            if (i == len || (bytes[i] & 0xc0) != 0x80) return 0;
            c = c << 6 | (bytes[i++] & 0x3fu);
        }
        if (c < least || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) return 0;
    }
    return 1;
}

static const uint8_t *read_number(coterie_id *id, const uint8_t *at, const uint8_t *end) {
    uint64_t step;
    at = coterie_varint_read(at, end, &step);
    if (!at) return NULL;
    if (id->begun) {
        if (step >= UINT64_MAX - id->number) return NULL;
        step += id->number + 1;
    }
    id->number = step;
    id->begun = 1;
    return at;
}

const uint8_t *coterie_id_read(coterie_id *id, const uint8_t *at, const uint8_t *end) {
    uint64_t shared = 0, more;
    if (id->kind == COTERIE_IDS_NUMBERS) return read_number(id, at, end);
    if (id->begun && !(at = coterie_varint_read(at, end, &shared))) return NULL;
    if (!(at = coterie_varint_read(at, end, &more))) return NULL;
    if (shared > id->len || more == 0 || more > COTERIE_ID_MOST - shared || more > (size_t)(end - at)) return NULL;
    /* Above the one before it, with which it shares no further byte. */
    if (shared < id->len && *at <= id->bytes[shared]) return NULL;
    memcpy(id->bytes + shared, at, (size_t)more);
    id->len = (size_t)(shared + more);
    id->begun = 1;
    if (id->kind == COTERIE_IDS_TEXT && !coterie_is_utf8(id->bytes, id->len)) return NULL;
    return at + more;
}

uint8_t *coterie_id_write_bytes(coterie_id *id, const void *bytes, size_t len, uint8_t *out) {
    const uint8_t *from = (const uint8_t *)bytes;
    size_t shared = 0, most = len < id->len ? len : id->len;
    while (shared < most && from[shared] == id->bytes[shared]) shared++;
    if (id->begun) out = coterie_varint_write(out, shared);
    out = coterie_varint_write(out, len - shared);
    memcpy(out, from + shared, len - shared);
    memcpy(id->bytes + shared, from + shared, len - shared);
    id->len = len;
    id->begun = 1;
    return out + (len - shared);
}

uint8_t *coterie_id_write_number(coterie_id *id, uint64_t number, uint8_t *out) {
    out = coterie_varint_write(out, id->begun ? number - id->number - 1 : number);
    id->number = number;
    id->begun = 1;
    return out;
}
