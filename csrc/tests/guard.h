/* Memory that ends where an unmapped page begins, so that one byte too far is a crash in every build. */
#ifndef COTERIE_TESTS_GUARD_H
#define COTERIE_TESTS_GUARD_H

#include "check.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { GUARD_FILL = 0xA5 };

static inline size_t guard_page(void) { return (size_t)sysconf(_SC_PAGESIZE); }
static inline size_t guard_pages(size_t size) { /* in bytes, at least one page */
    size_t page = guard_page();
    return size ? (size + page - 1) / page * page : page;
}

/* `size` bytes, filled with GUARD_FILL like those before them on their page, between two unmapped pages. */
static inline void *guard_alloc(size_t size) {
    size_t page = guard_page(), room = guard_pages(size);
    uint8_t *base = (uint8_t *)mmap(NULL, room + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED || mprotect(base + page, room, PROT_READ | PROT_WRITE)) {
        fprintf(stderr, "no memory for a test\n");
        abort();
    }
    memset(base + page, GUARD_FILL, room);
    return base + page + room - size;
}

/* From now on a write to it, or to what is before it on its page, is a crash too. */
static inline void guard_read_only(const void *memory, size_t size) {
    size_t room = guard_pages(size);
    if (mprotect((uint8_t *)memory + size - room, room, PROT_READ)) abort();
}

/* Gives it back, after a check that nothing was written in front of it. */
static inline void guard_free(void *memory, size_t size) {
    size_t page = guard_page(), room = guard_pages(size);
    uint8_t *data = (uint8_t *)memory, *base = data + size - room;
    while (base < data && *base == GUARD_FILL) base++;
    CHECK(base == data);
    munmap(data + size - room - page, room + 2 * page);
}

#endif
