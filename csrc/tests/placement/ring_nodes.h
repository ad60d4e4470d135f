/* Descriptions of nodes for rings, plain and hostile. */
#ifndef COTERIE_TESTS_RING_NODES_H
#define COTERIE_TESTS_RING_NODES_H

#include "placement/ring_model.h"

static inline coterie_ring_node *nodes_room(uint32_t n) {
    return (coterie_ring_node *)calloc((size_t)n + 1, sizeof(coterie_ring_node));
}

/* Positions and ranks have nothing to do with each other. */
static inline void shuffle_ranks(coterie_ring_node *nodes, uint32_t n, uint64_t *random) {
    for (uint32_t i = 0; i < n; i++) {
        uint32_t other = random_below(random, i + 1);
        nodes[i].rank = nodes[other].rank;
        nodes[other].rank = i;
    }
}

/* n nodes of so many points each. */
static inline coterie_ring_node *nodes_plain(uint32_t n, uint32_t points_len, uint64_t random) {
    coterie_ring_node *nodes = nodes_room(n);
    for (uint32_t i = 0; i < n; i++) nodes[i] = (coterie_ring_node){random64(&random), points_len, 0};
    shuffle_ranks(nodes, n, &random);
    return nodes;
}

/* n nodes of so many points each, the first of which lie at `from`, from + step, from + 2 * step, ... */
static inline coterie_ring_node *nodes_crowd(uint32_t n, uint32_t points_len, uint64_t from, uint64_t step,
                                             uint64_t salt, uint64_t random) {
    coterie_ring_node *nodes = nodes_plain(n, points_len, random);
    for (uint32_t i = 0; i < n; i++) nodes[i].digest = node_with_point(from + i * step, 0, salt);
    return nodes;
}

/* Copies n nodes but for the one at `at`. */
static inline coterie_ring_node *nodes_without(const coterie_ring_node *nodes, uint32_t n, uint32_t at) {
    coterie_ring_node *to = nodes_room(n);
    for (uint32_t i = 0, k = 0; i < n; i++)
        if (i != at) {
            to[k] = nodes[i];
            to[k++].rank -= nodes[i].rank > nodes[at].rank;
        }
    return to;
}

/* Copies n nodes with a further one at `at`; its rank lies in 0..n. */
static inline coterie_ring_node *nodes_with(const coterie_ring_node *nodes, uint32_t n, uint32_t at,
                                            coterie_ring_node further) {
    coterie_ring_node *to = nodes_room(n + 1);
    for (uint32_t i = 0, k = 0; i <= n; i++)
        if (i == at) to[i] = further;
        else {
            to[i] = nodes[k++];
            to[i].rank += to[i].rank >= further.rank;
        }
    return to;
}

#endif
