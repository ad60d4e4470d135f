# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Consistent hashing with virtual nodes."""

cimport cython
from libc.math cimport floor
from libc.stdint cimport int32_t, uint32_t, uint64_t
from libc.string cimport memcpy

from coterie._core cimport Storage, check_int, cpu_level_address
from coterie._keys cimport key_digest
from coterie.placement._members cimport Members
from coterie.placement._nodes cimport NodeScheme, Query, Table
from coterie.placement._scheme cimport register

cdef extern from "coterie/base.h" nogil:
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
        int narrow
        const uint64_t *points
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
    uint32_t coterie_ring_owner(const coterie_ring *ring, uint32_t point, int narrow)

cdef const int *LEVEL = cpu_level_address()


cdef void assign_sink(void *ctx, const uint64_t *digests, size_t n, void *out) noexcept nogil:
    coterie_ring_assign[LEVEL[0]](<const coterie_ring *>(<Query *>ctx).structure, digests, n, <int32_t *>out)


cdef void rows_sink(void *ctx, const uint64_t *digests, size_t n, void *out) noexcept nogil:
    cdef Query *query = <Query *>ctx
    coterie_ring_assign_many(<const coterie_ring *>query.structure, digests, n, query.width, query.seen, <int32_t *>out)


@cython.final
@cython.no_gc
cdef class _RingTable(Table):
    cdef coterie_ring ring
    cdef uint64_t least  # points of the smallest node, and of the largest
    cdef uint64_t most

    def __cinit__(self):
        self.kind, self.name, self.option_name, self.option = COTERIE_KIND_RING, "HashRing", "vnodes", 160
        self.structure, self.assign_sink, self.rows_sink = &self.ring, assign_sink, rows_sink

    cdef int set_option(self, object value) except -1:
        self.option = check_int(value, "vnodes", 1, COTERIE_RING_MAX_POINTS, "1 .. 2**28")
        return 0

    cdef uint32_t get(self, uint64_t digest) noexcept nogil:
        return coterie_ring_get(&self.ring, digest)

    cdef uint32_t get_many(self, uint64_t digest, uint32_t want, uint64_t *seen, void *room, int32_t *out) noexcept nogil:
        return coterie_ring_get_many(&self.ring, digest, want, seen, out)

    cdef size_t steps(self, size_t want) noexcept:
        """About how many points are passed until `want` nodes are found: the last takes longest, if the others are the
        largest ones."""
        cdef uint64_t total = self.ring.points_len, largest
        if want == 0:
            return 1
        want = min(want, <size_t>self.ring.nodes_len)
        largest = (want - 1) * self.most
        return want + total // (total - largest if largest + self.least < total else self.least)

    cdef int build(self, Table old, Py_ssize_t before, Py_ssize_t after) except -1:
        cdef uint32_t n = <uint32_t>len(self.nodes)
        cdef Storage described = Storage.allocate(n * sizeof(coterie_ring_node))
        cdef coterie_ring_node *nodes = <coterie_ring_node *>described.data
        cdef coterie_ring_node gone
        cdef coterie_status status
        cdef uint64_t total = self.describe(nodes)
        cdef Storage memory = Storage.allocate(coterie_ring_size(total, n))
        cdef const coterie_ring *ring = NULL
        if old is not None and old.memory is not None and (before >= 0 or after >= 0):
            ring = &(<_RingTable>old).ring
        if ring is not NULL and before >= 0:
            describe_one(old.members, before, self.option, &gone)
        with nogil:
            if ring is NULL:
                status = coterie_ring_build(&self.ring, memory.data, self.salt, nodes, n, LEVEL[0])
            else:
                status = coterie_ring_change(&self.ring, memory.data, ring, nodes, n, NULL if before < 0 else &gone,
                                             COTERIE_RING_NONE if before < 0 else <uint32_t>before,
                                             COTERIE_RING_NONE if after < 0 else <uint32_t>after, LEVEL[0])
        if status != COTERIE_OK:
            raise MemoryError(f"no memory for a ring of {total} points")
        self.memory = memory
        return 0

    cdef uint64_t describe(self, coterie_ring_node *nodes) except? 0:
        """Say what the kernel knows of the members; returns how many points they have."""
        cdef uint64_t total = 0, points
        cdef uint32_t rank = 0, position
        self.least, self.most = COTERIE_RING_MAX_POINTS, 0
        for position in range(len(self.nodes)):
            describe_one(self.members, position, self.option, nodes + position)
            points = nodes[position].points_len
            self.least, self.most = min(self.least, points), max(self.most, points)
            total += points
            if total > COTERIE_RING_MAX_POINTS:
                raise ValueError("the nodes have too many points: the sum of weight * vnodes is at most 2**28")
        for position in self.members.by_bytes():
            nodes[position].rank = rank
            rank += 1
        return total

    cdef object ranges(self):
        """A range ends at each point. One more leads on from the last point to the first."""
        cdef uint32_t n = self.ring.points_len, i
        cdef Storage last = Storage.allocate((n + 1) * sizeof(uint64_t)), owners = Storage.allocate((n + 1) * sizeof(int32_t))
        memcpy(last.data, self.ring.points, n * sizeof(uint64_t))
        (<uint64_t *>last.data)[n] = 0xffffffffffffffff
        for i in range(n + 1):
            (<int32_t *>owners.data)[i] = <int32_t>coterie_ring_owner(&self.ring, i, self.ring.narrow)
        return last, owners


