# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Consistent hashing with virtual nodes."""

cimport cython

from coterie.placement._nodes cimport NodeScheme
from coterie.placement._scheme cimport register

include "_ring_table.pxi"


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
