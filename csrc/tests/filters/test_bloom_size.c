/* Sizes and rates of Bloom filters: known answers to the last bit, sums made with the C library's functions, filters
 * that are filled, and what every size promises. */
#include "bloom_model.h"
#include "coterie/filters/bloom_bits.h"
#include "coterie/filters/bloom_size.h"

#include <float.h>
#include <math.h>

static const uint64_t MOST = COTERIE_BLOOM_MAX_BLOCKS;
static const double LEAST = 1e-13; /* rates below are rounded away: digests of 64 bits keep no such promise */

/* ---- known answers, of the model in Python ---- */

static const struct {
    int layout;
    uint64_t blocks;
    int probes;
    uint64_t keys;
    double rate;
} RATES[] = {
    {COTERIE_BLOOM_BLOCK, 1u, 8, 1u, 0x1p-40},
    {COTERIE_BLOOM_BLOCK, 1u, 8, 10u, 0x1.f70247a8aa98bp-16},
    {COTERIE_BLOOM_BLOCK, 2u, 8, 3u, 0x1.69727389f8cc7p-31},
    {COTERIE_BLOOM_BLOCK, 3u, 8, 100u, 0x1.30cf13c397978p-5},
    {COTERIE_BLOOM_BLOCK, 41u, 8, 1000u, 0x1.49fa877a86b72p-7},
    {COTERIE_BLOOM_BLOCK, 1000u, 8, 25000u, 0x1.7417d84f75004p-7},
    {COTERIE_BLOOM_BLOCK, 41133u, 8, 1000000u, 0x1.478fa3fc3c530p-7},
    {COTERIE_BLOOM_BLOCK, 2147483647u, 8, 50000000000u, 0x1.0c35a0e850a18p-7},
    {COTERIE_BLOOM_BLOCK, 7u, 8, 300000u, 0x1p+0},
    {COTERIE_BLOOM_PAIR, 1u, 16, 1u, 0x1.a784379d99db4p-65},
    {COTERIE_BLOOM_PAIR, 2u, 16, 16u, 0x1.82cca74060c46p-20},
    {COTERIE_BLOOM_PAIR, 3u, 16, 16u, 0x1.cf3278630a1afp-26},
    {COTERIE_BLOOM_PAIR, 133u, 16, 1000u, 0x1.f58905d3a719cp-21},
    {COTERIE_BLOOM_PAIR, 1000u, 16, 12345u, 0x1.e32f168deb5efp-14},
    {COTERIE_BLOOM_PAIR, 131953u, 16, 1000000u, 0x1.0c69352ce2cbcp-20},
    {COTERIE_BLOOM_PAIR, 2147483647u, 16, 20000000000u, 0x1.087b1ff171370p-17},
    {COTERIE_BLOOM_PAIR, 5u, 16, 100000u, 0x1p+0},
    {COTERIE_BLOOM_CLASSIC, 1u, 1, 1u, 0x1p-8},
    {COTERIE_BLOOM_CLASSIC, 1u, 7, 20u, 0x1.4076cd500d611p-9},
    {COTERIE_BLOOM_CLASSIC, 3u, 2, 300u, 0x1.2d5ef520b5ac2p-2},
    {COTERIE_BLOOM_CLASSIC, 38u, 7, 1000u, 0x1.32d3e5a39cf5ep-7},
    {COTERIE_BLOOM_CLASSIC, 1000u, 10, 20000u, 0x1.1fa690f7ea461p-9},
    {COTERIE_BLOOM_CLASSIC, 1000u, 64, 3000u, 0x1.f5972e83e711cp-60},
    {COTERIE_BLOOM_CLASSIC, 2147483647u, 7, 50000000000u, 0x1.50ad8b26365c0p-8},
    {COTERIE_BLOOM_CLASSIC, 2u, 64, 1000000u, 0x1p+0},
};

