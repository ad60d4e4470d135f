# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Rendezvous hashing: the highest random weight."""

cimport cython
from libc.stdint cimport int32_t, uint32_t, uint64_t

from coterie._core cimport Storage, cpu_level_address
from coterie._keys cimport key_digest
from coterie.placement._nodes cimport NodeScheme, Query, Table
from coterie.placement._scheme cimport register

cdef extern from "coterie/base.h" nogil:
    uint64_t coterie_mix(uint64_t digest, uint64_t salt)

cdef extern from "coterie/container.h":
    int COTERIE_KIND_RENDEZVOUS

cdef extern from "coterie/placement/rendezvous.h" nogil:
    ctypedef struct coterie_rendezvous_node:
        uint64_t digest
        double weight
    ctypedef struct coterie_rendezvous:
        uint32_t nodes_len
    size_t coterie_rendezvous_size(uint32_t nodes_len)
    void coterie_rendezvous_build(coterie_rendezvous *r, void *memory, uint64_t salt,
                                  const coterie_rendezvous_node *nodes, uint32_t nodes_len)
    uint32_t coterie_rendezvous_get(const coterie_rendezvous *r, uint64_t w, int level)
    void (**coterie_rendezvous_assign)(const coterie_rendezvous *r, const uint64_t *digests, size_t n, int32_t *out)
    size_t coterie_rendezvous_room(size_t want)
    void (**coterie_rendezvous_get_many)(const coterie_rendezvous *r, uint64_t w, uint32_t want, const uint64_t *seen,
                                         void *room, int32_t *out, uint32_t *found)
    void coterie_rendezvous_assign_many(const coterie_rendezvous *r, const uint64_t *digests, size_t n, size_t width,
                                        void *room, int32_t *out, int level)

cdef const int *LEVEL = cpu_level_address()


cdef void assign_sink(void *ctx, const uint64_t *digests, size_t n, void *out) noexcept nogil:
    coterie_rendezvous_assign[LEVEL[0]](<const coterie_rendezvous *>(<Query *>ctx).structure, digests, n, <int32_t *>out)


cdef void rows_sink(void *ctx, const uint64_t *digests, size_t n, void *out) noexcept nogil:
    cdef Query *query = <Query *>ctx
    coterie_rendezvous_assign_many(<const coterie_rendezvous *>query.structure, digests, n, query.width, query.room,
                                   <int32_t *>out, LEVEL[0])


@cython.final
@cython.no_gc
cdef class _RendezvousTable(Table):
    cdef coterie_rendezvous nodes_by_draw

    def __cinit__(self):
        self.kind, self.name = COTERIE_KIND_RENDEZVOUS, "Rendezvous"
        self.structure, self.assign_sink, self.rows_sink = &self.nodes_by_draw, assign_sink, rows_sink

    cdef uint32_t get(self, uint64_t digest) noexcept nogil:
        return coterie_rendezvous_get(&self.nodes_by_draw, coterie_mix(digest, self.salt), LEVEL[0])

    cdef uint32_t get_many(self, uint64_t digest, uint32_t want, uint64_t *seen, void *room, int32_t *out) noexcept nogil:
        cdef uint32_t found
        coterie_rendezvous_get_many[LEVEL[0]](&self.nodes_by_draw, coterie_mix(digest, self.salt), want, seen, room, out,
                                              &found)
        return found

    cdef size_t room(self, size_t want) noexcept:
        return coterie_rendezvous_room(min(want, <size_t>self.nodes_by_draw.nodes_len))

    cdef size_t steps(self, size_t want) noexcept:
        """A batch of keys looks at many nodes in a step; a row at all of them, and keeps a heap."""
        cdef size_t nodes = self.nodes_by_draw.nodes_len
        return 1 + nodes // 8 if want == 0 else 1 + nodes + 16 * min(want, nodes)

    cdef int build(self, Table old, Py_ssize_t before, Py_ssize_t after) except -1:
        cdef uint32_t n = <uint32_t>len(self.nodes), i
        cdef Storage described = Storage.allocate(n * sizeof(coterie_rendezvous_node))
        cdef coterie_rendezvous_node *nodes = <coterie_rendezvous_node *>described.data
        cdef Storage memory = Storage.allocate(coterie_rendezvous_size(n))
        for i in range(n):
            nodes[i].digest = key_digest(self.nodes[i])
            nodes[i].weight = self.members.weights[i]
        coterie_rendezvous_build(&self.nodes_by_draw, memory.data, self.salt, nodes, n)
        self.memory = memory
        return 0


@cython.auto_pickle(False)
@cython.no_gc_clear
cdef class Rendezvous(NodeScheme):
    """Rendezvous(nodes=(), *, seed=0)\n--\n
    Rendezvous hashing, or highest random weight: for every key each node draws a number, and the best one has the key.

    nodes: an iterable of nodes (str, bytes or int), or a mapping of node to weight (a finite number above 0).
    seed: 0 .. 2**64-1. Placements with different seeds are independent; nested ones must use different ones.

    Nodes have exactly the parts of the keys that their weights ask for: loads differ by chance alone. When a node joins,
    leaves or has its weight set, only keys move that come to it or leave it. `get_nodes` has all nodes in the order of
    their draws, so that a key whose nodes leave goes to the next one, and excluded nodes are as good as gone. The placement
    depends on nodes, weights and seed alone: not on the order of insertion, the process or the CPU.

    A lookup takes time linear in the nodes: good up to some hundreds of them, and in batches to a thousand. So does a
    change. Lookups need 28 bytes a node. Any thread may look up while another changes the nodes: it sees the placement
    before or after the change.

    ValueError for nodes with equal key bytes and bad weights.

    Thaler and Ravishankar, "Using Name-Based Mappings to Increase Hit Rates", 1998; the weights by Schindelhauer and
    Schomaker, "Weighted Distributed Hash Tables", 2005.

    >>> from coterie import Rendezvous
    >>> nodes = Rendezvous({"cache-a": 1, "cache-b": 1, "cache-c": 2.5})
    >>> nodes["user:42"]
    'cache-b'
    >>> nodes.get_nodes("user:42", 2)
    ['cache-b', 'cache-c']
    """

    def __cinit__(self):
        self._table = _RendezvousTable.__new__(_RendezvousTable)

    def __init__(self, nodes=(), *, seed=0):
        self.start(nodes, None, seed)


register(Rendezvous)
