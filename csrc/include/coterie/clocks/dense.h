/* Vectors of counters, one for each slot. Counters are below 2^63. What a vector lacks at its end is 0. */
#ifndef COTERIE_CLOCKS_DENSE_H
#define COTERIE_CLOCKS_DENSE_H

#include "coterie/level.h"

/* How one vector stands to another. */
enum { COTERIE_EQUAL, COTERIE_BEFORE, COTERIE_AFTER, COTERIE_CONCURRENT };

enum { COTERIE_DENSE_LINE = 8 }; /* counters of a cache line */

/* For each level. Of n slots: */
extern void (*const coterie_dense_compare[COTERIE_LEVELS])(const uint64_t *a, const uint64_t *b, size_t n, int *relation);
extern void (*const coterie_dense_join[COTERIE_LEVELS])(uint64_t *a, const uint64_t *b, size_t n); /* a = greater of both */
extern void (*const coterie_dense_meet[COTERIE_LEVELS])(uint64_t *a, const uint64_t *b, size_t n); /* a = lesser of both */
extern void (*const coterie_dense_count[COTERIE_LEVELS])(const uint64_t *a, size_t n, size_t *filled);
extern void (*const coterie_dense_bits[COTERIE_LEVELS])(const uint64_t *a, size_t n, uint64_t *bits); /* that any has */

/* Of vectors of different lengths. */
COTERIE_INLINE int coterie_dense_any(const uint64_t *a, size_t from, size_t n) {
    for (; from + 8 <= n; from += 8) {
        uint64_t any = 0;
        for (size_t i = from; i < from + 8; i++) any |= a[i];
        if (any) return 1;
    }
    for (; from < n; from++) {
        if (a[from]) return 1;
    }
    return 0;
}
COTERIE_INLINE int coterie_dense_relation(const uint64_t *a, size_t a_len, const uint64_t *b, size_t b_len, int level) {
    size_t n = a_len < b_len ? a_len : b_len;
    int relation = COTERIE_EQUAL;
    if (n <= 8) {
        for (size_t i = 0; i < n; i++) relation |= (a[i] < b[i]) | (a[i] > b[i]) << 1;
    } else {
        coterie_dense_compare[level](a, b, n, &relation);
    }
    if (b_len > n && coterie_dense_any(b, n, b_len)) relation |= COTERIE_BEFORE;
    if (a_len > n && coterie_dense_any(a, n, a_len)) relation |= COTERIE_AFTER;
    return relation;
}

#endif
