/* Memory: alignment, usability of every byte, and refusals. */
#include "check.h"

enum { LINE = 64 };

int main(void) {
    const size_t mib = (size_t)1 << 20, page = 4096;
    const size_t sizes[] = {0, 1, 63, 64, 65, page - 1, page + 1, 4 * mib - 1, 4 * mib, 4 * mib + 1, 9 * mib};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint8_t *memory = (uint8_t *)coterie_alloc(sizes[i]);
        if (!CHECK(memory)) continue;
        CHECK((uintptr_t)memory % LINE == 0);
        memset(memory, 0x5A, sizes[i]);
        for (size_t at = 0; at < sizes[i]; at += page) CHECK(memory[at] == 0x5A);
        coterie_free(memory);
        uint8_t *zeros = (uint8_t *)coterie_alloc_zeros(sizes[i]);
        if (!CHECK(zeros)) continue;
        CHECK((uintptr_t)zeros % LINE == 0);
        for (size_t at = 0; at < sizes[i]; at++) CHECK(zeros[at] == 0);
        memset(zeros, 0x5A, sizes[i]);
        coterie_free_zeros(zeros, sizes[i]);
    }
    for (size_t less = 0; less < 200; less++) CHECK(!coterie_alloc(SIZE_MAX - less) && !coterie_alloc_zeros(SIZE_MAX - less));
    const volatile size_t too_much[] = {SIZE_MAX - 2 * mib, SIZE_MAX / 2}; /* volatile: or a compiler foresees it */
    for (int i = 0; i < 2; i++) CHECK(!coterie_alloc(too_much[i]) && !coterie_alloc_zeros(too_much[i]));
    coterie_free(NULL);
    coterie_free_zeros(NULL, 0);
    coterie_free_zeros(NULL, 9 * mib);
    return check_report();
}