static const struct {
    uint64_t capacity;
    double fpr;
    uint64_t blocks[COTERIE_BLOOM_LAYOUTS]; /* 0: too large */
    int probes;                             /* of CLASSIC */
} SIZES[] = {
    {1u, 0.5, {1u, 1u, 1u}, 1},
    {1u, 0.1, {1u, 1u, 1u}, 1},
    {1u, 0.01, {1u, 1u, 1u}, 1},
    {1u, 0.001, {1u, 1u, 1u}, 2},
    {1u, 0.0001, {1u, 1u, 1u}, 2},
    {1u, 1e-06, {1u, 1u, 1u}, 4},
    {1u, 1e-09, {1u, 1u, 1u}, 6},
    {2u, 0.5, {1u, 1u, 1u}, 1},
    {2u, 0.1, {1u, 1u, 1u}, 1},
    {2u, 0.01, {1u, 1u, 1u}, 1},
    {2u, 0.001, {1u, 1u, 1u}, 2},
    {2u, 0.0001, {1u, 1u, 1u}, 3},
    {2u, 1e-06, {1u, 1u, 1u}, 4},
    {2u, 1e-09, {1u, 1u, 1u}, 8},
    {16u, 0.5, {1u, 1u, 1u}, 1},
    {16u, 0.1, {1u, 1u, 1u}, 1},
    {16u, 0.01, {1u, 1u, 1u}, 3},
    {16u, 0.001, {1u, 1u, 1u}, 6},
    {16u, 0.0001, {2u, 2u, 2u}, 5},
    {16u, 1e-06, {4u, 3u, 2u}, 12},
    {16u, 1e-09, {19u, 5u, 3u}, 18},
    {100u, 0.5, {2u, 3u, 1u}, 1},
    {100u, 0.1, {3u, 4u, 2u}, 3},
    {100u, 0.01, {5u, 5u, 4u}, 5},
    {100u, 0.001, {7u, 7u, 6u}, 7},
    {100u, 0.0001, {11u, 9u, 8u}, 9},
    {100u, 1e-06, {25u, 14u, 12u}, 13},
    {100u, 1e-09, {123u, 27u, 17u}, 26},
    {1000u, 0.5, {13u, 20u, 6u}, 1},
    {1000u, 0.1, {24u, 32u, 19u}, 3},
    {1000u, 0.01, {42u, 47u, 38u}, 6},
    {1000u, 0.001, {66u, 64u, 57u}, 9},
    {1000u, 0.0001, {103u, 83u, 75u}, 13},
    {1000u, 1e-06, {253u, 133u, 113u}, 18},
    {1000u, 1e-09, {1242u, 258u, 169u}, 28},
    {1000000u, 0.5, {12685u, 19875u, 5636u}, 1},
    {1000000u, 0.1, {23393u, 31644u, 18783u}, 3},
    {1000000u, 0.01, {41130u, 46786u, 37473u}, 7},
    {1000000u, 0.001, {65976u, 63247u, 56163u}, 10},
    {1000000u, 0.0001, {102897u, 82260u, 74895u}, 13},
    {1000000u, 1e-06, {252590u, 131952u, 112326u}, 20},
    {1000000u, 1e-09, {1243694u, 256489u, 168488u}, 30},
    {123456789u, 0.5, {1565992u, 2453667u, 695745u}, 1},
    {123456789u, 0.1, {2887992u, 3906574u, 2318831u}, 3},
    {123456789u, 0.01, {5077758u, 5775988u, 4626233u}, 7},
    {123456789u, 0.001, {8145182u, 7808159u, 6933661u}, 10},
    {123456789u, 0.0001, {12703338u, 10155522u, 9246217u}, 13},
    {123456789u, 1e-06, {31184912u, 16290487u, 13867323u}, 20},
    {123456789u, 1e-09, {153556138u, 31666370u, 20800982u}, 30},
    {10000000000u, 0.5, {126853249u, 198741659u, 56355273u}, 1},
    {10000000000u, 0.1, {234219867u, 316900171u, 187825790u}, 3},
    {10000000000u, 0.01, {413709914u, 469235260u, 374726388u}, 7},
    {10000000000u, 0.001, {671411392u, 638598470u, 561624520u}, 10},
    {10000000000u, 0.0001, {1049457716u, 834186301u, 748946265u}, 13},
    {10000000000u, 1e-06, {0u, 1374868457u, 1123258005u}, 20},
    {10000000000u, 1e-09, {0u, 0u, 1684873559u}, 30},
};

