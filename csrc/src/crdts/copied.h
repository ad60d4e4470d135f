/* A copy of bytes in memory of its own, also of none; NULL if there is no memory. */
#ifndef COTERIE_CRDTS_COPIED_H
#define COTERIE_CRDTS_COPIED_H

#include <stdlib.h>
#include <string.h>

static inline void *copied(const void *from, size_t size) {
    void *out = malloc(size ? size : 1);
    if (out && size) memcpy(out, from, size);
    return out;
}

#endif
