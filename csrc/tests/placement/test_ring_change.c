/* A changed ring is byte for byte the ring built anew, whatever node comes, goes or gets another weight. */
#include "check.h"
#include "placement/ring_nodes.h"

static const uint64_t SALT = 0x910A2DEC89025CC1u;

static int any_level(uint64_t *random) { return (int)random_below(random, (uint32_t)coterie_level_best() + 1); }

/* `from` nodes become `to`: at `before` one goes, at `after` one comes (COTERIE_RING_NONE: none does). */
static void check_change(const coterie_ring_node *from, uint32_t from_len, const coterie_ring_node *to, uint32_t to_len,
                         uint32_t before, uint32_t after) {
    uint64_t random = from_len + before + after;
    guarded_ring old = ring_built(SALT, from, from_len, any_level(&random));
    guarded_ring changed = ring_changed(&old.ring, from, to, to_len, before, after, any_level(&random));
    ring_free(&old); /* the new ring does not lean on the old one */
    guarded_ring fresh = ring_built(SALT, to, to_len, any_level(&random));
    CHECK(ring_same(&changed.ring, &fresh.ring));
    if (to_len < 5 && to_len) check_ring(&changed.ring, SALT, to, to_len);
    ring_free(&changed);
    ring_free(&fresh);
}

/* A node comes to `at` and goes again. */
static void come_and_go(const coterie_ring_node *nodes, uint32_t n, uint32_t at, coterie_ring_node further) {
    coterie_ring_node *more = nodes_with(nodes, n, at, further);
    check_change(nodes, n, more, n + 1, COTERIE_RING_NONE, at);
    check_change(more, n + 1, nodes, n, at, COTERIE_RING_NONE);
    free(more);
}

/* The node at `at` gets so many points, or another digest. */
static void replace_node(const coterie_ring_node *nodes, uint32_t n, uint32_t at, coterie_ring_node by) {
    coterie_ring_node *other = nodes_with(nodes, n, n, nodes[0]);
    by.rank = nodes[at].rank;
    memcpy(other, nodes, n * sizeof *nodes);
    other[at] = by;
    check_change(nodes, n, other, n, at, at);
    free(other);
}

/* All kinds of changes at the first, the middle and the last position. Frees the nodes. */
static void change_all_ways(coterie_ring_node *nodes, uint32_t n) {
    const uint32_t places[] = {0, n / 2, n}, ranks[] = {0, n / 2, n};
    const uint32_t points[] = {1, 2, 160, 257};
    for (int p = 0; p < 3; p++) {
        for (int r = 0; r < 3; r++)
            for (int k = 0; k < 4; k++) {
                coterie_ring_node new_one = {n + 77u * points[k], points[k], ranks[r]};
                come_and_go(nodes, n, places[p], new_one);
                new_one.digest = nodes[n / 2].digest; /* all points are there already */
                come_and_go(nodes, n, places[p], new_one);
                new_one.digest = node_with_point(UINT64_MAX, 0, SALT);
                come_and_go(nodes, n, places[p], new_one);
            }
        for (int k = 0; k < 4; k++) {
            uint32_t at = places[p] < n ? places[p] : n - 1;
            coterie_ring_node by = {nodes[at].digest, points[k], 0};
            replace_node(nodes, n, at, by);
            by.digest = nodes[0].digest;
            replace_node(nodes, n, at, by);
            by.digest = node_with_point(0, 0, SALT);
            replace_node(nodes, n, at, by);
        }
    }
    for (uint32_t at = 0; at < n; at += 1 + n / 40) {
        coterie_ring_node *less = nodes_without(nodes, n, at);
        check_change(nodes, n, less, n - 1, at, COTERIE_RING_NONE);
        if (n > 1) check_change(less, n - 1, nodes, n, COTERIE_RING_NONE, at);
        free(less);
    }
    free(nodes);
}

/* A ring that only ever changes stays the ring of its nodes. */
static void long_life(uint64_t seed, uint32_t n, uint32_t most_points, int steps) {
    uint64_t random = seed;
    coterie_ring_node *nodes = nodes_plain(n, most_points, seed), *next;
    guarded_ring ring = ring_built(SALT, nodes, n, COTERIE_BASELINE);
    for (int step = 0; step < steps; step++) {
        uint32_t what = random_below(&random, 5), at = random_below(&random, n + 1);
        uint32_t before = at, after = at, next_n = n;
        coterie_ring_node one = {random64(&random), 1 + random_below(&random, most_points), 0};
        one.rank = random_below(&random, n + 1);
        if (random_below(&random, 3) == 0) one.digest = node_with_point(random64(&random) >> 62 << 62, 0, SALT);
        if (random_below(&random, 4) == 0) one.points_len = 1;
        if (what < 2 || at == n || (what < 4 && n == 1)) {
            next = nodes_with(nodes, n, at, one);
            before = COTERIE_RING_NONE, next_n++;
        } else if (what < 4) {
            next = nodes_without(nodes, n, at);
            after = COTERIE_RING_NONE, next_n--;
        } else {
            next = nodes_with(nodes, n, n, one);
            next[n].rank = 0;
            for (uint32_t i = 0; i < n; i++) next[i].rank = nodes[i].rank;
            next[at].points_len = one.points_len;
        }
        guarded_ring changed = ring_changed(&ring.ring, nodes, next, next_n, before, after, any_level(&random));
        guarded_ring fresh = ring_built(SALT, next, next_n, any_level(&random));
        CHECK(ring_same(&changed.ring, &fresh.ring));
        if (step % 50 == 0 && next_n) check_ring(&changed.ring, SALT, next, next_n);
        ring_free(&fresh);
        ring_free(&ring);
        free(nodes);
        ring = changed, nodes = next, n = next_n;
    }
    ring_free(&ring);
    free(nodes);
}

/* Between narrow and wide, and within wide. */
static void many_nodes(void) {
    const uint32_t counts[] = {0x7FFE, 0x7FFF, 0x8000};
    for (int k = 0; k < 3; k++)
        for (int crowded = 0; crowded < 2; crowded++) {
            uint32_t n = counts[k], places[] = {0, n / 2, n};
            coterie_ring_node *nodes = crowded ? nodes_crowd(n, 1, 99, 0, SALT, 1) : nodes_plain(n, 1, 1);
            for (int p = 0; p < 3; p++) {
                come_and_go(nodes, n, places[p], (coterie_ring_node){12345, 500, n / 3});
                come_and_go(nodes, n, places[p], (coterie_ring_node){node_with_point(99, 0, SALT), 1, places[p]});
            }
            replace_node(nodes, n, n / 2, (coterie_ring_node){54321, 500, 0});
            free(nodes);
        }
}

int main(void) {
    for (uint32_t n = 1; n <= 6; n++)
        for (uint32_t points = 1; points <= 20; points += 6) change_all_ways(nodes_plain(n, points, n), n);
    change_all_ways(nodes_plain(50, 160, 1), 50);
    change_all_ways(nodes_plain(300, 1, 2), 300);
    for (uint32_t n = 20; n <= 500; n += 240) {
        change_all_ways(nodes_crowd(n, 1, UINT64_MAX, 0, SALT, 3), n);
        change_all_ways(nodes_crowd(n, 1, UINT64_MAX - n + 1, 1, SALT, 4), n);
        change_all_ways(nodes_crowd(n, 3, 0, 1, SALT, 5), n);
    }
    long_life(1, 1, 300, 500);
    long_life(2, 1, 5, 500);
    long_life(3, 150, 100, 500);
    long_life(4, 300, 2, 1000);
    many_nodes();
    return check_report();
}
