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
    size_t room = live->n - live->empty;
    *out = (coterie_live){.chunks = malloc((room + 1) * sizeof *out->chunks), .room = room, .len = live->len};
    if (!out->chunks) return COTERIE_NO_MEMORY;
    for (size_t i = 0; i < live->n; i++) {
        if (!live->chunks[i].len) continue;
        if (copy_chunk(&out->chunks[out->n], &live->chunks[i]) != COTERIE_OK) {
            coterie_live_free(out);
            return COTERIE_NO_MEMORY;
        }
        out->n++;
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

/* The first of n chunks that begins there or behind it. */
static size_t chunk_among(const coterie_live *live, size_t n, uint64_t base) {
    size_t low = 0, high = n;
    if (high && live->chunks[high - 1].base < base) return high; /* most new dots come last */
    if (high && live->chunks[high - 1].base == base) return high - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (live->chunks[middle].base < base) low = middle + 1;
        else high = middle;
    }
    return low;
}
size_t coterie_live_at(const coterie_live *live, uint64_t base) { return chunk_among(live, live->n, base); }

const coterie_chunk *coterie_live_chunk(const coterie_live *live, uint64_t base) {
    size_t at = coterie_live_at(live, base);
    return at < live->n && live->chunks[at].base == base ? &live->chunks[at] : NULL;
}

uint32_t coterie_chunk_at(const coterie_chunk *chunk, uint16_t low) {
    uint32_t first = 0, last = chunk->len;
    if (!last || chunk->lows[last - 1] < low) return last;
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
    uint32_t at = coterie_chunk_at(chunk, low);
    return at < chunk->len && chunk->lows[at] == low ? &chunk->numbers[at] : NULL;
}

static coterie_status reserve_chunks(coterie_live *live, size_t more) {
    size_t room = live->room + live->room / 2 + 1;
    coterie_chunk *chunks;
    if (more <= live->room - live->n) return COTERIE_OK;
    if (room < live->n + more) room = live->n + more;
    if (!(chunks = realloc(live->chunks, room * sizeof *chunks))) return COTERIE_NO_MEMORY;
    live->chunks = chunks, live->room = room;
    return COTERIE_OK;
}

coterie_status coterie_live_open(coterie_live *live, const uint64_t *bases, size_t n) {
    size_t more = 0, end = live->n; /* chunks before `end` stand where they stood */
    for (size_t i = 0; i < n; i++) more += !coterie_live_chunk(live, bases[i]);
    if (reserve_chunks(live, more) != COTERIE_OK) return COTERIE_NO_MEMORY;
    live->n += more;
    live->empty += more;
    while (more) { /* the last first */
        uint64_t base = bases[--n];
        size_t at = chunk_among(live, end, base);
        if (at < end && live->chunks[at].base == base) continue;
        memmove(live->chunks + at + more, live->chunks + at, (end - at) * sizeof *live->chunks);
        live->chunks[at + --more] = (coterie_chunk){.base = base};
        end = at;
    }
    return COTERIE_OK;
}

/* Takes out the chunks that have no dots. */
static void sweep(coterie_live *live) {
    size_t n = 0;
    for (size_t i = 0; i < live->n; i++) {
        if (live->chunks[i].len) live->chunks[n++] = live->chunks[i];
        else free_chunk(&live->chunks[i]);
    }
    live->n = n, live->empty = 0;
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
    size_t i = coterie_live_at(live, base);
    if ((i == live->n || live->chunks[i].base != base) && coterie_live_open(live, &base, 1) != COTERIE_OK) return COTERIE_NO_MEMORY;
    coterie_chunk *chunk = &live->chunks[i];
    if (!chunk->bits && (chunk->len == COTERIE_CHUNK_FEW ? to_bitmap(chunk) : reserve_list(chunk)) != COTERIE_OK)
        return COTERIE_NO_MEMORY;
    if (chunk->bits) {
        chunk->bits[low / 64] |= (uint64_t)1 << low % 64;
        chunk->numbers[low] = number;
    } else {
        uint32_t at = coterie_chunk_at(chunk, low);
        if (at < chunk->len) { /* new dots come last */
            memmove(chunk->lows + at + 1, chunk->lows + at, (chunk->len - at) * sizeof *chunk->lows);
            memmove(chunk->numbers + at + 1, chunk->numbers + at, (chunk->len - at) * sizeof *chunk->numbers);
        }
        chunk->lows[at] = low, chunk->numbers[at] = number;
    }
    live->empty -= !chunk->len;
    chunk->len++;
    live->len++;
    return COTERIE_OK;
}

void coterie_live_remove(coterie_live *live, uint64_t counter) {
    coterie_chunk *chunk = &live->chunks[coterie_live_at(live, counter / COTERIE_CHUNK)];
    uint16_t low = (uint16_t)counter;
    uint32_t at = chunk->bits ? 0 : coterie_chunk_at(chunk, low);
    live->len--;
    if (--chunk->len == 0) {
        free_chunk(chunk);
        *chunk = (coterie_chunk){.base = chunk->base};
        if (++live->empty > live->n / 2) sweep(live);
    } else if (chunk->bits) {
        chunk->bits[low / 64] &= ~((uint64_t)1 << low % 64);
        if (chunk->len < COTERIE_CHUNK_MANY) to_list(chunk);
    } else {
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
