/* Rendezvous hashing against the model: lookups at every level and replicas, for plain nodes and for hostile ones.
 * How arrivals and places are computed: test_rendezvous_numbers.c. */
#include "check.h"
#include "placement/rendezvous_model.h"

static const uint64_t SALT = 0x63CBE1E459320DD7u; /* of seed 7 */
static const uint32_t SIZES[] = {1, 2, 3, 15, 16, 17, 31, 33, 100, 1023, 1024, 1025, 2048, 3000};
enum { LEN_SIZES = sizeof SIZES / sizeof *SIZES };

/* ---- nodes ---- */

static coterie_rendezvous_node *nodes_plain(uint32_t n, uint64_t random) {
    coterie_rendezvous_node *nodes = (coterie_rendezvous_node *)malloc(n * sizeof *nodes + 1);
    for (uint32_t i = 0; i < n; i++) nodes[i] = (coterie_rendezvous_node){random64(&random), 1};
    return nodes;
}

/* Groups of four draw the same upper half for every key: their seeds differ in bits that the factors do not have. */
static coterie_rendezvous_node *nodes_twins(uint32_t n, uint64_t random) {
    coterie_rendezvous_node *nodes = nodes_plain(n, random);
    for (uint32_t i = 0; i < n; i++) {
        uint64_t seed = coterie_splitmix64(random + i / 4) | (uint64_t)1 << 32 | 1;
        nodes[i].digest = node_with_point(seed ^ (i & 1) ^ (uint64_t)(i & 2) << 31, 0, SALT);
    }
    return nodes;
}

/* Nodes of one digest have all draws in common; only the position tells them apart. */
static coterie_rendezvous_node *nodes_equal(uint32_t n) {
    coterie_rendezvous_node *nodes = nodes_plain(n, 1);
    for (uint32_t i = 0; i < n; i++) nodes[i].digest = 0x0123456789ABCDEFu + i / 80;
    return nodes;
}

/* At w the upper halves of their draws are `from`, from + step, from + 2 * step, ... */
static coterie_rendezvous_node *nodes_crowd(uint32_t n, uint64_t w, uint32_t from, uint32_t step, uint64_t random) {
    coterie_rendezvous_node *nodes = nodes_plain(n, random);
    for (uint32_t i = 0; i < n; i++) nodes[i].digest = node_with_draw(w, from + i * step, SALT, &random);
    return nodes;
}

/* ---- weights ---- */

enum { EQUAL, EQUAL_SMALL, TWO_KINDS, UNIFORM, ONE_HEAVY, ONE_LIGHT, ULPS, DENORMAL, LARGEST, MIXED, ANY, WEIGHTS };
static const double HOSTILE[] = {5e-324, 1e-323, 1.5e-323, 1e-314, 1e-313,  1e-309, 8e-309, 2.2250738585072014e-308,
                                 1e-306, 1e-300, 1e-200,   1e-30,  1e-20,   1e-9,   1,      1e9,
                                 1e20,   1e200,  1e300,    1e307,  1.7e308, 1.7976931348623157e308};
enum { LEN_HOSTILE = sizeof HOSTILE / sizeof *HOSTILE };

static void weigh(coterie_rendezvous_node *nodes, uint32_t n, int how, uint64_t random) {
    for (uint32_t i = 0; i < n; i++) {
        double *weight = &nodes[i].weight, uniform = ((double)(random64(&random) >> 12) + 1) * 0x1p-52;
        if (how == EQUAL) *weight = 1;
        else if (how == EQUAL_SMALL) *weight = 5e-324;
        else if (how == TWO_KINDS) *weight = i % 3 ? 1 : 2.5;
        else if (how == UNIFORM) *weight = 10 * uniform;
        else if (how == ONE_HEAVY) *weight = i == n / 2 ? 1e6 : 1;
        else if (how == ONE_LIGHT) *weight = i == n / 2 ? 1e-6 : 1;
        else if (how == ULPS) *weight = 1 + i % 5 * 0x1p-52;
        else if (how == DENORMAL) *weight = HOSTILE[random_below(&random, 7)];
        else if (how == LARGEST) *weight = HOSTILE[LEN_HOSTILE - 3 + random_below(&random, 3)];
        else if (how == MIXED) *weight = HOSTILE[random_below(&random, LEN_HOSTILE)];
        else *weight = ldexp(1 + uniform / 2, (int)random_below(&random, 2046) - 1022);
    }
}

