/* Several threads add to one filter: no bit and no count is lost, and who was first is told so. Others read meanwhile
 * and find what was added before. */
#include "bloom_model.h"
#include "coterie/filters/bloom_bits.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

/* Readers look at bits as plain memory, by design while others write to them; that is what this sanitizer reports. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ONLY_WRITERS
#endif
#endif
#if defined(ONLY_WRITERS) || defined(__SANITIZE_THREAD__)
enum { READERS = 0 };
#else
enum { READERS = 2 };
#endif
enum { WRITERS = 4, KEYS = 3000, BATCH = 100, TURN = KEYS / WRITERS + 1, TURNS = 6, MOST_THREADS = 8 };

typedef struct {
    uint64_t digests[KEYS];
    uint8_t fresh[KEYS];
    size_t sum;
    int level; /* adds plainly, at this level, if it is not below 0 */
    atomic_int added;
} writer;

static writer writers[WRITERS];
static int writers_len;
static coterie_bloom filter;
static atomic_int started, wrong;

/* ---- threads ---- */

static void *write_all(void *argument) {
    writer *me = (writer *)argument;
    atomic_fetch_add(&started, 1);
    while (atomic_load(&started) < writers_len + READERS) {
    }
    for (int i = 0; i < KEYS; i += BATCH) {
        if (me->level >= 0) coterie_bloom_add[me->level](&filter, me->digests + i, BATCH);
        else me->sum += coterie_bloom_add_shared(&filter, me->digests + i, BATCH, me->fresh + i);
        atomic_store_explicit(&me->added, i + BATCH, memory_order_release);
    }
    return NULL;
}

/* What the writers said they had added is there: alone and in batches, at every level. */
static void *read_all(void *unused) {
    uint8_t out[KEYS];
    int last = 0;
    atomic_fetch_add(&started, 1);
    while (!last) {
        last = 1;
        for (int w = 0; w < writers_len; w++) last &= atomic_load(&writers[w].added) == KEYS; /* one more turn then */
        for (int w = 0; w < writers_len; w++)
            EACH_LEVEL(level) {
                int n = atomic_load_explicit(&writers[w].added, memory_order_acquire), found = 0;
                coterie_bloom_contains[level](&filter, writers[w].digests, (size_t)n, out);
                for (int i = 0; i < n; i++) found += out[i];
                if (found != n || (n && !coterie_bloom_has[level](&filter, writers[w].digests[n - 1])))
                    atomic_fetch_add(&wrong, 1);
            }
    }
    return unused;
}

static void run(int n) {
    pthread_t threads[MOST_THREADS];
    writers_len = n;
    atomic_store(&started, 0);
    for (int i = 0; i < n + READERS; i++)
        CHECK(!pthread_create(threads + i, NULL, i < n ? write_all : read_all, i < n ? writers + i : NULL));
    for (int i = 0; i < n + READERS; i++) CHECK(!pthread_join(threads[i], NULL));
    CHECK_EQUAL(atomic_exchange(&wrong, 0), 0);
}

/* ---- what they leave ---- */

/* New keys for all writers: the same for all, each beginning elsewhere, or others for each. */
static void prepare(uint64_t seed, int same, int level) {
    for (int w = 0; w < WRITERS; w++) {
        uint64_t first = seed * KEYS * WRITERS + (same ? 0 : (uint64_t)w * KEYS), turn = same ? (uint64_t)w * TURN : 0;
        for (uint64_t i = 0; i < KEYS; i++) writers[w].digests[i] = coterie_splitmix64(first + (i + turn) % KEYS);
        memset(writers[w].fresh, 0x77, KEYS);
        writers[w].sum = 0;
        writers[w].level = level;
        atomic_store(&writers[w].added, 0);
    }
}

