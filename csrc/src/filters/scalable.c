#include "coterie/filters/scalable.h"

#include "doubles.h"

enum { GROWTH = 0, FPR = 8, TIGHTENING = 16 };

/* How many keys slice i is for, and its rate; 0 if they are too many. */
static int promise(const coterie_scalable *filter, int i, uint64_t *capacity, double *fpr) {
    *capacity = filter->capacity;
    *fpr = filter->fpr * (1 - filter->tightening);
    while (i-- > 0) {
        if (*capacity > COTERIE_SLICE_MOST_KEYS / filter->growth) return 0;
        *capacity *= filter->growth;
        *fpr *= filter->tightening;
    }
    return 1;
}

int coterie_scalable_slice(const coterie_scalable *filter, int i, coterie_slice *slice) {
    uint64_t capacity;
    double fpr;
    return i < COTERIE_SLICES_MOST && promise(filter, i, &capacity, &fpr) && coterie_slice_shape(capacity, fpr, slice);
}

void coterie_scalable_write(uint8_t *parameters, const coterie_scalable *filter) {
    coterie_store32(parameters + GROWTH, filter->growth);
    store_double(parameters + FPR, filter->fpr);
    store_double(parameters + TIGHTENING, filter->tightening);
}

int coterie_scalable_read(const uint8_t *parameters, const coterie_slices *slices, coterie_scalable *filter) {
    filter->growth = coterie_load32(parameters + GROWTH);
    filter->fpr = load_double(parameters + FPR);
    filter->tightening = load_double(parameters + TIGHTENING);
    if (filter->capacity < 1 || filter->growth < 2 || filter->growth > COTERIE_SCALABLE_MOST_GROWTH) return 0;
    if (!(filter->fpr > 0 && filter->fpr < 1 && filter->tightening > 0 && filter->tightening < 1)) return 0;
    for (int i = 0; i < slices->count; i++) {
        const coterie_slice *slice = &slices->at[i];
        uint64_t capacity;
        double fpr;
        if (!promise(filter, i, &capacity, &fpr) || slice->capacity != capacity || slice->fpr != fpr) return 0;
        if (i < slices->count - 1 && slice->keys < capacity) return 0; /* only the newest has room */
        if (slice->first != 0 || slice->last != 0) return 0;
    }
    return 1;
}
