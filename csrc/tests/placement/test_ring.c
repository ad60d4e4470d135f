/* Rings against the model: contents, lookups at every level, and replicas, for plain nodes and for hostile ones. */
#include "check.h"
#include "placement/ring_nodes.h"

static const uint64_t SALT = 0xE220A8397B1DCDAFu;

/* Builds and checks; frees the nodes. */
static void check_nodes(coterie_ring_node *nodes, uint32_t n) {
    guarded_ring first = ring_built(SALT, nodes, n, COTERIE_BASELINE);
    check_ring(&first.ring, SALT, nodes, n);
    EACH_LEVEL(level) {
        guarded_ring other = ring_built(SALT, nodes, n, level);
        CHECK(ring_same(&first.ring, &other.ring));
        ring_free(&other);
    }
    ring_free(&first);
    free(nodes);
}

static void inversions(void) { /* what the hostile nodes stand on */
    uint64_t random = 1;
    for (uint32_t i = 0; i < 1000; i++) {
        uint64_t w = random64(&random);
        CHECK_EQUAL(coterie_mix(unmix(w, SALT), SALT), w);
        CHECK_EQUAL(coterie_xxh3_u64(i, node_with_point(w, i, SALT) ^ SALT), w);
    }
}

static void sizes(void) {
    size_t last = 0;
    for (uint32_t points = 0; points <= 28; points++) {
        uint64_t n = (uint64_t)1 << points;
        const uint32_t nodes[] = {0, 1, 0x7FFF, 0x8000, (uint32_t)COTERIE_RING_MAX_POINTS};
        for (int k = 0; k < 5; k++) {
            size_t size = coterie_ring_size(n, nodes[k]);
            uint64_t needed = n * 8 + n * (nodes[k] < 0x8000 ? 2 : 4) * 3;
            CHECK(size == SIZE_MAX || (size >= needed && size < 2 * needed + 1024 && size % 64 == 0)); /* or too much */
            CHECK(size >= last);
            last = k == 0 ? size : last;
        }
    }
}

static void no_nodes(void) {
    guarded_ring empty = ring_built(SALT, NULL, 0, COTERIE_BASELINE);
    CHECK(empty.ring.points_len == 0 && empty.ring.nodes_len == 0);
    ring_free(&empty);
}

static void few_points(void) {
    for (uint32_t n = 1; n <= 9; n++)
        for (uint32_t points = 1; points <= 9; points++) check_nodes(nodes_plain(n, points, n * points), n);
    for (uint32_t points = 1; points <= 150; points++) check_nodes(nodes_plain(1, points, points), 1);
}

/* Where the table gets another bit, a node another chunk, and small rings end. */
static void steps_of_size(void) {
    for (uint32_t bits = 4; bits <= 17; bits++)
        for (uint32_t more = 0; more < 3; more++) check_nodes(nodes_plain(1, (1u << bits) - 1 + more, bits), 1);
    for (uint32_t vnodes = 1; vnodes <= 1024; vnodes *= 4) check_nodes(nodes_plain(100, vnodes, vnodes), 100);
}

static void uneven_weights(void) {
    uint64_t random = 3;
    for (int turn = 0; turn < 20; turn++) {
        uint32_t n = 1 + random_below(&random, 40);
        coterie_ring_node *nodes = nodes_plain(n, 1, random);
        for (uint32_t i = 0; i < n; i++)
            nodes[i].points_len = 1 + (random_below(&random, 3000) >> random_below(&random, 12));
        check_nodes(nodes, n);
    }
}

/* Nodes with one digest have all points in common; only the rank tells them apart. */
static void equal_digests(void) {
    const uint32_t counts[] = {2, 3, 63, 64, 65, 200};
    for (int k = 0; k < 6; k++)
        for (uint32_t points = 1; points <= 40; points += 13) {
            coterie_ring_node *nodes = nodes_plain(counts[k], points, 5);
            for (uint32_t i = 0; i < counts[k]; i++) nodes[i].digest = 0x0123456789ABCDEFu + i / 80;
            check_nodes(nodes, counts[k]);
        }
}

/* Many points in one entry, equal or side by side, everywhere that could be special. */
static void crowds(void) {
    const uint32_t counts[] = {1, 2, 4, 5, 6, 16, 17, 63, 64, 65, 66, 500};
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        uint32_t n = counts[k];
        const uint64_t places[] = {0, 1, UINT64_MAX - n + 1, UINT64_MAX - n / 2, (uint64_t)1 << 63,
                                   ((uint64_t)1 << 63) - n / 2, ((uint64_t)1 << 58) - n / 2};
        for (size_t p = 0; p < sizeof places / sizeof *places; p++)
            for (uint64_t step = 0; step < 3; step++)
                for (uint32_t points = 1; points <= 3; points += 2)
                    check_nodes(nodes_crowd(n, points, places[p], step, SALT, p), n);
        check_nodes(nodes_crowd(n, 1, UINT64_MAX, 0, SALT, 6), n); /* equal to what pads the points */
    }
}

