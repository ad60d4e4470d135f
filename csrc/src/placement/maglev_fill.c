/* How the table of Maglev hashing is filled. */
#include "coterie/placement/maglev.h"

#include <math.h>

#include "coterie/hashing/xxh3.h"

int coterie_maglev_allows(uint64_t slots) {
    if (slots < 2 || slots > COTERIE_MAGLEV_MAX_SLOTS) return 0;
    for (uint64_t divisor = 2; divisor * divisor <= slots; divisor++)
        if (slots % divisor == 0) return 0;
    return 1;
}

coterie_maglev_node coterie_maglev_permute(uint64_t digest, uint64_t salt, double weight, uint32_t owner, uint32_t slots) {
    uint32_t offset = (uint32_t)(coterie_xxh3_u64(0, digest ^ salt) % slots);
    uint32_t skip = (uint32_t)(coterie_xxh3_u64(1, digest ^ salt) % (slots - 1) + 1);
    return (coterie_maglev_node){offset, skip, weight, owner};
}

/* Rounds for a turn, on average, up to which it is fastest to ask all nodes in every round. */
enum { MANY_TURNS = 32 };

/* What is kept of a node. */
typedef struct {
    uint32_t next; /* the first slot of its permutation that it has not seen */
    uint32_t skip;
    uint32_t owner;
    double weight; /* its part of all weights */
    double target; /* what round * weight has to reach for the next turn */
} filler;

typedef struct {
    filler *nodes;
    uint32_t nodes_len, slots;
    double heaviest; /* of the parts */
    int narrow;
    void *table;
    uint32_t left;  /* free slots, */
    uint8_t *free;  /* 1 each, else 0; */
    uint32_t *list; /* in the end a list of them instead, */
    int32_t *steps; /* with how far each is along a permutation */
    uint64_t round; /* whose turn it is: */
    uint32_t node;
    uint64_t *heap; /* see below */
    uint32_t heap_len;
    uint64_t looks;    /* at slots, since `stop` was asked */
    int (*stop)(void); /* or NULL */
} filling;

/* Whether to stop: asked after so many looks, which take some tens of milliseconds. */
enum { LOOKS = 1 << 24 };
COTERIE_INLINE int stops(filling *f) {
    if (COTERIE_LIKELY(f->looks < LOOKS)) return 0;
    f->looks = 0;
    return f->stop && f->stop();
}

/* ---- a turn ---- */

/* The inverse modulo a prime. */
static uint32_t inverse(uint32_t x, uint32_t prime) {
    int64_t r = prime, new_r = x, t = 0, new_t = 1;
    while (new_r) {
        int64_t q = r / new_r, old_r = r, old_t = t;
        r = new_r, new_r = old_r - q * new_r;
        t = new_t, new_t = old_t - q * new_t;
    }
    return (uint32_t)(t < 0 ? t + prime : t);
}

/* The slot that follows in a permutation. In signed numbers, of which compilers make no branch: none could foresee which
 * sum is too large. */
COTERIE_INLINE uint32_t step(uint32_t slot, uint32_t skip, uint32_t slots) {
    int32_t next = (int32_t)(slot + skip - slots);
    return (uint32_t)(next + ((int32_t)slots & next >> 31));
}

/* The next free slot of a node's permutation. Several are looked at together, so that few branches cannot be foreseen. */
COTERIE_INLINE uint32_t find(filling *f, const filler *node) {
    static const uint8_t first[16] = {0, 0, 1, 0, 2, 0, 1, 0, 3, 0, 1, 0, 2, 0, 1, 0}; /* the lowest bit */
    const uint8_t *free = f->free;
    uint32_t a = node->next, skip = node->skip, slots = f->slots;
    for (;;) {
        uint32_t b = step(a, skip, slots), c = step(b, skip, slots), d = step(c, skip, slots);
        const uint32_t ahead[4] = {a, b, c, d};
        unsigned found = free[a] | (unsigned)free[b] << 1 | (unsigned)free[c] << 2 | (unsigned)free[d] << 3;
        f->looks += 4;
        if (found) return ahead[first[found]];
        a = step(d, skip, slots);
    }
}

/* The same from the list. Its place there goes to `at`. Products are below 2^47, so that doubles hold them exactly. */
static uint32_t find_in_list(const filling *f, const filler *node, uint32_t *at) {
    const double back = inverse(node->skip, f->slots), slots = f->slots, per_slot = 1 / slots;
    const int32_t ahead = (int32_t)(f->slots - node->next);
    int32_t first = INT32_MAX, *steps = f->steps;
    for (uint32_t i = 0; i < f->left; i++) {
        double product = ((int32_t)f->list[i] + ahead) * back;
        double rest = product - (int32_t)(product * per_slot) * slots; /* the quotient may be off by one */
        rest = rest < 0 ? rest + slots : rest;
        steps[i] = (int32_t)(rest >= slots ? rest - slots : rest);
        first = steps[i] < first ? steps[i] : first;
    }
    for (*at = 0; steps[*at] != first;) ++*at;
    return f->list[*at];
}

/* A node takes the next free slot of its permutation. Near the end it would look at most slots to find one: then it
 * compares all that are listed instead. */
