/* What happens when memory runs out: the status says so, nothing leaks, and a second attempt succeeds. The linker puts
 * these in place of the library's malloc and calloc (--wrap). */
#include "check.h"
#include "placement/ring_nodes.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);

static long allowed = -1; /* allocations that still succeed; below 0: all */

static int refused(void) { return allowed >= 0 && allowed-- == 0; }
void *__wrap_malloc(size_t size) { return refused() ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t count, size_t size) { return refused() ? NULL : __real_calloc(count, size); }

/* Builds with ever more memory, until it succeeds. Returns how often it failed. */
static int build(const coterie_ring_node *nodes, uint32_t n) {
    guarded_ring made = ring_room(nodes, n), good = ring_built(3, nodes, n, 0);
    int failures = 0;
    for (;; failures++) {
        allowed = failures;
        coterie_status status = coterie_ring_build(&made.ring, made.memory, 3, nodes, n, 0);
        allowed = -1;
        if (status == COTERIE_OK) break;
        CHECK(status == COTERIE_NO_MEMORY);
    }
    CHECK(ring_same(&made.ring, &good.ring));
    ring_free(&made);
    ring_free(&good);
    return failures;
}

static int change(const coterie_ring_node *nodes, uint32_t n) {
    coterie_ring_node *less = nodes_without(nodes, n, 0);
    guarded_ring old = ring_built(3, less, n - 1, 0), made = ring_room(nodes, n), good = ring_built(3, nodes, n, 0);
    int failures = 0;
    for (;; failures++) {
        allowed = failures;
        coterie_status status =
            coterie_ring_change(&made.ring, made.memory, &old.ring, nodes, n, NULL, COTERIE_RING_NONE, 0, 0);
        allowed = -1;
        if (status == COTERIE_OK) break;
        CHECK(status == COTERIE_NO_MEMORY);
        check_ring(&old.ring, 3, less, n - 1); /* nothing happened to it */
    }
    CHECK(ring_same(&made.ring, &good.ring));
    ring_free(&old);
    ring_free(&made);
    ring_free(&good);
    free(less);
    return failures;
}

int main(void) {
    coterie_ring_node *plain = nodes_plain(10, 100, 1), *crowd = nodes_crowd(200, 1, 42, 0, 3, 1);
    int counters = build(plain, 10); /* how often depends on whether the C library's calloc calls malloc */
    CHECK(counters > 0);
    CHECK(build(crowd, 200) > counters);
    CHECK(change(plain, 10) > 0);
    free(plain);
    free(crowd);
    return check_report();
}
