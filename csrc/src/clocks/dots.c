#include "coterie/clocks/dots.h"

#include <stdlib.h>

/* The first range of the cloud that ends at the counter of a slot or after it. */
static size_t find(const coterie_dots *dots, size_t slot, uint64_t counter) {
    size_t low = 0, high = dots->len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const coterie_range *range = &dots->cloud[middle];
        if (range->slot < slot || (range->slot == slot && range->last < counter)) low = middle + 1;
        else high = middle;
    }
    return low;
}

int coterie_dots_has(const coterie_dots *dots, size_t slot, uint64_t counter) {
    if (slot >= dots->n) return 0;
    if (counter <= dots->prefix[slot]) return 1;
    size_t at = find(dots, slot, counter);
    return at < dots->len && dots->cloud[at].slot == slot && dots->cloud[at].first <= counter;
}

uint64_t coterie_dots_highest(const coterie_dots *dots, size_t slot) {
    if (slot >= dots->n) return 0;
    if (!dots->len) return dots->prefix[slot];
    size_t at = find(dots, slot + 1, 0);
    return at && dots->cloud[at - 1].slot == slot ? dots->cloud[at - 1].last : dots->prefix[slot];
}

void coterie_dots_extend(coterie_dots *dots, size_t slot, uint64_t highest) {
    size_t at = find(dots, slot + 1, 0);
    if (at && dots->cloud[at - 1].slot == slot) dots->cloud[at - 1].last = highest;
    else dots->prefix[slot] = highest;
}

static void remove_ranges(coterie_dots *dots, size_t at, size_t count) {
    memmove(dots->cloud + at, dots->cloud + at + count, (dots->len - at - count) * sizeof *dots->cloud);
    dots->len -= count;
}

int coterie_dots_add(coterie_dots *dots, size_t slot, uint64_t counter) {
    if (counter <= dots->prefix[slot]) return 0;
    if (!dots->len && counter == dots->prefix[slot] + 1) {
        dots->prefix[slot] = counter;
        return 1;
    }
    size_t at = find(dots, slot, counter);
    coterie_range *next = at < dots->len && dots->cloud[at].slot == slot ? &dots->cloud[at] : NULL;
    coterie_range *before = at && dots->cloud[at - 1].slot == slot ? &dots->cloud[at - 1] : NULL;
    if (next && next->first <= counter) return 0;
    int meets_next = next && next->first == counter + 1;
    if (counter == dots->prefix[slot] + 1) {
        dots->prefix[slot] = meets_next ? next->last : counter;
        if (meets_next) remove_ranges(dots, at, 1);
    } else if (before && before->last + 1 == counter) {
        before->last = meets_next ? next->last : counter;
        if (meets_next) remove_ranges(dots, at, 1);
    } else if (meets_next) {
        next->first = counter;
    } else {
        memmove(dots->cloud + at + 1, dots->cloud + at, (dots->len - at) * sizeof *dots->cloud);
        dots->cloud[at] = (coterie_range){slot, counter, counter};
        dots->len++;
    }
    return 1;
}

/* ---- ranges, one after the other ---- */

static int comes_first(const coterie_range *a, const coterie_range *b) {
    return a->slot != b->slot ? a->slot < b->slot : a->first < b->first;
}

static int by_slot(const void *a, const void *b) { return comes_first(a, b) ? -1 : comes_first(b, a); }

void coterie_dots_sort(coterie_range *ranges, size_t len) {
    if (len) qsort(ranges, len, sizeof *ranges, by_slot); /* without any there may be no memory */
}

/* Appends a range to sorted ones; those of a cloud join the prefix if they meet it. */
static void append(coterie_dots *dots, const coterie_range *range) {
    uint64_t *prefix = &dots->prefix[range->slot];
    coterie_range *before = dots->len ? &dots->cloud[dots->len - 1] : NULL;
    if (range->first <= *prefix + 1) {
        if (range->last > *prefix) *prefix = range->last;
    } else if (before && before->slot == range->slot && range->first <= before->last + 1) {
        if (range->last > before->last) before->last = range->last;
    } else {
        dots->cloud[dots->len++] = *range;
    }
}

