/* Maglev's tables of described nodes, against the rule as it stands. */
#include "input.h"
#include "placement/maglev_model.h"

enum { MOST_NODES = 60, MANY = 300 };

static double take_weight(fuzz_input *input) {
    uint64_t how = take(input, 1), bits;
    double weight;
    if (how < 128) return (double)(1 + how % 32) / 10;
    if (how < 192) return ldexp(1, 30 * (int)(how % 64) - 960);
    if (how < 224) return ldexp(1, (int)(take(input, 2) % 2098) - 1074);
    bits = take(input, 8) & ((uint64_t)1 << 63) - 1;
    memcpy(&weight, &bits, sizeof weight);
    return weight > 0 && weight < INFINITY ? weight : 1;
}

/* A node: of any permutation, or of one with a small or a large offset and skip. */
static coterie_maglev_node take_node(fuzz_input *input, uint32_t slots, double common, uint32_t owner) {
    uint64_t how = take(input, 1), offset = take(input, how & 1 ? 4 : 1), skip = take(input, how & 2 ? 4 : 1);
    offset %= slots, skip %= slots - 1;
    if (how & 4) offset = slots - 1 - offset;
    if (how & 8) skip = slots - 2 - skip;
    double weight = how & 16 ? take_weight(input) : common;
    return (coterie_maglev_node){(uint32_t)offset, (uint32_t)skip + 1, weight, owner};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const uint32_t primes[] = {2, 3, 5, 7, 11, 13, 17, 31, 61, 101, 257, 509, 1009, 4099};
    fuzz_input input = {data, data + size};
    uint64_t salt = take(&input, 1), random = take(&input, 4);
    uint32_t slots = primes[take(&input, 1) % (sizeof primes / sizeof *primes)];
    uint32_t plain = slots > 2 * MANY && take(&input, 1) & 1 ? MANY : 0, room = slots - plain;
    uint32_t n = plain + 1 + (uint32_t)take(&input, 1) % (room < MOST_NODES ? room : MOST_NODES);
    double common = take_weight(&input);
    coterie_maglev_node *nodes = (coterie_maglev_node *)malloc(n * sizeof *nodes);
    for (uint32_t i = 0; i < plain; i++) nodes[i] = coterie_maglev_permute(i, salt, common, i, slots);
    for (uint32_t i = plain; i < n; i++) nodes[i] = take_node(&input, slots, common, i);
    check_maglev(salt, nodes, n, slots, random);
    free(nodes);
    stop_if_failed();
    return 0;
}
