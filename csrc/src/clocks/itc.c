#include "coterie/clocks/itc.h"

/* Behind the leaves of a tree that grows from left to right, with its halves joined where they are equal leaves. */
COTERIE_INLINE size_t put_leaf(const coterie_itc_tree *out, size_t n, uint64_t number, uint16_t level) {
    while (n && out->numbers[n - 1] == number && out->levels[n - 1] > level && (n == 1 || out->levels[n - 2] < out->levels[n - 1]))
        n--;
    out->numbers[n] = number;
    out->levels[n] = level;
    return n + 1;
}

void coterie_itc_normalize(coterie_itc_tree *tree) {
    size_t n = 0;
    for (size_t i = 0; i < tree->n; i++) n = put_leaf(tree, n, tree->numbers[i], tree->levels[i]);
    tree->n = n;
}

/* ---- two trees ---- */

static int same_shape(const coterie_itc_tree *a, const coterie_itc_tree *b) {
    return a->n == b->n && !memcmp(a->levels, b->levels, a->n * sizeof *a->levels);
}

int coterie_itc_relation(const coterie_itc_tree *a, const coterie_itc_tree *b, int level) {
    if (same_shape(a, b)) return coterie_dense_relation(a->numbers, a->n, b->numbers, b->n, level);
    int relation = COTERIE_EQUAL;
    for (size_t i = 0, j = 0; relation != COTERIE_CONCURRENT;) {
        unsigned x = a->levels[i], y = b->levels[j];
        relation |= (a->numbers[i] < b->numbers[j]) | (a->numbers[i] > b->numbers[j]) << 1;
        if (!(x | y)) break;
        i += x >= y, j += y >= x;
    }
    return relation;
}

void coterie_itc_join(const coterie_itc_tree *a, const coterie_itc_tree *b, coterie_itc_tree *out, int level) {
    if (same_shape(a, b)) {
        memcpy(out->numbers, a->numbers, a->n * sizeof *a->numbers);
        memcpy(out->levels, a->levels, a->n * sizeof *a->levels);
        out->n = a->n;
        coterie_dense_join[level](out->numbers, b->numbers, b->n);
        coterie_itc_normalize(out);
        return;
    }
    size_t n = 0;
    for (size_t i = 0, j = 0;;) {
        uint16_t x = a->levels[i], y = b->levels[j];
        uint64_t number = a->numbers[i] > b->numbers[j] ? a->numbers[i] : b->numbers[j];
        n = put_leaf(out, n, number, x > y ? x : y);
        if (!(x | y)) break;
        i += x >= y, j += y >= x;
    }
    out->n = n;
}

int coterie_itc_overlap(const coterie_itc_tree *a, const coterie_itc_tree *b) {
    for (size_t i = 0, j = 0;;) {
        unsigned x = a->levels[i], y = b->levels[j];
        if (a->numbers[i] && b->numbers[j]) return 1;
        if (!(x | y)) return 0;
        i += x >= y, j += y >= x;
    }
}

/* Copies the leaves from .. to behind those that are there. */
static void append(coterie_itc_tree *out, const coterie_itc_tree *tree, size_t from, size_t to) {
    memcpy(out->numbers + out->n, tree->numbers + from, (to - from) * sizeof *tree->numbers);
    memcpy(out->levels + out->n, tree->levels + from, (to - from) * sizeof *tree->levels);
    out->n += to - from;
}
static void append_one(coterie_itc_tree *out, uint64_t number, uint16_t level) {
    out->numbers[out->n] = number;
    out->levels[out->n++] = level;
}

int coterie_itc_split(const coterie_itc_tree *id, coterie_itc_tree *left, coterie_itc_tree *right) {
    const uint16_t *levels = id->levels;
    size_t first = 0, last = id->n - 1;
    while (!id->numbers[first]) first++;
    while (!id->numbers[last]) last--;
    left->n = right->n = 0;
    if (first == last) { /* the only part: a half of it each */
        unsigned depth = levels[first];
        if (first && levels[first - 1] > depth) depth = levels[first - 1];
        if (depth == COTERIE_ITC_DEEPEST) return 0;
        for (int i = 0; i < 2; i++) {
            coterie_itc_tree *half = i ? right : left;
            append(half, id, 0, first);
            append_one(half, !i, (uint16_t)(depth + 1));
            append_one(half, (uint64_t)i, levels[first]);
            append(half, id, first + 1, id->n);
        }
        return 1;
    }
    /* The lowest boundary between the parts: the node that it halves owns something on both sides. It begins at `begin`, and
     * ends before `end`. */
    size_t middle = first, begin, end;
    for (size_t i = first; i < last; i++)
        if (levels[i] < levels[middle]) middle = i;
    for (begin = first; begin && levels[begin - 1] > levels[middle]; begin--) {}
    for (end = middle + 1; levels[end] > levels[middle]; end++) {}
    append(left, id, 0, middle + 1);
    append_one(left, 0, levels[end]);
    append(left, id, end + 1, id->n);
    append(right, id, 0, begin);
    append_one(right, 0, levels[middle]);
    append(right, id, middle + 1, id->n);
    return 1;
}

/* ---- events ---- */

