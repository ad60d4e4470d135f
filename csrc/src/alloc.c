#if defined(__linux__)
#define _DEFAULT_SOURCE /* madvise, MAP_ANONYMOUS */
#include <sys/mman.h>
#endif
#include "coterie/base.h"

#include <stdlib.h>
#include <string.h>

enum { LINE = 64 };
static const size_t HUGE_PAGE = (size_t)2 << 20;

/* Whether huge pages pay. */
static int is_huge(size_t size) { return size >= 2 * HUGE_PAGE; }

static size_t rounded(size_t size, size_t alignment) { return (size + alignment - 1) & ~(alignment - 1); }

/* A wish: without huge pages it is only slower. */
static void wish_huge(void *memory, size_t size) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    (void)madvise(memory, size, MADV_HUGEPAGE);
#else
    (void)memory, (void)size;
#endif
}

void coterie_wish_huge(void *memory, size_t size) {
    size_t before = (size_t)(-(uintptr_t)memory & (HUGE_PAGE - 1));
    if (is_huge(size)) wish_huge((char *)memory + before, (size - before) & ~(HUGE_PAGE - 1));
}

void *coterie_alloc(size_t size) {
    int huge = is_huge(size);
    size_t alignment = huge ? HUGE_PAGE : LINE;
    if (size > SIZE_MAX - alignment) return NULL;
    size = rounded(size, alignment);
    void *memory = aligned_alloc(alignment, size ? size : LINE);
    if (huge && memory) wish_huge(memory, size);
    return memory;
}

void coterie_free(void *memory) { free(memory); }

#if defined(__linux__)

/* From the system and not from the heap, whose old pages would have to be cleared, and may be small ones. */
static void *map_zeros(size_t size) {
    size_t room = size + HUGE_PAGE, before;
    char *memory = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return NULL;
    before = (size_t)(-(uintptr_t)memory & (HUGE_PAGE - 1));
    if (before) (void)munmap(memory, before);
    (void)munmap(memory + before + size, HUGE_PAGE - before);
    wish_huge(memory + before, size);
    return memory + before;
}

#endif

void *coterie_alloc_zeros(size_t size) {
    void *memory;
    if (size > PTRDIFF_MAX - 2 * HUGE_PAGE) return NULL; /* no object is larger, though there may be so many pages */
#if defined(__linux__)
    if (is_huge(size)) return map_zeros(rounded(size, HUGE_PAGE));
#endif
    memory = coterie_alloc(size);
    if (memory) memset(memory, 0, size);
    return memory;
}

void coterie_free_zeros(void *memory, size_t size) {
#if defined(__linux__)
    if (memory && is_huge(size)) {
        (void)munmap(memory, rounded(size, HUGE_PAGE));
        return;
    }
#else
    (void)size;
#endif
    coterie_free(memory);
}
