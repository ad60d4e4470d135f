#include "coterie/clocks/entries.h"

static const char OTHER[] = "the bytes of something else", SHORT[] = "the bytes end too early";

const char *coterie_entries_open(coterie_entries *entries, const uint8_t *data, size_t size, coterie_clock_class class_,
                                 uint64_t most, size_t least) {
    memset(entries, 0, sizeof *entries);
    if (size < 3) return SHORT;
    if (data[0] != COTERIE_CLOCKS_VERSION) return "written by another version of Coterie, or not by Coterie";
    if (data[1] >> 2 != (int)class_) return OTHER;
    entries->id.kind = (coterie_id_kind)(data[1] & 3);
    entries->end = data + size;
    entries->at = coterie_varint_read(data + 2, entries->end, &entries->left);
    if (!entries->at) return "its number of entries is malformed";
    if ((entries->left == 0) != (entries->id.kind == COTERIE_IDS_NONE)) return "the kind of its ids is malformed";
    if (entries->left > most) return "it has more entries than max_entries";
    if (entries->left > (size_t)(entries->end - entries->at) / (least + 1)) return SHORT;
    return NULL;
}

int coterie_entries_next(coterie_entries *entries) {
    entries->at = coterie_id_read(&entries->id, entries->at, entries->end);
    entries->left--;
    return entries->at != NULL;
}

int coterie_entries_number(coterie_entries *entries, uint64_t least, uint64_t most, uint64_t *number) {
    entries->at = coterie_varint_read(entries->at, entries->end, number);
    return entries->at && *number >= least && *number <= most;
}

int coterie_entries_prefix(coterie_entries *entries, uint64_t *last, uint64_t *ranges) {
    return coterie_entries_number(entries, 0, COTERIE_COUNTER_MOST, last) &&
           coterie_entries_number(entries, *last ? 0 : 1, UINT64_MAX, ranges);
}

int coterie_entries_range(coterie_entries *entries, uint64_t *first, uint64_t *last) {
    uint64_t gap, more;
    if (*last > COTERIE_COUNTER_MOST - 2) return 0;
    if (!coterie_entries_number(entries, 0, COTERIE_COUNTER_MOST - 2 - *last, &gap)) return 0;
    *first = *last + 2 + gap;
    if (!coterie_entries_number(entries, 0, COTERIE_COUNTER_MOST - *first, &more)) return 0;
    *last = *first + more;
    return 1;
}

uint8_t *coterie_entries_begin(uint8_t *out, coterie_clock_class class_, coterie_id_kind kind, uint64_t n) {
    *out++ = COTERIE_CLOCKS_VERSION;
    *out++ = (uint8_t)((unsigned)class_ << 2 | (n ? (unsigned)kind : COTERIE_IDS_NONE));
    return coterie_varint_write(out, n);
}
