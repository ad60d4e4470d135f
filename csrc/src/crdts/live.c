#include "coterie/crdts/live.h"

#include "copied.h"

static void free_chunk(coterie_chunk *chunk) {
    free(chunk->bits);
    free(chunk->lows);
    free(chunk->numbers);
}

void coterie_live_free(coterie_live *live) {
    for (size_t i = 0; i < live->n; i++) free_chunk(&live->chunks[i]);
    free(live->chunks);
}

static coterie_status copy_chunk(coterie_chunk *out, const coterie_chunk *chunk) {
    *out = *chunk;
    if (chunk->bits) {
        out->bits = copied(chunk->bits, COTERIE_CHUNK_WORDS * sizeof *chunk->bits);
        out->numbers = copied(chunk->numbers, COTERIE_CHUNK * sizeof *chunk->numbers);
    } else {
        out->room = chunk->len;
        out->lows = copied(chunk->lows, chunk->len * sizeof *chunk->lows);
        out->numbers = copied(chunk->numbers, chunk->len * sizeof *chunk->numbers);
    }
    if (out->numbers && (out->bits || out->lows)) return COTERIE_OK;
    free_chunk(out);
    return COTERIE_NO_MEMORY;
}

coterie_status coterie_live_copy(coterie_live *out, const coterie_live *live) {
    *out = *live;
    out->room = live->n;
    out->n = 0;
    out->chunks = malloc((live->n + 1) * sizeof *out->chunks);
    if (!out->chunks) return COTERIE_NO_MEMORY;
    for (; out->n < live->n; out->n++)
        if (copy_chunk(&out->chunks[out->n], &live->chunks[out->n]) != COTERIE_OK) {
            coterie_live_free(out);
            return COTERIE_NO_MEMORY;
        }
    return COTERIE_OK;
}

size_t coterie_live_memory(const coterie_live *live) {
    size_t size = live->room * sizeof *live->chunks;
    for (size_t i = 0; i < live->n; i++)
        size += live->chunks[i].bits ? COTERIE_CHUNK_WORDS * sizeof(uint64_t) + COTERIE_CHUNK * sizeof(uint32_t)
                                     : live->chunks[i].room * (sizeof(uint16_t) + sizeof(uint32_t));
    return size;
}

/* The first chunk that begins there or behind it. */
static size_t chunk_at(const coterie_live *live, uint64_t base) {
    size_t low = 0, high = live->n;
    if (high && live->chunks[high - 1].base < base) return high; /* most new dots come last */
    if (high && live->chunks[high - 1].base == base) return high - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (live->chunks[middle].base < base) low = middle + 1;
        else high = middle;
    }
    return low;
}

const coterie_chunk *coterie_live_chunk(const coterie_live *live, uint64_t base) {
    size_t at = chunk_at(live, base);
    return at < live->n && live->chunks[at].base == base ? &live->chunks[at] : NULL;
}

/* The first dot of a list that is there or behind it. */
static uint32_t low_at(const coterie_chunk *chunk, uint16_t low) {
    uint32_t first = 0, last = chunk->len;
    if (chunk->lows[last - 1] < low) return last;
    while (first < last) {
        uint32_t middle = first + (last - first) / 2;
        if (chunk->lows[middle] < low) first = middle + 1;
        else last = middle;
    }
    return first;
}

uint32_t *coterie_live_find(const coterie_live *live, uint64_t counter) {
    const coterie_chunk *chunk = coterie_live_chunk(live, counter / COTERIE_CHUNK);
    uint16_t low = (uint16_t)counter;
    if (!chunk) return NULL;
    if (chunk->bits) return chunk->bits[low / 64] >> low % 64 & 1 ? &chunk->numbers[low] : NULL;
    uint32_t at = low_at(chunk, low);
    return at < chunk->len && chunk->lows[at] == low ? &chunk->numbers[at] : NULL;
}

