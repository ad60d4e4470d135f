# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Jump consistent hashing: shards by number, without any memory."""

cimport cython
from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport int32_t, uint32_t, uint64_t

from coterie._core cimport (
    INT32, Container, Storage, as_int, as_iterator, check_count, check_int, check_seed, cpu_level_address, each_chunk, pack,
    shown, unpack,
)
from coterie._keys cimport key_digest
from coterie._stored cimport Stored
from coterie.placement._scheme cimport Scheme, register

from operator import index

from coterie._errors import DecodeError

cdef extern from "coterie/base.h" nogil:
    uint64_t coterie_splitmix64(uint64_t x)
    uint64_t coterie_mix(uint64_t digest, uint64_t salt)

cdef extern from "coterie/container.h":
    int COTERIE_KIND_JUMP

cdef extern from "coterie/placement/jump.h" nogil:
    int32_t (**coterie_jump_one)(uint64_t key, int32_t buckets)
    void (**coterie_jump_assign)(const uint64_t *digests, size_t n, uint64_t salt, int32_t buckets, int32_t *out)
    ctypedef struct coterie_jump_walk:
        uint32_t found
    coterie_jump_walk coterie_jump_begin(uint64_t digest, uint64_t salt)
    void coterie_jump_go(coterie_jump_walk *walk, int32_t buckets, uint32_t want, uint64_t *seen, uint64_t draws,
                         int32_t *out)
    void coterie_jump_assign_many(const uint64_t *digests, size_t n, uint64_t salt, int32_t buckets, size_t width,
                                  uint64_t *seen, int32_t *out)

cdef const int *LEVEL = cpu_level_address()
cdef tuple NOBODY = ()

cdef enum:
    FEW = 16         # replicas up to which a scan of those found is faster than a bitmap
    DRAWS = 1 << 20  # draws between two looks at signals
    DRAWS_EACH = 32  # about the most draws for each shard of a row, as when all are asked for


# One state of the shards, and what a batch of rows needs besides.
cdef struct Shards:
    uint64_t seed
    uint64_t salt
    int32_t n  # 0 only before __init__
    size_t width
    uint64_t *seen


cdef void assign_sink(void *ctx, const uint64_t *digests, size_t n, void *out) noexcept nogil:
    cdef Shards *shards = <Shards *>ctx
    coterie_jump_assign[LEVEL[0]](digests, n, shards.salt, shards.n, <int32_t *>out)


cdef void rows_sink(void *ctx, const uint64_t *digests, size_t n, void *out) noexcept nogil:
    cdef Shards *shards = <Shards *>ctx
    coterie_jump_assign_many(digests, n, shards.salt, shards.n, shards.width, shards.seen, <int32_t *>out)


# Shards of a digest up to `want` in `out`, whose first `skip` are left out. Ctrl-C works meanwhile.
cdef int walk_to(uint64_t digest, uint64_t salt, int32_t shards, uint32_t skip, uint32_t want, uint64_t *seen,
                 int32_t *out) except -1:
    cdef coterie_jump_walk walk = coterie_jump_begin(digest, salt)
    cdef uint32_t i
    walk.found = skip
    for i in range(skip if seen is not NULL else 0):
        seen[out[i] >> 6] |= <uint64_t>1 << (out[i] & 63)
    while True:
        coterie_jump_go(&walk, shards, want, seen, DRAWS, out)
        if walk.found >= want:
            return 0
        PyErr_CheckSignals()


cdef int check_some(int32_t n) except -1:
    if n == 0:
        raise LookupError("there are no shards: make a JumpHash with n of at least 1")
    return 0


