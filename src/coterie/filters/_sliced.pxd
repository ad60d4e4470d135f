from libc.stdint cimport uint8_t, uint64_t

from coterie._core cimport Container, Storage
from coterie.filters._bloom cimport coterie_bloom
from coterie.filters._filter cimport PyThread_type_lock
from coterie.filters._mutable cimport Batch, MutableFilter

cdef extern from "coterie/filters/slices.h" nogil:
    enum:
        COTERIE_SLICES_MOST
        COTERIE_SLICES_FULL
    uint64_t COTERIE_SLICE_MOST_KEYS
    ctypedef struct coterie_slice:
        coterie_bloom bloom
        double fpr
        uint64_t capacity
        uint64_t keys
        double first
        double last
    ctypedef struct coterie_slices:
        int count
        coterie_slice *at
    int coterie_slices_add_one(coterie_slices *slices, uint64_t digest, int level)
    int coterie_slices_refresh_one(coterie_slices *slices, uint64_t digest, int level)
    size_t coterie_slices_add(coterie_slices *slices, const uint64_t *digests, size_t n, uint8_t *out, int level)
    size_t coterie_slices_refresh(coterie_slices *slices, const uint64_t *digests, size_t n, uint8_t *out, int level)
    double coterie_slices_distinct(const coterie_slices *slices)
    uint64_t coterie_slices_union(const coterie_slices *slices, int start, int level)


ctypedef int (*AddOne)(coterie_slices *slices, uint64_t digest, int level) noexcept nogil
ctypedef size_t (*AddMany)(coterie_slices *slices, const uint64_t *digests, size_t n, uint8_t *out, int level) noexcept nogil


# What a batch that adds needs to know. When it has no room it takes the GIL and asks the filter for some.
cdef struct Work:
    coterie_slices *slices
    bint *mine
    PyThread_type_lock lock
    AddMany add
    void *filter
    void *errors   # a list; once there is one the batch adds no more
    bint stopped


cdef class SlicedBatch(Batch):
    cdef Work work
    cdef Sliced filter
    cdef list errors


# What the clock of a filter said. Filters that begin anew may have another clock, or none.
cdef struct Moment:
    double now
    uint64_t beginning


# What the bytes of a filter begin with.
cdef struct Front:
    unsigned int flags
    uint64_t count
    uint64_t seed
    uint8_t parameters[64]


# A filter that is a list of Bloom filters, its slices; each has its bits in a storage. Only the newest slice changes.
#
# Scalar calls change slices under the critical section (with the GIL), and take the lock too if a batch runs; batches
# under the lock. The list of slices itself changes under both, by `commit`, which tells whether it is still the one
# that its caller knew: memory is had before, and in between others may run; and by `replace`, after which __init__ says
# what the filter is now, before anybody else runs. Copies and bytes hold the storages, and from
# then on the newest slice is not `mine`: who adds next copies it first, unless they have let it go.
cdef class Sliced(MutableFilter):
    cdef coterie_slices _slices
    cdef tuple _storages       # one for each slice; others may hold them too
    cdef bint _mine            # the bits of the newest slice may be written to
    cdef uint64_t _beginnings  # how often it began anew
    cdef double _window        # how old keys become; 0: as old as you like
    cdef double _part          # and a slice, before the next one is begun
    cdef AddOne _add_one
    cdef AddMany _add_many

    # ---- for subclasses to define ----
    # Writes what the filter is, and reads it; whether that is possible with these slices.
    cdef void write_parameters(self, uint8_t *parameters) noexcept
    cdef bint read_parameters(self, const uint8_t *parameters, const coterie_slices *slices, uint64_t count) noexcept
    # Makes the moments of slices those that are stored.
    cdef int write_moments(self, coterie_slices *slices, const uint8_t *parameters) except -1
    # Takes over what the filter is from another of its class. Only C.
    cdef void take_parameters(self, Sliced other) noexcept
    # Whether another is the same but for its slices.
    cdef bint like(self, Sliced other)
    # What the clock says; asked if there is a window.
    cdef int ask_clock(self, Moment *moment) except -1
    # What has to be done before a key is added; `full`: there was no room for it. Under the critical section.
    cdef int turn(self, const Moment *moment, bint full) except -1

    # ---- for subclasses to use ----
    cdef void settle(self, coterie_slice *slice) noexcept
    # What time it is, before the critical section; and for the filter as it is within it: it stands still if the filter
    # began anew in between.
    cdef int ask(self, Moment *moment) except -1
    cdef double time_of(self, const Moment *moment) noexcept
    cdef int oldest(self, const Moment *moment) noexcept
    cdef Storage bits_for(self, coterie_slice *slice)
    cdef bint commit(self, tuple before, int drop, Storage storage, const coterie_slice *slice) except -1
    # Begins anew, with these storages of one slice; those of before are to be let go.
    cdef tuple replace(self, tuple storages, const coterie_slice *slice)
    cdef tuple see(self, coterie_slices *slices, int *start)
    cdef tuple hold(self, coterie_slices *slices, Sliced heir, Front *front)
    cdef void tell(self, Sliced heir) noexcept
    cdef void write_front(self, Front *front) noexcept
    cdef bint has(self, object key) except -1
    cdef bint put(self, object key) except -1
    cdef int add_one(self, uint64_t digest, const Moment *moment) noexcept
    cdef int put_carefully(self, uint64_t digest, const Moment *moment) except -1

cdef int let_go(tuple storages) except -1
