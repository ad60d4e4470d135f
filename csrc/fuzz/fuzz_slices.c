/* Bytes of lists of Bloom filters: what is accepted can be asked, added to and written again. */
#include "coterie/filters/parameters.h"
#include "coterie/filters/rotating.h"
#include "coterie/filters/scalable.h"
#include "guard.h"
#include "input.h"

enum { FRONT = COTERIE_FILTER_PARAMETERS, ROW = 64, MOST_BLOCKS = 1000 };

/* Adds to accepted slices, whose last takes what it has room for, and asks them. */
static void use(coterie_slices *slices, int rotating, uint64_t seed, int level) {
    uint64_t digests[100];
    uint8_t out[100];
    for (int i = 0; i < 100; i++) digests[i] = random64(&seed);
    size_t n = rotating ? coterie_slices_refresh(slices, digests, 100, out, level)
                        : coterie_slices_add(slices, digests, 100, out, level);
    for (size_t i = 0; i < n; i++) CHECK(out[i] <= 1 && coterie_slices_has(slices, 0, digests[i], level));
    coterie_slices_contains(slices, 0, digests, 100, out, level);
    for (int i = 0; i < 100; i++) CHECK_EQUAL(out[i], coterie_slices_has(slices, 0, digests[i], level));
    double rate = coterie_slices_rate(slices, 0);
    CHECK(rate >= 0 && rate <= 1 + 1e-9);
    if (rotating) (void)coterie_slices_union(slices, 0, level);
}

/* The payload of a filter that is described, with some bytes changed after; its length. */
static size_t describe(fuzz_input *input, int rotating, uint64_t capacity, uint8_t **payload) {
    coterie_scalable scalable = {capacity, 2 + (uint32_t)take(input, 1) % 15, 0.3, 0.85};
    coterie_rotating window = {capacity, 1 + (uint32_t)take(input, 1) % 16, (uint32_t)take(input, 1) % 3, 0.3, 0};
    coterie_slices slices = {0};
    if (window.clock) window.window = (double)(1 + take(input, 2));
    for (int count = (int)take(input, 1) % 20; slices.count <= count;) {
        coterie_slice *slice = &slices.at[slices.count];
        if (!(rotating ? coterie_rotating_slice(&window, slice)
                       : coterie_scalable_slice(&scalable, slices.count, slice)))
            break;
        if (slice->bloom.blocks > MOST_BLOCKS) break;
        slice->keys = rotating || slices.count == count ? take(input, 1) % slice->capacity : slice->capacity;
        if (rotating && window.clock) slice->first = slices.count, slice->last = slices.count + 1;
        slice->bloom.bits = (uint8_t *)guard_alloc((size_t)slice->bloom.blocks * COTERIE_BLOOM_BYTES);
        slices.count++;
    }
    size_t len = (size_t)coterie_slices_size(&slices);
    *payload = (uint8_t *)guard_alloc(len);
    memset(*payload, 0, FRONT);
    if (rotating) coterie_rotating_write(*payload, &window);
    else coterie_scalable_write(*payload, &scalable);
    coterie_slices_write(*payload, &slices);
    for (int i = 0; i < slices.count; i++)
        guard_free(slices.at[i].bloom.bits, (size_t)slices.at[i].bloom.blocks * COTERIE_BLOOM_BYTES);
    while (input->next < input->end) {
        uint64_t at = take(input, 2), value = take(input, 1);
        (*payload)[at % (at & 1 ? len : FRONT + ROW)] ^= (uint8_t)value;
    }
    return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_input input = {data, data + size};
    int rotating = (int)take(&input, 1) & 1, level = (int)take(&input, 1) % (coterie_level_best() + 1);
    uint64_t capacity = 1 + take(&input, 2) % 1000, how = take(&input, 1);
    uint8_t *payload;
    size_t len;
    if (how & 1) len = describe(&input, rotating, capacity, &payload);
    else {
        len = (size_t)(input.end - input.next);
        payload = (uint8_t *)guard_alloc(len);
        if (len) memcpy(payload, input.next, len);
    }
    if (how & 2) /* past the checksums */
        for (size_t at = FRONT; at + ROW <= len && at < FRONT + ROW * COTERIE_SLICES_MOST; at += ROW)
            coterie_store64(payload + at + 56, coterie_xxh3(payload + at, 56, 0, COTERIE_BASELINE));
    coterie_slices slices;
    coterie_scalable scalable = {capacity, 0, 0, 0};
    coterie_rotating window = {capacity, 0, 0, 0, 0};
    if (coterie_slices_read(payload, len, &slices)) {
        CHECK_EQUAL(coterie_slices_size(&slices), len);
        uint8_t *again = (uint8_t *)guard_alloc(len);
        memcpy(again, payload, FRONT);
        coterie_slices_write(again, &slices);
        CHECK(!memcmp(again, payload, FRONT + ROW * (size_t)slices.count));
        guard_free(again, len);
        if (rotating ? coterie_rotating_read(payload, &slices, &window)
                     : coterie_scalable_read(payload, &slices, &scalable)) {
            uint8_t parameters[FRONT];
            memcpy(parameters, payload, FRONT);
            if (rotating) coterie_rotating_write(parameters, &window);
            else coterie_scalable_write(parameters, &scalable);
            CHECK(!memcmp(parameters, payload, 24));
            use(&slices, rotating, capacity, level);
        }
    }
    guard_free(payload, len);
    stop_if_failed();
    return 0;
}
