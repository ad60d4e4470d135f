/* Sorted replica ids, as they stand in bytes. Of text and bytes each is the number of bytes that it shares with the one
 * before it, the number of bytes that follow, and these; the first shares none, and does not say so. Of numbers each is what
 * it is more than the one before it, less one; the first is what it is. Numbers are varints.
 *
 * One list of ids has one form: each is above the one before it, and shares with it as much as it can. */
#ifndef COTERIE_CLOCKS_IDS_H
#define COTERIE_CLOCKS_IDS_H

#include "coterie/clocks/varint.h"

enum { COTERIE_ID_MOST = 1024 }; /* bytes of an id; it has at least one */

typedef enum { COTERIE_IDS_NONE, COTERIE_IDS_TEXT, COTERIE_IDS_BYTES, COTERIE_IDS_NUMBERS } coterie_id_kind;

/* The id that was read or written last. Begins with the kind, and all else 0. */
typedef struct {
    coterie_id_kind kind;
    int begun;
    uint64_t number;
    size_t len;
    uint8_t bytes[COTERIE_ID_MOST];
} coterie_id;

/* Reads the next id into `id`; where the next bytes come from, or NULL if these are none. Text is valid UTF-8. */
const uint8_t *coterie_id_read(coterie_id *id, const uint8_t *at, const uint8_t *end);

/* The most bytes that an id takes, and the bytes of the next one, which is above the one before it: written to `out`, which
 * has room. Where the bytes after it go. */
COTERIE_INLINE size_t coterie_id_room(size_t len) { return 2 * COTERIE_VARINT_MOST + len; }
uint8_t *coterie_id_write_bytes(coterie_id *id, const void *bytes, size_t len, uint8_t *out);
uint8_t *coterie_id_write_number(coterie_id *id, uint64_t number, uint8_t *out);

/* Whether bytes are UTF-8: no surrogates, nothing above U+10FFFF, nothing longer than it need be. */
int coterie_is_utf8(const uint8_t *bytes, size_t len);

#endif