static coterie_status insert_chunk(coterie_live *live, size_t at, uint64_t base) {
    coterie_chunk new = {.base = base, .room = 4};
    if (live->n == live->room) {
        size_t room = live->room + live->room / 2 + 1;
        coterie_chunk *chunks = realloc(live->chunks, room * sizeof *chunks);
        if (!chunks) return COTERIE_NO_MEMORY;
        live->chunks = chunks, live->room = room;
    }
    new.lows = malloc(new.room * sizeof *new.lows);
    new.numbers = malloc(new.room * sizeof *new.numbers);
    if (!new.lows || !new.numbers) {
        free_chunk(&new);
        return COTERIE_NO_MEMORY;
    }
    memmove(live->chunks + at + 1, live->chunks + at, (live->n - at) * sizeof *live->chunks);
    live->chunks[at] = new;
    live->n++;
    return COTERIE_OK;
}

static coterie_status to_bitmap(coterie_chunk *chunk) {
    uint64_t *bits = calloc(COTERIE_CHUNK_WORDS, sizeof *bits);
    uint32_t *numbers = malloc(COTERIE_CHUNK * sizeof *numbers);
    if (!bits || !numbers) {
        free(bits);
        free(numbers);
        return COTERIE_NO_MEMORY;
    }
    for (uint32_t i = 0; i < chunk->len; i++) {
        uint16_t low = chunk->lows[i];
        bits[low / 64] |= (uint64_t)1 << low % 64;
        numbers[low] = chunk->numbers[i];
    }
    free(chunk->lows);
    free(chunk->numbers);
    chunk->bits = bits, chunk->numbers = numbers, chunk->lows = NULL, chunk->room = 0;
    return COTERIE_OK;
}

/* Stays a bitmap if there is no memory. */
static void to_list(coterie_chunk *chunk) {
    uint32_t room = COTERIE_CHUNK_FEW, len = 0;
    uint16_t *lows = malloc(room * sizeof *lows);
    uint32_t *numbers = malloc(room * sizeof *numbers);
    if (!lows || !numbers) {
        free(lows);
        free(numbers);
        return;
    }
    for (size_t word = 0; word < COTERIE_CHUNK_WORDS; word++)
        for (uint64_t bits = chunk->bits[word]; bits; bits &= bits - 1) {
            lows[len] = (uint16_t)(64 * word + (uint32_t)coterie_trailing_zeros64(bits));
            numbers[len] = chunk->numbers[lows[len]];
            len++;
        }
    free(chunk->bits);
    free(chunk->numbers);
    chunk->bits = NULL, chunk->numbers = numbers, chunk->lows = lows, chunk->room = room;
}

static coterie_status resize_list(coterie_chunk *chunk, uint32_t room) {
    uint16_t *lows;
    uint32_t *numbers;
    if (!(lows = realloc(chunk->lows, room * sizeof *lows))) return COTERIE_NO_MEMORY;
    chunk->lows = lows;
    if (room < chunk->room) chunk->room = room; /* also if the other one stays larger */
    if (!(numbers = realloc(chunk->numbers, room * sizeof *numbers))) return COTERIE_NO_MEMORY;
    chunk->numbers = numbers, chunk->room = room;
    return COTERIE_OK;
}

static coterie_status reserve_list(coterie_chunk *chunk) {
    return chunk->len < chunk->room ? COTERIE_OK : resize_list(chunk, chunk->room + chunk->room / 2 + 4);
}

