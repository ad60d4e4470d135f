/* Any number of threads read structures, at any level, while another makes new ones: the thread sanitizer watches. */
#include "check.h"
#include "coterie/placement/jump.h"
#include "placement/maglev_model.h"
#include "placement/rendezvous_model.h"
#include "placement/ring_nodes.h"

#include <pthread.h>
#include <stdatomic.h>

enum { READERS = 3, STATES = 60, KEYS = 600, NODES = 40, VNODES = 20, SLOTS = 1009 };
enum { RING, RENDEZVOUS, MAGLEV, JUMP, SCHEMES };
static const uint64_t SALT = 5;

/* The structures of some nodes, and what they answer, known before they are published. Kept to the end. */
typedef struct {
    guarded_ring ring;
    guarded_rendezvous rendezvous;
    guarded_maglev maglev;
    int32_t owners[SCHEMES][KEYS];
} state;

static state states[STATES];
static _Atomic(state *) current;
static atomic_int finished, wrong;
static uint64_t digests[KEYS];

static void assign(const state *s, int level, int32_t owners[SCHEMES][KEYS]) {
    coterie_ring_assign[level](&s->ring.ring, digests, KEYS, owners[RING]);
    coterie_rendezvous_assign[level](&s->rendezvous.r, digests, KEYS, owners[RENDEZVOUS]);
    coterie_maglev_assign[level](&s->maglev.m, digests, KEYS, owners[MAGLEV]);
    coterie_jump_assign[level](digests, KEYS, SALT, NODES, owners[JUMP]);
}

/* The first owners of one key, alone and of three. */
static int firsts_are(const state *s, int level, int key) {
    uint64_t digest = digests[key], w = coterie_mix(digest, SALT), room[9];
    int32_t owners[SCHEMES][3];
    coterie_ring_get_many(&s->ring.ring, digest, 3, NULL, owners[RING]);
    coterie_rendezvous_assign_many(&s->rendezvous.r, &digest, 1, 3, room, owners[RENDEZVOUS], level);
    coterie_maglev_get_many(&s->maglev.m, digest, 3, NULL, owners[MAGLEV]);
    owners[JUMP][0] = coterie_jump(w, NODES);
    for (int scheme = 0; scheme < SCHEMES; scheme++)
        if (owners[scheme][0] != s->owners[scheme][key]) return 0;
    return (int32_t)coterie_ring_get(&s->ring.ring, digest) == owners[RING][0] &&
           (int32_t)coterie_rendezvous_get(&s->rendezvous.r, w, level) == owners[RENDEZVOUS][0] &&
           (int32_t)coterie_maglev_get(&s->maglev.m, digest) == owners[MAGLEV][0];
}

static void *reader(void *unused) {
    int level = 0, last = 0;
    do {
        last = atomic_load(&finished); /* one more turn after the last state */
        const state *s = atomic_load_explicit(&current, memory_order_acquire);
        int32_t owners[SCHEMES][KEYS];
        assign(s, level, owners);
        int right = !memcmp(owners, s->owners, sizeof owners);
        for (int key = 0; key < KEYS; key += 37) right &= firsts_are(s, level, key);
        if (!right) atomic_fetch_add(&wrong, 1);
        level = level < coterie_level_best() ? level + 1 : 0;
    } while (!last);
    return unused;
}

/* The two structures that are made anew. */
static void make(state *s, const coterie_ring_node *nodes, uint32_t n) {
    coterie_rendezvous_node weighed[NODES];
    coterie_maglev_node permuted[NODES];
    for (uint32_t i = 0; i < n; i++) {
        double weight = 1 + (double)(nodes[i].digest % 4);
        weighed[i] = (coterie_rendezvous_node){nodes[i].digest, weight};
        permuted[i] = coterie_maglev_permute(nodes[i].digest, SALT, weight, i, SLOTS);
    }
    s->rendezvous = rendezvous_built(SALT, weighed, n);
    s->maglev = maglev_filled(SALT, permuted, n, SLOTS, 1);
}

int main(void) {
    pthread_t threads[READERS];
    uint64_t random = 1;
    for (int i = 0; i < KEYS; i++) digests[i] = random64(&random);
    coterie_ring_node *all = nodes_plain(NODES, VNODES, 2), *less = nodes_without(all, NODES, NODES / 2);
    for (int i = 0; i < STATES; i++) { /* one node comes and goes */
        state *s = states + i;
        const coterie_ring *old = &states[i ? i - 1 : 0].ring.ring;
        s->ring = !i      ? ring_built(SALT, all, NODES, 0)
                  : i & 1 ? ring_changed(old, all, less, NODES - 1, NODES / 2, COTERIE_RING_NONE, 0)
                          : ring_changed(old, less, all, NODES, COTERIE_RING_NONE, NODES / 2, 0);
        make(s, i & 1 ? less : all, NODES - (i & 1));
        assign(s, COTERIE_BASELINE, s->owners);
        atomic_store_explicit(&current, s, memory_order_release);
        if (!i)
            for (int t = 0; t < READERS; t++) CHECK(!pthread_create(threads + t, NULL, reader, NULL));
    }
    atomic_store(&finished, 1);
    for (int t = 0; t < READERS; t++) CHECK(!pthread_join(threads[t], NULL));
    CHECK_EQUAL(atomic_load(&wrong), 0);
    for (int i = 0; i < STATES; i++) {
        ring_free(&states[i].ring);
        rendezvous_free(&states[i].rendezvous);
        maglev_free(&states[i].maglev);
    }
    free(all);
    free(less);
    return check_report();
}
