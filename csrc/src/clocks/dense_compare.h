/* How one vector of counters stands to another of the same length: the body of the kernels that ask it. */
#ifndef COTERIE_CLOCKS_DENSE_COMPARE_H
#define COTERIE_CLOCKS_DENSE_COMPARE_H

#include "coterie/clocks/dense.h"

enum { DENSE_STEP = 32 }; /* counters between two looks at whether the answer is known */

COTERIE_INLINE int dense_compare(const uint64_t *a, const uint64_t *b, size_t n) {
    uint64_t before = 0, after = 0; /* in the highest bit, since counters are below 2^63 */
    for (size_t i = 0; i < n;) {
        size_t end = n - i < DENSE_STEP ? n : i + DENSE_STEP;
        for (; i < end; i++) before |= a[i] - b[i], after |= b[i] - a[i];
        if ((before & after) >> 63) break;
    }
    return (int)(before >> 63) | (int)(after >> 63) << 1;
}

#endif
