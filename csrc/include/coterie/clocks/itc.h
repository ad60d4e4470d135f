/* Interval tree clocks (Almeida, Baquero, Fonte 2008). Ids and histories are trees that halve the interval 0 .. 1 again and
 * again, with a number in each leaf: of an id whether it owns that part, 0 or 1; of a history how many events, all in all.
 *
 * A tree is held as its leaves from left to right, with the level of the boundary behind each: the halving of the whole makes
 * a boundary of level 1, that of a half one of level 2, and so on; behind the last leaf it is 0. This is enough: a leaf is as
 * deep as the higher of its two levels, and the node that a boundary of level k halves, of depth k-1, reaches on both sides to
 * the next lower level. A boundary of level k lies at an odd multiple of 2^-k. So where two trees are walked side by side from
 * a common boundary, the next one is that of the higher level, and if the levels are equal it is the same. Nothing needs
 * recursion, and all that follows takes time linear in the leaves.
 *
 * In normal form no two leaves that are the halves of one node have equal numbers. All trees are, but where something else is
 * said. */
#ifndef COTERIE_CLOCKS_ITC_H
#define COTERIE_CLOCKS_ITC_H

#include "coterie/clocks/dense.h"

enum { COTERIE_ITC_DEEPEST = 1024 }; /* the highest level */
#define COTERIE_ITC_MOST ((uint64_t)INT64_MAX) /* the greatest number */

/* A tree of n leaves, at least one. Who makes one has the room that is said. */
typedef struct {
    uint64_t *numbers;
    uint16_t *levels;
    size_t n;
} coterie_itc_tree;

/* ---- two trees ---- */

/* How one history stands to another: COTERIE_EQUAL .. COTERIE_CONCURRENT. */
int coterie_itc_relation(const coterie_itc_tree *a, const coterie_itc_tree *b, int level);
/* The greater number at each place, for which out has room for a.n + b.n - 1 leaves, and lies apart from both. */
void coterie_itc_join(const coterie_itc_tree *a, const coterie_itc_tree *b, coterie_itc_tree *out, int level);
/* Whether two ids own the same anywhere. */
int coterie_itc_overlap(const coterie_itc_tree *a, const coterie_itc_tree *b);

/* The two halves of an id that owns something; each has room for one leaf more than it. 0 if they would be too deep. */
int coterie_itc_split(const coterie_itc_tree *id, coterie_itc_tree *left, coterie_itc_tree *right);

/* ---- events ---- */

/* Where a history grows. */
typedef struct {
    size_t leaf, part;     /* the leaf that grows, and that of the id for which it does */
    unsigned depth, under; /* of the one of the id, and of the one of the history, which is not deeper */
    uint32_t cost;
} coterie_itc_growth;

/* The event of an id that owns something: raises the history, in place, to what it can be without another leaf. 1 if that
 * changes it. If not, 0, and it has to grow where `growth` says: by depth - under leaves, none of them if these are equal. */
int coterie_itc_fill(const coterie_itc_tree *id, coterie_itc_tree *history, coterie_itc_growth *growth);
/* The history with one more event in that place, whose number is below COTERIE_ITC_MOST; it has room for the leaves. */
void coterie_itc_grow(const coterie_itc_tree *id, coterie_itc_tree *history, const coterie_itc_growth *growth);

/* ---- trees as their nodes, each before its halves. An inner node has the least number below it, and all numbers count on top
 * of those above. ---- */

typedef enum { COTERIE_ITC_LEAF, COTERIE_ITC_INNER, COTERIE_ITC_INNER_LEFT_ZERO, COTERIE_ITC_INNER_RIGHT_ZERO } coterie_itc_kind;

/* The 2 n - 1 nodes. The kind of an inner node tells whether one of its halves is a leaf with 0. */
void coterie_itc_nodes(const coterie_itc_tree *tree, uint64_t *numbers, uint8_t *kinds);

/* Makes a tree of nodes that come one after the other. */
typedef struct {
    coterie_itc_tree *out; /* has room for the leaves, or no arrays if they are only counted */
    int strict;            /* refuses what is not in normal form */
    int done;              /* all nodes are there */
    unsigned depth;        /* of the next one */
    uint64_t above[COTERIE_ITC_DEEPEST + 1], left[COTERIE_ITC_DEEPEST];
    uint8_t right[COTERIE_ITC_DEEPEST]; /* whether the node of this depth waits for its right half */
} coterie_itc_maker;

typedef enum { COTERIE_ITC_GOOD, COTERIE_ITC_TOO_DEEP, COTERIE_ITC_TOO_MANY, COTERIE_ITC_NOT_NORMAL } coterie_itc_problem;

void coterie_itc_begin(coterie_itc_maker *maker, coterie_itc_tree *out, int strict);
/* The next node. Not after the last one, nor after a problem. */
coterie_itc_problem coterie_itc_put(coterie_itc_maker *maker, int inner, uint64_t number);
/* Brings a tree into normal form, in place. */
void coterie_itc_normalize(coterie_itc_tree *tree);

/* ---- bytes: the bits of itc.erl, the first one highest, and zeros up to a whole byte ---- */

/* Of the nodes of an id and of a history. How many bits they are; with `out`, which has room for these, they are written. */
size_t coterie_itc_write(const uint64_t *id, const uint8_t *id_kinds, size_t id_nodes, const uint64_t *history,
                         const uint8_t *history_kinds, size_t history_nodes, uint8_t *out);
/* What is wrong, or NULL if these are the bytes of a stamp: then the trees have their leaves, at most 4 size + 1 each. Without
 * arrays they are only counted. */
const char *coterie_itc_read(const uint8_t *data, size_t size, coterie_itc_tree *id, coterie_itc_tree *history);

#endif
