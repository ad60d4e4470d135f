# How batches go through a filter, and what all its bits say.

cdef extern from "coterie/filters/bloom_build.h" nogil:
    int coterie_bloom_build_pays(const coterie_bloom *filter, uint64_t n)
    int coterie_bloom_build_begin(coterie_bloom_build *build, const coterie_bloom *filter)
    void coterie_bloom_build_add(coterie_bloom_build *build, const uint64_t *digests, size_t n, int level)
    void coterie_bloom_build_end(coterie_bloom_build *build, int level)

# Counts keys; how many there are now.
cdef inline uint64_t count(uint8_t *parameters, uint64_t n) noexcept nogil:
    cdef uint64_t adds = coterie_load64(parameters + COTERIE_FILTER_ADDS) + n
    coterie_store64(parameters + COTERIE_FILTER_ADDS, adds)
    return adds


cdef void contains_sink(void *ctx, const uint64_t *digests, size_t n, void *out) noexcept nogil:
    coterie_bloom_contains[LEVEL[0]](<coterie_bloom *>ctx, digests, n, <uint8_t *>out)


# What is known of the keys that were added costs nothing at first: a batch counts as that many new keys. When that passes
# the capacity the bits are asked, and when they are near it every key is counted from then on; until a warning was given.
cdef void add_sink(void *ctx, const uint64_t *digests, size_t n, void *out) noexcept nogil:
    cdef Work *work = <Work *>ctx
    cdef uint64_t adds
    if work.live:
        coterie_count_shared(work.adds, coterie_bloom_add_shared(&work.bloom, digests, n, <uint8_t *>out))
        return
    take_turn(work.lock, work.few)
    adds = coterie_load64(work.adds)
    if adds + n > work.capacity and not work.exact[0] and not work.building:
        adds = min(adds, least_len(&work.bloom))
        work.exact[0] = adds + max(work.capacity // 4, <uint64_t>ROOMY) > work.capacity
    if work.building:
        coterie_bloom_build_add(&work.build, digests, n, LEVEL[0])
        adds += n
    elif out is NULL and not work.exact[0]:
        coterie_bloom_add[LEVEL[0]](&work.bloom, digests, n)
        adds += n
    else:
        adds += coterie_bloom_add_new[LEVEL[0]](&work.bloom, digests, n, <uint8_t *>out)
    coterie_store64(work.adds, adds)
    PyThread_release_lock(work.lock)


cdef uint64_t bits_set(const coterie_bloom *bloom) noexcept nogil:
    cdef uint64_t count
    coterie_bits_count[LEVEL[0]](<const uint64_t *>bloom.bits, bloom.blocks * (COTERIE_BLOOM_BYTES // 8), &count)
    return count


cdef double share_set(const coterie_bloom *bloom) noexcept nogil:
    return bits_set(bloom) / (8.0 * COTERIE_BLOOM_BYTES * bloom.blocks)


# The number of keys for which so many bits are set is the likeliest.
cdef uint64_t likeliest_len(const coterie_bloom *bloom, uint64_t count) noexcept nogil:
    cdef double bits = 8.0 * COTERIE_BLOOM_BYTES * bloom.blocks, unset = bits - count, chance, keys
    if unset == bits:
        return 0
    # The chance that a word sets a certain bit, one of those of its lane in all blocks; that a probe does.
    chance = 8 / bits if bloom.layout != COTERIE_BLOOM_CLASSIC else 1 / bits
    keys = log(max(unset, 0.5) / bits) / log1p(-chance)
    if bloom.layout == COTERIE_BLOOM_PAIR:
        keys /= 2
    elif bloom.layout == COTERIE_BLOOM_CLASSIC:
        keys /= bloom.probes
    return max(1, <uint64_t>(keys + 0.5))


cdef uint64_t approximate_len(const coterie_bloom *bloom) noexcept nogil:
    return likeliest_len(bloom, bits_set(bloom))


# So many keys, at the least, within four standard deviations: who warns by it does not warn wrongly.
cdef uint64_t least_len(const coterie_bloom *bloom) noexcept nogil:
    cdef uint64_t count = bits_set(bloom), keys = likeliest_len(bloom, count), margin
    cdef double bits = 8.0 * COTERIE_BLOOM_BYTES * bloom.blocks, share = bits / max(bits - count, 0.5)
    # Four standard deviations (Whang et al. 1990, of linear counting).
    margin = <uint64_t>(4 * sqrt(bits * (share - 1 - log(share))) / bloom.probes)
    return max(<uint64_t>1, keys - margin) if keys > margin else min(keys, <uint64_t>1)


cdef bint bits_within(const coterie_bloom *bloom, const coterie_bloom *other) noexcept nogil:
    cdef int within
    coterie_bits_within[LEVEL[0]](<const uint64_t *>bloom.bits, <const uint64_t *>other.bits, words(bloom), &within)
    return within


# Whether filters set the same bits for a key, if they take the same digests.
cdef bint alike(const coterie_bloom *bloom, const coterie_bloom *other) noexcept nogil:
    return (bloom.layout == other.layout and bloom.blocks == other.blocks and bloom.probes == other.probes
            and bloom.salt == other.salt)


cdef int refuse_others() except -1:
    raise ValueError("the filters differ in size, layout, seed or key: only those made with the same arguments can be merged "
                     "and compared")


cdef size_t words(const coterie_bloom *bloom) noexcept nogil:
    return bloom.blocks * (COTERIE_BLOOM_BYTES // 8)
