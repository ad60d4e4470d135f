#include "coterie/crdts/elements.h"

#include "coterie/clocks/ids.h"

static int is_int(const uint8_t *bytes, size_t len) {
    uint8_t turn = len && bytes[0] < 128 ? 255 : 0;
    size_t n, head = 1;
    if (!len) return 0;
    n = (size_t)(bytes[0] ^ turn) - 128;
    if (n > 64) return 0;
    if (n == 64) {
        if (len < 9) return 0;
        uint64_t more = 0;
        for (int i = 1; i <= 8; i++) more = more << 8 | (uint8_t)(bytes[i] ^ turn);
        if (more < 64 || more > SIZE_MAX - 9) return 0;
        n = (size_t)more, head = 9;
    }
    if (len != head + n) return 0;
    return n ? bytes[head] != turn : !turn; /* no leading zero; 0 is not negative */
}

static int is_float(const uint8_t *bytes, size_t len) {
    uint64_t bits = 0;
    if (len != 8) return 0;
    for (int i = 0; i < 8; i++) bits = bits << 8 | bytes[i];
    bits ^= bits >> 63 ? (uint64_t)1 << 63 : UINT64_MAX;
    return (bits << 1) <= (uint64_t)0x7ff << 53 || bits == 0x7ff8000000000000u; /* a number, infinite, or the one NaN */
}

/* `depth`: how many tuples this one is in. */
static int is_element(const uint8_t *bytes, size_t len, int depth) {
    const uint8_t *at = bytes + 1, *end = bytes + len;
    if (!len) return 0;
    switch (bytes[0]) {
    case COTERIE_ELEMENT_NONE: return len == 1;
    case COTERIE_ELEMENT_BOOL: return len == 2 && at[0] < 2;
    case COTERIE_ELEMENT_INT: return is_int(at, len - 1);
    case COTERIE_ELEMENT_FLOAT: return is_float(at, len - 1);
    case COTERIE_ELEMENT_STR: return coterie_is_utf8(at, len - 1);
    case COTERIE_ELEMENT_BYTES:
    case COTERIE_ELEMENT_OTHER: return 1;
    case COTERIE_ELEMENT_TUPLE:
        if (depth == COTERIE_ELEMENT_DEPTH) return 0;
        while (at < end) {
            uint64_t size;
            at = coterie_varint_read(at, end, &size);
            if (!at || size > (size_t)(end - at) || !is_element(at, (size_t)size, depth + 1)) return 0;
            at += size;
        }
        return 1;
    default: return 0;
    }
}

int coterie_element_check(const uint8_t *bytes, size_t len) { return is_element(bytes, len, 0); }
