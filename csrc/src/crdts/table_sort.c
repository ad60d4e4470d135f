/* Strings are compared by eight bytes of each at a time, behind what all of them begin with: they are read once, and lie together. */
#include "coterie/crdts/table.h"

#include <stdlib.h>

typedef struct {
    uint64_t word;   /* the eight bytes, as a number that sorts like them; 0 where the string ends earlier */
    uint32_t number;
    uint32_t left; /* how many of them there are; 9 if there are more behind them */
} item;

static int by_word(const void *a, const void *b) {
    const item *x = a, *y = b;
    if (x->word != y->word) return x->word < y->word ? -1 : 1;
    return (x->left > y->left) - (x->left < y->left);
}

static void read_word(const coterie_table *table, item *item, size_t skip) {
    size_t len = table->each[item->number].len - skip, n = len < 8 ? len : 8;
    const uint8_t *bytes = coterie_table_bytes(table, item->number) + skip;
    item->word = 0;
    if (n == 8) item->word = coterie_swap64(coterie_load64(bytes));
    else
        for (size_t i = 0; i < n; i++) item->word |= (uint64_t)bytes[i] << (56 - 8 * i);
    item->left = len > 8 ? 9 : (uint32_t)len;
}

/* How many bytes all of them begin with in common, at least `skip`. */
static size_t in_common(const coterie_table *table, const item *items, size_t n, size_t skip) {
    const uint8_t *first = coterie_table_bytes(table, items[0].number);
    size_t same = table->each[items[0].number].len;
    for (size_t i = 1; i < n && same > skip; i++) {
        const uint8_t *bytes = coterie_table_bytes(table, items[i].number);
        size_t len = table->each[items[i].number].len, at = skip;
        if (len < same) same = len;
        while (at < same && bytes[at] == first[at]) at++;
        same = at;
    }
    return same;
}

/* Those that begin with the same `skip` bytes. Each call within it leaves out eight bytes at least that all have, so there are no
 * more of them than an eighth of the length of the second shortest. */
static void sort(const coterie_table *table, item *items, size_t n, size_t skip) {
    skip = in_common(table, items, n, skip);
    for (size_t i = 0; i < n; i++) read_word(table, &items[i], skip);
    qsort(items, n, sizeof *items, by_word);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && items[end].word == items[i].word && items[end].left == items[i].left;) end++;
        if (end - i > 1) sort(table, items + i, end - i, skip + 8);
    }
}

coterie_status coterie_table_sort(const coterie_table *table, uint32_t *order) {
    item *items = malloc((table->len + 1) * sizeof *items);
    size_t n = 0;
    if (!items) return COTERIE_NO_MEMORY;
    for (uint32_t number = 0; number < table->n; number++)
        if (table->each[number].len != COTERIE_NO_STRING) items[n++].number = number;
    if (n > 1) sort(table, items, n, 0);
    for (size_t i = 0; i < n; i++) order[i] = items[i].number;
    free(items);
    return COTERIE_OK;
}
