# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""What the schemes over named nodes share: lookups, membership, and readers that never wait."""

cimport cython
from libc.stdint cimport int32_t, uint32_t, uint64_t
from libc.string cimport memset

from coterie._core cimport (
    INT32, Container, Storage, as_iterator, check_count, check_seed, each_chunk, pack, unpack,
)
from coterie._keys cimport key_digest
from coterie.placement._members cimport Members, check_weight, decode_members, gather, gather_one
from coterie._stored cimport Stored
from coterie.placement._scheme cimport Scheme

from os import getpid
from threading import RLock
from time import monotonic
from types import MappingProxyType

from coterie._errors import DecodeError

cdef extern from "coterie/base.h" nogil:
    uint64_t coterie_splitmix64(uint64_t x)
    uint64_t coterie_load64(const void *p)

cdef tuple NOBODY = ()

cdef enum:
    FEW = 16  # replicas up to which a scan of those found is faster than a bitmap


@cython.no_gc  # nor have its subclasses: what it holds holds no table
cdef class Table:
    def __cinit__(self):
        self.members = Members.__new__(Members)
        self.nodes = ()
        self.salt = coterie_splitmix64(0)

    cdef uint32_t get(self, uint64_t digest) noexcept nogil:
        return 0

    cdef uint32_t get_many(self, uint64_t digest, uint32_t want, uint64_t *seen, void *room, int32_t *out) noexcept nogil:
        return 0

    cdef size_t room(self, size_t want) noexcept:
        return 0

    cdef size_t steps(self, size_t want) noexcept:
        return 1

    cdef int set_option(self, object value) except -1:
        return 0

    cdef int build(self, Table old, Py_ssize_t before, Py_ssize_t after) except -1:
        return 0

    cdef object ranges(self):
        return None

    cdef Table emptied(self):
        """A table without nodes that has the same options."""
        cdef Table new = type(self).__new__(type(self))
        new.seed, new.salt, new.option = self.seed, self.salt, self.option
        return new

    cdef Table with_members(self, Members members, Table old, Py_ssize_t before, Py_ssize_t after):
        """The table of these members and the same options; the rest as for build."""
        cdef Table new = self.emptied()
        new.members, new.nodes = members, members.nodes
        if new.nodes:
            new.build(old, before, after)
        return new


cdef inline Table current(NodeScheme scheme):
    cdef Table table
    with cython.critical_section(scheme):
        table = scheme._table
    return table


cdef inline object lookup(NodeScheme scheme, object key):
    cdef uint64_t digest = key_digest(key)  # first: it may run Python
    cdef Table table = current(scheme)      # held for the whole call
    if table.memory is None:
        no_nodes()
    return table.nodes[<Py_ssize_t>table.get(digest)]


cdef int no_nodes() except -1:
    raise LookupError("there are no nodes: add one first")


