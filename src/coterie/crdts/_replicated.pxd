from libc.stdint cimport uint8_t, uint64_t

from coterie._stored cimport Stored
from coterie.crdts._time cimport Time

cdef extern from "coterie/base.h" nogil:
    ctypedef enum coterie_status:
        COTERIE_OK
        COTERIE_NO_MEMORY
        COTERIE_STOPPED
        COTERIE_LACKING


cdef extern from "coterie/crdts/replicas.h" nogil:
    enum:
        COTERIE_REPLICA_MOST


# What all replicated structures share: whose they are, their generation, and the ways of a state: into others, into bytes.
cdef class Replicated(Stored):
    cdef bytes own_id           # None: a random one is taken when there is a use for it
    cdef bint given             # by the caller
    cdef bint wrote             # there was a local change under it
    cdef uint64_t forks         # of the process, when it was taken
    cdef bytes generation_id    # empty, or 16 bytes
    cdef object codec
    cdef Time clock             # how it knows the time; None: it has no use for it
    cdef uint64_t version       # counts the changes of the state

    # What a class has to bring. All of it is C, and runs under the critical sections of the objects that it touches:
    cdef unsigned number(self) noexcept                                     # of the class in bytes
    cdef coterie_status take(self, Replicated other) noexcept               # a copy of the state, instead of one's own
    cdef coterie_status join(self, Replicated other) noexcept
    cdef coterie_status relate(self, Replicated other, int *relation) noexcept
    cdef bint unlike(self, Replicated other) noexcept                       # its parameters are others
    cdef bint wrote_more(self, Replicated other, const uint8_t *id, size_t len) noexcept  # under an id than the other shows
    cdef coterie_status take_pending(self, Replicated delta) noexcept       # into an empty one; nothing is pending then
    cdef coterie_status beyond(self, Replicated known, Replicated diff) noexcept  # into an empty one
    # As if one replica wrote it all; COTERIE_STOPPED or COTERIE_LACKING: it cannot.
    cdef coterie_status renew(self, const uint8_t *id, size_t len) noexcept
    cdef coterie_status take_renewed(self, Replicated new) noexcept         # what that made; the own writes stay one's own
    cdef size_t room(self, bint digest) noexcept                            # for its bytes, or for those of its digest
    cdef coterie_status write(self, bint digest, uint8_t *out, uint8_t **end) noexcept
    cdef const uint8_t *read(self, bint digest, const uint8_t *at, const uint8_t *end, coterie_status *status) noexcept
    cdef void measure(self, size_t *numbers) noexcept                       # see NUMBERS
    cdef uint64_t last_stamp(self) noexcept                                 # the greatest of its state
    # This is Python:
    cdef Replicated empty(self)                                             # of the class, with its parameters
    cdef object changes(self, Replicated before, Replicated after)          # between two states
    cdef int prepare(self, object how) except -1                            # before a renewal, as its caller said
    cdef int refuse_to_renew(self, coterie_status status) except -1         # says why it cannot

    # For classes. How it knows the time, if it has a use for that, and its codec.
    cdef void tell_time(self, Time clock) noexcept
    cdef Time time_source(self)
    cdef object codec_now(self)
    # The id to write under; with `change` a local change follows.
    cdef bytes own(self, bint change)
    # Makes a new beginning: whose it is, how values are stored, and the state, unless it is the empty one.
    cdef int begin(self, object replica, object codec, Replicated new=*) except -1
    # TypeError unless it is of a class that brings all that.
    cdef int refuse_base(self) except -1
    cdef bint is_like(self, object other) except -1
    cdef Replicated alike(self, object other)
    # What of another one is merged; ClockDriftError if a stamp of its state lies too far ahead.
    cdef Replicated admitted(self, Replicated other)
    cdef object absorb(self, Replicated other, bint changes)
    cdef bytes encoded(self, unsigned number)
    cdef int refuse(self, int problem) except -1
    cdef str name(self)
    cdef int mismatch(self, Replicated other) noexcept
    cdef int refusal(self, Replicated other) noexcept
    cdef int relation(self, Replicated other, int *problem) except -1
    cdef int load(self, object data, unsigned number) except -1
    cdef Replicated decoded(self, object data)
    cdef int renew_with(self, object how) except -1


# The numbers of `stats`, in their order.
cdef enum:
    REPLICAS
    ENTRIES
    DOTS
    CLOUD
    TOMBSTONES
    PENDING
    NBYTES
    NUMBERS

cdef bytes check_replica(object replica)
cdef object check_codec(object codec)
cdef int check(coterie_status status) except -1
# The secret under which ids and elements are hashed.
cdef uint64_t SECRET[2]