static void known(void) {
    for (size_t i = 0; i < sizeof RATES / sizeof *RATES; i++)
        CHECK(coterie_bloom_rate(RATES[i].layout, RATES[i].blocks, RATES[i].probes, RATES[i].keys) == RATES[i].rate);
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++)
        for (int layout = 0; layout < COTERIE_BLOOM_LAYOUTS; layout++) {
            const int expected[] = {8, 16, SIZES[i].probes};
            int probes = 0;
            uint64_t blocks = coterie_bloom_size(layout, SIZES[i].capacity, SIZES[i].fpr, &probes);
            CHECK_EQUAL(blocks, SIZES[i].blocks[layout]);
            if (SIZES[i].blocks[layout]) CHECK_EQUAL(probes, expected[layout]);
        }
}

/* Bits for each of many keys, to the four digits of tables of such filters. */
static void bits_per_key(void) {
    static const struct {
        double fpr, bits[COTERIE_BLOOM_LAYOUTS];
    } table[] = {
        {1e-2, {10.53, 11.98, 9.59}},  {1e-3, {16.89, 16.19, 14.38}}, {1e-4, {26.34, 21.06, 19.17}},
        {1e-5, {40.99, 26.83, 23.97}}, {1e-6, {64.66, 33.78, 28.76}},
    };
    for (int i = 0; i < 5; i++)
        for (int layout = 0; layout < COTERIE_BLOOM_LAYOUTS; layout++) {
            int probes;
            double bits = 256e-7 * (double)coterie_bloom_size(layout, 10000000, table[i].fpr, &probes);
            CHECK(fabs(bits - table[i].bits[layout]) < 0.006);
        }
}

/* ---- sums ---- */

/* The chance that one word, or each of two, hits in a block that took i words. */
static double hit_once(double i) { return pow(-expm1(i * log1p(-1.0 / 32)), 8); }
static double hit_twice(double i) {
    double empty = exp(i * log1p(-1.0 / 32)), both_empty = exp(i * log1p(-2.0 / 32));
    return pow(1 - 2 * empty + (empty + 31 * both_empty) / 32, 8); /* both words mean one cell of the lane in 1 of 32 */
}

/* The mean over the number of n words that a block takes, each with chance p: all numbers from 0. */
static double sum_of(double (*hit)(double), uint64_t n, double p) {
    if (p >= 1) return hit((double)n);
    double mean = p * (double)n, log_weight = (double)n * log1p(-p), log_odds = log(p) - log1p(-p), sum = 0;
    for (uint64_t i = 0; i <= n && (double)i < mean + 60 * sqrt(mean) + 200; i++) {
        sum += exp(log_weight) * hit((double)i);
        log_weight += log((double)(n - i) / (double)(i + 1)) + log_odds;
    }
    return sum;
}

/* The mean over blocks, by how many of 2^32 prefixes each has. */
static double blocks_sum(double (*hit)(double), uint64_t blocks, uint64_t words) {
    double sum = 0;
    for (uint64_t more = 0; more < 2; more++) {
        uint64_t prefixes = ((uint64_t)1 << 32) / blocks + more, odd = ((uint64_t)1 << 32) % blocks;
        double p = (double)prefixes / 4294967296.0;
        if (more ? odd : blocks - odd) sum += (double)(more ? odd : blocks - odd) * p * sum_of(hit, words, p);
    }
    return sum;
}

