/* Maglev's tables: the paper's example, Envoy's, and the model, for plain nodes and for hostile ones; lookups at
 * every level and replicas. */
#include "check.h"
#include "coterie/hashing/xxh3.h"
#include "coterie/hashing/xxh64.h"
#include "placement/maglev_model.h"

static const uint64_t SALT = 0xE220A8397B1DCDAFu;

static void allowed_sizes(void) {
    enum { SIEVE = 100000 };
    static uint8_t composite[SIEVE];
    const uint64_t largest = COTERIE_MAGLEV_MAX_SLOTS; /* a prime */
    composite[0] = composite[1] = 1;
    for (uint32_t i = 2; i < SIEVE; i++)
        for (uint32_t k = 2 * i; k < SIEVE; k += i) composite[k] = 1;
    for (uint32_t i = 0; i < SIEVE; i++) CHECK_EQUAL(coterie_maglev_allows(i), !composite[i]);
    for (uint64_t i = largest - 1000; i <= largest; i++) {
        int prime = 1;
        for (uint64_t divisor = 2; divisor < 3000; divisor++) prime &= i % divisor != 0;
        CHECK_EQUAL(coterie_maglev_allows(i), prime);
    }
    const uint64_t large[] = {5000077, 0x7FFFFFFF, 0xFFFFFFFB, ((uint64_t)1 << 32) + 2, ((uint64_t)1 << 32) + 65537,
                              ((uint64_t)1 << 61) - 1, UINT64_MAX - 58, UINT64_MAX};
    CHECK(coterie_maglev_allows(largest));
    for (size_t i = 0; i < sizeof large / sizeof *large; i++) CHECK(!coterie_maglev_allows(large[i]));
}

static void permutations(void) {
    const uint32_t slots[] = {2, 3, 5, 65537, 655373, COTERIE_MAGLEV_MAX_SLOTS};
    const uint8_t bytes[2][8] = {{0}, {1}};
    uint64_t random = 1;
    for (int k = 0; k < 6; k++)
        for (int i = 0; i < 10000; i++) {
            uint64_t digest = random64(&random), salt = random64(&random);
            coterie_maglev_node node = coterie_maglev_permute(digest, salt, 2.5, 77, slots[k]);
            CHECK_EQUAL(node.offset, coterie_xxh3(bytes[0], 8, digest ^ salt, 0) % slots[k]);
            CHECK_EQUAL(node.skip, 1 + coterie_xxh3(bytes[1], 8, digest ^ salt, 0) % (slots[k] - 1));
            CHECK(node.weight == 2.5 && node.owner == 77);
        }
}

/* ---- published tables ---- */

static void check_known(const coterie_maglev_node *nodes, uint32_t n, uint32_t slots, const int32_t *table) {
    int32_t *model = maglev_model_of(nodes, n, slots);
    CHECK(!memcmp(model, table, slots * sizeof *table));
    for (int narrow = 0; narrow < 2; narrow++) {
        guarded_maglev made = maglev_filled(SALT, nodes, n, slots, narrow);
        check_table(&made.m, table);
        maglev_free(&made);
    }
    free(model);
}

static void paper(void) { /* its table 1 */
    const coterie_maglev_node nodes[] = {{3, 4, 1, 0}, {0, 2, 1, 1}, {3, 1, 1, 2}};
    const coterie_maglev_node without_second[] = {{3, 4, 1, 0}, {3, 1, 1, 2}};
    const int32_t before[] = {1, 0, 1, 0, 2, 2, 0}, after[] = {0, 0, 0, 0, 2, 2, 2};
    check_known(nodes, 3, 7, before);
    check_known(without_second, 2, 7, after);
}

/* Hosts named PREFIX, then two digits from 90 on, of weights 1, 1 + more, ... */
static void check_envoy(const char *prefix, uint32_t n, double more, uint32_t slots, const int32_t *table) {
    coterie_maglev_node nodes[6];
    char name[16];
    for (uint32_t i = 0; i < n; i++) {
        size_t len = (size_t)snprintf(name, sizeof name, "%s9%u", prefix, i);
        uint64_t offset = coterie_xxh64(name, len, 0) % slots, skip = 1 + coterie_xxh64(name, len, 1) % (slots - 1);
        nodes[i] = (coterie_maglev_node){(uint32_t)offset, (uint32_t)skip, 1 + i * more, i};
    }
    check_known(nodes, n, slots, table);
}

static void envoy(void) { /* maglev_lb_test.cc */
    const int32_t addresses[] = {2, 4, 0, 1, 5, 0, 3}, ports[] = {2, 5, 0, 3, 4, 1, 0};
    const int32_t weighted[] = {1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 0, 1};
    check_envoy("127.0.0.1:", 6, 0, 7, addresses);
    check_envoy("", 6, 0, 7, ports);
    check_envoy("127.0.0.1:", 2, 1, 17, weighted);
}

/* ---- against the model ---- */

/* Owners have nothing to do with the order of turns. */
static coterie_maglev_node *nodes_plain(uint32_t n, uint32_t slots, uint64_t random) {
    coterie_maglev_node *nodes = (coterie_maglev_node *)malloc(n * sizeof *nodes);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t other = random_below(&random, i + 1);
        nodes[i] = coterie_maglev_permute(random64(&random), SALT, 1, i, slots);
        nodes[i].owner = nodes[other].owner;
        nodes[other].owner = i;
    }
    return nodes;
}

enum { EQUAL, UNIFORM, TWO_KINDS, ONE_HEAVY, ONE_LIGHT, POWERS, DECIMALS, ULPS, HOSTILE, WEIGHTS };

