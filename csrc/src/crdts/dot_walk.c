#include "coterie/crdts/dot_walk.h"

/* The first range of the cloud with this place or one behind it. */
static size_t first_range(const coterie_dots *dots, size_t place) {
    size_t low = 0, high = dots->len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (dots->cloud[middle].slot < place) low = middle + 1;
        else high = middle;
    }
    return low;
}

size_t coterie_dots_cloud(const coterie_dots *dots, size_t place, const coterie_range **ranges) {
    size_t first = first_range(dots, place);
    *ranges = dots->cloud + first;
    return first_range(dots, place + 1) - first;
}

/* ---- within a chunk ---- */

void coterie_chunk_walk_begin(coterie_chunk_walk *walk, const coterie_chunk *chunk, const coterie_chunk *other, uint32_t first,
                              uint32_t last) {
    *walk = (coterie_chunk_walk){.chunk = chunk, .other = other, .first = first, .last = last};
    walk->at = chunk->bits ? first / 64 : coterie_chunk_at(chunk, (uint16_t)first);
    if (other && !other->bits) walk->other_at = coterie_chunk_at(other, (uint16_t)first);
}

static int other_has(coterie_chunk_walk *walk, uint16_t low) {
    const coterie_chunk *other = walk->other;
    if (!other) return 0;
    if (other->bits) return other->bits[low / 64] >> low % 64 & 1;
    while (walk->other_at < other->len && other->lows[walk->other_at] < low) walk->other_at++;
    return walk->other_at < other->len && other->lows[walk->other_at] == low;
}

static uint64_t other_word(coterie_chunk_walk *walk, uint32_t word) {
    const coterie_chunk *other = walk->other;
    uint64_t bits = 0;
    if (!other) return 0;
    if (other->bits) return other->bits[word];
    for (; walk->other_at < other->len && other->lows[walk->other_at] / 64 == word; walk->other_at++)
        bits |= (uint64_t)1 << other->lows[walk->other_at] % 64;
    return bits;
}

int coterie_chunk_walk_next(coterie_chunk_walk *walk, uint64_t *counter, uint32_t *number) {
    const coterie_chunk *chunk = walk->chunk;
    if (!chunk->bits) {
        for (; walk->at < chunk->len && chunk->lows[walk->at] <= walk->last; walk->at++) {
            uint16_t low = chunk->lows[walk->at];
            if (other_has(walk, low)) continue;
            *counter = chunk->base * COTERIE_CHUNK + low, *number = chunk->numbers[walk->at++];
            return 1;
        }
        return 0;
    }
    for (; !walk->bits; walk->at++) {
        if (walk->at > walk->last / 64) return 0;
        walk->bits = chunk->bits[walk->at] & ~other_word(walk, walk->at);
        if (walk->at == walk->first / 64) walk->bits &= UINT64_MAX << walk->first % 64;
        if (walk->at == walk->last / 64) walk->bits &= UINT64_MAX >> (63 - walk->last % 64);
    }
    uint32_t low = 64 * (walk->at - 1) + (uint32_t)coterie_trailing_zeros64(walk->bits);
    walk->bits &= walk->bits - 1;
    *counter = chunk->base * COTERIE_CHUNK + low, *number = chunk->numbers[low];
    return 1;
}

/* ---- within a place ---- */

void coterie_dot_walk_begin(coterie_dot_walk *walk, const coterie_live *live, const coterie_live *other, const coterie_dots *dots,
                            size_t place) {
    *walk = (coterie_dot_walk){.live = live, .other = other, .first = 1, .last = dots->prefix[place]};
    if (live->len) walk->n = coterie_dots_cloud(dots, place, &walk->ranges);
    else walk->chunk = live->n;
}

/* The next chunk of the range that it is in, or of the next one. */
static int next_chunk(coterie_dot_walk *walk) {
    for (;; walk->n--) {
        if (walk->chunk < walk->live->n && walk->live->chunks[walk->chunk].base <= walk->last / COTERIE_CHUNK) {
            const coterie_chunk *chunk = &walk->live->chunks[walk->chunk++];
            uint64_t base = chunk->base * COTERIE_CHUNK, last = walk->last - base;
            const coterie_chunk *other = walk->other ? coterie_live_chunk(walk->other, chunk->base) : NULL;
            coterie_chunk_walk_begin(&walk->in, chunk, other, walk->first > base ? (uint32_t)(walk->first - base) : 0,
                                     last < COTERIE_CHUNK ? (uint32_t)last : COTERIE_CHUNK - 1);
            return 1;
        }
        if (!walk->n) return 0;
        walk->first = walk->ranges->first, walk->last = walk->ranges->last;
        walk->ranges++;
        walk->chunk = coterie_live_at(walk->live, walk->first / COTERIE_CHUNK);
    }
}

int coterie_dot_walk_next(coterie_dot_walk *walk, uint64_t *counter, uint32_t *number) {
    do {
        if (walk->in.chunk && coterie_chunk_walk_next(&walk->in, counter, number)) return 1;
    } while (next_chunk(walk));
    return 0;
}