static double expected_rate(int layout, uint64_t blocks, int probes, uint64_t n) {
    if (layout == COTERIE_BLOOM_BLOCK) return blocks_sum(hit_once, blocks, n);
    if (layout == COTERIE_BLOOM_PAIR) {
        double square = pow(blocks_sum(hit_once, blocks, 2 * n), 2);
        return square + (blocks_sum(hit_twice, blocks, 2 * n) - square) / (double)blocks;
    }
    double bits = 256.0 * (double)blocks, set = (double)probes * (double)n, log_empty = set * log1p(-1 / bits);
    double empty = exp(log_empty), full = -expm1(log_empty);
    double spread = (empty - (1 + set / bits) * empty * empty) / bits / (full * full);
    return pow(full, probes) * (1 + probes * (probes - 1) / 2.0 * (spread > 0 ? spread : 0));
}

static void sums(void) {
    const uint64_t blocks[] = {1, 2, 3, 7, 100, 1 << 12, 99991, 1 << 20, 123456789, COTERIE_BLOOM_MAX_BLOCKS};
    const double per_block[] = {0.01, 0.5, 3, 10, 25, 40, 100, 500};
    for (size_t shape = 0; shape < SHAPES; shape++)
        for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++)
            for (size_t k = 0; k < sizeof per_block / sizeof *per_block; k++) {
                int layout = BLOOM_SHAPES[shape].layout, probes = BLOOM_SHAPES[shape].probes;
                uint64_t n = 1 + (uint64_t)(per_block[k] * (double)blocks[b]);
                double rate = coterie_bloom_rate(layout, blocks[b], probes, n);
                double expected = expected_rate(layout, blocks[b], probes, n);
                /* 1 - 1/bits is rounded: the larger a filter is, the fewer digits are left of 1/bits */
                double tolerance = 1e-9 + (layout == COTERIE_BLOOM_CLASSIC ? 1.5e-14 * probes * (double)blocks[b] : 0);
                if (expected > 1) expected = 1;
                CHECK(fabs(rate - expected) <= tolerance * expected || expected < LEAST);
            }
}

/* ---- filters that are filled ---- */

/* The share of random keys that a filter takes for its own. */
static double rate_of(const coterie_bloom *filter) {
    uint64_t set;
    if (filter->layout == COTERIE_BLOOM_CLASSIC) {
        const uint64_t *words = (const uint64_t *)(const void *)filter->bits;
        coterie_bits_count[COTERIE_BASELINE](words, bloom_bytes(filter) / 8, &set);
        return pow((double)set / (8.0 * (double)bloom_bytes(filter)), filter->probes);
    }
    double rate = coterie_bits_block_rate(filter->bits, filter->blocks);
    return filter->layout == COTERIE_BLOOM_PAIR ? rate * rate : rate;
}

/* The mean over many filters is the promised rate, within five times the deviation of such a mean; PAIR's promise is a
 * bound, and CLASSIC's is not exact. */
