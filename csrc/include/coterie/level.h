/* CPU levels: kernels are compiled once per level and chosen at run time.
 *
 * A kernel is written once, as an inline body, and instantiated by COTERIE_KERNEL; callers index its table with the one
 * level of the process. Answers never depend on the level. The wrappers carry the compiler's target attribute, which
 * behaves the same with gcc, clang, glibc and musl (target_clones needs ifunc). */
#ifndef COTERIE_LEVEL_H
#define COTERIE_LEVEL_H

#include "coterie/base.h"

enum { COTERIE_BASELINE, COTERIE_AVX2, COTERIE_AVX512, COTERIE_LEVELS };

/* The best level of this CPU and operating system. */
int coterie_level_best(void);

#if defined(__x86_64__) && defined(__GNUC__)
#define COTERIE_TARGET_AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt,fma")))
#define COTERIE_TARGET_AVX512 \
    __attribute__((target("avx2,bmi,bmi2,popcnt,fma,avx512f,avx512dq,avx512bw,avx512vl,avx512cd")))
#define COTERIE_INSTANCES(name, body, parameters, arguments) \
    static void name##_baseline parameters { body arguments; } \
    COTERIE_TARGET_AVX2 static void name##_avx2 parameters { body arguments; } \
    COTERIE_TARGET_AVX512 static void name##_avx512 parameters { body arguments; }
#define COTERIE_TABLE(name) {name##_baseline, name##_avx2, name##_avx512}
#else
#define COTERIE_INSTANCES(name, body, parameters, arguments) \
    static void name##_baseline parameters { body arguments; }
#define COTERIE_TABLE(name) {name##_baseline, name##_baseline, name##_baseline}
#endif

/* Defines the table `name`, one function per level, each of which calls the inline `body`. */
#define COTERIE_KERNEL(name, body, parameters, arguments) \
    COTERIE_INSTANCES(name, body, parameters, arguments) \
    void(*const name[COTERIE_LEVELS]) parameters = COTERIE_TABLE(name)
#define COTERIE_STATIC_KERNEL(name, body, parameters, arguments) \
    COTERIE_INSTANCES(name, body, parameters, arguments) \
    static void(*const name[COTERIE_LEVELS]) parameters = COTERIE_TABLE(name)

#endif
