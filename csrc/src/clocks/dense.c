#include "coterie/clocks/dense.h"

enum { STEP = 32 }; /* counters between two looks at whether the answer is known */

COTERIE_INLINE void compare(const uint64_t *a, const uint64_t *b, size_t n, int *relation) {
    uint64_t before = 0, after = 0; /* in the highest bit, since counters are below 2^63 */
    for (size_t i = 0; i < n;) {
        size_t end = n - i < STEP ? n : i + STEP;
        for (; i < end; i++) before |= a[i] - b[i], after |= b[i] - a[i];
        if ((before & after) >> 63) break;
    }
    *relation = (int)(before >> 63) | (int)(after >> 63) << 1;
}
COTERIE_KERNEL(coterie_dense_compare, compare, (const uint64_t *a, const uint64_t *b, size_t n, int *relation),
               (a, b, n, relation));

COTERIE_INLINE void join(uint64_t *a, const uint64_t *b, size_t n) {
    for (size_t i = 0; i < n; i++) a[i] = (int64_t)a[i] > (int64_t)b[i] ? a[i] : b[i];
}
COTERIE_KERNEL(coterie_dense_join, join, (uint64_t *a, const uint64_t *b, size_t n), (a, b, n));

COTERIE_INLINE void meet(uint64_t *a, const uint64_t *b, size_t n) {
    for (size_t i = 0; i < n; i++) a[i] = (int64_t)a[i] < (int64_t)b[i] ? a[i] : b[i];
}
COTERIE_KERNEL(coterie_dense_meet, meet, (uint64_t *a, const uint64_t *b, size_t n), (a, b, n));

COTERIE_INLINE void count(const uint64_t *a, size_t n, size_t *filled) {
    size_t sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] != 0;
    *filled = sum;
}
COTERIE_KERNEL(coterie_dense_count, count, (const uint64_t *a, size_t n, size_t *filled), (a, n, filled));
