/* The bytes of clocks: a version, a class with the kind of its ids, a number of entries, and these: ids, which are sorted,
 * each with what the class has for it. */
#ifndef COTERIE_CLOCKS_ENTRIES_H
#define COTERIE_CLOCKS_ENTRIES_H

#include "coterie/clocks/ids.h"

enum { COTERIE_CLOCKS_VERSION = 1, COTERIE_CLOCKS_HEAD = 2 + COTERIE_VARINT_MOST };
#define COTERIE_COUNTER_MOST ((uint64_t)INT64_MAX)

typedef enum {
    COTERIE_CLASS_VECTOR = 1,  /* counters, 1 .. 2^63-1 */
    COTERIE_CLASS_ROSTERED,    /* counters by the slots of a roster */
    COTERIE_CLASS_CONTEXT,
    COTERIE_CLASS_SIBLINGS,
    COTERIE_CLASS_MATRIX,
    COTERIE_CLASS_MESSAGE,
    COTERIE_CLASS_BLOOM,
} coterie_clock_class;

/* Reads entries: their ids are in `id`, what follows them begins at `at`. */
typedef struct {
    const uint8_t *at, *end;
    uint64_t left; /* entries that are still to be read */
    coterie_id id;
} coterie_entries;

/* Begins to read. What is wrong, or NULL: the bytes are of this class, and may have as many entries as they say, each with at
 * least `least` bytes besides its id. */
const char *coterie_entries_open(coterie_entries *entries, const uint8_t *data, size_t size, coterie_clock_class class_,
                                 uint64_t most, size_t least);
/* The next id; 0 if it is malformed. */
int coterie_entries_next(coterie_entries *entries);
/* The next number, least .. most; 0 if it is malformed or another. */
int coterie_entries_number(coterie_entries *entries, uint64_t least, uint64_t most, uint64_t *number);

/* What a context has for an id: the prefix, and the number of ranges beyond it, one of which is not 0. Then of each range how
 * many counters lie between it and what came before, but one, and how many follow its first. 0 if that is malformed: `last`
 * is where what came before ends, and becomes the end of the range. */
int coterie_entries_prefix(coterie_entries *entries, uint64_t *last, uint64_t *ranges);
int coterie_entries_range(coterie_entries *entries, uint64_t *first, uint64_t *last);
/* Writes a range. Where what follows goes. */
COTERIE_INLINE uint8_t *coterie_entries_write_range(uint8_t *out, uint64_t before, uint64_t first, uint64_t last) {
    return coterie_varint_write(coterie_varint_write(out, first - before - 2), last - first);
}

/* Writes the head, of which there are at most COTERIE_CLOCKS_HEAD bytes. Where the entries go. */
uint8_t *coterie_entries_begin(uint8_t *out, coterie_clock_class class_, coterie_id_kind kind, uint64_t n);

#endif
