#include "coterie/clocks/itc.h"

/* ---- nodes ---- */

/* From right to left, so that of each node the halves come first. Their numbers become what they have more than it. */
void coterie_itc_nodes(const coterie_itc_tree *tree, uint64_t *numbers, uint8_t *kinds) {
    size_t right[COTERIE_ITC_DEEPEST]; /* of the node of each depth that waits for its left half */
    size_t at = 2 * tree->n - 1;
    for (size_t i = tree->n; i-- > 0;) {
        unsigned depth = tree->levels[i], before = i ? tree->levels[i - 1] : 0;
        numbers[--at] = tree->numbers[i];
        kinds[at] = COTERIE_ITC_LEAF;
        for (; depth > before; depth--) {
            size_t l = at--, r = right[depth - 1];
            uint64_t least = numbers[l] < numbers[r] ? numbers[l] : numbers[r];
            numbers[l] -= least;
            numbers[r] -= least;
            numbers[at] = least;
            kinds[at] = COTERIE_ITC_INNER;
            if (!numbers[l] && kinds[l] == COTERIE_ITC_LEAF) kinds[at] = COTERIE_ITC_INNER_LEFT_ZERO;
            if (!numbers[r] && kinds[r] == COTERIE_ITC_LEAF) kinds[at] = COTERIE_ITC_INNER_RIGHT_ZERO;
        }
        if (before) right[before - 1] = at;
    }
}

void coterie_itc_begin(coterie_itc_maker *maker, coterie_itc_tree *out, int strict) {
    maker->out = out;
    maker->strict = strict;
    maker->done = 0;
    maker->depth = 0;
    maker->above[0] = 0;
    out->n = 0;
}

coterie_itc_problem coterie_itc_put(coterie_itc_maker *maker, int inner, uint64_t number) {
    unsigned depth = maker->depth;
    if (number > COTERIE_ITC_MOST - maker->above[depth]) return COTERIE_ITC_TOO_MANY;
    if (maker->strict && depth) { /* of two halves one has 0, and they are not both leaves with 0 */
        uint64_t node = number << 1 | (inner != 0), left = maker->left[depth - 1];
        if (!maker->right[depth - 1]) maker->left[depth - 1] = node;
        else if ((left > 1 && node > 1) || !(left | node)) return COTERIE_ITC_NOT_NORMAL;
    }
    number += maker->above[depth];
    if (inner) {
        if (depth == COTERIE_ITC_DEEPEST) return COTERIE_ITC_TOO_DEEP;
        maker->right[depth] = 0;
        maker->above[++maker->depth] = number;
        return COTERIE_ITC_GOOD;
    }
    while (depth && maker->right[depth - 1]) depth--;
    if (depth) maker->right[depth - 1] = 1;
    else maker->done = 1;
    maker->depth = depth;
    if (maker->out->numbers) {
        maker->out->numbers[maker->out->n] = number;
        maker->out->levels[maker->out->n] = (uint16_t)depth;
    }
    maker->out->n++;
    return COTERIE_ITC_GOOD;
}

/* ---- bits ---- */

typedef struct {
    uint8_t *out; /* NULL if they are only counted */
    size_t bits;
    uint64_t last; /* those that do not fill a byte yet are its lowest */
} writer;

/* At most 32 bits. */
static void put_few(writer *to, uint64_t x, unsigned bits) {
    unsigned waiting = (unsigned)(to->bits & 7) + bits;
    to->bits += bits;
    if (!to->out) return;
    to->last = to->last << bits | x;
    for (uint8_t *at = to->out + (to->bits - waiting) / 8; waiting >= 8; waiting -= 8) *at++ = (uint8_t)(to->last >> (waiting - 8));
}
static void put(writer *to, uint64_t x, unsigned bits) {
    if (bits > 32) put_few(to, x >> 32, bits - 32), bits = 32;
    put_few(to, x & UINT64_MAX >> (64 - bits), bits);
}

