#include "dense_compare.h"

COTERIE_INLINE void compare(const uint64_t *a, const uint64_t *b, size_t n, int *relation) { *relation = dense_compare(a, b, n); }
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

COTERIE_INLINE void bits_of(const uint64_t *a, size_t n, uint64_t *bits) {
    uint64_t found = 0;
    for (size_t i = 0; i < n; i++) found |= a[i];
    *bits = found;
}
COTERIE_KERNEL(coterie_dense_bits, bits_of, (const uint64_t *a, size_t n, uint64_t *bits), (a, n, bits));
