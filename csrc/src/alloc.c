#if defined(__linux__)
#define _DEFAULT_SOURCE /* madvise */
#include <sys/mman.h>
#endif
#include "coterie/base.h"

#include <stdlib.h>

enum { LINE = 64 };
static const size_t HUGE_PAGE = (size_t)2 << 20;

void *coterie_alloc(size_t size) {
    int huge = size >= 2 * HUGE_PAGE;
    size_t alignment = huge ? HUGE_PAGE : LINE;
    if (size > SIZE_MAX - alignment) return NULL;
    size = (size + alignment - 1) & ~(alignment - 1);
    void *memory = aligned_alloc(alignment, size ? size : LINE);
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    if (huge && memory) (void)madvise(memory, size, MADV_HUGEPAGE); /* a wish: without it only slower */
#endif
    return memory;
}

void coterie_free(void *memory) { free(memory); }