static void weigh(coterie_maglev_node *nodes, uint32_t n, int how, uint64_t random) {
    static const double hostile[] = {5e-324, 1e-323, 1e-310, 2.2250738585072014e-308, 1e-300, 1, 1e300, 1.7e308};
    for (uint32_t i = 0; i < n; i++) {
        double *weight = &nodes[i].weight;
        if (how == EQUAL) *weight = 3;
        else if (how == UNIFORM) *weight = ((double)(random64(&random) >> 12) + 1) * 0x1p-52;
        else if (how == TWO_KINDS) *weight = i % 3 ? 1 : 2.5;
        else if (how == ONE_HEAVY) *weight = i == n / 2 ? 1000 : 1; /* by turns, if there are more than 32 nodes */
        else if (how == ONE_LIGHT) *weight = i == n / 2 ? 0.01 : 1;
        else if (how == POWERS) *weight = ldexp(1, -(int)(i % 40));
        else if (how == DECIMALS) *weight = (double)(1 + i % 30) / 10; /* products that only round to be equal */
        else if (how == ULPS) *weight = 1 + i % 3 * 0x1p-52;
        else *weight = hostile[random_below(&random, 8)];
    }
}

static void check_weighed(coterie_maglev_node *nodes, uint32_t n, uint32_t slots, int how, uint64_t random) {
    weigh(nodes, n, how, random);
    check_maglev(SALT, nodes, n, slots, random);
    free(nodes);
}

/* All numbers of nodes in small tables; around the length of the list, and as many as slots, in larger ones. */
static void few_slots(void) {
    const uint32_t slots[] = {2, 3, 5, 7, 11, 13, 101};
    for (int k = 0; k < 7; k++)
        for (uint32_t n = 1; n <= slots[k]; n += k < 6 ? 1 : 9)
            for (int how = 0; how < WEIGHTS; how++) check_weighed(nodes_plain(n, slots[k], n), n, slots[k], how, n);
    for (int how = 0; how < WEIGHTS; how++) check_weighed(nodes_plain(101, 101, 1), 101, 101, how, 2);
}

static void many_slots(void) {
    const uint32_t slots = 65537, counts[] = {1, 2, 31, 33, 100, 255, 256, 257, 1000};
    for (int k = 0; k < 9; k++)
        for (int how = k % 2; how < WEIGHTS; how += 2)
            check_weighed(nodes_plain(counts[k], slots, counts[k]), counts[k], slots, how, 3);
    for (uint32_t n = slots - 256; n <= slots; n += 128) check_weighed(nodes_plain(n, slots, n), n, slots, EQUAL, 4);
    check_weighed(nodes_plain(slots, slots, 5), slots, slots, ONE_HEAVY, 5);
}

/* About the border between narrow and wide. */
static void many_nodes(void) {
    const uint32_t slots = 655373, counts[] = {0xFFFF, 0x10000, 0x10001, slots};
    for (int k = 0; k < 4; k++)
        check_weighed(nodes_plain(counts[k], slots, counts[k]), counts[k], slots, k == 2 ? ONE_HEAVY : EQUAL, 6);
    check_weighed(nodes_plain(100, slots, 7), 100, slots, UNIFORM, 7);
}

/* Permutations that meet everywhere: the same for all, side by side, and backwards. */
static void hostile_permutations(void) {
    const uint32_t slots[] = {2, 3, 7, 101, 1009};
    for (int k = 0; k < 5; k++) {
        const uint32_t last = slots[k] - 1, offsets[] = {0, 1, last / 2, last}, skips[] = {1, (last + 1) / 2, last};
        for (uint32_t n = 1; n <= slots[k]; n += 1 + slots[k] / 5)
            for (int o = 0; o < 4; o++)
                for (int s = 0; s < 3; s++)
                    for (uint32_t apart = 0; apart < 2; apart++) {
                        coterie_maglev_node *nodes = nodes_plain(n, slots[k], 8);
                        for (uint32_t i = 0; i < n; i++) {
                            nodes[i].offset = (offsets[o] + apart * i) % slots[k];
                            nodes[i].skip = apart && i % 2 ? slots[k] - skips[s] : skips[s];
                        }
                        check_weighed(nodes, n, slots[k], (int)(n + apart) % WEIGHTS, n);
                    }
    }
}

static int asked;
static int stop_at_once(void) { return ++asked; }

/* Who fills a table may stop, once that takes long: here every node looks at all slots that others have. */
static void stopping(void) {
    enum { SLOTS = 20011 };
    coterie_maglev_node *nodes = (coterie_maglev_node *)malloc(SLOTS * sizeof *nodes);
    uint16_t *table = (uint16_t *)malloc(SLOTS * sizeof *table);
    for (uint32_t i = 0; i < SLOTS; i++) nodes[i] = (coterie_maglev_node){7, 1, 1, i};
    CHECK(coterie_maglev_fill(nodes, SLOTS, SLOTS, 1, stop_at_once, table) == COTERIE_STOPPED && asked == 1);
    CHECK(coterie_maglev_fill(nodes, SLOTS, SLOTS, 1, NULL, table) == COTERIE_OK && table[7] == 0 && table[6] == SLOTS - 1);
    free(nodes);
    free(table);
}

int main(void) {
    stopping();
    allowed_sizes();
    permutations();
    paper();
    envoy();
    few_slots();
    many_slots();
    many_nodes();
    hostile_permutations();
    return check_report();
}