coterie_status coterie_live_add(coterie_live *live, uint64_t counter, uint32_t number) {
    uint64_t base = counter / COTERIE_CHUNK;
    uint16_t low = (uint16_t)counter;
    size_t i = chunk_at(live, base);
    if ((i == live->n || live->chunks[i].base != base) && insert_chunk(live, i, base) != COTERIE_OK) return COTERIE_NO_MEMORY;
    coterie_chunk *chunk = &live->chunks[i];
    if (!chunk->bits && (chunk->len == COTERIE_CHUNK_FEW ? to_bitmap(chunk) : reserve_list(chunk)) != COTERIE_OK) {
        if (!chunk->len) { /* it was made for this dot */
            free_chunk(chunk);
            memmove(chunk, chunk + 1, (--live->n - i) * sizeof *chunk);
        }
        return COTERIE_NO_MEMORY;
    }
    if (chunk->bits) {
        chunk->bits[low / 64] |= (uint64_t)1 << low % 64;
        chunk->numbers[low] = number;
    } else {
        uint32_t at = chunk->len ? low_at(chunk, low) : 0;
        memmove(chunk->lows + at + 1, chunk->lows + at, (chunk->len - at) * sizeof *chunk->lows);
        memmove(chunk->numbers + at + 1, chunk->numbers + at, (chunk->len - at) * sizeof *chunk->numbers);
        chunk->lows[at] = low, chunk->numbers[at] = number;
    }
    chunk->len++;
    live->len++;
    return COTERIE_OK;
}

void coterie_live_remove(coterie_live *live, uint64_t counter) {
    size_t i = chunk_at(live, counter / COTERIE_CHUNK);
    coterie_chunk *chunk = &live->chunks[i];
    uint16_t low = (uint16_t)counter;
    live->len--;
    if (--chunk->len == 0) {
        free_chunk(chunk);
        memmove(chunk, chunk + 1, (--live->n - i) * sizeof *chunk);
    } else if (chunk->bits) {
        chunk->bits[low / 64] &= ~((uint64_t)1 << low % 64);
        if (chunk->len < COTERIE_CHUNK_MANY) to_list(chunk);
    } else {
        uint32_t at;
        chunk->len++;
        at = low_at(chunk, low);
        chunk->len--;
        memmove(chunk->lows + at, chunk->lows + at + 1, (chunk->len - at) * sizeof *chunk->lows);
        memmove(chunk->numbers + at, chunk->numbers + at + 1, (chunk->len - at) * sizeof *chunk->numbers);
        if (4 * chunk->len < chunk->room && chunk->room > 16) resize_list(chunk, 2 * chunk->len); /* or not */
    }
}

int coterie_live_next(const coterie_live *live, coterie_live_walk *walk) {
    for (; walk->at < live->n; walk->at++, walk->low = 0) {
        const coterie_chunk *chunk = &live->chunks[walk->at];
        uint32_t low = walk->low;
        if (!chunk->bits) {
            if (low == chunk->len) continue;
            walk->counter = chunk->base * COTERIE_CHUNK + chunk->lows[low];
            walk->number = chunk->numbers[low];
            walk->low = low + 1;
            return 1;
        }
        for (uint64_t bits; low < COTERIE_CHUNK; low = (low | 63) + 1) {
            if (!(bits = chunk->bits[low / 64] >> low % 64)) continue;
            low += (uint32_t)coterie_trailing_zeros64(bits);
            walk->counter = chunk->base * COTERIE_CHUNK + low;
            walk->number = chunk->numbers[low];
            walk->low = low + 1;
            return 1;
        }
    }
    return 0;
}

static int has_low(const coterie_chunk *chunk, uint32_t low) { return chunk->bits[low / 64] >> low % 64 & 1; }

int coterie_chunk_run(const coterie_chunk *chunk, coterie_run *run) {
    uint32_t at = run->at;
    if (!chunk->bits) {
        if (at == chunk->len) return 0;
        run->first = run->last = chunk->lows[at++];
        while (at < chunk->len && chunk->lows[at] == run->last + 1) run->last = chunk->lows[at++];
        run->at = at;
        return 1;
    }
    while (at < COTERIE_CHUNK && !has_low(chunk, at)) at = chunk->bits[at / 64] >> at % 64 ? at + 1 : (at | 63) + 1;
    if (at >= COTERIE_CHUNK) return 0;
    run->first = at;
    while (at < COTERIE_CHUNK && has_low(chunk, at)) at = at % 64 == 0 && chunk->bits[at / 64] == UINT64_MAX ? at + 64 : at + 1;
    run->last = at - 1;
    run->at = at;
    return 1;
}