/* The bits are those of all keys. */
static void check_bits(int n) {
    coterie_bloom model = bloom_made(filter.layout, filter.probes, filter.blocks, filter.salt, 0);
    for (int w = 0; w < n; w++)
        for (int i = 0; i < KEYS; i++) model_put(&model, model.bits, writers[w].digests[i]);
    CHECK(!memcmp(filter.bits, model.bits, bloom_bytes(&filter)));
    bloom_free(&model);
}

/* Whether a key has a bit that no other key has; `users` counts the keys of each bit. */
static int has_own_bit(const uint8_t *users, uint64_t digest) {
    uint64_t bits[MODEL_MOST];
    int own = 0;
    for (int n = model_bits(&filter, digest, bits); n-- > 0;) own |= users[bits[n]] == 1;
    return own;
}

/* How many keys of one writer have each bit of the filter, at most 255. */
static void count_users(uint8_t *users, const uint64_t *digests) {
    uint64_t bits[MODEL_MOST];
    for (int i = 0; i < KEYS; i++)
        for (int n = model_bits(&filter, digests[i], bits), j = 0; j < n; j++) {
            int again = 0; /* the key has it twice */
            for (int k = 0; k < j; k++) again |= bits[k] == bits[j];
            if (!again && users[bits[j]] < 255) users[bits[j]]++;
        }
}

/* Of those who added a key with a bit of its own, at least one was told that it is new. Every time a key is new a bit
 * was set, and none is set twice. */
static void check_told(int same) {
    uint8_t *users = (uint8_t *)calloc(8 * bloom_bytes(&filter), 1);
    size_t sum = 0, set = 0, own = 0;
    for (int w = 0; w < (same ? 1 : WRITERS); w++) count_users(users, writers[w].digests);
    for (size_t bit = 0; bit < 8 * bloom_bytes(&filter); bit++) set += users[bit] != 0;
    for (int w = 0; w < WRITERS; w++) {
        size_t told = 0;
        for (int i = 0; i < KEYS; i++) {
            CHECK(writers[w].fresh[i] < 2);
            told += writers[w].fresh[i];
            if (!has_own_bit(users, writers[w].digests[i])) continue;
            if (!same) CHECK(writers[w].fresh[i]);
            own++;
        }
        CHECK_EQUAL(told, writers[w].sum);
        sum += told;
    }
    for (uint64_t i = 0; same && i < KEYS; i++) {
        unsigned told = 0;
        for (uint64_t w = 0; w < WRITERS; w++) told += writers[w].fresh[(i + KEYS - w * TURN % KEYS) % KEYS];
        CHECK(told || !has_own_bit(users, writers[0].digests[i]));
    }
    CHECK(sum <= set && (own || filter.blocks < 1000));
    free(users);
}

static void shared(void) {
    uint64_t seed = 0;
    for (int shape = 0; shape < SHAPES; shape++)
        for (int turn = 0; turn < TURNS; turn++) {
            int same = turn & 1;
            filter = bloom_of(shape, turn < 2 ? 60 : 1000, seed, turn & 1);
            prepare(seed++, same, -1);
            run(WRITERS);
            check_bits(WRITERS);
            check_told(same);
            bloom_free(&filter);
        }
}

/* One thread adds with vectors, all others read. */
static void plain(void) {
    uint64_t seed = 1000;
    for (int shape = 0; shape < SHAPES; shape++)
        EACH_LEVEL(level) for (int turn = 0; turn < TURNS; turn++) {
            filter = bloom_of(shape, turn & 1 ? 60 : 1000, seed, turn & 1);
            prepare(seed++, 0, level);
            run(1);
            check_bits(1);
            bloom_free(&filter);
        }
}

/* ---- at the same moment ---- */

enum { RACERS = 2, ROUNDS = 20000, KEYS_OF_ROUND = 3, PATIENCE = 1000 };
static coterie_bloom small[ROUNDS]; /* of one block */
static uint64_t *united, *left, numbers; /* a word of each round; of all rounds */
static int racers[RACERS];

