/* What happens when memory runs out: the status says so, nothing leaks, and a second attempt succeeds. The linker
 * puts these in place of the library's allocations (--wrap). */
#include "check.h"
#include "placement/maglev_model.h"
#include "placement/ring_nodes.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

static long allowed = -1; /* allocations that still succeed; below 0: all */

static int refused(void) { return allowed >= 0 && allowed-- == 0; }
void *__wrap_malloc(size_t size) { return refused() ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t count, size_t size) { return refused() ? NULL : __real_calloc(count, size); }
void *__wrap_aligned_alloc(size_t alignment, size_t size) {
    return refused() ? NULL : __real_aligned_alloc(alignment, size);
}

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

/* Fills a table, round by round or by turns (with one heavy node), narrow or wide. */
static int fill(double heavy, int narrow) {
    enum { NODES = 50, SLOTS = 101 };
    coterie_maglev_node nodes[NODES];
    for (uint32_t i = 0; i < NODES; i++) nodes[i] = coterie_maglev_permute(i, 3, i ? 1 : heavy, i, SLOTS);
    guarded_maglev made = {{3, SLOTS, NODES, narrow, NULL}, NULL, SLOTS * (narrow ? 2 : 4)};
    made.m.table = made.memory = guard_alloc(made.size);
    int32_t *good = maglev_model_of(nodes, NODES, SLOTS);
    int failures = 0;
    for (;; failures++) {
        allowed = failures;
        coterie_status status = coterie_maglev_fill(nodes, NODES, SLOTS, narrow, NULL, made.memory);
        allowed = -1;
        if (status == COTERIE_OK) break;
        CHECK(status == COTERIE_NO_MEMORY);
        for (size_t i = 0; i < made.size; i++) CHECK(((uint8_t *)made.memory)[i] == GUARD_FILL); /* as it was */
    }
    check_table(&made.m, good);
    maglev_free(&made);
    free(good);
    return failures;
}

int main(void) {
    coterie_ring_node *plain = nodes_plain(10, 100, 1), *crowd = nodes_crowd(200, 1, 42, 0, 3, 1);
    int counters = build(plain, 10); /* how often depends on whether the C library's calloc calls malloc */
    CHECK(counters > 0);
    CHECK(build(crowd, 200) > counters);
    CHECK(change(plain, 10) > 0);
    for (int narrow = 0; narrow < 2; narrow++) CHECK(fill(1, narrow) > 0 && fill(1000, narrow) > 0);
    free(plain);
    free(crowd);
    return check_report();
}