enum { SPLIT = 1000 }; /* what it costs to split a leaf, beside 1 for each level */

/* A left half of a node whose right one is still to come. */
typedef struct {
    uint64_t least;
    size_t begin; /* its first leaf in the history */
    uint16_t level;
    uint8_t owned; /* whether the id owns all of it, as one leaf */
} half;

/* Ties go to the right, so to the later one. */
static void propose(coterie_itc_growth *growth, size_t leaf, size_t part, unsigned depth, unsigned under) {
    uint32_t cost = depth + SPLIT * (depth - under);
    if (cost <= growth->cost) *growth = (coterie_itc_growth){leaf, part, depth, under, cost};
}

/* Joins a left and a right half, the right one being the last leaves .. n of the history: what the id owns alone of the two is
 * raised to the least of the other. The number of leaves then. */
COTERIE_INLINE size_t finish(const coterie_itc_tree *history, size_t n, const half *left, half *right, int *filled) {
    uint64_t *one = history->numbers + left->begin, *other = history->numbers + right->begin;
    uint64_t least = left->least;
    if (left->owned && *one < right->least) *one = least = right->least, *filled = 1;
    if (right->owned && *other < least) *other = right->least = least, *filled = 1;
    if (right->begin == left->begin + 1 && n == right->begin + 1 && *one == *other)
        history->levels[left->begin] = history->levels[--n];
    right->least = least < right->least ? least : right->least;
    right->begin = left->begin;
    right->owned = 0;
    return n;
}

/* From left to right by parts where at least one of the trees is a leaf. `n` leaves of the history are as they will be, those
 * from `j` on as they were. */
int coterie_itc_fill(const coterie_itc_tree *id, coterie_itc_tree *history, coterie_itc_growth *growth) {
    uint64_t *numbers = history->numbers;
    uint16_t *levels = history->levels;
    half halves[COTERIE_ITC_DEEPEST];
    size_t waiting = 0, n = 0;
    int filled = 0;
    unsigned before = 0;
    growth->cost = UINT32_MAX;
    for (size_t i = 0, j = 0;;) {
        unsigned id_depth = id->levels[i] > before ? id->levels[i] : before, depth = levels[j] > before ? levels[j] : before;
        half now = {UINT64_MAX, n, levels[j], 0};
        if (depth < id_depth) { /* a leaf of the history over several of the id */
            unsigned level = before;
            do {
                unsigned last = level;
                level = id->levels[i];
                if (id->numbers[i]) propose(growth, n, i, last > level ? last : level, depth);
                i++;
            } while (level > depth);
            numbers[n] = now.least = numbers[j];
            levels[n++] = levels[j++];
        } else if (!id->numbers[i]) { /* what others own */
            size_t from = j;
            do now.least = numbers[j] < now.least ? numbers[j] : now.least;
            while (levels[j++] > id_depth);
            if (n != from) {
                memmove(numbers + n, numbers + from, (j - from) * sizeof *numbers);
                memmove(levels + n, levels + from, (j - from) * sizeof *levels);
            }
            n += j - from;
            now.level = levels[n - 1];
            i++;
        } else { /* a leaf of the id: its events become one number */
            uint64_t most = numbers[j];
            while (levels[j] > id_depth) j++, filled = 1, most = numbers[j] > most ? numbers[j] : most;
            if (depth == id_depth) propose(growth, n, i, id_depth, id_depth);
            now.level = levels[j];
            now.least = most;
            now.owned = 1;
            numbers[n] = most;
            levels[n++] = levels[j++];
            i++;
        }
        while (waiting && halves[waiting - 1].level > now.level) n = finish(history, n, &halves[--waiting], &now, &filled);
        if (!now.level) break;
        halves[waiting++] = now;
        before = now.level;
    }
    history->n = n;
    return filled;
}

void coterie_itc_grow(const coterie_itc_tree *id, coterie_itc_tree *history, const coterie_itc_growth *growth) {
    size_t leaf = growth->leaf, more = growth->depth - growth->under, rest = history->n - leaf - 1;
    uint64_t *numbers = history->numbers + leaf, number = *numbers;
    uint16_t *levels = history->levels + leaf, last = *levels;
    uint8_t behind[COTERIE_ITC_DEEPEST + 1]; /* whether the part of the id lies behind the boundary of this level */
    memset(behind + growth->under, 0, more + 1);
    unsigned lowest = growth->depth + 1;
    for (size_t i = growth->part; i && id->levels[i - 1] > growth->under; i--)
        if (id->levels[i - 1] < lowest) lowest = id->levels[i - 1], behind[lowest] = 1;
    if (more) {
        memmove(numbers + more + 1, numbers + 1, rest * sizeof *numbers);
        memmove(levels + more + 1, levels + 1, rest * sizeof *levels);
    }
    for (unsigned k = growth->under + 1; k <= growth->depth; k++)
        if (behind[k]) *numbers++ = number, *levels++ = (uint16_t)k;
    *numbers = number + 1;
    for (unsigned k = growth->depth; k > growth->under; k--)
        if (!behind[k]) *levels++ = (uint16_t)k, *++numbers = number;
    *levels = last;
    history->n += more;
}