static uint64_t digest_of(int racer, int round, int key) {
    return coterie_splitmix64((uint64_t)(racer + RACERS * (round * KEYS_OF_ROUND + key)));
}
static uint64_t word_of(int racer, int round) { return digest_of(racer, round, 0) & digest_of(racer, round, 1); }
static uint64_t number_of(int racer, int round) { return digest_of(racer, round, 0) >> round % 64; }

/* Begins each round with the others: then writes to the same words. */
static void *race(void *racer) {
    int me = *(const int *)racer;
    uint64_t digests[KEYS_OF_ROUND];
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t word = word_of(me, round), rest = ~word, number = number_of(me, round);
        for (int i = 0; i < KEYS_OF_ROUND; i++) digests[i] = digest_of(me, round, i);
        atomic_fetch_add(&started, 1);
        for (int spins = 0; atomic_load(&started) < RACERS * (round + 1); spins++)
            if (spins > PATIENCE) sched_yield();
        coterie_count_shared((uint8_t *)&numbers, number);
        coterie_bits_or_shared(united + round, &word, 1);
        coterie_bits_and_shared(left + round, &rest, 1);
        coterie_bloom_add_shared(small + round, digests, KEYS_OF_ROUND, NULL);
    }
    return NULL;
}

static void check_round(int round) {
    uint8_t bits[COTERIE_BLOOM_BYTES] = {0};
    uint64_t word = 0;
    for (int racer = 0; racer < RACERS; racer++) {
        word |= word_of(racer, round);
        for (int i = 0; i < KEYS_OF_ROUND; i++) model_put(small + round, bits, digest_of(racer, round, i));
    }
    CHECK_EQUAL(united[round], word);
    CHECK_EQUAL(left[round], ~word);
    CHECK(!memcmp(small[round].bits, bits, sizeof bits));
}

static void races(void) {
    pthread_t threads[RACERS];
    coterie_bloom all = bloom_made(COTERIE_BLOOM_BLOCK, 8, ROUNDS, 0, 0);
    uint64_t expected = 0;
    united = (uint64_t *)calloc(ROUNDS, sizeof *united);
    left = (uint64_t *)malloc(ROUNDS * sizeof *left);
    memset(left, 0xFF, ROUNDS * sizeof *left);
    for (int round = 0; round < ROUNDS; round++) {
        const int shape = round % SHAPES;
        small[round] = (coterie_bloom){all.bits + COTERIE_BLOOM_BYTES * round, 1, 0, BLOOM_SHAPES[shape].layout,
                                       BLOOM_SHAPES[shape].probes, 0};
        for (int racer = 0; racer < RACERS; racer++) expected += number_of(racer, round);
    }
    atomic_store(&started, 0);
    for (int i = 0; i < RACERS; i++) {
        racers[i] = i;
        CHECK(!pthread_create(threads + i, NULL, race, racers + i));
    }
    for (int i = 0; i < RACERS; i++) CHECK(!pthread_join(threads[i], NULL));
    CHECK_EQUAL(coterie_load64(&numbers), expected);
    for (int round = 0; round < ROUNDS; round++) check_round(round);
    free(united);
    free(left);
    bloom_free(&all);
}

/* One thread alone: numbers carry, and wrap. */
static void counted(void) {
    uint8_t *number = (uint8_t *)guard_alloc(8);
    coterie_store64(number, 0xFF);
    coterie_count_shared(number, 1);
    CHECK_EQUAL(coterie_load64(number), 0x100);
    coterie_count_shared(number, UINT64_MAX);
    CHECK_EQUAL(coterie_load64(number), 0xFF);
    coterie_replace_shared(number, 0xFE, 7);
    CHECK_EQUAL(coterie_load64(number), 0xFF);
    coterie_replace_shared(number, 0xFF, (uint64_t)1 << 40);
    CHECK_EQUAL(coterie_load64(number), (uint64_t)1 << 40);
    guard_free(number, 8);
}

int main(void) {
    shared();
    plain();
    races();
    counted();
    return check_report();
}
