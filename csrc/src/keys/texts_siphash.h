#ifndef COTERIE_KEYS_TEXTS_SIPHASH_H
#define COTERIE_KEYS_TEXTS_SIPHASH_H

#include "coterie/keys/texts.h"

/* SipHash-1-3 of the first n texts under the key of the hasher. */
void coterie_texts_siphash13(const coterie_texts *texts, const coterie_hasher *hasher, size_t n, uint64_t *out);

#endif