static void filled(void) {
    static const struct {
        int layout, probes;
        uint64_t blocks, keys;
        double below, above; /* the promise, in parts of the rate */
    } cases[] = {
        {COTERIE_BLOOM_BLOCK, 8, 1, 20, 1, 1},      {COTERIE_BLOOM_BLOCK, 8, 5, 100, 1, 1},
        {COTERIE_BLOOM_BLOCK, 8, 42, 1000, 1, 1},   {COTERIE_BLOOM_BLOCK, 8, 3, 200, 1, 1},
        {COTERIE_BLOOM_PAIR, 16, 1, 12, 1, 1},      {COTERIE_BLOOM_PAIR, 16, 2, 16, 1, 1.4},
        {COTERIE_BLOOM_PAIR, 16, 9, 100, 1, 1.2},   {COTERIE_BLOOM_PAIR, 16, 47, 1000, 1, 1.02},
        {COTERIE_BLOOM_CLASSIC, 7, 1, 25, 0.98, 1.02}, {COTERIE_BLOOM_CLASSIC, 7, 4, 100, 0.99, 1.01},
        {COTERIE_BLOOM_CLASSIC, 10, 57, 1000, 0.99, 1.01}, {COTERIE_BLOOM_CLASSIC, 1, 2, 300, 0.99, 1.01},
    };
    uint64_t random = 5;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int turns = (int)(400000 / cases[i].keys);
        double sum = 0, squares = 0;
        coterie_bloom filter = bloom_made(cases[i].layout, cases[i].probes, cases[i].blocks, 0, 0);
        for (int turn = 0; turn < turns; turn++) {
            memset(filter.bits, 0, bloom_bytes(&filter));
            for (uint64_t k = 0; k < cases[i].keys; k++)
                coterie_bloom_put[COTERIE_BASELINE](&filter, random64(&random));
            double rate = rate_of(&filter);
            sum += rate, squares += rate * rate;
        }
        double mean = sum / turns, deviation = sqrt((squares / turns - mean * mean) / turns);
        double promise = coterie_bloom_rate(cases[i].layout, cases[i].blocks, cases[i].probes, cases[i].keys);
        double least = cases[i].below * mean - 5 * deviation, most = cases[i].above * mean + 5 * deviation;
        if (!CHECK(promise > least && promise < most))
            fprintf(stderr, "    case %d: %g promised, %g +- %g found\n", (int)i, promise, mean, deviation);
        bloom_free(&filter);
    }
}

/* ---- laws of rates ---- */

/* More keys, or fewer blocks, are never better but for what is rounded; all rates are shares. */
static void monotone_rates(void) {
    for (size_t shape = 0; shape < SHAPES; shape++) {
        int layout = BLOOM_SHAPES[shape].layout, probes = BLOOM_SHAPES[shape].probes;
        for (uint64_t blocks = 1; blocks <= MOST; blocks = blocks < 20 ? blocks + 1 : blocks * 3) {
            double last = 0;
            CHECK(coterie_bloom_rate(layout, blocks, probes, 0) == 0);
            for (uint64_t n = 1; n <= (uint64_t)1 << 56; n = n < 200 ? n + 1 : n * 2) {
                double rate = coterie_bloom_rate(layout, blocks, probes, n);
                CHECK(rate >= 0 && rate <= 1 && rate >= last * (1 - 1e-12));
                double more = blocks > 1 ? coterie_bloom_rate(layout, blocks - 1, probes, n) : 1;
                CHECK(rate <= more * (1 + 1e-12) || rate < LEAST);
                last = rate;
            }
            CHECK(last == 1);
        }
    }
}

/* ---- laws of sizes ---- */

/* The size keeps the promise and nothing smaller does: no fewer blocks, and of several numbers of probes, none with
 * fewer blocks and no smaller one with as many. */
static uint64_t check_size(int layout, uint64_t capacity, double fpr) {
    int probes = 1, first = layout == COTERIE_BLOOM_CLASSIC ? 1 : layout == COTERIE_BLOOM_BLOCK ? 8 : 16;
    int last = layout == COTERIE_BLOOM_CLASSIC ? COTERIE_BLOOM_MAX_PROBES : first;
    uint64_t blocks = coterie_bloom_size(layout, capacity, fpr, &probes), fewer = blocks ? blocks - 1 : MOST;
    CHECK(blocks <= MOST);
    if (blocks) {
        CHECK(probes >= first && probes <= last);
        CHECK(coterie_bloom_rate(layout, blocks, probes, capacity) <= fpr);
    }
    for (int k = first; k <= last && fewer; k++) CHECK(coterie_bloom_rate(layout, fewer, k, capacity) > fpr);
    for (int k = first; k < probes && blocks; k++) CHECK(coterie_bloom_rate(layout, blocks, k, capacity) > fpr);
    return blocks;
}

/* Whether `size`, for more keys or a smaller rate, is not less than `than`; 0, too large, is more than all others.
 * Where a rate hardly changes from one size to the next, which of them is found depends on what is rounded. */
