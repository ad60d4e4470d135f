/* The bytes of clocks: what is accepted is what a writer writes. Then sets of dots, made by any additions, against bits. */
#include "clocks/dots_model.h"
#include "coterie/clocks/entries.h"
#include "input.h"

enum { MOST = 64 };

static uint8_t *write_id(coterie_id *before, const coterie_id *id, uint8_t *out) {
    if (id->kind == COTERIE_IDS_NUMBERS) return coterie_id_write_number(before, id->number, out);
    return coterie_id_write_bytes(before, id->bytes, id->len, out);
}

static void read_and_write(const uint8_t *data, size_t size, coterie_clock_class class_) {
    static coterie_entries entries;
    static coterie_id before;
    if (coterie_entries_open(&entries, data, size, class_, MOST, 1)) return;
    uint8_t *again = (uint8_t *)malloc(size + COTERIE_CLOCKS_HEAD), *out = again;
    out = coterie_entries_begin(out, class_, entries.id.kind, entries.left);
    memset(&before, 0, sizeof before);
    before.kind = entries.id.kind;
    int good = 1;
    while (good && entries.left) {
        uint64_t last, ranges = 0;
        good = coterie_entries_next(&entries) &&
               (class_ == COTERIE_CLASS_VECTOR ? coterie_entries_number(&entries, 1, COTERIE_COUNTER_MOST, &last)
                                               : coterie_entries_prefix(&entries, &last, &ranges));
        if (!good) break;
        out = coterie_varint_write(write_id(&before, &entries.id, out), last);
        if (class_ == COTERIE_CLASS_CONTEXT) out = coterie_varint_write(out, ranges);
        for (uint64_t first, end; good && ranges; ranges--) {
            end = last;
            good = coterie_entries_range(&entries, &first, &last);
            if (good) out = coterie_entries_write_range(out, end, first, last);
        }
    }
    if (good) {
        CHECK_EQUAL(out - again, entries.at - data);
        CHECK(!memcmp(again, data, (size_t)(out - again)));
    }
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t *copy = (uint8_t *)malloc(size + 1);
    memcpy(copy, data, size);
    const coterie_clock_class classes[] = {COTERIE_CLASS_VECTOR, COTERIE_CLASS_CONTEXT};
    for (int i = 0; i < 2; i++) {
        if (size > 2) copy[0] = 1, copy[1] = (uint8_t)((unsigned)classes[i] << 2 | (copy[1] & 3u));
        read_and_write(copy, size, classes[i]);
    }
    free(copy);
    fuzz_input input = {data, data + size};
    static dots_room rooms[2];
    dots_model models[2] = {{{0}}, {{0}}};
    dots_begin(&rooms[0]), dots_begin(&rooms[1]);
    while (input.next < input.end) {
        uint64_t how = take(&input, 2), which = how & 1, slot = (how >> 1) % SLOTS, n = 1 + (how >> 4) % COUNTERS;
        int new = !(models[which].bits[slot] >> (n - 1) & 1);
        models[which].bits[slot] |= (uint32_t)1 << (n - 1);
        CHECK_EQUAL(coterie_dots_add(&rooms[which].dots, slot, n), new);
    }
    for (int i = 0; i < 2; i++) check_dots(&rooms[i].dots, &models[i]);
    check_two(&rooms[0], &models[0], &rooms[1], &models[1]);
    stop_if_failed();
    return 0;
}
