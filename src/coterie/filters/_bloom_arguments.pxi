# What a BloomFilter can be asked for.

cdef extern from "coterie/filters/bloom_size.h" nogil:
    uint64_t coterie_bloom_size(int layout, uint64_t capacity, double fpr, int *probes)

cdef tuple LAYOUTS = ("block", "pair", "classic")
cdef uint64_t MOST = <uint64_t>1 << 40     # keys
cdef double FINEST = 1e-12                 # rates that 64-bit digests can keep
cdef double FINEST_BLOCK = 1e-7            # that the 32 bits of a word which one block sees can


cdef int layout_of(object layout, double rate) except -1:
    if isinstance(layout, str) and layout == "auto":
        return COTERIE_BLOOM_BLOCK if rate >= 1e-3 else COTERIE_BLOOM_PAIR
    if not isinstance(layout, str) or layout not in LAYOUTS:
        raise ValueError(f'layout is {shown(layout)}: pass "auto", "block", "pair" or "classic"')
    return LAYOUTS.index(layout)


cdef int check_promise(int layout, uint64_t capacity, double rate) except -1:
    # Two keys of equal digests are one: of `capacity` keys that happens to a new one with capacity / 2**64.
    cdef double finest = max(FINEST, capacity * 100 / 18446744073709551616.0)
    if layout == COTERIE_BLOOM_BLOCK:
        finest = max(finest, FINEST_BLOCK)
    if rate < finest:
        raise ValueError(f"fpr is {rate!r}: a filter of {capacity} keys with this layout keeps no promise below {finest:.3g}")
    return 0
