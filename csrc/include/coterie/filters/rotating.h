/* Rotating Bloom filters: a window of the last keys, in slices that are its generations. A key goes to the newest, also
 * if an older one has it. A generation takes capacity / generations keys.
 *
 * Without a window of time, the newest and `generations` older ones are kept: the last `capacity` keys at least. With
 * it, a generation ends when it is full or its first key is window / generations old, and is dropped when its last key
 * is a window old. If no more than `capacity` keys come in any window, those that are kept hold no more keys than
 * generations + 1 full ones: the keys of all but the oldest came within a window. So either way the rates of full
 * generations add up to fpr; the rate of one less full is smaller than its share of the keys. */
#ifndef COTERIE_FILTERS_ROTATING_H
#define COTERIE_FILTERS_ROTATING_H

#include "coterie/filters/slices.h"

enum { COTERIE_ROTATING_MOST_GENERATIONS = 16 };
/* What moments count: nothing, seconds of the wall clock, what the owner's clock says. */
enum { COTERIE_CLOCK_NONE, COTERIE_CLOCK_WALL, COTERIE_CLOCK_OWN };

typedef struct {
    uint64_t capacity; /* 1 .. COTERIE_SLICE_MOST_KEYS */
    uint32_t generations; /* 1 .. COTERIE_ROTATING_MOST_GENERATIONS */
    uint32_t clock;
    double fpr;    /* above 0, below 1 */
    double window; /* above 0; 0 if there is none */
} coterie_rotating;

/* A generation, empty and without bits; 0 if it cannot be had. */
int coterie_rotating_slice(const coterie_rotating *filter, coterie_slice *slice);

/* How many slices, from the oldest on, have no key that is younger than the window. */
COTERIE_INLINE int coterie_rotating_expired(const coterie_slices *slices, double window, double now) {
    int i = 0;
    while (i < slices->count && now - slices->at[i].last >= window) i++;
    return i;
}

/* Whether time asks for more than to add a key: `part` is window / generations. */
COTERIE_INLINE int coterie_rotating_due(const coterie_slices *slices, double window, double part, double now) {
    const coterie_slice *newest = &slices->at[slices->count - 1];
    return !newest->keys || now - newest->first >= part || now - slices->at[0].last >= window;
}

/* What has to be done before a key is added at the moment `now`: how many slices to drop, and whether to begin another
 * one, because time is over or since the newest is `full`. If there is no place for it, the newest is told to take
 * more. */
typedef struct {
    int drop, begin;
} coterie_rotation;
coterie_rotation coterie_rotating_turn(const coterie_rotating *filter, coterie_slices *slices, double now, int full);

/* The parameters:   0  2  generations   2  2  clock   4  4  slices   8  8  double: fpr   16  8  double: window */
void coterie_rotating_write(uint8_t *parameters, const coterie_rotating *filter);
COTERIE_INLINE uint32_t coterie_rotating_clock(const uint8_t *parameters) { return coterie_load32(parameters) >> 16; }
/* Reads all but the capacity, which is in `filter` already. Whether the slices may be its own. */
int coterie_rotating_read(const uint8_t *parameters, const coterie_slices *slices, coterie_rotating *filter);

#endif
