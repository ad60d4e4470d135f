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

coterie_maglev_node coterie_maglev_permute(uint64_t digest, uint64_t salt, double weight, uint32_t slots) {
    uint32_t offset = (uint32_t)(coterie_xxh3_u64(0, digest ^ salt) % slots);
    uint32_t skip = (uint32_t)(coterie_xxh3_u64(1, digest ^ salt) % (slots - 1) + 1);
    return (coterie_maglev_node){offset, skip, weight};
}

/* Rounds for a turn, on average, up to which it is fastest to ask all nodes in every round. */
enum { MANY_TURNS = 32 };

/* What is kept of a node. */
typedef struct {
    uint32_t next; /* the first slot of its permutation that it has not seen */
    uint32_t skip;
    uint32_t turns; /* that it has had */
    double weight;  /* scaled by a power of two that keeps all products finite */
} filler;

typedef struct {
    filler *nodes;
    uint32_t nodes_len, slots;
    double heaviest; /* of the weights */
    int narrow;
    void *table;
    uint32_t left;  /* free slots, */
    uint64_t *free; /* one bit each; */
    uint32_t *list; /* in the end a list of them, */
    int listed;     /* which is made when it is short, */
    int32_t *steps; /* with how far each is along a permutation */
} filling;

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

/* The slot that follows in a permutation. `skip` less the slots wraps below 0; adding it overflows, as compilers know,
 * where the sum is not less than the slots. */
COTERIE_INLINE uint32_t step(uint32_t slot, uint32_t skip, uint32_t slots) {
    uint32_t less = slot + (skip - slots);
    return less < slot ? less : slot + skip;
}

/* The next free slot of a node's permutation. */
COTERIE_INLINE uint32_t find(const filling *f, const filler *node) {
    const uint64_t *free = f->free;
    uint32_t slot = node->next, skip = node->skip, slots = f->slots;
    while (!(free[slot / 64] >> slot % 64 & 1)) slot = step(slot, skip, slots);
    return slot;
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

/* A node takes the next free slot of its permutation. Near the end it would look at most slots to find one: then all
 * free ones are compared instead. */
COTERIE_INLINE void take(filling *f, uint32_t number) {
    filler *node = f->nodes + number;
    uint32_t slot, at;
    if (COTERIE_UNLIKELY(f->listed)) {
        slot = find_in_list(f, node, &at);
        f->list[at] = f->list[f->left - 1];
    } else {
        slot = find(f, node);
        f->free[slot / 64] &= ~((uint64_t)1 << slot % 64);
    }
    if (f->narrow) ((uint16_t *)f->table)[slot] = (uint16_t)number;
    else ((uint32_t *)f->table)[slot] = number;
    node->next = step(slot, node->skip, f->slots);
    node->turns++;
    f->left--;
}

/* Makes the list when it is short enough: its length squared is at most the number of slots. */
static void shorten(filling *f) {
    if (f->listed || (uint64_t)f->left * f->left > f->slots) return;
    uint32_t *list = f->list;
    for (uint32_t slot = 0; slot < f->slots; slot++)
        if (f->free[slot / 64] >> slot % 64 & 1) *list++ = slot;
    f->listed = 1;
}

/* ---- whose turn it is ---- */

/* Round by round, over all nodes. */
static void go_around(filling *f) {
    for (uint64_t round = 1;; round++) {
        shorten(f);
        for (uint32_t node = 0; node < f->nodes_len; node++) {
            const filler *next = f->nodes + node;
            if (next->weight < f->heaviest && (double)round * next->weight < next->turns * f->heaviest) continue;
            take(f, node);
            if (f->left == 0) return;
        }
    }
}

/* The first round after `round` in which a node has a turn. Products are compared as they round; the quotient only says
 * where to look. More than `slots` means never: the heaviest node has a turn in every round. */
static uint64_t next_round(uint64_t round, const filler *node, double heaviest, uint32_t slots) {
    double due = node->turns * heaviest, quotient = due / node->weight;
    if (!(quotient < slots + 2.0)) return slots + (uint64_t)1;
    uint64_t next = (uint64_t)quotient > round + 2 ? (uint64_t)quotient - 1 : round + 1;
    while ((double)next * node->weight < due) next++;
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
static void go_by_turns(filling *f, uint64_t *heap) {
    uint32_t count = f->nodes_len;
    for (uint32_t node = 0; node < count; node++) heap[node] = (uint64_t)1 << 32 | node;
    while (f->left > 0) {
        uint32_t node = (uint32_t)heap[0];
        shorten(f);
        take(f, node);
        uint64_t round = next_round(heap[0] >> 32, f->nodes + node, f->heaviest, f->slots);
        if (round <= f->slots) sink(heap, count, round << 32 | node);
        else if (--count > 0) sink(heap, count, heap[count]);
    }
}

/* Fills in what is kept of the nodes; returns the sum of the weights. */
static double prepare(filling *f, const coterie_maglev_node *nodes) {
    double sum = 0;
    int scale;
    for (uint32_t i = 0; i < f->nodes_len; i++)
        if (nodes[i].weight > f->heaviest) f->heaviest = nodes[i].weight;
    f->heaviest = frexp(f->heaviest, &scale);
    for (uint32_t i = 0; i < f->nodes_len; i++) {
        f->nodes[i] = (filler){nodes[i].offset, nodes[i].skip, 0, ldexp(nodes[i].weight, -scale)};
        sum += f->nodes[i].weight;
    }
    return sum;
}

coterie_status coterie_maglev_fill(const coterie_maglev_node *nodes, uint32_t nodes_len, uint32_t slots, int narrow,
                                   void *table) {
    size_t words = slots / 64 + 1, list_len = 1;
    while ((list_len + 1) * (list_len + 1) <= slots) list_len++;
    void *memory = coterie_alloc(8 * words + (sizeof(filler) + 8) * nodes_len + 8 * list_len);
    if (!memory) return COTERIE_NO_MEMORY;
    uint64_t *free = (uint64_t *)memory, *heap = free + words;
    filler *fillers = (filler *)(heap + nodes_len);
    uint32_t *list = (uint32_t *)(fillers + nodes_len);
    filling f = {fillers, nodes_len, slots, 0, narrow, table, slots, free, list, 0, (int32_t *)(list + list_len)};
    memset(free, 0xff, 8 * words);
    double sum = prepare(&f, nodes);
    if (nodes_len * f.heaviest <= MANY_TURNS * sum) go_around(&f);
    else go_by_turns(&f, heap);
    coterie_free(memory);
    return COTERIE_OK;
}
