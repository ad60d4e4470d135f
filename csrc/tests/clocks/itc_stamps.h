/* Stamps with exactly the room that they need, and what holds for all of them. */
#ifndef COTERIE_TESTS_ITC_STAMPS_H
#define COTERIE_TESTS_ITC_STAMPS_H

#include "check.h"
#include "coterie/clocks/itc.h"

#include <stdlib.h>

typedef struct {
    coterie_itc_tree id, history;
} stamp;

static inline coterie_itc_tree tree_room(size_t leaves) {
    coterie_itc_tree tree = {(uint64_t *)malloc(leaves * sizeof(uint64_t)), (uint16_t *)malloc(leaves * sizeof(uint16_t)), 0};
    if (!tree.numbers || !tree.levels) abort();
    return tree;
}
static inline void tree_free(coterie_itc_tree *tree) {
    free(tree->numbers);
    free(tree->levels);
}
static inline coterie_itc_tree tree_copy(const coterie_itc_tree *tree, size_t leaves) {
    coterie_itc_tree new = tree_room(leaves);
    memcpy(new.numbers, tree->numbers, tree->n * sizeof *tree->numbers);
    memcpy(new.levels, tree->levels, tree->n * sizeof *tree->levels);
    new.n = tree->n;
    return new;
}
static inline int tree_same(const coterie_itc_tree *a, const coterie_itc_tree *b) {
    return a->n == b->n && !memcmp(a->numbers, b->numbers, a->n * sizeof *a->numbers) &&
           !memcmp(a->levels, b->levels, a->n * sizeof *a->levels);
}
static inline int owns_nothing(const coterie_itc_tree *id) { return id->n == 1 && !id->numbers[0]; }
static inline void stamp_free(stamp *s) {
    tree_free(&s->id);
    tree_free(&s->history);
}

/* 0 if the bytes are none. */
static inline int stamp_read(stamp *s, const uint8_t *data, size_t size) {
    stamp counted = {{NULL, NULL, 0}, {NULL, NULL, 0}};
    const char *problem = coterie_itc_read(data, size, &counted.id, &counted.history);
    if (problem) return 0;
    CHECK(counted.id.n <= 4 * size + 1 && counted.history.n <= 4 * size + 1);
    s->id = tree_room(counted.id.n);
    s->history = tree_room(counted.history.n);
    CHECK(!coterie_itc_read(data, size, &s->id, &s->history));
    CHECK(s->id.n == counted.id.n && s->history.n == counted.history.n);
    return 1;
}

typedef struct {
    uint64_t *numbers;
    uint8_t *kinds;
    size_t n;
} nodes;

static inline nodes nodes_of(const coterie_itc_tree *tree) {
    nodes made = {NULL, NULL, 2 * tree->n - 1};
    made.numbers = (uint64_t *)malloc(made.n * sizeof(uint64_t));
    made.kinds = (uint8_t *)malloc(made.n);
    if (!made.numbers || !made.kinds) abort();
    coterie_itc_nodes(tree, made.numbers, made.kinds);
    return made;
}
static inline void nodes_free(nodes *made) {
    free(made->numbers);
    free(made->kinds);
}

/* The bytes, which the caller frees. */
static inline uint8_t *stamp_write(const stamp *s, size_t *size) {
    nodes id = nodes_of(&s->id), history = nodes_of(&s->history);
    size_t bits = coterie_itc_write(id.numbers, id.kinds, id.n, history.numbers, history.kinds, history.n, NULL);
    *size = (bits + 7) / 8;
    uint8_t *data = (uint8_t *)malloc(*size);
    if (!data) abort();
    CHECK_EQUAL(coterie_itc_write(id.numbers, id.kinds, id.n, history.numbers, history.kinds, history.n, data), bits);
    nodes_free(&id);
    nodes_free(&history);
    return data;
}

