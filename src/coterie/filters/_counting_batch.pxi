# How batches go through a filter, and what it can be asked for.

cdef uint64_t MOST = <uint64_t>1 << 40         # keys of the capacity
cdef uint64_t MOST_ADDED = (<uint64_t>1 << 62) - 1
cdef double FINEST = 1e-12                     # rates that 64-bit digests can keep


cdef double check_promise(double rate, uint64_t capacity) except -1:
    # Two keys of equal digests are one: of `capacity` keys that happens to a new one with capacity / 2**64.
    cdef double finest = max(FINEST, capacity * 100 / 18446744073709551616.0)
    if rate < finest:
        raise ValueError(f"fpr is {rate!r}: a filter of {capacity} keys keeps no promise below {finest:.3g}")
    return rate


cdef size_t bytes_of(const coterie_counting *counting) noexcept nogil:
    return counting.rows * <size_t>counting.columns * COTERIE_COUNTING_LINE


cdef Storage storage_of(const coterie_counting_shape *shape):
    cdef Storage storage = Storage.zeros(FRONT + shape.rows * <size_t>shape.columns * COTERIE_COUNTING_LINE)
    coterie_counting_shape_write(parameters_of(storage), shape)
    return storage


# Under the lock: what is counted of the lines that a batch writes to, and that they have it in their parameters.
cdef coterie_counting_tally *tally_of(Work *work) noexcept nogil:
    return work.tally if work.lines[0] == work.counting.lines else &work.nobodys


cdef void store_keys(const coterie_counting *counting, coterie_counting_tally *tally) noexcept nogil:
    tally.keys = min(tally.keys, MOST_ADDED)
    coterie_store64(counting.lines - COTERIE_FILTER_PARAMETERS + COTERIE_FILTER_ADDS, tally.keys)


cdef void contains_sink(void *ctx, const uint64_t *digests, size_t n, void *out) noexcept nogil:
    coterie_counting_contains[LEVEL[0]](<coterie_counting *>ctx, digests, n, <uint8_t *>out)


cdef void counts_sink(void *ctx, const uint64_t *digests, size_t n, void *out) noexcept nogil:
    coterie_counting_counts(<coterie_counting *>ctx, digests, n, <int32_t *>out)


cdef void add_sink(void *ctx, const uint64_t *digests, size_t n, void *out) noexcept nogil:
    cdef Work *work = <Work *>ctx
    cdef coterie_counting_tally *tally
    take_turn(work.lock, work.few)
    tally = tally_of(work)
    coterie_counting_add[LEVEL[0]](&work.counting, digests, n, <uint8_t *>out, tally)
    store_keys(&work.counting, tally)
    PyThread_release_lock(work.lock)


cdef void discard_sink(void *ctx, const uint64_t *digests, size_t n, void *out) noexcept nogil:
    cdef Work *work = <Work *>ctx
    cdef coterie_counting_tally *tally
    take_turn(work.lock, work.few)
    tally = tally_of(work)
    coterie_counting_discard(&work.counting, digests, n, <uint8_t *>out, tally, LEVEL[0])
    store_keys(&work.counting, tally)
    PyThread_release_lock(work.lock)


cdef void no_sink(void *ctx, const uint64_t *digests, size_t n, void *out) noexcept nogil:
    pass
