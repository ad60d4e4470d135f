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
    unsigned byte; /* those that do not fill a byte yet */
} writer;

static void put(writer *to, uint64_t x, unsigned bits) {
    if (!to->out) {
        to->bits += bits;
        return;
    }
    while (bits-- > 0) {
        to->byte = to->byte << 1 | (unsigned)(x >> bits & 1);
        if (!(++to->bits & 7)) to->out[to->bits / 8 - 1] = (uint8_t)to->byte, to->byte = 0;
    }
}

/* As many ones as its width is above two, a zero, and the number, less what fewer bits hold. */
static void put_number(writer *to, uint64_t number) {
    unsigned width = 2;
    put(to, 1, 1);
    for (; number >> width; width++) {
        put(to, 1, 1);
        number -= (uint64_t)1 << width;
    }
    put(to, 0, 1);
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
    if (out && to.bits & 7) out[to.bits / 8] = (uint8_t)(to.byte << (8 - (to.bits & 7)));
    return to.bits;
}

/* Bits behind the end are 0, and at `bits` is above `size`. */
typedef struct {
    const uint8_t *data;
    size_t bits, size; /* in bits: those that were read, and all */
} reader;

static unsigned get(reader *from) {
    size_t at = from->bits++;
    return at < from->size ? from->data[at >> 3] >> (7 - (at & 7)) & 1u : 0;
}

static uint64_t get_bits(reader *from, unsigned bits) {
    uint64_t x = 0;
    while (bits-- > 0) x = x << 1 | get(from);
    return x;
}

/* 0 if it is too large. Ones behind the first bit. */
static int get_number(reader *from, uint64_t *number) {
    unsigned width = 2;
    uint64_t less = 0;
    for (; get(from); width++) {
        if (width == 63) return 0;
        less += (uint64_t)1 << width;
    }
    *number = less + get_bits(from, width); /* below 2^63 + 2^63 */
    return *number <= COTERIE_ITC_MOST;
}

/* The next node but a leaf with 0 that is a half of another one: its kind and its number; 0 if it is none. */
static int get_id_node(reader *from, coterie_itc_kind *kind, uint64_t *number) {
    static const uint8_t kinds[] = {COTERIE_ITC_LEAF, COTERIE_ITC_INNER_LEFT_ZERO, COTERIE_ITC_INNER_RIGHT_ZERO,
                                    COTERIE_ITC_INNER};
    *kind = (coterie_itc_kind)kinds[get_bits(from, 2)];
    *number = *kind == COTERIE_ITC_LEAF ? get(from) : 0;
    return 1;
}
static int get_history_node(reader *from, coterie_itc_kind *kind, uint64_t *number) {
    *number = 0;
    *kind = COTERIE_ITC_LEAF;
    if (get(from)) return get_number(from, number);
    switch (get_bits(from, 2)) {
    case 0: *kind = COTERIE_ITC_INNER_LEFT_ZERO; return 1;
    case 1: *kind = COTERIE_ITC_INNER_RIGHT_ZERO; return 1;
    case 2: *kind = COTERIE_ITC_INNER; return 1;
    default: break;
    }
    if (get(from)) *kind = COTERIE_ITC_INNER;
    else *kind = get(from) ? COTERIE_ITC_INNER_RIGHT_ZERO : COTERIE_ITC_INNER_LEFT_ZERO;
    return get(from) && get_number(from, number) && *number; /* without a number it is written shorter */
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
    return get_bits(&from, (unsigned)(from.size - from.bits)) ? "the bits after its end are not 0" : NULL;
}
