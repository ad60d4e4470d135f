/* What every test is made of: a failing CHECK prints where it stands and is counted; the test goes on. */
#ifndef COTERIE_TESTS_CHECK_H
#define COTERIE_TESTS_CHECK_H

#include "coterie/level.h"

#include <inttypes.h>
#include <stdio.h>

static unsigned long checks_made, checks_failed;
enum { CHECK_SHOWN = 20 };

static inline int check(int holds, const char *file, int line, const char *what) {
    checks_made++;
    if (!holds && checks_failed++ < CHECK_SHOWN) fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
    return holds;
}
#define CHECK(condition) check(!!(condition), __FILE__, __LINE__, #condition)

static inline int check_equal(uint64_t a, uint64_t b, const char *file, int line, const char *what) {
    int holds = check(a == b, file, line, what);
    if (!holds && checks_failed <= CHECK_SHOWN) fprintf(stderr, "    0x%016" PRIX64 " != 0x%016" PRIX64 "\n", a, b);
    return holds;
}
/* The same for two numbers, which are shown. */
#define CHECK_EQUAL(a, b) check_equal((uint64_t)(a), (uint64_t)(b), __FILE__, __LINE__, #a " == " #b)

/* What main returns. */
static inline int check_report(void) {
    printf("%lu checks, %lu failed, CPU levels 0..%d\n", checks_made, checks_failed, coterie_level_best());
    return checks_failed || !checks_made;
}

/* All levels that this machine has. */
#define EACH_LEVEL(level) for (int level = COTERIE_BASELINE; level <= coterie_level_best(); level++)

/* Uniform numbers, the same in every run. */
static inline uint64_t random64(uint64_t *state) {
    uint64_t x = *state;
    *state += COTERIE_SPLITMIX64_STEP;
    return coterie_splitmix64(x);
}
static inline uint32_t random_below(uint64_t *state, uint32_t n) {
    return (uint32_t)((random64(state) >> 32) * n >> 32);
}

#endif
