# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Consistent hashing with virtual nodes."""

cimport cython
from libc.math cimport floor
from libc.stdint cimport int32_t, uint32_t, uint64_t
from libc.string cimport memset

from coterie._core cimport (
    INT32, Container, Storage, as_iterator, check_count, check_int, check_seed, cpu_level_address, each_chunk, pack, unpack,
)
from coterie._keys cimport key_digest
from coterie.placement._members cimport Members, check_weight, decode_members, gather, gather_one
from coterie.placement._scheme cimport Scheme, register

from os import getpid
from threading import RLock
from time import monotonic
from types import MappingProxyType

from coterie._errors import DecodeError

include "_ring_table.pxi"

cdef tuple NOBODY = ()

cdef enum:
    FEW = 16  # replicas up to which a scan of those found is faster than a bitmap


cdef void assign_sink(void *ctx, const uint64_t *digests, size_t n, void *out) noexcept nogil:
    coterie_ring_assign[LEVEL[0]](<const coterie_ring *>ctx, digests, n, <int32_t *>out)


cdef struct Rows:
    const coterie_ring *ring
    size_t width
    uint64_t *seen


cdef void rows_sink(void *ctx, const uint64_t *digests, size_t n, void *out) noexcept nogil:
    cdef Rows *rows = <Rows *>ctx
    coterie_ring_assign_many(rows.ring, digests, n, rows.width, rows.seen, <int32_t *>out)


cdef int no_nodes() except -1:
    raise LookupError("the ring has no nodes: add one first")