static int no_smaller(uint64_t size, uint64_t than, double fpr) {
    uint64_t play = fpr > 0.9 ? than >> 10 : than >> 24;
    return size == 0 || (than != 0 && size >= than - play);
}

static const double FPRS[] = {1 - 1e-12, 0.999, 0.9,  0.5,  0.1,  0.01,  0.003, 0.001,
                              1e-4,      1e-5,  1e-6, 1e-7, 1e-9, 1e-11, 1e-12};
enum { FPRS_LEN = sizeof FPRS / sizeof *FPRS };

/* Powers of 2, one more, and a third more. */
static uint64_t capacity_of(int i) {
    uint64_t power = (uint64_t)1 << i / 3;
    return power + (i % 3 == 0 ? 0 : i % 3 == 1 ? 1 : power / 3);
}

static void every_capacity(void) {
    for (int layout = 0; layout < COTERIE_BLOOM_LAYOUTS; layout++) {
        uint64_t last[FPRS_LEN], sizes[FPRS_LEN];
        for (int i = 6; i <= 120; i += layout == COTERIE_BLOOM_CLASSIC ? 5 : 2) {
            for (int f = 0; f < FPRS_LEN; f++) {
                sizes[f] = check_size(layout, capacity_of(i), FPRS[f]);
                CHECK(i == 6 || no_smaller(sizes[f], last[f], FPRS[f]));
                CHECK(f == 0 || no_smaller(sizes[f], sizes[f - 1], FPRS[f]));
            }
            memcpy(last, sizes, sizeof last);
        }
    }
}

static void small_capacities(void) {
    const double fprs[] = {0.9, 0.1, 0.01, 1e-3, 1e-4, 1e-6, 1e-9, 1e-12};
    for (int layout = 0; layout < COTERIE_BLOOM_LAYOUTS; layout++)
        for (int i = 0; i < 8; i++) {
            uint64_t last = 1;
            for (uint64_t capacity = 1; capacity <= (layout == COTERIE_BLOOM_CLASSIC ? 60u : 600u); capacity++) {
                uint64_t blocks = check_size(layout, capacity, fprs[i]);
                CHECK(no_smaller(blocks, last, fprs[i]));
                last = blocks;
            }
        }
}

/* Rates next to 0 and 1, and capacities that no filter has: an answer all the same. */
static void extremes(void) {
    const double fprs[] = {DBL_MIN * DBL_EPSILON, DBL_MIN, 1e-300, 1e-30, 1e-20, DBL_EPSILON, 1 - DBL_EPSILON / 2};
    const uint64_t capacities[] = {1, 2, 3, 1000, (uint64_t)1 << 32, (uint64_t)1 << 40, (uint64_t)1 << 57};
    for (int layout = 0; layout < COTERIE_BLOOM_LAYOUTS; layout++)
        for (size_t i = 0; i < sizeof fprs / sizeof *fprs; i++)
            for (size_t j = 0; j < sizeof capacities / sizeof *capacities; j++)
                check_size(layout, capacities[j], fprs[i]);
}

/* The last capacity that the largest filter has room for is found, and the next is refused. */
static void limits(void) {
    for (int layout = 0; layout < COTERIE_BLOOM_LAYOUTS; layout++)
        for (size_t i = 3; i < FPRS_LEN; i += 2) {
            int probes;
            uint64_t low = 0, high = (uint64_t)1 << 45; /* has room, has not */
            while (high - low > 1 + low / 10000000) {
                uint64_t middle = low + (high - low) / 2;
                if (coterie_bloom_size(layout, middle, FPRS[i], &probes)) low = middle;
                else high = middle;
            }
            CHECK(check_size(layout, high, FPRS[i]) == 0);
            uint64_t blocks = low ? check_size(layout, low, FPRS[i]) : MOST;
            CHECK(blocks > MOST - MOST / 10000);
        }
}

int main(void) {
    known();
    bits_per_key();
    sums();
    filled();
    monotone_rates();
    every_capacity();
    small_capacities();
    extremes();
    limits();
    return check_report();
}
