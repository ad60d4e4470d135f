#include "coterie/filters/parameters.h"
#include "coterie/filters/slices.h"

#include "doubles.h"

enum { ROW = 64, ALIGNED = 64, COUNT = 4 };                              /* the number of slices, in the parameters */
enum { CAPACITY = 24, KEYS = 32, FIRST = 40, LAST = 48, SUM = 56 }; /* in a row */

static uint64_t bits_of(const coterie_slice *slice) {
    return (slice->bloom.blocks * COTERIE_BLOOM_BYTES + ALIGNED - 1) & ~(uint64_t)(ALIGNED - 1);
}

uint64_t coterie_slices_size(const coterie_slices *slices) {
    uint64_t size = COTERIE_FILTER_PARAMETERS + (uint64_t)slices->count * ROW;
    for (int i = 0; i < slices->count; i++) size += bits_of(&slices->at[i]);
    return size;
}

void coterie_slices_write(uint8_t *payload, const coterie_slices *slices) {
    uint8_t *row = payload + COTERIE_FILTER_PARAMETERS, *bits = row + slices->count * ROW;
    coterie_store32(payload + COUNT, (uint32_t)slices->count);
    for (int i = 0; i < slices->count; i++, row += ROW) {
        const coterie_slice *slice = &slices->at[i];
        size_t size = (size_t)slice->bloom.blocks * COTERIE_BLOOM_BYTES, room = (size_t)bits_of(slice);
        coterie_bloom_write(row, &slice->bloom, slice->fpr);
        coterie_store64(row + CAPACITY, slice->capacity);
        coterie_store64(row + KEYS, slice->keys);
        store_double(row + FIRST, slice->first);
        store_double(row + LAST, slice->last);
        coterie_store64(row + SUM, coterie_xxh3(row, SUM, 0, COTERIE_BASELINE));
        memcpy(bits, slice->bloom.bits, size);
        memset(bits + size, 0, room - size);
        bits += room;
    }
}

static int read_row(const uint8_t *row, coterie_slice *slice) {
    memset(slice, 0, sizeof *slice);
    /* As of a filter that has exactly its bits; whether they are there is for the caller to find out. */
    uint64_t blocks = coterie_load64(row + 16);
    if (blocks > COTERIE_BLOOM_MAX_BLOCKS) return 0;
    uint64_t len = COTERIE_FILTER_PARAMETERS + blocks * COTERIE_BLOOM_BYTES;
    if (!coterie_bloom_read(row, len, &slice->bloom, &slice->fpr)) return 0;
    if (slice->bloom.layout == COTERIE_BLOOM_CLASSIC) return 0;
    slice->capacity = coterie_load64(row + CAPACITY);
    slice->keys = coterie_load64(row + KEYS);
    slice->first = load_double(row + FIRST);
    slice->last = load_double(row + LAST);
    return slice->capacity >= 1 && slice->keys <= slice->capacity && slice->first <= slice->last &&
           slice->first - slice->first == 0 && slice->last - slice->last == 0;
}

int coterie_slices_read(const uint8_t *payload, uint64_t len, coterie_slices *slices) {
    if (len < COTERIE_FILTER_PARAMETERS) return 0;
    uint32_t count = coterie_load32(payload + COUNT);
    uint64_t at = COTERIE_FILTER_PARAMETERS + (uint64_t)count * ROW;
    if (count < 1 || count > COTERIE_SLICES_MOST || len < at) return 0;
    const uint8_t *row = payload + COTERIE_FILTER_PARAMETERS;
    slices->count = (int)count;
    for (int i = 0; i < slices->count; i++, row += ROW) {
        coterie_slice *slice = &slices->at[i];
        if (coterie_load64(row + SUM) != coterie_xxh3(row, SUM, 0, COTERIE_BASELINE) || !read_row(row, slice)) return 0;
        if (len - at < bits_of(slice)) return 0;
        slice->bloom.bits = (uint8_t *)payload + at; /* who may write to it is the caller's affair */
        at += bits_of(slice);
    }
    return at == len;
}
