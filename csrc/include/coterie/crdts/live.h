/* The dots of one replica that are live, each with a number of 32 bits: chunks of 65,536 counters, in order. A chunk that has few
 * dots is a sorted list, one that has many a bitmap and a place for each; so memory follows what is live, and most questions about
 * two chunks are answered by 64 dots at a time. */
#ifndef COTERIE_CRDTS_LIVE_H
#define COTERIE_CRDTS_LIVE_H

#include "coterie/base.h"

enum {
    COTERIE_CHUNK = 65536,             /* counters */
    COTERIE_CHUNK_WORDS = COTERIE_CHUNK / 64,
    COTERIE_CHUNK_FEW = 4096,          /* dots of a list at most */
    COTERIE_CHUNK_MANY = 3072,         /* and of a bitmap at least, once it is one */
};

typedef struct {
    uint64_t base;     /* its first counter, divided by COTERIE_CHUNK */
    uint32_t len;      /* dots */
    uint32_t room;     /* of a list */
    uint64_t *bits;    /* COTERIE_CHUNK_WORDS; NULL if it is a list */
    uint16_t *lows;    /* of a list: counters within the chunk, ascending */
    uint32_t *numbers; /* one for each dot of a list, or for each counter of a bitmap */
} coterie_chunk;

/* All 0 is one without dots. */
typedef struct {
    coterie_chunk *chunks; /* by their bases */
    size_t n, room;
    size_t empty; /* chunks without dots: they go when half of all are, since to take one out moves all those behind it */
    uint64_t len; /* dots */
} coterie_live;

void coterie_live_free(coterie_live *live);
/* Makes `out`, which is uninitialised, an independent copy. */
coterie_status coterie_live_copy(coterie_live *out, const coterie_live *live);

/* Where the number of a dot stands; NULL if it is not live. */
uint32_t *coterie_live_find(const coterie_live *live, uint64_t counter);
/* Adds a dot that is not live. */
coterie_status coterie_live_add(coterie_live *live, uint64_t counter, uint32_t number);
/* Makes chunks with bases, which ascend, where there are none: all at once, since one by one each would move all those behind it. */
coterie_status coterie_live_open(coterie_live *live, const uint64_t *bases, size_t n);
/* Removes one that is. */
void coterie_live_remove(coterie_live *live, uint64_t counter);

/* Goes through all dots in order. Begins with `at` 0 and `low` 0. */
typedef struct {
    size_t at;
    uint32_t low; /* of a list: which dot is next; of a bitmap: the next counter that may be one */
    uint64_t counter;
    uint32_t number;
} coterie_live_walk;
int coterie_live_next(const coterie_live *live, coterie_live_walk *walk);

/* Goes through the runs of a chunk: dots that follow each other, within it. Begins with all 0. */
typedef struct {
    uint32_t at, first, last;
} coterie_run;
int coterie_chunk_run(const coterie_chunk *chunk, coterie_run *run);

/* The first chunk that begins there or behind it. */
size_t coterie_live_at(const coterie_live *live, uint64_t base);
/* The first dot of a list that is there or behind it. */
uint32_t coterie_chunk_at(const coterie_chunk *chunk, uint16_t low);
/* The chunk that begins there, or NULL. */
const coterie_chunk *coterie_live_chunk(const coterie_live *live, uint64_t base);
/* The bytes of memory that it holds. */
size_t coterie_live_memory(const coterie_live *live);

#endif
