/* What happens when memory runs out while a table is made: the status says so, nothing leaks, and a second attempt
 * succeeds. The linker puts this in place of the library's allocation (--wrap). */
#include "filters/fuse_tables.h"

void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

static long allowed = -1; /* allocations that still succeed; below 0: all */

void *__wrap_aligned_alloc(size_t alignment, size_t size) {
    return allowed >= 0 && allowed-- == 0 ? NULL : __real_aligned_alloc(alignment, size);
}

int main(void) {
    for (int equal = 0; equal < 2; equal++) { /* with equal keys, there is a second attempt */
        coterie_fuse_plan plan;
        coterie_status status = COTERIE_NO_MEMORY;
        int failures = -1;
        while (status != COTERIE_OK) {
            uint64_t *digests = digests_of(1000, 0);
            if (equal) digests[7] = digests[500];
            failures++;
            allowed = failures;
            status = coterie_fuse_plan_for(digests, 1000, 3, 0, NULL, &plan);
            allowed = -1;
            CHECK(status == COTERIE_OK || (status == COTERIE_NO_MEMORY && !plan.memory));
            free(digests);
        }
        CHECK(failures >= (equal ? 4 : 2) && plan.count == (equal ? 999 : 1000));
        coterie_fuse_forget(&plan);
    }
    return check_report();
}