void coterie_dots_join(coterie_dots *dots, const coterie_dots *other, coterie_range *cloud, int level) {
    const coterie_range *a = dots->cloud, *b = other->cloud; /* NULL, if there is none */
    size_t i = 0, j = 0, a_len = dots->len, b_len = other->len;
    coterie_dense_join[level](dots->prefix, other->prefix, other->n);
    dots->cloud = cloud;
    dots->len = 0;
    while (i < a_len || j < b_len) append(dots, j == b_len || (i < a_len && comes_first(&a[i], &b[j])) ? &a[i++] : &b[j++]);
}

/* Goes through all ranges of a set in order: of each slot the prefix, then its part of the cloud. */
typedef struct {
    const coterie_dots *dots;
    size_t slot, at;
    coterie_range now;
    int more;
} walk;

static void go_on(walk *walk) {
    const coterie_dots *dots = walk->dots;
    walk->more = 1;
    for (;;) {
        if (walk->at < dots->len && dots->cloud[walk->at].slot < walk->slot) {
            walk->now = dots->cloud[walk->at++];
            return;
        }
        if (walk->slot == dots->n) break;
        size_t slot = walk->slot++;
        if (dots->prefix[slot]) {
            walk->now = (coterie_range){slot, 1, dots->prefix[slot]};
            return;
        }
    }
    walk->more = 0;
}

static walk start(const coterie_dots *dots) {
    walk walk = {.dots = dots};
    go_on(&walk);
    return walk;
}

size_t coterie_dots_ranges(const coterie_dots *dots, coterie_range *out) {
    size_t len = 0;
    for (walk a = start(dots); a.more; go_on(&a)) out[len++] = a.now;
    return len;
}

/* What only b has; with `out` NULL whether there is any. */
static size_t missing(const coterie_dots *mine, const coterie_dots *theirs, coterie_range *out) {
    size_t len = 0;
    walk a = start(mine);
    for (walk b = start(theirs); b.more; go_on(&b)) {
        coterie_range rest = b.now;
        for (; a.more && (a.now.slot < rest.slot || (a.now.slot == rest.slot && a.now.last < rest.first)); go_on(&a)) continue;
        int left = 1;
        while (left && a.more && a.now.slot == rest.slot && a.now.first <= rest.last) {
            if (a.now.first > rest.first) {
                if (!out) return 1;
                out[len++] = (coterie_range){rest.slot, rest.first, a.now.first - 1};
            }
            left = a.now.last < rest.last;
            rest.first = a.now.last + 1;
            if (left) go_on(&a); /* else it may cover what comes next too */
        }
        if (!left) continue;
        if (!out) return 1;
        out[len++] = rest;
    }
    return len;
}

size_t coterie_dots_missing(const coterie_dots *a, const coterie_dots *b, coterie_range *out) { return missing(a, b, out); }

size_t coterie_dots_common(const coterie_dots *mine, const coterie_dots *theirs, coterie_range *out) {
    size_t len = 0;
    walk a = start(mine), b = start(theirs);
    while (a.more && b.more) {
        if (a.now.slot == b.now.slot) {
            uint64_t first = a.now.first > b.now.first ? a.now.first : b.now.first;
            uint64_t last = a.now.last < b.now.last ? a.now.last : b.now.last;
            if (first <= last) out[len++] = (coterie_range){a.now.slot, first, last};
            go_on(a.now.last < b.now.last ? &a : &b);
        } else {
            go_on(a.now.slot < b.now.slot ? &a : &b);
        }
    }
    return len;
}

void coterie_dots_of_ranges(coterie_dots *dots, const coterie_range *ranges, size_t len) {
    for (size_t i = 0; i < len; i++) append(dots, &ranges[i]);
}

int coterie_dots_relation(const coterie_dots *a, const coterie_dots *b, int level) {
    if (!a->len && !b->len) return coterie_dense_relation(a->prefix, a->n, b->prefix, b->n, level);
    return (missing(a, b, NULL) ? COTERIE_BEFORE : 0) | (missing(b, a, NULL) ? COTERIE_AFTER : 0);
}