/* ---- checks ---- */

/* Random digests, those mixed to w and its neighbours, and those at which some node draws a special upper half. Also
 * the searches of some. Frees the nodes. */
static void check_nodes(coterie_rendezvous_node *nodes, uint32_t n, uint64_t w) {
    enum { RANDOM = 24, NEIGHBOURS = 8, SPECIAL = 16, ALL = 2 * RANDOM + NEIGHBOURS + 2 * SPECIAL };
    static const uint32_t special[SPECIAL] = {0,          1,          2,          3,          1023,       1024,
                                              2047,       0x7FFFFFFF, 0x80000000, 0xCCCCCCCB, 0xCCCCCCCC, 0xCCE00000,
                                              0xFFFFFBFF, 0xFFFFFC00, 0xFFFFFFFE, 0xFFFFFFFF};
    guarded_rendezvous made = rendezvous_built(SALT, nodes, n);
    rendezvous_model model = rendezvous_model_of(SALT, nodes, n);
    const uint32_t wants[] = {0, 1, 2, 10, n - 1, n, n + 70};
    uint64_t digests[ALL], random = w + n;
    size_t len = 0;
    CHECK_EQUAL(made.r.nodes_len, n);
    CHECK_EQUAL(made.r.weighted, model.weighted);
    for (int i = 0; i < RANDOM; i++) digests[len++] = random64(&random);
    for (int i = 0; i < NEIGHBOURS; i++) digests[len++] = unmix(i ? w ^ (uint64_t)1 << 9 * (i - 1) : w, SALT);
    for (int i = 0; i < 2 * SPECIAL; i++) {
        uint64_t seed = model.seeds[random_below(&random, n)];
        digests[len++] = unmix(w_with_draw((uint32_t)random64(&random), special[i / 2], seed), SALT);
    }
    for (int i = 0; i < RANDOM; i++) digests[len++] = random64(&random);
    check_first_nodes(&made.r, &model, digests, len);
    for (size_t k = 0; k < sizeof wants / sizeof *wants; k++) {
        uint64_t other = coterie_mix(digests[random_below(&random, ALL)], SALT);
        check_searches(&made.r, &model, k % 2 ? w : other, wants[k], random);
    }
    rendezvous_free(&made);
    rendezvous_model_free(&model);
    free(nodes);
}

static void check_weighed(coterie_rendezvous_node *nodes, uint32_t n, int how, uint64_t w) {
    weigh(nodes, n, how, w);
    check_nodes(nodes, n, w);
}

/* ---- tests ---- */

static void frozen(void) { /* answers of another program, in Python */
    static const struct {
        uint64_t w, seed, draw;
    } draws[] = {
        {0, 0, 0x00000000E220A839u},
        {UINT64_MAX, UINT64_MAX, 0x00000002E220A839u},
        {0x910A2DEC89025CC1u, 0x975835DE1C9756CEu, 0x0CE7F29545C35442u},
        {0x0123456789ABCDEFu, 0xFEDCBA9876543210u, 0x0930DE2DE4D97177u},
    };
    for (size_t i = 0; i < sizeof draws / sizeof *draws; i++)
        CHECK_EQUAL(coterie_draw(draws[i].w, draws[i].seed), draws[i].draw);
    static const int32_t rows[2][8][3] = {
        {{5, 2, 10}, {4, 12, 9}, {14, 5, 4}, {1, 13, 11}, {13, 0, 4}, {4, 1, 8}, {7, 17, 4}, {11, 1, 15}},
        {{5, 2, 10}, {4, 12, 9}, {5, 4, 18}, {1, 19, 12}, {13, 12, 4}, {4, 1, 16}, {19, 17, 9}, {11, 1, 9}},
    };
    const uint64_t sums[2] = {0x42C66B58D80307BBu, 0x31FA717CEFDC4BC8u};
    coterie_rendezvous_node nodes[20];
    for (int weighted = 0; weighted < 2; weighted++) {
        for (uint32_t i = 0; i < 20; i++)
            nodes[i] = (coterie_rendezvous_node){coterie_splitmix64(i), weighted ? (1 + i * i % 7) / 10.0 : 1};
        guarded_rendezvous made = rendezvous_built(SALT, nodes, 20);
        EACH_LEVEL(level) {
            uint64_t sum = 0, room[9];
            for (uint64_t k = 0; k < 5000; k++) {
                uint64_t digest = coterie_splitmix64(1000 + k);
                int32_t row[3];
                coterie_rendezvous_assign_many(&made.r, &digest, 1, 3, room, row, level);
                for (int j = 0; j < 3; j++) {
                    sum = sum * 31 + (uint64_t)row[j];
                    if (k < 8) CHECK_EQUAL(row[j], rows[weighted][k][j]);
                }
            }
            CHECK_EQUAL(sum, sums[weighted]);
        }
        rendezvous_free(&made);
    }
}