/* Whether a tree is what the reader of bytes, which takes nothing but the normal form, makes of it. */
static inline void check_stamp(const stamp *s) {
    size_t size;
    stamp again;
    uint8_t *data = stamp_write(s, &size);
    if (CHECK(stamp_read(&again, data, size))) {
        CHECK(tree_same(&s->id, &again.id) && tree_same(&s->history, &again.history));
        stamp_free(&again);
    }
    free(data);
}

/* The stamp with one more event; 0 if it can count no further. */
static inline int stamp_event(const stamp *s, stamp *out) {
    coterie_itc_growth growth;
    coterie_itc_tree history = tree_copy(&s->history, s->history.n);
    if (coterie_itc_fill(&s->id, &history, &growth)) {
        CHECK(!tree_same(&history, &s->history));
    } else {
        CHECK(tree_same(&history, &s->history));
        if (history.numbers[growth.leaf] == COTERIE_ITC_MOST) {
            tree_free(&history);
            return 0;
        }
        tree_free(&history);
        history = tree_copy(&s->history, s->history.n + growth.depth - growth.under);
        coterie_itc_grow(&s->id, &history, &growth);
        CHECK_EQUAL(history.n, s->history.n + growth.depth - growth.under);
    }
    *out = (stamp){tree_copy(&s->id, s->id.n), history};
    return 1;
}

static inline coterie_itc_tree tree_join(const coterie_itc_tree *a, const coterie_itc_tree *b) {
    coterie_itc_tree out = tree_room(a->n + b->n - 1);
    coterie_itc_join(a, b, &out, COTERIE_BASELINE);
    return out;
}

/* What holds for each stamp that owns something: of its halves, and of its next event. */
static inline void check_laws(const stamp *s) {
    stamp left = {tree_room(s->id.n + 1), tree_copy(&s->history, s->history.n)};
    stamp right = {tree_room(s->id.n + 1), tree_copy(&s->history, s->history.n)}, next;
    if (coterie_itc_split(&s->id, &left.id, &right.id)) {
        check_stamp(&left);
        check_stamp(&right);
        CHECK(!owns_nothing(&left.id) && !owns_nothing(&right.id));
        CHECK(!coterie_itc_overlap(&left.id, &right.id));
        coterie_itc_tree sum = tree_join(&left.id, &right.id);
        CHECK(tree_same(&sum, &s->id));
        tree_free(&sum);
    }
    stamp_free(&left);
    stamp_free(&right);
    if (stamp_event(s, &next)) {
        check_stamp(&next);
        EACH_LEVEL(level) {
            CHECK_EQUAL(coterie_itc_relation(&s->history, &next.history, level), COTERIE_BEFORE);
            CHECK_EQUAL(coterie_itc_relation(&next.history, &s->history, level), COTERIE_AFTER);
            CHECK_EQUAL(coterie_itc_relation(&next.history, &next.history, level), COTERIE_EQUAL);
        }
        stamp_free(&next);
    }
}

/* And of two. */
static inline void check_pair(const stamp *a, const stamp *b) {
    stamp both = {tree_copy(&a->id, a->id.n), tree_join(&a->history, &b->history)};
    coterie_itc_tree other = tree_join(&b->history, &a->history);
    CHECK(tree_same(&both.history, &other));
    check_stamp(&both);
    EACH_LEVEL(level) {
        int relation = coterie_itc_relation(&a->history, &b->history, level);
        CHECK_EQUAL(relation == COTERIE_EQUAL, tree_same(&a->history, &b->history));
        CHECK_EQUAL(!(relation & COTERIE_AFTER), tree_same(&both.history, &b->history));
        CHECK_EQUAL(!(relation & COTERIE_BEFORE), tree_same(&both.history, &a->history));
    }
    tree_free(&both.id);
    both.id = tree_join(&a->id, &b->id);
    check_stamp(&both);
    CHECK_EQUAL(coterie_itc_overlap(&a->id, &b->id), coterie_itc_overlap(&b->id, &a->id));
    tree_free(&other);
    stamp_free(&both);
}

#endif