COTERIE_INLINE void take(filling *f, uint32_t number, int listed) {
    filler *node = f->nodes + number;
    uint32_t slot, at;
    if (listed) {
        slot = find_in_list(f, node, &at);
        f->list[at] = f->list[f->left - 1];
    } else {
        slot = find(f, node);
        f->free[slot] = 0;
    }
    if (f->narrow) ((uint16_t *)f->table)[slot] = (uint16_t)node->owner;
    else ((uint32_t *)f->table)[slot] = node->owner;
    node->next = step(slot, node->skip, f->slots);
    node->target += f->heaviest;
    f->left--;
}

static void make_list(filling *f) {
    uint32_t *list = f->list;
    const uint8_t *end = f->free + f->slots, *at = f->free;
    for (; at < end && (at = (const uint8_t *)memchr(at, 1, (size_t)(end - at))); at++) *list++ = (uint32_t)(at - f->free);
}

/* ---- whose turn it is ---- */

/* Goes on round by round, over all nodes, until so many slots are left; or returns 1. */
COTERIE_INLINE int go_around(filling *g, uint32_t until, int listed) {
    filling f = *g; /* of which the compiler sees that nobody else changes it */
    while (f.left > until) {
        const filler *node = f.nodes + f.node;
        if (node->weight == f.heaviest || (double)f.round * node->weight >= node->target) take(&f, f.node, listed);
        if (++f.node == f.nodes_len) f.node = 0, f.round++, f.looks += f.nodes_len;
        if (stops(&f)) return 1;
    }
    *g = f;
    return 0;
}

/* The first round after `round` in which a node has a turn. Products are compared as they round; the quotient only says
 * where to look. More than `slots` means never: the heaviest node has a turn in every round. */
static uint64_t next_round(uint64_t round, const filler *node, uint32_t slots) {
    double quotient = node->target / node->weight;
    if (!(quotient < slots + 2.0)) return slots + (uint64_t)1;
    uint64_t next = (uint64_t)quotient > round + 2 ? (uint64_t)quotient - 1 : round + 1;
    while ((double)next * node->weight < node->target) next++;
    return next;
}

static void sink(uint64_t *heap, uint32_t count, uint64_t turn) {
    uint32_t at = 0;
    for (uint32_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && heap[child + 1] < heap[child]) child++;
        if (turn < heap[child]) break;
        heap[at] = heap[child];
    }
    heap[at] = turn;
}

/* The same where most nodes have few turns: a heap holds each node's next turn, its round above the node's number, with
 * the earliest at the root. */
COTERIE_INLINE int go_by_turns(filling *f, uint32_t until, int listed) {
    uint64_t *heap = f->heap;
    while (f->left > until) {
        uint32_t node = (uint32_t)heap[0];
        take(f, node, listed);
        uint64_t round = next_round(heap[0] >> 32, f->nodes + node, f->slots);
        if (round <= f->slots) sink(heap, f->heap_len, round << 32 | node);
        else if (--f->heap_len > 0) sink(heap, f->heap_len, heap[f->heap_len]);
        if (stops(f)) return 1;
    }
    return 0;
}

/* Fills in what is kept of the nodes. A power of two keeps the sum of the weights finite. */
static void prepare(filling *f, const coterie_maglev_node *nodes) {
    double greatest = 0, sum = 0;
    int scale;
    for (uint32_t i = 0; i < f->nodes_len; i++)
        if (nodes[i].weight > greatest) greatest = nodes[i].weight;
    greatest = frexp(greatest, &scale);
    for (uint32_t i = 0; i < f->nodes_len; i++) sum += ldexp(nodes[i].weight, -scale);
    f->heaviest = greatest / sum;
    for (uint32_t i = 0; i < f->nodes_len; i++) {
        f->heap[i] = (uint64_t)1 << 32 | i;
        f->nodes[i] = (filler){nodes[i].offset, nodes[i].skip, nodes[i].owner, ldexp(nodes[i].weight, -scale) / sum, 0};
    }
}

coterie_status coterie_maglev_fill(const coterie_maglev_node *nodes, uint32_t nodes_len, uint32_t slots, int narrow,
                                   int (*stop)(void), void *table) {
    uint32_t few = 1; /* slots that are listed: about the square root of all */
    while ((few + 1) * (few + 1) <= slots) few++;
    void *memory = coterie_alloc((sizeof(filler) + 8) * (size_t)nodes_len + 8 * (size_t)few + slots);
    if (!memory) return COTERIE_NO_MEMORY;
    filler *fillers = (filler *)memory;
    uint64_t *heap = (uint64_t *)(fillers + nodes_len);
    uint32_t *list = (uint32_t *)(heap + nodes_len);
    int32_t *steps = (int32_t *)(list + few);
    uint8_t *free = (uint8_t *)(steps + few);
    filling f = {.nodes = fillers, .nodes_len = nodes_len, .slots = slots, .narrow = narrow, .table = table, .left = slots,
                 .free = free, .list = list, .steps = steps, .round = 1, .heap = heap, .heap_len = nodes_len, .stop = stop};
    memset(free, 1, slots);
    prepare(&f, nodes);
    int stopped;
    if (nodes_len * f.heaviest <= MANY_TURNS) {
        stopped = go_around(&f, few, 0);
        if (!stopped) make_list(&f);
        stopped = stopped || go_around(&f, 0, 1);
    } else {
        stopped = go_by_turns(&f, few, 0);
        if (!stopped) make_list(&f);
        stopped = stopped || go_by_turns(&f, 0, 1);
    }
    coterie_free(memory);
    return stopped ? COTERIE_STOPPED : COTERIE_OK;
}
