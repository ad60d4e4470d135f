# The state of a ring, and how one is made from another or from bytes.

cdef extern from "coterie/base.h" nogil:
    uint64_t coterie_splitmix64(uint64_t x)
    uint64_t coterie_load64(const void *p)
    void coterie_store64(void *p, uint64_t x)
    ctypedef enum coterie_status:
        COTERIE_OK

cdef extern from "coterie/container.h":
    int COTERIE_KIND_RING

cdef extern from "coterie/placement/ring.h" nogil:
    uint64_t COTERIE_RING_MAX_POINTS
    uint32_t COTERIE_RING_NONE
    ctypedef struct coterie_ring:
        uint64_t salt
        uint32_t points_len
        uint32_t nodes_len
    ctypedef struct coterie_ring_node:
        uint64_t digest
        uint32_t points_len
        uint32_t rank
    size_t coterie_ring_size(uint64_t points_len, uint32_t nodes_len)
    coterie_status coterie_ring_build(coterie_ring *ring, void *memory, uint64_t salt, const coterie_ring_node *nodes,
                                      uint32_t nodes_len, int level)
    coterie_status coterie_ring_change(coterie_ring *ring, void *memory, const coterie_ring *old,
                                       const coterie_ring_node *nodes, uint32_t nodes_len,
                                       const coterie_ring_node *gone, uint32_t before, uint32_t after, int level)
    uint32_t coterie_ring_get(const coterie_ring *ring, uint64_t digest)
    void (**coterie_ring_assign)(const coterie_ring *ring, const uint64_t *digests, size_t n, int32_t *out)
    uint32_t coterie_ring_get_many(const coterie_ring *ring, uint64_t digest, uint32_t want, uint64_t *seen,
                                   int32_t *out)
    void coterie_ring_assign_many(const coterie_ring *ring, const uint64_t *digests, size_t n, size_t width,
                                  uint64_t *seen, int32_t *out)

cdef const int *LEVEL = cpu_level_address()


# One state of a ring. Immutable.
@cython.final
@cython.no_gc
cdef class _Table:
    cdef coterie_ring ring
    cdef Storage memory
    cdef Members members
    cdef tuple nodes
    cdef uint64_t seed
    cdef uint64_t vnodes
    cdef uint64_t least  # points of the smallest node, and of the largest
    cdef uint64_t most

    def __cinit__(self):
        self.members = Members.__new__(Members)
        self.nodes = ()
        self.vnodes = 160

    cdef _Table with_members(self, Members members, uint32_t before, uint32_t after):
        """The table of other members. before, after: the positions of the one node that differs, to make it at the
        price of a copy; both COTERIE_RING_NONE: anything may differ."""
        cdef _Table new = _Table.__new__(_Table)
        cdef uint32_t n = <uint32_t>len(members.nodes)
        cdef uint64_t total, salt
        cdef coterie_status status
        cdef Storage described = Storage.allocate(n * sizeof(coterie_ring_node))
        cdef coterie_ring_node *nodes = <coterie_ring_node *>described.data
        cdef coterie_ring_node gone
        new.members, new.nodes, new.seed, new.vnodes = members, members.nodes, self.seed, self.vnodes
        total = new.describe(nodes)
        new.memory = Storage.allocate(coterie_ring_size(total, n))
        salt = coterie_splitmix64(self.seed)
        if before != COTERIE_RING_NONE:
            describe_one(self.members, before, self.vnodes, &gone)
        with nogil:
            if before == after == COTERIE_RING_NONE or self.ring.points_len == 0:
                status = coterie_ring_build(&new.ring, new.memory.data, salt, nodes, n, LEVEL[0])
            else:
                status = coterie_ring_change(&new.ring, new.memory.data, &self.ring, nodes, n,
                                             NULL if before == COTERIE_RING_NONE else &gone, before, after, LEVEL[0])
        if status != COTERIE_OK:
            raise MemoryError(f"no memory for a ring of {total} points")
        return new

    cdef uint64_t describe(self, coterie_ring_node *nodes) except? 0:
        """Say what the kernel knows of the members; returns how many points they have."""
        cdef uint64_t total = 0, points
        cdef uint32_t rank = 0, position
        self.least, self.most = COTERIE_RING_MAX_POINTS, 0
        for position in range(len(self.nodes)):
            describe_one(self.members, position, self.vnodes, nodes + position)
            points = nodes[position].points_len
            self.least, self.most = min(self.least, points), max(self.most, points)
            total += points
            if total > COTERIE_RING_MAX_POINTS:
                raise ValueError("the nodes have too many points: the sum of weight * vnodes is at most 2**28")
        for position in self.members.by_bytes():
            nodes[position].rank = rank
            rank += 1
        return total

    cdef uint64_t steps(self, uint64_t want):
        """About how many points are passed until `want` nodes are found: the last takes longest, if the others are the
        largest ones."""
        cdef uint64_t total = self.ring.points_len, largest
        if want == 0:
            return 1
        want = min(want, <uint64_t>self.ring.nodes_len)
        largest = (want - 1) * self.most
        return want + total // (total - largest if largest + self.least < total else self.least)


cdef int describe_one(Members members, Py_ssize_t position, uint64_t vnodes, coterie_ring_node *node) except -1:
    cdef double points = floor(<double>members.weights[position] * vnodes + 0.5)
    node.digest = key_digest(members.nodes[position])
    node.points_len = <uint32_t>min(max(points, 1), COTERIE_RING_MAX_POINTS + 1.0)
    node.rank = 0
    return 0


cdef _Table empty_table(object vnodes, object seed):
    cdef _Table table = _Table.__new__(_Table)
    table.vnodes = check_int(vnodes, "vnodes", 1, COTERIE_RING_MAX_POINTS, "1 .. 2**28")
    table.seed = check_seed(seed)
    return table


cdef _Table decode_table(Storage storage):
    cdef Container container = unpack(storage, COTERIE_KIND_RING, 0, "HashRing")
    cdef _Table table = _Table.__new__(_Table)
    if container.payload_len < 8:
        raise DecodeError("not a HashRing: the bytes end too early")
    table.vnodes, table.seed = coterie_load64(container.payload), container.seed
    if not 1 <= table.vnodes <= COTERIE_RING_MAX_POINTS:
        raise DecodeError("not a HashRing: vnodes lies outside of 1 .. 2**28")
    members = decode_members(container.payload + 8, container.payload_len - 8, container.count, "HashRing")
    try:
        return table.with_members(members, COTERIE_RING_NONE, COTERIE_RING_NONE)
    except ValueError as error:
        raise DecodeError(f"not a HashRing: {error}") from None