cdef int describe_one(Members members, Py_ssize_t position, uint64_t vnodes, coterie_ring_node *node) except -1:
    cdef double points = floor(<double>members.weights[position] * vnodes + 0.5)
    node.digest = key_digest(members.nodes[position])
    node.points_len = <uint32_t>min(max(points, 1), COTERIE_RING_MAX_POINTS + 1.0)
    node.rank = 0
    return 0


@cython.auto_pickle(False)
@cython.no_gc_clear
cdef class HashRing(NodeScheme):
    """HashRing(nodes=(), *, vnodes=160, seed=0)\n--\n
    Consistent hashing: keys and nodes lie on a circle, and a key belongs to the next node.

    nodes: an iterable of nodes (str, bytes or int), or a mapping of node to weight (a finite number above 0).
    vnodes: the points of a node of weight 1 on the circle, 1 .. 2**28. A node has max(1, floor(weight * vnodes + 0.5)).
    seed: 0 .. 2**64-1. Rings with different seeds are independent; nested placements must use different ones.

    Weights count by themselves, not beside the others: to double all of them doubles the points, and moves keys.

    When a node joins, only keys that it now owns move; when it leaves, only its own, each to the next node in
    `get_nodes`. Excluded nodes are as good as gone. Loads differ by about 1/sqrt(vnodes). The placement depends on nodes,
    weights, vnodes and seed alone: not on the order of insertion, the process or the CPU.

    A lookup takes constant time; n replicas about as many steps as there are points to pass, a few more than n if n is
    small beside the nodes. A change takes time linear in the points, a ring 15 to 25 bytes a point. Any thread may look
    up while another changes the nodes: it sees the ring before or after the change.

    ValueError for nodes with equal key bytes, bad weights and more than 2**28 points.

    Karger et al., "Consistent Hashing and Random Trees", 1997.

    >>> from coterie import HashRing
    >>> ring = HashRing({"cache-a": 1, "cache-b": 1, "cache-c": 2.5})
    >>> ring["user:42"]
    'cache-b'
    >>> ring.get_nodes("user:42", 2)
    ['cache-b', 'cache-c']
    """

    def __cinit__(self):
        self._table = _RingTable.__new__(_RingTable)

    def __init__(self, nodes=(), *, vnodes=160, seed=0):
        self.start(nodes, vnodes, seed)

    @property
    def vnodes(self):
        """The points of a node of weight 1."""
        return self.table().option


register(HashRing)
