/* XXH64 (Yann Collet): any bytes, any seed. */
#ifndef COTERIE_HASHING_XXH64_H
#define COTERIE_HASHING_XXH64_H

#include "coterie/base.h"

uint64_t coterie_xxh64(const void *data, size_t len, uint64_t seed);

#endif
