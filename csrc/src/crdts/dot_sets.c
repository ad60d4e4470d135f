#include "coterie/crdts/dot_sets.h"

#include "coterie/crdts/replicas.h"

#include <stdlib.h>

coterie_status coterie_dot_set_make(coterie_dots *dots, size_t n, size_t room) {
    *dots = (coterie_dots){calloc(n + 1, sizeof(uint64_t)), n, malloc((room + 1) * sizeof(coterie_range)), 0};
    if (dots->prefix && dots->cloud) return COTERIE_OK;
    coterie_dot_set_free(dots);
    *dots = (coterie_dots){0};
    return COTERIE_NO_MEMORY;
}

void coterie_dot_set_free(coterie_dots *dots) {
    free(dots->prefix);
    free(dots->cloud);
}

coterie_status coterie_dot_set_of(coterie_dots *dots, size_t n, const coterie_range *ranges, size_t len) {
    coterie_status status = coterie_dot_set_make(dots, n, len);
    if (status == COTERIE_OK) coterie_dots_of_ranges(dots, ranges, len);
    return status;
}

coterie_status coterie_dot_set_moved(coterie_dots *dots, size_t n, const coterie_dots *other, const size_t *places) {
    if (coterie_dot_set_make(dots, n, other->len) != COTERIE_OK) return COTERIE_NO_MEMORY;
    for (size_t i = 0; i < other->n; i++)
        if (places[i] != COTERIE_NOWHERE) dots->prefix[places[i]] = other->prefix[i];
    for (size_t i = 0; i < other->len; i++) {
        coterie_range range = other->cloud[i];
        range.slot = places[range.slot];
        if (range.slot != COTERIE_NOWHERE) dots->cloud[dots->len++] = range;
    }
    coterie_dots_sort(dots->cloud, dots->len);
    return COTERIE_OK;
}