/* More points in a group than its entries can count: what comes after them is found all the same. */
static void crowd_beyond_the_flag(void) {
    const uint32_t n = 0x7FFF; /* the largest narrow ring */
    const uint64_t steps[] = {1, 1 << 20, (uint64_t)1 << 31};
    for (int k = 0; k < 3; k++) {
        coterie_ring_node *nodes = nodes_crowd(n, 2, (uint64_t)5 << 58, steps[k], SALT, 7);
        guarded_ring made = ring_built(SALT, nodes, n, COTERIE_BASELINE);
        uint32_t most = 0;
        for (uint32_t g = 0; g < 1u << (64 - made.ring.shift - COTERIE_RING_GROUP); g++) {
            uint32_t count = made.ring.starts[g + 1] - made.ring.starts[g];
            most = count > most ? count : most;
        }
        CHECK(made.ring.narrow && most > 0x8000);
        ring_free(&made);
        check_nodes(nodes, n);
    }
}

static void many_nodes(void) { /* about the border between narrow and wide */
    const uint32_t counts[] = {0x7FFE, 0x7FFF, 0x8000, 0x8001, 70000};
    for (int k = 0; k < 5; k++) check_nodes(nodes_plain(counts[k], 1, 8), counts[k]);
    check_nodes(nodes_crowd(40000, 1, 12345, 0, SALT, 9), 40000);
    check_nodes(nodes_crowd(40000, 2, UINT64_MAX - 39999, 1, SALT, 10), 40000);
}

static void replicas_of(const coterie_ring_node *nodes, uint32_t n, int turns) {
    uint64_t random = 11;
    guarded_ring made = ring_built(SALT, nodes, n, COTERIE_BASELINE);
    ring_model model = model_of(SALT, nodes, n);
    const uint32_t wants[] = {0, 1, 2, 3, n - 1, n, n + 1, n + 70};
    for (int turn = 0; turn < turns; turn++)
        for (size_t k = 0; k < sizeof wants / sizeof *wants; k++)
            check_replicas(&made.ring, &model, random64(&random), wants[k], random);
    for (uint32_t i = 0; i < model.len && turns > 1; i += 1 + model.len / 50) { /* beginnings at points */
        check_replicas(&made.ring, &model, unmix(model.points[i].point, SALT), 3, i);
        check_replicas(&made.ring, &model, unmix(model.points[i].point + 1, SALT), 3, i);
    }
    ring_free(&made);
    free(model.points);
}

static void replicas(void) {
    for (uint32_t n = 1; n <= 70; n += n < 5 ? 1 : 13) {
        coterie_ring_node *single = nodes_plain(n, 1, n), *plain = nodes_plain(n, 1 + n % 20, n);
        coterie_ring_node *crowd = nodes_crowd(n, 2, UINT64_MAX, 0, SALT, n);
        replicas_of(single, n, 20);
        replicas_of(plain, n, 20);
        replicas_of(crowd, n, 20);
        free(single);
        free(plain);
        free(crowd);
    }
    coterie_ring_node *many = nodes_plain(0x8001, 1, 12);
    guarded_ring made = ring_built(SALT, many, 0x8001, COTERIE_BASELINE);
    ring_model model = model_of(SALT, many, 0x8001);
    for (uint64_t digest = 0; digest < 20; digest++) check_replicas(&made.ring, &model, digest, 200, digest);
    ring_free(&made);
    free(model.points);
    free(many);
}

static void rows_of_replicas(void) {
    const size_t widths[] = {0, 1, 2, 5, 6, 20};
    uint64_t digests[33], random = 13, seen[1];
    for (int i = 0; i < 33; i++) digests[i] = random64(&random);
    for (uint32_t n = 1; n <= 6; n++) {
        coterie_ring_node *nodes = nodes_plain(n, 10, n);
        guarded_ring made = ring_built(SALT, nodes, n, COTERIE_BASELINE);
        ring_model model = model_of(SALT, nodes, n);
        for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
            size_t width = widths[w], size = 33 * width * sizeof(int32_t);
            int32_t *rows = (int32_t *)guard_alloc(size), expected[20];
            for (int with_seen = 0; with_seen < 2; with_seen++) {
                memset(rows, 0x77, size);
                seen[0] = 0;
                coterie_ring_assign_many(&made.ring, digests, 33, width, with_seen ? seen : NULL, rows);
                CHECK(!seen[0]); /* as clean as it was given */
                for (int i = 0; i < 33; i++) {
                    uint64_t at = coterie_mix(digests[i], SALT);
                    uint32_t found = model_replicas(&model, at, (uint32_t)width, NULL, expected);
                    for (size_t j = 0; j < width; j++)
                        CHECK_EQUAL(rows[width * (size_t)i + j], j < found ? expected[j] : -1);
                }
            }
            guard_free(rows, size);
        }
        ring_free(&made);
        free(model.points);
        free(nodes);
    }
}

int main(void) {
    inversions();
    sizes();
    no_nodes();
    few_points();
    steps_of_size();
    uneven_weights();
    equal_digests();
    crowds();
    crowd_beyond_the_flag();
    many_nodes();
    replicas();
    rows_of_replicas();
    return check_report();
}
