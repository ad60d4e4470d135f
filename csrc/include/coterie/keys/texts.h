/* Texts hashed together: short ones of mixed lengths cost no branches, and wide vectors take several at a time. */
#ifndef COTERIE_KEYS_TEXTS_H
#define COTERIE_KEYS_TEXTS_H

#include "coterie/keys/hasher.h"

enum { COTERIE_TEXTS = 64 };

/* Where texts lie. The bytes from `data` to `data + 8` of a text may be read even if it is shorter. */
typedef struct {
    const uint8_t *data[COTERIE_TEXTS];
    uint64_t len[COTERIE_TEXTS];
    uint64_t first[COTERIE_TEXTS]; /* room for the kernel, and for texts with nothing readable behind them */
    uint64_t last[COTERIE_TEXTS];
} coterie_texts;

/* Text i is a copy of these len < 8 bytes. */
COTERIE_INLINE void coterie_texts_copy(coterie_texts *texts, size_t i, const void *data, size_t len) {
    texts->first[i] = 0;
    if (len) memcpy(texts->first + i, data, len);
    texts->data[i] = (const uint8_t *)(texts->first + i);
    texts->len[i] = len;
}

/* The hashes of the first n <= COTERIE_TEXTS texts. */
void coterie_texts_hash(coterie_texts *texts, const coterie_hasher *hasher, size_t n, uint64_t *out);

#endif