static void inversions(void) { /* what the hostile nodes and keys stand on */
    uint64_t random = 1;
    for (int i = 0; i < 1000; i++) {
        uint64_t w = random64(&random) | 1, seed = random64(&random);
        uint32_t upper = (uint32_t)random64(&random) >> i % 32 | 1;
        CHECK_EQUAL(coterie_draw(w_with_draw((uint32_t)w, upper, seed), seed) >> 32, upper);
        seed = coterie_xxh3_u64(0, node_with_draw(w, upper, SALT, &random) ^ SALT);
        CHECK_EQUAL(coterie_draw(w, seed) >> 32, upper);
        CHECK_EQUAL(coterie_draw(w, seed), model_draw(w, seed));
    }
}

static void sizes(void) {
    for (uint32_t n = 0; n <= 4000; n++) {
        size_t size = coterie_rendezvous_size(n);
        CHECK(size >= 28 * (size_t)n && size < 28 * (size_t)(n + COTERIE_PAD_NODES) && size % 64 == 0);
        CHECK(coterie_rendezvous_room(n) % 8 == 0);
    }
    CHECK(coterie_rendezvous_room(0) == 0);
}

static void no_nodes(void) {
    guarded_rendezvous empty = rendezvous_built(SALT, NULL, 0);
    CHECK(empty.r.nodes_len == 0);
    rendezvous_free(&empty);
}

static void all_weights(void) {
    for (int k = 0; k < LEN_SIZES; k++)
        for (int how = 0; how < WEIGHTS; how++)
            check_weighed(nodes_plain(SIZES[k], SIZES[k]), SIZES[k], how, (uint64_t)k);
}

/* Where upper halves are equal for all keys. */
static void twins(void) {
    for (int k = 0; k < LEN_SIZES; k++)
        for (int how = k % 2; how < WEIGHTS; how += 2) {
            check_weighed(nodes_twins(SIZES[k], (uint64_t)k), SIZES[k], how, 5);
            check_weighed(nodes_equal(SIZES[k]), SIZES[k], how, 6);
        }
}

/* Where many upper halves are equal, or side by side, for one key. */
static void crowds(void) {
    const uint32_t places[] = {0, 1, 1023, 0x3FFFFFFF, 0x80000000, 0xCCCCCCC0, 0xFFFFFC00, 0xFFFFFFFF};
    const uint32_t steps[] = {0, 1, (uint32_t)-1, 1024, 4096};
    uint64_t random = 3;
    for (int k = 1; k < LEN_SIZES; k += 1 + k / 4)
        for (size_t p = 0; p < sizeof places / sizeof *places; p++)
            for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
                uint64_t w = random64(&random) | 1;
                int how = (int)random_below(&random, WEIGHTS);
                coterie_rendezvous_node *nodes = nodes_crowd(SIZES[k], w, places[p], steps[s], random);
                check_weighed(nodes, SIZES[k], s ? how : EQUAL, w);
            }
}

