# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Maglev hashing: a table that the nodes fill in turns."""

cimport cython
from libc.stdint cimport int32_t, uint32_t, uint64_t

from coterie._core cimport Storage, cpu_level_address
from coterie._keys cimport key_digest
from coterie._maglev cimport check_slots, coterie_maglev_node, fill
from coterie.placement._nodes cimport NodeScheme, Query, Table
from coterie.placement._scheme cimport register

cdef extern from "coterie/container.h":
    int COTERIE_KIND_MAGLEV

cdef extern from "coterie/placement/maglev.h" nogil:
    coterie_maglev_node coterie_maglev_permute(uint64_t digest, uint64_t salt, double weight, uint32_t owner,
                                               uint32_t slots)
    ctypedef struct coterie_maglev:
        uint64_t salt
        uint32_t slots
        uint32_t nodes_len
        int narrow
        const void *table
    uint32_t coterie_maglev_owner(const coterie_maglev *m, uint32_t slot, int narrow)
    uint32_t coterie_maglev_get(const coterie_maglev *m, uint64_t digest)
    void (**coterie_maglev_assign)(const coterie_maglev *m, const uint64_t *digests, size_t n, int32_t *out)
    uint32_t coterie_maglev_get_many(const coterie_maglev *m, uint64_t digest, uint32_t want, uint64_t *seen, int32_t *out)
    void coterie_maglev_assign_many(const coterie_maglev *m, const uint64_t *digests, size_t n, size_t width,
                                    uint64_t *seen, int32_t *out)

cdef const int *LEVEL = cpu_level_address()

cdef enum:
    NARROW = 1 << 16  # nodes up to which owners have 16 bits


cdef void assign_sink(void *ctx, const uint64_t *digests, size_t n, void *out) noexcept nogil:
    coterie_maglev_assign[LEVEL[0]](<const coterie_maglev *>(<Query *>ctx).structure, digests, n, <int32_t *>out)


cdef void rows_sink(void *ctx, const uint64_t *digests, size_t n, void *out) noexcept nogil:
    cdef Query *query = <Query *>ctx
    coterie_maglev_assign_many(<const coterie_maglev *>query.structure, digests, n, query.width, query.seen, <int32_t *>out)


@cython.final
@cython.no_gc
cdef class _MaglevTable(Table):
    cdef coterie_maglev maglev

    def __cinit__(self):
        self.kind, self.name, self.option_name, self.option = COTERIE_KIND_MAGLEV, "Maglev", "table_size", 65537
        self.structure, self.assign_sink, self.rows_sink = &self.maglev, assign_sink, rows_sink

    cdef int set_option(self, object value) except -1:
        self.option = check_slots(value)
        return 0

    cdef uint32_t get(self, uint64_t digest) noexcept nogil:
        return coterie_maglev_get(&self.maglev, digest)

    cdef uint32_t get_many(self, uint64_t digest, uint32_t want, uint64_t *seen, void *room, int32_t *out) noexcept nogil:
        return coterie_maglev_get_many(&self.maglev, digest, want, seen, out)

    cdef size_t steps(self, size_t want) noexcept:
        """About how many slots are passed until `want` nodes are found."""
        if want == 0:
            return 1
        return want + self.maglev.slots // max(1, self.maglev.nodes_len - min(want, <size_t>self.maglev.nodes_len) + 1)

    cdef int build(self, Table old, Py_ssize_t before, Py_ssize_t after) except -1:
        cdef uint32_t n = <uint32_t>len(self.nodes), slots = <uint32_t>self.option, i, position
        cdef Storage described, memory
        cdef coterie_maglev_node *nodes
        if n > slots:
            raise ValueError(f"{n} nodes are too many for a table_size of {slots}: each needs a slot")
        described = Storage.allocate(n * sizeof(coterie_maglev_node))
        nodes = <coterie_maglev_node *>described.data
        for i, position in enumerate(self.members.by_bytes()):
            nodes[i] = coterie_maglev_permute(key_digest(self.nodes[position]), self.salt, self.members.weights[position],
                                              position, slots)
        self.maglev.salt, self.maglev.slots, self.maglev.nodes_len, self.maglev.narrow = self.salt, slots, n, n <= NARROW
        memory = Storage.allocate(slots * (2 if self.maglev.narrow else 4))
        self.maglev.table = memory.data
        fill(nodes, n, slots, self.maglev.narrow, memory.data)
        self.memory = memory
        return 0

    cdef object ranges(self):
        """A range is a slot."""
        cdef uint64_t slots = self.maglev.slots, i
        cdef Storage last = Storage.allocate(slots * sizeof(uint64_t)), owners = Storage.allocate(slots * sizeof(int32_t))
        for i in range(slots):  # the upper half of the token, times slots, ends below (i + 1) << 32
            (<uint64_t *>last.data)[i] = ((((i + 1) << 32) + slots - 1) // slots << 32) - 1
            (<int32_t *>owners.data)[i] = <int32_t>coterie_maglev_owner(&self.maglev, <uint32_t>i, self.maglev.narrow)
        return last, owners


@cython.auto_pickle(False)
@cython.no_gc_clear
cdef class Maglev(NodeScheme):
    """Maglev(nodes=(), *, table_size=65537, seed=0)\n--\n
    Maglev hashing: nodes fill a table in turns, and a lookup is one load from it.

    nodes: an iterable of nodes (str, bytes or int), or a mapping of node to weight (a finite number above 0).
    table_size: the slots of the table, a prime, 2 .. 5000011. At least 100 for each node keep loads within 1 %.
    seed: 0 .. 2**64-1. Placements with different seeds are independent; nested ones must use different ones.

    Loads are even: nodes of equal weight differ by at most one slot, and each node has at least one. When a node joins or
    leaves, a few keys more move than must: with 100 nodes in 65537 slots 1.6 times the least, with 655373 slots 1.15 times;
    a small change of a weight moves several times the least. An excluded node's keys go to the owners of the next slots,
    which they would not if it had left. The placement depends on nodes, weights, table_size and seed alone: not on
    the order of insertion, the process or the CPU.

    A lookup takes constant time; n replicas are the owners of the next slots, a few more than n unless there are few nodes
    or light ones, whose slots may be anywhere. A change fills the table anew, in time linear in the slots but for a logarithm; it takes 2 bytes a slot, or 4
    with more than 65536 nodes. Any thread may look up while another changes the nodes: it sees the placement before or
    after the change.

    ValueError for nodes with equal key bytes, bad weights, more nodes than slots, and a table_size that is no such prime.

    Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer", 2016; the weights are Envoy's. For the
    raw table see `coterie.hashing.maglev`.

    >>> from coterie import Maglev
    >>> table = Maglev({"cache-a": 1, "cache-b": 1, "cache-c": 2.5})
    >>> table["user:42"]
    'cache-b'
    >>> table.get_nodes("user:42", 2)
    ['cache-b', 'cache-c']
    """

    def __cinit__(self):
        self._table = _MaglevTable.__new__(_MaglevTable)

    def __init__(self, nodes=(), *, table_size=65537, seed=0):
        self.start(nodes, table_size, seed)

    @property
    def table_size(self):
        """The slots of the table."""
        return self.table().option


register(Maglev)