/* A one, as many ones as its width is above two, a zero, and the number, less what fewer bits hold. */
static void put_number(writer *to, uint64_t number) {
    unsigned width = 2;
    for (; number >> width; width++) number -= (uint64_t)1 << width;
    put(to, ((uint64_t)1 << width) - 2, width);
    put(to, number, width);
}

size_t coterie_itc_write(const uint64_t *id, const uint8_t *id_kinds, size_t id_nodes, const uint64_t *history,
                         const uint8_t *history_kinds, size_t history_nodes, uint8_t *out) {
    static const uint8_t halves[] = {0, 3, 1, 2}; /* by the kind of a node: of an id which halves it has, */
    static const struct {
        uint8_t code, bits;
    } plain[] = {{0, 0}, {2, 3}, {0, 3}, {1, 3}}, counted[] = {{0, 0}, {7, 4}, {12, 5}, {13, 5}};
    writer to = {out, 0, 0};
    for (size_t i = 0; i < id_nodes; i++) { /* a leaf with 0 is said by what is above it */
        if (id_kinds[i] != COTERIE_ITC_LEAF) put(&to, halves[id_kinds[i]], 2);
        else if (id[i] || !i) put(&to, id[i], 3);
    }
    for (size_t i = 0; i < history_nodes; i++) {
        if (history_kinds[i] == COTERIE_ITC_LEAF) {
            if (history[i] || !i) put_number(&to, history[i]);
        } else if (history[i]) {
            put(&to, counted[history_kinds[i]].code, counted[history_kinds[i]].bits);
            put_number(&to, history[i]);
        } else {
            put(&to, plain[history_kinds[i]].code, plain[history_kinds[i]].bits);
        }
    }
    if (out && to.bits & 7) out[to.bits / 8] = (uint8_t)(to.last << (8 - (to.bits & 7)));
    return to.bits;
}

/* Bits behind the end are 0, and at the end `bits` is above `size`. */
typedef struct {
    const uint8_t *data;
    size_t bits, size; /* in bits: those that were read, and all */
} reader;

enum { WINDOW = 57 };

/* The next bits, the first one highest: WINDOW of them and perhaps more. */
static uint64_t window(const reader *from) {
    size_t at = from->bits / 8, end = from->size / 8;
    uint64_t x = 0;
    if (end >= 8 && at <= end - 8) {
        x = coterie_load64(from->data + at);
        x = coterie_swap64(x);
    } else {
        for (unsigned shift = 64; shift && at < end; at++) shift -= 8, x |= (uint64_t)from->data[at] << shift;
    }
    return x << (from->bits & 7);
}

/* At most WINDOW, at least 1. */
static uint64_t get_few(reader *from, unsigned bits) {
    uint64_t x = window(from) >> (64 - bits);
    from->bits += bits;
    return x;
}

/* A number behind its first one. 0 if it is too large. */
static int get_number(reader *from, uint64_t *number) {
    unsigned ones = 0, run, width;
    do {
        run = (unsigned)coterie_leading_zeros64(~window(from) | UINT64_MAX >> WINDOW);
        from->bits += run;
        ones += run;
        if (ones > 61) return 0;
    } while (run == WINDOW);
    from->bits++;
    width = ones + 2;
    *number = ((uint64_t)1 << width) - 4; /* with fewer bits, all in all */
    if (width > 32) *number += get_few(from, width - 32) << 32, width = 32;
    *number += get_few(from, width); /* below 2^63 + 2^63 */
    return *number <= COTERIE_ITC_MOST;
}

