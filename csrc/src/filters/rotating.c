#include "coterie/filters/rotating.h"

#include "doubles.h"

enum { GENERATIONS = 0, FPR = 8, WINDOW = 16 };

static uint64_t share(const coterie_rotating *filter) {
    return (filter->capacity + filter->generations - 1) / filter->generations;
}
static double share_of_rate(const coterie_rotating *filter) { return filter->fpr / (filter->generations + 1); }

int coterie_rotating_slice(const coterie_rotating *filter, coterie_slice *slice) {
    return coterie_slice_shape(share(filter), share_of_rate(filter), slice);
}

coterie_rotation coterie_rotating_turn(const coterie_rotating *filter, coterie_slices *slices, double now, int full) {
    coterie_rotation turn = {0, full};
    coterie_slice *newest = &slices->at[slices->count - 1];
    if (filter->window > 0) {
        if (!newest->keys) { /* its time begins with its first key */
            newest->first = newest->last = now;
            turn.begin = 0;
        }
        turn.drop = coterie_rotating_expired(slices, filter->window, now);
        if (turn.drop == slices->count || (newest->keys && now - newest->first >= filter->window / filter->generations))
            turn.begin = 1;
        if (turn.begin && slices->count - turn.drop == COTERIE_SLICES_MOST) {
            /* Far more keys than were promised: what is there is kept, as the window says, and errs more. */
            turn.begin = 0;
            newest->capacity = UINT64_MAX;
        }
    } else if (turn.begin && slices->count > (int)filter->generations) {
        turn.drop = slices->count - (int)filter->generations;
    }
    return turn;
}

void coterie_rotating_write(uint8_t *parameters, const coterie_rotating *filter) {
    coterie_store32(parameters + GENERATIONS, filter->generations | filter->clock << 16);
    store_double(parameters + FPR, filter->fpr);
    store_double(parameters + WINDOW, filter->window);
}

int coterie_rotating_read(const uint8_t *parameters, const coterie_slices *slices, coterie_rotating *filter) {
    uint32_t first = coterie_load32(parameters + GENERATIONS);
    filter->generations = first & 0xffff;
    filter->clock = first >> 16;
    filter->fpr = load_double(parameters + FPR);
    filter->window = load_double(parameters + WINDOW);
    if (filter->capacity < 1 || filter->capacity > COTERIE_SLICE_MOST_KEYS) return 0;
    if (filter->generations < 1 || filter->generations > COTERIE_ROTATING_MOST_GENERATIONS) return 0;
    if (!(filter->fpr > 0 && filter->fpr < 1 && filter->window >= 0 && filter->window - filter->window == 0)) return 0;
    if (filter->clock > COTERIE_CLOCK_OWN || (filter->clock == COTERIE_CLOCK_NONE) != (filter->window == 0)) return 0;
    if (filter->window == 0 && slices->count > (int)filter->generations + 1) return 0;
    for (int i = 0; i < slices->count; i++) {
        const coterie_slice *slice = &slices->at[i];
        int unlimited = filter->window > 0 && slice->capacity == UINT64_MAX;
        if (slice->capacity != share(filter) && !unlimited) return 0;
        if (slice->fpr != share_of_rate(filter)) return 0;
        /* All have one shape, and come one after the other. */
        if (slice->bloom.blocks != slices->at[0].bloom.blocks) return 0;
        if (slice->bloom.layout != slices->at[0].bloom.layout) return 0;
        if (i ? slice->last < slices->at[i - 1].last : filter->window == 0 && slice->first != 0) return 0;
        if (filter->window == 0 && slice->last != 0) return 0;
    }
    return 1;
}
