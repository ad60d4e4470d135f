/* Any number of threads read a ring, at any level, while another makes rings of it: the thread sanitizer watches. */
#include "check.h"
#include "coterie/placement/jump.h"
#include "placement/ring_nodes.h"

#include <pthread.h>
#include <stdatomic.h>

enum { READERS = 3, STATES = 60, KEYS = 600, NODES = 40, VNODES = 20 };
static const uint64_t SALT = 5;

/* A ring and what it answers, known before it is published. Kept to the end. */
typedef struct {
    guarded_ring made;
    int32_t owners[KEYS];
} ring_state;

static ring_state states[STATES];
static _Atomic(ring_state *) current;
static atomic_int finished, wrong;
static uint64_t digests[KEYS];

static void *reader(void *unused) {
    int level = 0, last = 0;
    do {
        last = atomic_load(&finished); /* one more turn after the last state */
        const ring_state *state = atomic_load_explicit(&current, memory_order_acquire);
        int32_t out[KEYS], buckets[KEYS];
        coterie_ring_assign[level](&state->made.ring, digests, KEYS, out);
        coterie_jump_assign[level](digests, KEYS, SALT, NODES, buckets);
        if (memcmp(out, state->owners, sizeof out)) atomic_fetch_add(&wrong, 1);
        for (int i = 0; i < KEYS; i += 37) {
            int32_t three[3];
            coterie_ring_get_many(&state->made.ring, digests[i], 3, NULL, three);
            if (three[0] != out[i] || (int32_t)coterie_ring_get(&state->made.ring, digests[i]) != out[i] ||
                coterie_jump(coterie_mix(digests[i], SALT), NODES) != buckets[i])
                atomic_fetch_add(&wrong, 1);
        }
        level = level < coterie_level_best() ? level + 1 : 0;
    } while (!last);
    return unused;
}

int main(void) {
    pthread_t threads[READERS];
    uint64_t random = 1;
    for (int i = 0; i < KEYS; i++) digests[i] = random64(&random);
    coterie_ring_node *all = nodes_plain(NODES, VNODES, 2), *less = nodes_without(all, NODES, NODES / 2);
    for (int s = 0; s < STATES; s++) { /* one node comes and goes */
        const ring_state *old = states + s - 1;
        states[s].made = !s      ? ring_built(SALT, all, NODES, 0)
                         : s & 1 ? ring_changed(&old->made.ring, all, less, NODES - 1, NODES / 2, COTERIE_RING_NONE, 0)
                                 : ring_changed(&old->made.ring, less, all, NODES, COTERIE_RING_NONE, NODES / 2, 0);
        const coterie_ring *ring = &states[s].made.ring;
        for (int i = 0; i < KEYS; i++) states[s].owners[i] = (int32_t)coterie_ring_get(ring, digests[i]);
        atomic_store_explicit(&current, states + s, memory_order_release);
        if (!s)
            for (int t = 0; t < READERS; t++) CHECK(!pthread_create(threads + t, NULL, reader, NULL));
    }
    atomic_store(&finished, 1);
    for (int t = 0; t < READERS; t++) CHECK(!pthread_join(threads[t], NULL));
    CHECK_EQUAL(atomic_load(&wrong), 0);
    for (int s = 0; s < STATES; s++) ring_free(&states[s].made);
    free(all);
    free(less);
    return check_report();
}
