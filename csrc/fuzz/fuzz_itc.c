/* The bytes of interval tree clocks: what is accepted is what the writer writes, and may be used in every way. */
#include "clocks/itc_stamps.h"
#include "input.h"

static int take_stamp(stamp *s, const uint8_t *data, size_t size) {
    uint8_t *copy = (uint8_t *)malloc(size ? size : 1), *again;
    size_t written;
    if (size) memcpy(copy, data, size);
    int good = stamp_read(s, copy, size);
    if (good) {
        again = stamp_write(s, &written);
        CHECK(written == size && !memcmp(again, data, size));
        free(again);
        if (!owns_nothing(&s->id)) check_laws(s);
    }
    free(copy);
    return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    stamp a, b;
    size_t first = size ? data[0] : 0;
    if (!size) return 0;
    data++, size--;
    if (first > size) first = size;
    int one = take_stamp(&a, data, first), other = take_stamp(&b, data + first, size - first);
    if (one && other) check_pair(&a, &b);
    if (one) stamp_free(&a);
    if (other) stamp_free(&b);
    stop_if_failed();
    return 0;
}