@cython.auto_pickle(False)
@cython.no_gc_clear
cdef class NodeScheme(Scheme):
    """A placement over named nodes with weights. The base of such schemes; not made by itself."""

    def __cinit__(self):
        self._table = Table.__new__(Table)
        self._turn, self._pid, self._patience = RLock(), getpid(), 1

    def __init__(self, *args, **options):
        raise TypeError("NodeScheme is only a base: make a HashRing, say")

    cdef int start(self, object nodes, object option, object seed) except -1:
        cdef Table table = self.table().emptied()
        table.set_option(option)
        table.seed = check_seed(seed)
        table.salt = coterie_splitmix64(table.seed)
        cdef list entries = gather(nodes)
        if entries:
            table = table.with_members(table.members.added(entries), None, -1, -1)
        while not self.publish(self.table(), table):
            pass
        return 0

    cdef Table table(self):
        return current(self)

    cdef bint publish(self, Table old, Table new):
        """Put `new` in place of `old`, unless another thread has changed the nodes since. No Python code runs under a
        lock, so that nothing can deadlock."""
        cdef bint current
        with cython.critical_section(self):
            current = self._table is old
            if current:
                self._table = new
        return current

    # ---- lookups ----

    def __getitem__(self, key):
        """The node of a key: `placement[key]`, the fastest form."""
        return lookup(self, key)

    def get_node(self, key, /):
        """The node of a key.

        key: str, bytes or int, see `coterie.digest`. LookupError if there are no nodes.
        """
        return lookup(self, key)

    def get_nodes(self, key, n, /, *, exclude=()):
        """The first n nodes of a key, as a list: distinct, in order of preference; fewer if there are no more.

        exclude: nodes to leave out, such as those that are down; unknown ones are ignored. The next nodes in order take
        their place.

        LookupError if there are no nodes, ValueError if n is below 0.
        """
        cdef uint64_t digest = key_digest(key)
        cdef Table table = self.table()
        cdef int32_t few[FEW]
        cdef int32_t *out = few
        cdef Py_ssize_t want = check_count(n)
        cdef uint32_t found, i
        cdef uint64_t *bits = NULL
        cdef uint64_t small_room[4 * FEW]
        cdef void *room = small_room
        cdef size_t size
        cdef Storage seen, found_room, search_room
        if table.memory is None:
            no_nodes()
        want = min(want, len(table.nodes))
        if exclude is not NOBODY or want > FEW:
            seen = bitmap_of(table, exclude)
            bits = <uint64_t *>seen.data
            found_room = Storage.allocate(want * sizeof(int32_t))
            out = <int32_t *>found_room.data
        size = table.room(want)
        if size > sizeof(small_room):
            search_room = Storage.allocate(size)
            room = search_room.data
        found = table.get_many(digest, <uint32_t>want, bits, room, out)
        return [table.nodes[out[i]] for i in range(found)]

    def assign(self, keys, /, *, hashed=False, nulls="raise", out=None):
        """The nodes of many keys, as an int32 array of positions in `nodes`.

        keys: any container that `coterie.digests` takes; with hashed=True the digests that it made.
        nulls, out: as for `coterie.digests`; nulls="skip" writes -1, which is no position.

        Positions belong to the present state: where nodes may come and go meanwhile, take `p = placement.copy()` first
        and look the positions up in `p.nodes`. LookupError if there are no nodes. Linear in the keys; columns are read
        without the GIL.

        >>> from coterie import HashRing
        >>> ring = HashRing(["cache-a", "cache-b"])
        >>> [ring.nodes[i] for i in ring.assign(["user:1", "user:2", "user:3"])]
        ['cache-a', 'cache-b', 'cache-b']
        """
        cdef Table table = self.table()
        cdef Query query
        if table.memory is None:
            no_nodes()
        query.structure = table.structure
        return each_chunk(keys, table.assign_sink, &query, INT32, -1, hashed, table.steps(0), nulls, out)

    def assign_replicas(self, keys, n, /, *, hashed=False, nulls="raise", out=None):
        """The first n nodes of many keys, as an int32 array of shape (len(keys), n): rows like `get_nodes`.

        Rows are padded with -1, which is no position, if there are fewer than n nodes: look nodes up by
        `[p.nodes[i] for i in row if i >= 0]`. Otherwise as `assign`; ValueError if n is below 0.
        """
        cdef Table table = self.table()
        cdef Query query
        cdef Storage seen, room
        if table.memory is None:
            no_nodes()
        query.structure, query.width, query.seen = table.structure, check_count(n), NULL
        if query.width > FEW:
            seen = bitmap_of(table, NOBODY)
            query.seen = <uint64_t *>seen.data
        room = Storage.allocate(table.room(query.width))
        query.room = room.data
        return each_chunk(keys, table.rows_sink, &query, INT32, query.width, hashed, table.steps(query.width), nulls, out)

    # ---- membership ----

    def add_node(self, node, /, weight=1.0):
        """Add a node.

        ValueError if it is there already or the weight is not a finite number above 0.
        """
        self.add([gather_one(node, weight)])

    def add_nodes(self, nodes, /):
        """Add all nodes of an iterable, or of a mapping of node to weight, in one step; all of them or none.

        ValueError if one is there already, or given twice, or a weight is not a finite number above 0.
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
        cdef object turn, pid = getpid(), fresh = RLock()
        with cython.critical_section(self):
            if self._pid != pid:  # a fork may have left the turn with a thread that is not here
                self._turn, self._pid = fresh, pid
            turn = self._turn
        in_turn = turn.acquire(True, self._patience)
        try:
            while not done:
                begin = monotonic()
                done = self.try_change(entries, node, weight)
                if in_turn:
                    self._patience = max(1, 10 * (monotonic() - begin))
        finally:
            if in_turn:
                turn.release()
        return 0

    cdef bint try_change(self, list entries, object node, double weight) except -1:
        cdef Table old = self.table()
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
        return self.publish(old, old.with_members(members, old, before, after))

    def remove_node(self, node, /):
        """Remove a node. KeyError if it is not there."""
        self.change([], node, 0)

    def set_weight(self, node, weight, /):
        """Give a node another weight.

        KeyError if it is not there; ValueError if the weight is not a finite number above 0.
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
    def seed(self):
        """The seed of the placement."""
        return self.table().seed

    @property
    def nbytes(self):
        """The bytes of memory under the lookups."""
        cdef Table table = self.table()
        return 0 if table.memory is None else table.memory.nbytes

    def _ranges(self):
        cdef Table table = self.table()
        if table.memory is None:
            no_nodes()
        return table.ranges()

    def __len__(self):
        return len(self.table().nodes)

    def __iter__(self):
        return iter(self.table().nodes)

    def __contains__(self, node):
        return self.table().members.find(node) >= 0

    __hash__ = None

    def __eq__(self, other):
        cdef Table a = self.table(), b
        if not isinstance(other, NodeScheme):
            return NotImplemented
        b = (<NodeScheme>other).table()
        return (a.kind == b.kind and a.seed == b.seed and a.option == b.option and a.nodes == b.nodes
                and a.members.identities == b.members.identities and a.members.weights == b.members.weights)

    def __repr__(self):
        cdef Table table = self.table()
        name = type(self).__name__
        options = f"seed={table.seed}" if table.option_name is None else (
            f"{table.option_name}={table.option}, seed={table.seed}")
        if len(table.nodes) > 8:
            return f"<{name} of {len(table.nodes)} nodes, {options}>"
        weights = table.members.weights
        nodes = list(table.nodes) if set(weights) <= {1.0} else dict(zip(table.nodes, weights))
        return f"{name}({nodes!r}, {options})"

    # ---- its state ----

    cdef uint64_t salt(self) noexcept:
        return self.table().salt

    cdef int share(self, Stored other) except -1:
        self._table = (<NodeScheme?>other).table()
        return 0

    cdef bytes encode(self):
        cdef Table table = self.table()
        cdef bytes option = b"" if table.option_name is None else table.option.to_bytes(8, "little")
        return pack(table.kind, 0, len(table.nodes), table.seed, option + table.members.encode())

    cdef int decode(self, Storage storage) except -1:
        cdef Table table = self.table().emptied()
        cdef Container container = unpack(storage, table.kind, 0, table.name)
        cdef const char *data = container.payload
        cdef size_t size = container.payload_len
        table.seed = container.seed
        table.salt = coterie_splitmix64(table.seed)
        if table.option_name is not None:
            if size < 8:
                raise DecodeError(f"not a {table.name}: the bytes end too early")
            set_stored_option(table, coterie_load64(data))
            data, size = data + 8, size - 8
        members = decode_members(data, size, container.count, table.name)
        try:
            self._table = table.with_members(members, None, -1, -1)
        except ValueError as error:
            raise DecodeError(f"not a {table.name}: {error}") from None
        return 0


cdef int set_stored_option(Table table, uint64_t option) except -1:
    try:
        table.set_option(option)
    except ValueError as error:
        raise DecodeError(f"not a {table.name}: {error}") from None
    return 0


# One bit for each node; set for those to exclude.
cdef Storage bitmap_of(Table table, object exclude):
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
