/* A ring of described nodes against the sorted list; then changes, each against the list and a ring built anew. */
#include "input.h"
#include "placement/ring_nodes.h"

enum { MOST_NODES = 40, MOST_CHANGES = 6, MANY = 200, WIDE = 0x8000 };

/* A node: anywhere, a copy of another one, or with its first point at a chosen place. */
static coterie_ring_node take_node(fuzz_input *input, uint64_t salt, const coterie_ring_node *nodes, uint32_t n) {
    coterie_ring_node node = {0, 0, 0};
    uint64_t how = take(input, 1);
    if (how & 1) node.digest = node_with_point(take(input, 1) << 56 | take(input, 1), 0, salt);
    else if (how & 2) node.digest = node_with_point(take(input, 8), 0, salt);
    else if (how & 4 && n) node.digest = nodes[take(input, 1) % n].digest;
    else node.digest = take(input, 2);
    node.points_len = how & 8 ? 1 : 1 + (uint32_t)take(input, 1) * (how & 16 ? 5 : 1);
    node.rank = (uint32_t)take(input, 2) % (n + 1);
    return node;
}

static void add(coterie_ring_node **nodes, uint32_t *n, uint32_t at, coterie_ring_node node) {
    coterie_ring_node *more = nodes_with(*nodes, *n, at, node);
    free(*nodes);
    *nodes = more;
    ++*n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_input input = {data, data + size};
    uint64_t salt = take(&input, 1), shape = take(&input, 1);
    uint32_t n = 0, count = (uint32_t)take(&input, 1) % MOST_NODES;
    coterie_ring_node *nodes = nodes_room(0);
    if (shape == 77 || shape % 2) { /* among many others; now and then near the border between narrow and wide */
        free(nodes);
        n = shape == 77 ? WIDE - 3 : MANY;
        nodes = nodes_plain(n, 1, salt);
        count %= 8;
    }
    for (uint32_t i = 0; i < count; i++) add(&nodes, &n, n, take_node(&input, salt, nodes, n));

    int level = (int)take(&input, 1) % (coterie_level_best() + 1);
    guarded_ring ring = ring_built(salt, nodes, n, level);
    check_ring(&ring.ring, salt, nodes, n);
    for (int change = 0; n && change < MOST_CHANGES && input.next < input.end; change++) {
        uint64_t what = take(&input, 1);
        uint32_t at = (uint32_t)take(&input, 2) % (n + 1), before = at, after = at, changed_n = n;
        coterie_ring_node *changed, node = take_node(&input, salt, nodes, n);
        if (what % 3 == 0 || at == n) {
            changed = nodes_with(nodes, n, at, node);
            before = COTERIE_RING_NONE, changed_n++;
        } else if (what % 3 == 1) {
            changed = nodes_without(nodes, n, at);
            after = COTERIE_RING_NONE, changed_n--;
        } else {
            changed = nodes_room(n);
            memcpy(changed, nodes, n * sizeof *nodes);
            changed[at].points_len = node.points_len;
        }
        guarded_ring next = ring_changed(&ring.ring, nodes, changed, changed_n, before, after, level);
        guarded_ring fresh = ring_built(salt, changed, changed_n, level);
        CHECK(ring_same(&next.ring, &fresh.ring));
        check_ring(&next.ring, salt, changed, changed_n);
        if (changed_n) {
            ring_model model = model_of(salt, changed, changed_n);
            check_replicas(&next.ring, &model, take(&input, 8), (uint32_t)take(&input, 1) % 30, what);
            free(model.points);
        }
        ring_free(&fresh);
        ring_free(&ring);
        free(nodes);
        ring = next, nodes = changed, n = changed_n;
    }
    ring_free(&ring);
    free(nodes);
    stop_if_failed();
    return 0;
}
