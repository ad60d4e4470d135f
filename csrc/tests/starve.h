/* Lets allocations fail: the linker puts these in place of the library's (--wrap=malloc,
 * --wrap=calloc,--wrap=realloc,--wrap=coterie_alloc_zeros). */
#ifndef COTERIE_TESTS_STARVE_H
#define COTERIE_TESTS_STARVE_H

#include <stdlib.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

void *__real_coterie_alloc_zeros(size_t size);
void *__wrap_coterie_alloc_zeros(size_t size);

static long allowed = -1; /* allocations that still succeed; below 0: all */

static int refused(void) { return allowed >= 0 && allowed-- == 0; }
void *__wrap_malloc(size_t size) { return refused() ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t count, size_t size) { return refused() ? NULL : __real_calloc(count, size); }
void *__wrap_realloc(void *memory, size_t size) { return refused() ? NULL : __real_realloc(memory, size); }
void *__wrap_coterie_alloc_zeros(size_t size) { return refused() ? NULL : __real_coterie_alloc_zeros(size); }

#endif
