/* CPU levels: the best one is in range, and tables hold a function for each. */
#include "check.h"
#include "coterie/hashing/xxh3.h"
#include "coterie/placement/jump.h"
#include "coterie/placement/ring.h"

int main(void) {
    int best = coterie_level_best();
    CHECK(COTERIE_BASELINE <= best && best < COTERIE_LEVELS);
    CHECK(best == coterie_level_best());
#if !defined(__x86_64__)
    CHECK(best == COTERIE_BASELINE);
#endif
    for (int level = 0; level < COTERIE_LEVELS; level++) {
        CHECK(coterie_xxh3_u64s[level]);
        CHECK(coterie_ring_assign[level]);
        CHECK(coterie_jump_many[level]);
        CHECK(coterie_jump_assign[level]);
    }
    return check_report();
}
