#include "coterie/hashing/siphash.h"

uint64_t coterie_siphash13(const void *data, size_t len, uint64_t k0, uint64_t k1) {
    return coterie_siphash(data, len, k0, k1, 1, 3);
}

COTERIE_INLINE void u64s_body(const uint64_t *in, size_t n, uint64_t k0, uint64_t k1, uint64_t *out) {
    for (size_t i = 0; i < n; i++) out[i] = coterie_siphash13_u64(in[i], k0, k1);
}
COTERIE_KERNEL(coterie_siphash13_u64s, u64s_body,
               (const uint64_t *in, size_t n, uint64_t k0, uint64_t k1, uint64_t *out), (in, n, k0, k1, out));