@cython.auto_pickle(False)
cdef class JumpHash(Scheme):
    """JumpHash(n, *, seed=0)\n--\n
    Jump consistent hashing: keys go to the shards 0 .. n-1, and only the last shard can join or leave.

    n: 1 .. 2**31-1.
    seed: 0 .. 2**64-1. Placements with different seeds are independent; nested ones must use different ones.

    When shard n joins, 1/(n+1) of the keys move, all of them to it. Loads differ by chance alone. A lookup takes about
    ln(n) steps; there is no table. The placement depends on n and seed alone.

    The function of Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm", 2014, applied to the mixed
    digest of the key; for the raw function see `coterie.hashing.jump`.

    >>> from coterie import JumpHash
    >>> shards = JumpHash(12)
    >>> shards["user:42"]
    5
    """

    cdef uint64_t _seed
    cdef uint64_t _salt
    cdef int32_t _n

    def __cinit__(self):
        self._salt = coterie_splitmix64(0)

    def __init__(self, n, *, seed=0):
        self.become(check_shards(n), check_seed(seed))

    # All of it at once: a thread that looks meanwhile sees the state before or after.
    cdef void become(self, int32_t n, uint64_t seed) noexcept:
        with cython.critical_section(self):
            self._n, self._seed, self._salt = n, seed, coterie_splitmix64(seed)

    cdef inline Shards state(self) noexcept:
        cdef Shards shards
        with cython.critical_section(self):
            shards.n, shards.seed, shards.salt = self._n, self._seed, self._salt
        shards.width, shards.seen = 0, NULL
        return shards

    # ---- lookups ----

    cdef inline int32_t lookup(self, object key) except -1:
        cdef uint64_t digest = key_digest(key)
        cdef Shards shards = self.state()
        check_some(shards.n)
        return coterie_jump_one[LEVEL[0]](coterie_mix(digest, shards.salt), shards.n)

    def __getitem__(self, key):
        """The shard of a key: `shards[key]`, the fastest form."""
        return self.lookup(key)

    def get_node(self, key, /):
        """The shard of a key, an int in 0 .. n-1. key: str, bytes or int, see `coterie.digest`."""
        return self.lookup(key)

    def get_nodes(self, key, n, /, *, exclude=()):
        """The first n shards of a key, as a list: distinct, in order of preference; fewer if there are no more.

        exclude: shards to leave out, such as those that are down; the next in order take their place.

        The paper has no replicas: the first shard is `get_node`'s, each later one that of another draw, repeated until it
        is new. When shard m joins, the first shard moves only to it. Of the others most do; but places may shift, and
        about one key in m * m gets an old shard that was not among its n before. About n draws; many more as n nears the
        number of shards.
        """
        cdef uint64_t digest = key_digest(key)
        cdef Shards shards = self.state()
        check_some(shards.n)
        cdef int32_t few[FEW]
        cdef int32_t *out = few
        cdef set excluded = exclude_shards(exclude, shards.n) if exclude is not NOBODY else None
        cdef uint32_t skip = 0 if excluded is None else <uint32_t>len(excluded)
        cdef uint32_t total = skip + <uint32_t>min(check_count(n), shards.n - skip), i
        cdef Storage seen = None, room
        if total > FEW:
            room = Storage.allocate(total * sizeof(int32_t))
            out = <int32_t *>room.data
            seen = bitmap_for(total, shards.n)
        if skip:
            for i, shard in enumerate(excluded):
                out[i] = shard
        walk_to(digest, shards.salt, shards.n, skip, total, NULL if seen is None else <uint64_t *>seen.data, out)
        return [out[i] for i in range(skip, total)]

    def assign(self, keys, /, *, hashed=False, nulls="raise", out=None):
        """The shards of many keys, as an int32 array.

        keys: any container that `coterie.digests` takes; with hashed=True the digests that it made.
        nulls, out: as for `coterie.digests`; nulls="skip" writes -1, which is no shard.

        Linear. Columns are read without the GIL.

        >>> JumpHash(12).assign(["user:42", "user:43"]).tolist()
        [5, 11]
        """
        cdef Shards shards = self.state()
        check_some(shards.n)
        return each_chunk(keys, assign_sink, &shards, INT32, -1, hashed, 1, nulls, out)

    def assign_replicas(self, keys, n, /, *, hashed=False, nulls="raise", out=None):
        """The first n shards of many keys, as an int32 array of shape (len(keys), n): rows like `get_nodes`.

        Rows are padded with -1 if there are fewer than n shards. Otherwise as `assign`; ValueError if n is below 0.
        """
        cdef Shards shards = self.state()
        cdef Storage seen
        check_some(shards.n)
        shards.width = check_count(n)
        seen = bitmap_for(min(shards.width, <size_t>shards.n), shards.n)
        if seen is not None:
            shards.seen = <uint64_t *>seen.data
        return each_chunk(keys, rows_sink, &shards, INT32, shards.width, hashed, DRAWS_EACH * shards.width, nulls, out)

    # ---- membership ----

    def add_node(self, node=None, /):
        """Add shard n. node: nothing, or n; ValueError for another number, since only the next shard can join."""
        number = None if node is None else as_int(node, "node", "the number of the next shard")
        cdef int32_t n
        with cython.critical_section(self):
            n = self._n
            if number is not None and number != n:
                raise ValueError(f"shard {shown(number)} cannot join: the next one is {n}")
            self._n = check_shards(<object>n + 1)

    def remove_node(self, node=None, /):
        """Remove shard n-1. node: nothing, or n-1; ValueError for another, since only the last can leave; KeyError if it
        is not there; ValueError if it is the only one."""
        number = None if node is None else as_int(node, "node", "the number of the last shard")
        cdef int32_t n
        with cython.critical_section(self):
            n = self._n
            if number is not None and not 0 <= number < n:
                raise KeyError(number)
            if number is not None and number != n - 1:
                raise ValueError(f"shard {number} cannot leave: only the last one, {n - 1}, can")
            if n <= 1:
                raise ValueError("the only shard cannot leave")
            self._n = n - 1

    # ---- what is in it ----

    @property
    def nodes(self):
        """The shards: range(n)."""
        return range(self._n)

    @property
    def seed(self):
        """The seed of the placement."""
        return self._seed

    def __len__(self):
        return self._n

    def __iter__(self):
        return iter(range(self._n))

    def __contains__(self, node):
        try:
            return 0 <= index(node) < self._n
        except TypeError:
            return False

    __hash__ = None

    def __eq__(self, other):
        if not isinstance(other, JumpHash):
            return NotImplemented
        cdef Shards ours = self.state(), theirs = (<JumpHash>other).state()
        return ours.n == theirs.n and ours.seed == theirs.seed

    def __repr__(self):
        cdef Shards shards = self.state()
        return f"{type(self).__name__}({shards.n}, seed={shards.seed})"

    # ---- its state ----

    cdef uint64_t salt(self) noexcept:
        return self._salt

    cdef int share(self, Stored other) except -1:
        cdef Shards shards = (<JumpHash?>other).state()
        self.become(shards.n, shards.seed)
        return 0

    cdef bytes encode(self):
        cdef Shards shards = self.state()
        return pack(COTERIE_KIND_JUMP, 0, shards.n, shards.seed, b"")

    cdef int decode(self, Storage storage) except -1:
        cdef Container container = unpack(storage, COTERIE_KIND_JUMP, 0, "JumpHash")
        if container.payload_len or container.count >= 1 << 31:
            raise DecodeError("not a JumpHash: its number of shards lies outside of 0 .. 2**31-1")
        self.become(container.count, container.seed)
        return 0


register(JumpHash)


cdef int32_t check_shards(object n) except -1:
    return <int32_t>check_int(n, "n", 1, 0x7fffffff, "1 .. 2**31-1")


# The shards to exclude that exist.
cdef set exclude_shards(object exclude, int32_t shards):
    cdef set excluded = set()
    for item in as_iterator(exclude, "exclude", "an iterable of shards"):
        number = as_int(item, "a shard in exclude", "the number of one")
        if 0 <= number < shards:
            excluded.add(number)
    return excluded


# One bit for each shard, all 0; None where it is faster to look through those found.
cdef Storage bitmap_for(uint64_t count, int32_t shards):
    if count <= FEW or count * count < <uint64_t>shards // 64:
        return None
    return Storage.zeros((<size_t>shards + 63) // 64 * 8)
