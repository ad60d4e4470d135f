/* A filter that has one cache line for a key and computes nothing: hash the key, touch its line, and write a byte of
 * answer, or change the line. While the lines of one block of keys are touched, the next block is hashed and, if that
 * is asked for, prefetched. native.py calls with a multiple of BLOCK keys and takes the best distance. */
#include "floors.h"

enum { NOT_AHEAD, AHEAD_L1, AHEAD_L2 };
enum { WORDS = 8 }; /* of a line */

INLINE void fetch(const uint64_t *line, int ahead) {
    if (ahead == AHEAD_L1) __builtin_prefetch(line, 0, 3);
    if (ahead == AHEAD_L2) __builtin_prefetch(line, 0, 2);
}

INLINE void touch(const uint64_t *restrict k, uint8_t *restrict out, size_t n, uint64_t *lines, uint32_t size,
                  int ahead, int change) {
    _Alignas(64) uint32_t at[2][BLOCK];
    places(k, at[0], size);
    for (size_t i = 0, now = 0; i < n; i += BLOCK, now ^= 1) {
        if (i + BLOCK < n) {
            uint32_t *next = at[now ^ 1];
            places(k + i + BLOCK, next, size);
            if (ahead != NOT_AHEAD)
                for (int j = 0; j < BLOCK; j++) fetch(lines + (size_t)next[j] * WORDS, ahead);
        }
        for (int j = 0; j < BLOCK; j++) {
            uint64_t *line = lines + (size_t)at[now][j] * WORDS, word = *line;
            __asm__ volatile("" : "+r"(word)); /* neither dropped nor gathered */
            if (change) *line = word | k[i + (size_t)j];
            else out[i + (size_t)j] = (uint8_t)word;
        }
    }
}

/* `ahead` and `change` are constants where the loop is. */
INLINE void touch_body(const uint64_t *k, uint8_t *out, size_t n, uint64_t *lines, uint32_t size, int ahead,
                       int change) {
    if (ahead == NOT_AHEAD) touch(k, out, n, lines, size, NOT_AHEAD, change);
    else if (ahead == AHEAD_L1) touch(k, out, n, lines, size, AHEAD_L1, change);
    else touch(k, out, n, lines, size, AHEAD_L2, change);
}

#define ARGUMENTS const uint64_t *k, uint8_t *out, size_t n, uint64_t *lines, uint32_t size, int ahead
#define LEVEL(NAME, TARGET) \
    TARGET void touch_read_##NAME(ARGUMENTS) { touch_body(k, out, n, lines, size, ahead, 0); } \
    TARGET void touch_write_##NAME(ARGUMENTS) { touch_body(k, out, n, lines, size, ahead, 1); }

LEVEL(baseline, )
#ifdef __x86_64__
LEVEL(avx2, AVX2)
LEVEL(avx512, AVX512)
#endif
