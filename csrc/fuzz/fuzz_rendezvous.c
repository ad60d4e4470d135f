/* Rendezvous hashing of described nodes and keys, against the sorted list. */
#include "input.h"
#include "placement/rendezvous_model.h"

enum { MOST_NODES = 40, MOST_KEYS = 60, RANDOM_KEYS = 20, MOST_SEARCHES = 8, MANY = COTERIE_CHUNK_NODES - 10 };

/* Any finite weight above 0, often a plain one. */
static double take_weight(fuzz_input *input) {
    uint64_t how = take(input, 1), bits;
    double weight;
    if (how < 64) return 1;
    if (how < 128) return (double)(1 + how % 16) / 4;
    if (how < 192) return ldexp(1, 30 * (int)(how % 64) - 960);
    if (how < 224) return ldexp(1, (int)(take(input, 2) % 2098) - 1074);
    bits = take(input, 8) & ((uint64_t)1 << 63) - 1;
    memcpy(&weight, &bits, sizeof weight);
    return weight > 0 && weight < INFINITY ? weight : 1;
}

/* A node: anywhere, a copy of another one, its twin, which has the same upper halves, or with a chosen draw at w. */
static uint64_t take_digest(fuzz_input *input, uint64_t salt, uint64_t w, const coterie_rendezvous_node *nodes,
                            uint32_t n) {
    uint64_t how = take(input, 1), random = how;
    if (how % 4 == 0) return take(input, 2);
    if (how % 4 == 1) return node_with_draw(w, (uint32_t)take(input, 4), salt, &random);
    if (how % 4 == 2 || !n) return node_with_draw(w, (uint32_t)take(input, 1) << (how >> 3), salt, &random);
    uint64_t other = nodes[take(input, 1) % n].digest, seed = coterie_xxh3_u64(0, other ^ salt);
    return how & 4 ? other : node_with_point(seed ^ (how & 8 ? 1 : (uint64_t)1 << 32), 0, salt);
}

/* A digest: anywhere, or one at which a chosen node has a chosen draw. */
static uint64_t take_key(fuzz_input *input, const rendezvous_model *model) {
    uint64_t how = take(input, 1);
    if (how % 2) return unmix(take(input, 8), model->salt);
    uint64_t seed = model->seeds[take(input, 2) % model->len];
    return unmix(w_with_draw((uint32_t)take(input, 2), (uint32_t)take(input, how & 2 ? 4 : 1), seed), model->salt);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_input input = {data, data + size};
    uint64_t salt = take(&input, 1), w = take(&input, 8) | 1, shape = take(&input, 1);
    uint64_t digests[MOST_KEYS + RANDOM_KEYS], random = w;
    uint32_t plain = shape % 16 == 3 ? MANY : 0, n = plain + 1 + (uint32_t)take(&input, 1) % MOST_NODES;
    coterie_rendezvous_node *nodes = (coterie_rendezvous_node *)malloc(n * sizeof *nodes);
    double common = take_weight(&input);
    for (uint32_t i = 0; i < plain; i++) nodes[i] = (coterie_rendezvous_node){i, common};
    for (uint32_t i = plain; i < n; i++) {
        uint64_t digest = take_digest(&input, salt, w, nodes, i);
        nodes[i] = (coterie_rendezvous_node){digest, shape & 4 ? common : take_weight(&input)};
    }
    guarded_rendezvous made = rendezvous_built(salt, nodes, n);
    rendezvous_model model = rendezvous_model_of(salt, nodes, n);
    size_t keys = 0, chosen = (size_t)take(&input, 1) % MOST_KEYS;
    digests[keys++] = unmix(w, salt);
    while (keys < chosen) digests[keys++] = take_key(&input, &model);
    for (int i = 0; i < RANDOM_KEYS; i++) digests[keys++] = random64(&random);
    check_first_nodes(&made.r, &model, digests, keys);
    for (size_t i = 0; i < keys && i < MOST_SEARCHES; i++) {
        uint32_t want = (2 + (uint32_t)take(&input, 1)) % (2 * MOST_NODES);
        check_searches(&made.r, &model, coterie_mix(digests[i], salt), want, shape);
    }
    rendezvous_free(&made);
    rendezvous_model_free(&model);
    free(nodes);
    stop_if_failed();
    return 0;
}