@cython.auto_pickle(False)
@cython.no_gc_clear
cdef class HashRing(Scheme):
    """HashRing(nodes=(), *, vnodes=160, seed=0)\n--\n
    Consistent hashing: keys and nodes lie on a circle, and a key belongs to the next node.

    nodes: an iterable of nodes (str, bytes or int), or a mapping of node to weight (a finite number above 0).
    vnodes: the points of a node of weight 1 on the circle, 1 .. 2**28. A node has max(1, floor(weight * vnodes + 0.5)).
    seed: 0 .. 2**64-1. Rings with different seeds are independent; nested placements must use different ones.

    When a node joins, only keys that it now owns move; when it leaves, only its own. Loads differ by about
    1/sqrt(vnodes). The placement depends on nodes, weights, vnodes and seed alone: not on the order of insertion, the
    process or the CPU.

    A lookup takes constant time, a change time linear in the points, a ring 15 to 25 bytes a point. Any thread may
    look up while another changes the nodes: it sees the ring before or after the change.

    ValueError for nodes with equal key bytes, bad weights and more than 2**28 points.

    Karger et al., "Consistent Hashing and Random Trees", 1997.

    >>> from coterie import HashRing
    >>> ring = HashRing({"cache-a": 1, "cache-b": 1, "cache-c": 2.5})
    >>> ring["user:42"]
    'cache-b'
    >>> ring.get_nodes("user:42", 2)
    ['cache-b', 'cache-c']
    """

    cdef _Table _table  # never None: __cinit__ sets an empty one
    cdef object _turn   # whose turn it is to change the ring,
    cdef object _pid    # in which process,
    cdef double _patience  # and how many seconds the others wait for it

    def __cinit__(self):
        self._table = _Table.__new__(_Table)
        self._turn, self._pid, self._patience = RLock(), getpid(), 1

    def __init__(self, nodes=(), *, vnodes=160, seed=0):
        cdef _Table table = empty_table(vnodes, seed)
        cdef list entries = gather(nodes)
        if entries:
            table = table.with_members(table.members.added(entries), COTERIE_RING_NONE, COTERIE_RING_NONE)
        while not self.publish(self.table(), table):
            pass

    cdef inline _Table table(self):
        cdef _Table table
        with cython.critical_section(self):
            table = self._table
        return table

    cdef bint publish(self, _Table old, _Table new):
        """Put `new` in place of `old`, unless another thread has changed the ring since. No Python code runs under a
        lock, so that nothing can deadlock."""
        cdef bint current
        with cython.critical_section(self):
            current = self._table is old
            if current:
                self._table = new
        return current

    # ---- lookups ----

    cdef inline object lookup(self, object key):
        cdef uint64_t digest = key_digest(key)
        cdef _Table table = self.table()
        if table.ring.points_len == 0:
            no_nodes()
        return table.nodes[<Py_ssize_t>coterie_ring_get(&table.ring, digest)]

    def __getitem__(self, key):
        """The node of a key: `ring[key]`, the fastest form."""
        return self.lookup(key)

    def get_node(self, key, /):
        """The node of a key.

        key: str, bytes or int, see `coterie.digest`. LookupError if the ring has no nodes. Constant time.
        """
        return self.lookup(key)

    def get_nodes(self, key, n, /, *, exclude=()):
        """The first n nodes of a key, as a list: distinct, in order of preference; fewer if there are no more.

        exclude: nodes to leave out, such as those that are down; unknown ones are ignored. Then the next nodes in order
        take their place, as if the excluded ones had been removed.

        LookupError if the ring has no nodes, ValueError if n is below 0. Passes about as many points as are needed to
        meet n nodes: a few more than n if n is small beside their number, at most all.
        """
        cdef uint64_t digest = key_digest(key)
        cdef _Table table = self.table()
        cdef int32_t few[FEW]
        cdef int32_t *out = few
        cdef Py_ssize_t want = check_count(n)
        cdef uint32_t found, i
        cdef Storage seen = None, room
        if table.ring.points_len == 0:
            no_nodes()
        want = min(want, len(table.nodes))
        if exclude is not NOBODY or want > FEW:
            seen = bitmap_of(table, exclude)
            room = Storage.allocate(want * sizeof(int32_t))
            out = <int32_t *>room.data
        found = coterie_ring_get_many(&table.ring, digest, <uint32_t>want,
                                      NULL if seen is None else <uint64_t *>seen.data, out)
        return [table.nodes[out[i]] for i in range(found)]

    def assign(self, keys, /, *, hashed=False):
        """The nodes of many keys, as an int32 array of positions in `ring.nodes`.

        keys: any container that `coterie.digests` takes; with hashed=True the uint64 array that it made.

        Positions belong to the present state: where nodes may come and go meanwhile, take `r = ring.copy()` first and
        look the positions up in `r.nodes`. LookupError if the ring has no nodes. Linear; columns are read without the
        GIL.

        >>> ring = HashRing(["cache-a", "cache-b"])
        >>> [ring.nodes[i] for i in ring.assign(["user:1", "user:2", "user:3"])]
        ['cache-a', 'cache-b', 'cache-b']
        """
        cdef _Table table = self.table()
        if table.ring.points_len == 0:
            no_nodes()
        return each_chunk(keys, assign_sink, &table.ring, INT32, -1, hashed)

    def assign_replicas(self, keys, n, /, *, hashed=False):
        """The first n nodes of many keys, as an int32 array of shape (len(keys), n): rows like `get_nodes`.

        Rows are padded with -1, which is no position, if the ring has fewer than n nodes: look nodes up by
        `[r.nodes[i] for i in row if i >= 0]`. Otherwise as `assign`; ValueError if n is below 0.
        """
        cdef _Table table = self.table()
        cdef Rows rows
        cdef Storage seen
        if table.ring.points_len == 0:
            no_nodes()
        rows.ring, rows.width, rows.seen = &table.ring, check_count(n), NULL
        if rows.width > FEW:
            seen = bitmap_of(table, ())
            rows.seen = <uint64_t *>seen.data
        return each_chunk(keys, rows_sink, &rows, INT32, rows.width, hashed, table.steps(rows.width))

    # ---- membership ----

    def add_node(self, node, /, weight=1.0):
        """Add a node.

        ValueError if it is there already or the weight is not a finite number above 0. Linear in the points.
        """
        self.add([gather_one(node, weight)])

    def add_nodes(self, nodes, /):
        """Add all nodes of an iterable, or of a mapping of node to weight, in one step; all of them or none.

        ValueError if one is there already, or given twice, or a weight is not a finite number above 0. Linear in the
        points.
        """
        self.add(gather(nodes))

    cdef int add(self, list entries) except -1:
        if entries:
            self.change(entries, None, 0)
        return 0

    cdef int change(self, list entries, object node, double weight) except -1:
        """Add entries; or else give a node another weight, or remove it (weight 0).

        Writers take turns, so that one that takes long is not overtaken for ever. They don't depend on it: nobody waits
        for much longer than a change takes, lest two threads that hold other locks should wait for each other.
        """
        cdef bint in_turn, done = False
        if self._pid != getpid():  # a fork may have left the turn with a thread that is not here
            self._turn, self._pid = RLock(), getpid()
        in_turn = self._turn.acquire(True, self._patience)
        try:
            while not done:
                begin = monotonic()
                done = self.try_change(entries, node, weight)
                if in_turn:
                    self._patience = max(1, 10 * (monotonic() - begin))
        finally:
            if in_turn:
                self._turn.release()
        return 0

    cdef bint try_change(self, list entries, object node, double weight) except -1:
        cdef _Table old = self.table()
        cdef Members members
        cdef Py_ssize_t before = -1, after = -1
        if entries:
            members = old.members.added(entries)
            if len(entries) == 1:
                after = members.find(entries[0][2])
        else:
            before = old.members.find(node)
            if before < 0:
                raise KeyError(node)
            after = before if weight else -1
            members = old.members.reweighted(before, weight) if weight else old.members.removed(before)
        return self.publish(old, old.with_members(members, <uint32_t>before, <uint32_t>after))

    def remove_node(self, node, /):
        """Remove a node. KeyError if it is not there. Linear in the points."""
        self.change([], node, 0)

    def set_weight(self, node, weight, /):
        """Give a node another weight: only keys that it gains or loses move.

        KeyError if it is not there; ValueError if the weight is not a finite number above 0, or makes more than 2**28
        points. Linear in the points.
        """
        self.change([], node, check_weight(node, weight))

    # ---- what is in it ----

    @property
    def nodes(self):
        """The nodes, in canonical order: str, bytes, int; each by key bytes. Positions index this tuple."""
        return self.table().nodes

    @property
    def weights(self):
        """The weight of each node: a read-only mapping, in the order of `nodes`, made anew each time."""
        cdef Members members = self.table().members
        return MappingProxyType(dict(zip(members.nodes, members.weights)))

    @property
    def vnodes(self):
        """The points of a node of weight 1."""
        return self.table().vnodes

    @property
    def seed(self):
        """The seed of the placement."""
        return self.table().seed

    @property
    def nbytes(self):
        """The bytes of memory that the ring's points and table take."""
        cdef _Table table = self.table()
        return 0 if table.memory is None else table.memory.nbytes

    def __len__(self):
        return len(self.table().nodes)

    def __iter__(self):
        return iter(self.table().nodes)

    def __contains__(self, node):
        return self.table().members.find(node) >= 0

    __hash__ = None

    def __eq__(self, other):
        if not isinstance(other, HashRing):
            return NotImplemented
        cdef _Table a = self.table(), b = (<HashRing>other).table()
        return (a.seed == b.seed and a.vnodes == b.vnodes
                and a.members.identities == b.members.identities and a.nodes == b.nodes and a.members.weights == b.members.weights)

    def __repr__(self):
        cdef _Table table = self.table()
        name = type(self).__name__
        if len(table.nodes) > 8:
            return f"<{name} of {len(table.nodes)} nodes, vnodes={table.vnodes}, seed={table.seed}>"
        weights = table.members.weights
        nodes = list(table.nodes) if set(weights) <= {1.0} else dict(zip(table.nodes, weights))
        return f"{name}({nodes!r}, vnodes={table.vnodes}, seed={table.seed})"

    # ---- its state ----

    cdef int share(self, Scheme other) except -1:
        self._table = (<HashRing?>other).table()
        return 0

    cdef bytes encode(self):
        cdef _Table table = self.table()
        cdef bytes vnodes = table.vnodes.to_bytes(8, "little")
        return pack(COTERIE_KIND_RING, 0, len(table.nodes), table.seed, vnodes + table.members.encode())

    cdef int decode(self, Storage storage) except -1:
        self._table = decode_table(storage)
        return 0


register(HashRing)


# One bit for each node; set for those to exclude.
cdef Storage bitmap_of(_Table table, object exclude):
    cdef size_t words = (len(table.nodes) + 63) // 64
    cdef Storage seen = Storage.allocate(words * 8)
    cdef uint64_t *bits = <uint64_t *>seen.data
    cdef Py_ssize_t at
    memset(bits, 0, words * 8)
    for node in as_iterator(exclude, "exclude", "an iterable of nodes"):
        at = table.members.find(node)
        if at >= 0:
            bits[at >> 6] |= <uint64_t>1 << (at & 63)
    return seen