/* Weights such that all nodes arrive at once, or one rounding apart. */
static void equal_arrivals(void) {
    uint64_t random = 4;
    for (int k = 1; k < LEN_SIZES; k++)
        for (int apart = 0; apart < 2; apart++) {
            uint64_t w = random64(&random);
            coterie_rendezvous_node *nodes = nodes_plain(SIZES[k], random);
            rendezvous_model model = rendezvous_model_of(SALT, nodes, SIZES[k]);
            for (uint32_t i = 0; i < SIZES[k]; i++) {
                nodes[i].weight = model_arrival(model_draw(w, model.seeds[i]));
                if (apart && i % 3) nodes[i].weight = nextafter(nodes[i].weight, i % 3 - 1);
            }
            rendezvous_model_free(&model);
            check_nodes(nodes, SIZES[k], w);
        }
}

/* Draws that differ only in bits that the arrival does not have. */
static void equal_arrivals_of_unequal_draws(void) {
    enum { KEYS = 6 };
    coterie_rendezvous_node *nodes = nodes_twins(2, 9);
    nodes[0].weight = nodes[1].weight = 2;
    nodes = (coterie_rendezvous_node *)realloc(nodes, 3 * sizeof *nodes);
    nodes[2] = (coterie_rendezvous_node){1, 1};
    rendezvous_model model = rendezvous_model_of(SALT, nodes, 3);
    uint64_t random = 5, digests[KEYS], turned = 0;
    for (int found = 0; found < KEYS;) {
        uint64_t w = w_with_draw((uint32_t)random64(&random), random_below(&random, 1 << 16), model.seeds[0]);
        uint64_t a = model_draw(w, model.seeds[0]), b = model_draw(w, model.seeds[1]);
        if (a >> 12 != b >> 12 || a == b) continue;
        digests[found++] = unmix(w, SALT);
        turned += b < a;
    }
    CHECK(turned > 0 && turned < KEYS);
    guarded_rendezvous made = rendezvous_built(SALT, nodes, 3);
    check_first_nodes(&made.r, &model, digests, KEYS);
    for (int i = 0; i < KEYS; i++) check_searches(&made.r, &model, coterie_mix(digests[i], SALT), 3, 1);
    rendezvous_free(&made);
    rendezvous_model_free(&model);
    free(nodes);
}

/* Every length of a batch, from every address in a vector. */
static void lengths(void) {
    enum { MOST = 150 };
    uint64_t digests[MOST], random = 6;
    int32_t firsts[MOST];
    for (int weighted = 0; weighted < 2; weighted++) {
        coterie_rendezvous_node *nodes = nodes_plain(7, 8);
        weigh(nodes, 7, weighted ? UNIFORM : EQUAL, 9);
        guarded_rendezvous made = rendezvous_built(SALT, nodes, 7);
        rendezvous_model model = rendezvous_model_of(SALT, nodes, 7);
        for (int i = 0; i < MOST; i++) {
            digests[i] = random64(&random);
            firsts[i] = (int32_t)model_first(&model, coterie_mix(digests[i], SALT));
        }
        for (size_t n = 0; n <= MOST; n++) check_firsts(&made.r, digests + MOST - n, firsts + MOST - n, n);
        rendezvous_free(&made);
        rendezvous_model_free(&model);
        free(nodes);
    }
}

static void rows_of_replicas(void) {
    const size_t widths[] = {0, 1, 2, 5, 6, 20};
    const int how[] = {EQUAL, UNIFORM, MIXED};
    uint64_t digests[33], random = 13;
    for (int i = 0; i < 33; i++) digests[i] = random64(&random);
    for (uint32_t n = 1; n <= 6; n++)
        for (int h = 0; h < 3; h++) {
            coterie_rendezvous_node *nodes = nodes_plain(n, n);
            weigh(nodes, n, how[h], n);
            guarded_rendezvous made = rendezvous_built(SALT, nodes, n);
            rendezvous_model model = rendezvous_model_of(SALT, nodes, n);
            for (size_t k = 0; k < sizeof widths / sizeof *widths; k++)
                check_rows_of_nodes(&made.r, &model, digests, 33, widths[k]);
            rendezvous_free(&made);
            rendezvous_model_free(&model);
            free(nodes);
        }
}

int main(void) {
    frozen();
    inversions();
    sizes();
    no_nodes();
    all_weights();
    twins();
    crowds();
    equal_arrivals();
    equal_arrivals_of_unequal_draws();
    lengths();
    rows_of_replicas();
    return check_report();
}
