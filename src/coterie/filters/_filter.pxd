from libc.stdint cimport uint8_t, uint64_t
from libc.stdlib cimport free

from coterie._core cimport Container, Result, Sink, Storage
from coterie._stored cimport Stored

cdef extern from "coterie/container.h":
    enum: COTERIE_CONTAINER_HEADER

cdef extern from "pythread.h" nogil:
    ctypedef void *PyThread_type_lock
    PyThread_type_lock PyThread_allocate_lock()
    void PyThread_free_lock(PyThread_type_lock lock)
    int PyThread_acquire_lock(PyThread_type_lock lock, int wait)
    void PyThread_release_lock(PyThread_type_lock lock)

cdef enum:
    FEW = 4096  # keys with which a batch may keep the GIL

# Flags of the containers of filters.
cdef enum:
    STRICT = 1
    KEYED = 2

# Whose bytes a filter stands on.
cdef enum Where:
    OWN      # its own, or shared with filters that ask before they write
    FROZEN   # of a file or a buffer: nobody may write
    PRIVATE  # of a file, whose changes nobody else sees
    LIVE     # of a file or a buffer that others see and write to: never moved, and written to atomically


# What digests of keys are mixed with before a filter sees them; 0: with nothing.
cdef uint64_t filter_salt(uint64_t seed) noexcept


# Waits for the lock of a filter. `few`: the caller may have the GIL, which others then have meanwhile; and who has the lock
# may wait for the GIL. So whoever has the GIL waits for such a lock by `take_turn`, or it never ends.
cdef void take_turn(PyThread_type_lock lock, bint few) noexcept nogil


# Where the parameters of a container begin.
cdef inline uint8_t *parameters_of(Storage storage) noexcept:
    return <uint8_t *>storage.data + COTERIE_CONTAINER_HEADER


# Digests that a batch collects first, so that it changes nothing if a key among them is none. `free` them.
cdef struct Digests:
    uint64_t *data
    size_t len
    size_t room
    bint no_memory


# What all filters share: how keys become digests, who may write, and bytes and files. A filter is its container: header,
# parameters and cells, in the same bytes in memory and in files.
#
# Writers: scalar calls hold the GIL (on free-threaded builds a critical section), which is enough while no batch runs.
# A batch says that it runs by `begin`, lets the GIL go, and holds the lock while it writes, a chunk of keys at a time;
# scalar calls then take the lock too. Under the lock there is only C. Readers take nothing.
#
# Without the GIL, a critical section that is entered again, or waits within another one or for the GIL, lets all go: what
# has to be one step stands in one section, with nothing before its end that may wait.
cdef class Filter(Stored):
    cdef Storage _storage
    cdef size_t _size          # of the container; more bytes may follow it
    cdef uint64_t _seed
    cdef uint64_t _salt
    cdef uint64_t _secret[2]   # the SipHash key
    cdef bint _keyed
    cdef Where _where
    cdef bint _unmarked        # mapped, and not changed yet: the first change has to say so in the bytes
    cdef bint _moving          # about to be taken over, as it is, by an object of a subclass
    cdef Py_ssize_t _busy      # batches that write
    cdef PyThread_type_lock _lock

    # ---- for subclasses to define ----
    # The kind and the flags of the container.
    cdef int kind(self) noexcept
    cdef unsigned int flags(self) noexcept
    cdef uint64_t header_count(self) noexcept
    # Take over what the storage says, whose header was read; DecodeError, and nothing changed, if it contradicts itself.
    cdef int attach(self, Storage storage, const Container *container) except -1
    # The cells are elsewhere now: in self._storage.
    cdef void moved(self) noexcept
    # Take over the fields of another filter, which has the same storage.
    cdef int take(self, Filter other) except -1

    # ---- for subclasses to use ----
    cdef uint64_t digest_of(self, object key) except? 0
    cdef object each(self, object keys, Sink sink, void *ctx, Result result, bint hashed, object nulls, object out)
    # The digests of a batch, all of them; null keys are skipped if `nulls` is "skip".
    cdef int collect(self, object keys, bint hashed, object nulls, Digests *digests) except -1
    # The same as an array with a row for each key, and which of them are not null; None: all. `out` is for the answers.
    cdef tuple collected(self, object keys, bint hashed, object nulls, object out)
    # Makes the cells writable; ValueError if they never are.
    cdef int unshare(self) except -1
    # What a batch writes to, which it holds until it calls `end`. Under the critical section.
    cdef Storage begin(self)
    cdef void end(self) noexcept
    # The bytes as they are now, to hold; with checksums. Nobody writes to them until they are dropped.
    cdef Storage snapshot(self)
    cdef Storage sealed(self)
    cdef bytes secret(self)
    cdef char *state(self) noexcept

# A filter of the class out of a container; its bytes stay where they are. `longer`: they may go on behind it.
cdef Filter decoded(object cls, Storage storage, object key, Where where, bint longer)

# What is stored of a key, so that another is refused.
cdef uint64_t check_of(Filter filter) noexcept

# The rate of false positives as an argument.
cdef double check_rate(object fpr) except -1

# A sink that collects them.
cdef void collect_sink(void *ctx, const uint64_t *digests, size_t n, void *out) noexcept nogil

# Whether the digests of all keys are sure to be had, so that a batch can begin before it has seen them.
cdef bint cannot_fail(object keys) except -1

# Whether so many bytes are more than the second cache holds, so that they have to be fetched early.
cdef bint is_far(size_t nbytes) noexcept nogil

# Takes collected digests to a sink, a chunk at a time; `out`: a byte for each, or NULL. Ctrl-C works.
cdef int feed(const Digests *digests, Sink sink, void *ctx, uint8_t *out) except -1

# Each filter makes itself known, once.
cdef object register(object kind)