/* The next node but a leaf with 0 that is a half of another one: its kind and its number; 0 if it is none. */
static int get_id_node(reader *from, coterie_itc_kind *kind, uint64_t *number) {
    static const uint8_t kinds[] = {COTERIE_ITC_LEAF, COTERIE_ITC_INNER_LEFT_ZERO, COTERIE_ITC_INNER_RIGHT_ZERO,
                                    COTERIE_ITC_INNER};
    *kind = (coterie_itc_kind)kinds[get_few(from, 2)];
    *number = *kind == COTERIE_ITC_LEAF ? get_few(from, 1) : 0;
    return 1;
}
static int get_history_node(reader *from, coterie_itc_kind *kind, uint64_t *number) {
    enum { LEFT = COTERIE_ITC_INNER_LEFT_ZERO, RIGHT = COTERIE_ITC_INNER_RIGHT_ZERO, BOTH = COTERIE_ITC_INNER };
    static const struct {
        uint8_t kind, bits;
    } codes[16] = {{LEFT, 3},  {LEFT, 3},  {LEFT, 3},  {LEFT, 3},  {RIGHT, 3}, {RIGHT, 3}, {RIGHT, 3}, {RIGHT, 3},
                   {BOTH, 3}, {BOTH, 3}, {BOTH, 3}, {BOTH, 3}, {LEFT, 5},  {RIGHT, 5}, {BOTH, 4}, {BOTH, 4}};
    unsigned code = (unsigned)(window(from) >> 59); /* the longest has five bits */
    *number = 0;
    *kind = COTERIE_ITC_LEAF;
    if (code >= 16) {
        from->bits++;
        return get_number(from, number);
    }
    *kind = (coterie_itc_kind)codes[code].kind;
    from->bits += codes[code].bits;
    if (code < 12) return 1;
    return get_few(from, 1) && get_number(from, number) && *number; /* without a number it is written shorter */
}

static const char *of_problem(coterie_itc_problem problem) {
    switch (problem) {
    case COTERIE_ITC_TOO_DEEP: return "it is deeper than 1024";
    case COTERIE_ITC_TOO_MANY: return "it has more than 2**63-1 events";
    case COTERIE_ITC_NOT_NORMAL: return "it is not in normal form";
    default: return NULL;
    }
}

typedef int (*get_node)(reader *from, coterie_itc_kind *kind, uint64_t *number);

COTERIE_INLINE const char *read_tree(reader *from, coterie_itc_tree *out, get_node next) {
    coterie_itc_maker maker;
    uint8_t zero[COTERIE_ITC_DEEPEST]; /* whether the right half of the node of this depth is a leaf with 0 */
    coterie_itc_begin(&maker, out, 1);
    while (!maker.done) {
        coterie_itc_kind kind;
        uint64_t number;
        unsigned depth = maker.depth;
        if (!next(from, &kind, &number)) return "a number is malformed, or above 2**63-1";
        if (from->bits > from->size) return "the bytes end too early";
        int inner = kind != COTERIE_ITC_LEAF;
        if (!inner && !number && depth) return "it is not in normal form"; /* its node says so */
        coterie_itc_problem problem = coterie_itc_put(&maker, inner, number);
        if (inner && !problem) zero[depth] = kind == COTERIE_ITC_INNER_RIGHT_ZERO;
        if (kind == COTERIE_ITC_INNER_LEFT_ZERO && !problem) problem = coterie_itc_put(&maker, 0, 0);
        while (!problem && !inner && !maker.done && zero[maker.depth - 1]) problem = coterie_itc_put(&maker, 0, 0);
        if (problem) return of_problem(problem);
    }
    return NULL;
}

const char *coterie_itc_read(const uint8_t *data, size_t size, coterie_itc_tree *id, coterie_itc_tree *history) {
    if (size > SIZE_MAX / 64) return "it is too large";
    reader from = {data, 0, size * 8};
    const char *problem = read_tree(&from, id, get_id_node);
    if (!problem) problem = read_tree(&from, history, get_history_node);
    if (problem) return problem;
    if ((from.bits + 7) / 8 != size) return "the bytes go on after their end";
    return window(&from) ? "the bits after its end are not 0" : NULL;
}
