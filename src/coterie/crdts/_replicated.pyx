# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""What all replicated structures share."""

cimport cython

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.object cimport Py_EQ, Py_NE
from cpython.unicode cimport PyUnicode_AsUTF8String
from libc.stdint cimport uint8_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcmp, memcpy

from coterie._core cimport as_iterator, cpu_level_address
from coterie._stored cimport Stored, blank
from coterie.clocks._order cimport holds
from coterie.crdts._time cimport Time, time_of

import os

from coterie._errors import DecodeError, ReplicaError
from coterie.clocks._forms import a
from coterie.crdts._changes import Changes

cdef extern from "coterie/clocks/dense.h" nogil:
    enum:
        COTERIE_CONCURRENT

cdef extern from "coterie/crdts/frame.h" nogil:
    enum:
        COTERIE_FRAME_SIZE
        COTERIE_FRAME_DIGEST
    ctypedef struct coterie_frame:
        const uint8_t *generation
        const uint8_t *at
        const uint8_t *end
        size_t generation_len
    uint8_t *coterie_frame_begin(uint8_t *out, unsigned class_, const void *generation, size_t len)
    size_t coterie_frame_end(uint8_t *start, uint8_t *out, int level)
    const char *coterie_frame_open(coterie_frame *frame, const uint8_t *data, size_t size, unsigned class_, int level)

cdef extern from "coterie/hashing/xxh3.h" nogil:
    ctypedef struct coterie_hash128:
        uint64_t low
        uint64_t high
    coterie_hash128 coterie_xxh3_128(const void *data, size_t len, uint64_t seed, int level)

cdef const int *LEVEL = cpu_level_address()


# Why a state is not merged.
cdef enum:
    FINE
    OTHER_GENERATION
    OTHER_PARAMETERS
    USED_TWICE

cdef uint64_t FORKS = 0  # of which this process is the child
cdef bytes KEY = os.urandom(16)
memcpy(SECRET, PyBytes_AS_STRING(KEY), 16)


def forked():
    global FORKS
    FORKS += 1


os.register_at_fork(after_in_child=forked)


cdef int check(coterie_status status) except -1:
    if status != COTERIE_OK:
        raise MemoryError("no memory for a replicated structure")
    return 0


cdef bytes check_replica(object replica):
    cdef bytes id
    if isinstance(replica, str):
        try:
            id = PyUnicode_AsUTF8String(replica)
        except UnicodeEncodeError:
            raise ValueError("replica has a lone surrogate: pass text that can be encoded, or bytes") from None
    elif isinstance(replica, bytes):
        id = bytes(memoryview(replica))
    else:
        raise TypeError(f"replica is a {type(replica).__name__}: pass bytes or a str of 1 to {COTERIE_REPLICA_MOST} bytes")
    if not 1 <= PyBytes_GET_SIZE(id) <= COTERIE_REPLICA_MOST:
        raise ValueError(f"replica has {len(id)} bytes: pass 1 to {COTERIE_REPLICA_MOST}")
    return id


cdef object check_codec(object codec):
    if codec is None:
        return None
    if not isinstance(codec, tuple) or len(codec) != 2 or not (callable(codec[0]) and callable(codec[1])):
        raise TypeError(f"codec is a {type(codec).__name__}: pass a tuple of two functions, (encode, decode), or None")
    return codec


@cython.auto_pickle(False)
cdef class Replicated(Stored):
    """A replicated structure. Not made by itself."""

    def __cinit__(self):
        self.generation_id = b""

    cdef int begin(self, object replica, object codec, Replicated new=None) except -1:
        cdef bytes id = None if replica is None else check_replica(replica), id_before, generation_before
        cdef coterie_status status
        if new is None:
            new = self.empty()
        codec = check_codec(codec)
        with cython.critical_section(self):
            status = self.take(new)
            if status == COTERIE_OK:
                id_before, generation_before, codec_before = self.own_id, self.generation_id, self.codec  # live until its end
                self.own_id, self.given, self.wrote, self.forks = id, id is not None, False, FORKS
                self.generation_id, self.codec = b"", codec
        return check(status)

    # ---- how it knows the time, and stores values ----

    cdef void tell_time(self, Time clock) noexcept:
        cdef Time before
        with cython.critical_section(self):
            before = self.clock  # lives until the section has ended
            self.clock = clock

    cdef Time time_source(self):
        cdef Time clock
        with cython.critical_section(self):
            clock = self.clock
        return clock

    cdef object codec_now(self):
        with cython.critical_section(self):
            codec = self.codec
        return codec

    # ---- whose it is ----

    cdef bytes own(self, bint change):
        cdef bytes id, before, fresh
        cdef bint given, current
        with cython.critical_section(self):
            id, given, current = self.own_id, self.given, self.forks == FORKS
        if id is not None and (current or (given and not change)):
            return id
        self.refuse_base()
        if id is not None and given:
            raise ReplicaError(f"this process is a fork, and {id!r} belongs to its parent: go on with "
                               "fork(replica=...) and an id of its own")
        fresh = os.urandom(16)
        with cython.critical_section(self):
            before = self.own_id  # lives until the section has ended
            if before is None or self.forks != FORKS:
                self.own_id, self.wrote, self.forks = fresh, False, FORKS
            id = self.own_id
        return id

    @property
    def replica(self):
        """The id under which this object writes: bytes. Copies, forks and pickles get ids of their own."""
        return self.own(False)

    @property
    def generation(self):
        """What `rebase` made of the state, as 16 bytes; b"" before the first time."""
        cdef bytes generation
        self.refuse_base()
        with cython.critical_section(self):
            generation = self.generation_id
        return generation

    # ---- two of them ----

    # What only subclasses have does not fit together: so a base made by itself refuses all.
    cdef int refuse_base(self) except -1:
        if self.number() == 0:
            self.empty()
        return 0

    cdef bint is_like(self, object other) except -1:
        self.refuse_base()
        return isinstance(other, Replicated) and (<Replicated>other).number() == self.number()

    cdef Replicated alike(self, object other):
        if not self.is_like(other):
            raise TypeError(f"other is a {type(other).__name__}: pass {a(self.name())}")
        return <Replicated>other

    cdef str name(self):
        return type(self.empty()).__name__

    # Why a state does not go together with another one, as far as the classes are the same.
    cdef int mismatch(self, Replicated other) noexcept:
        cdef Py_ssize_t size = PyBytes_GET_SIZE(self.generation_id)
        if (PyBytes_GET_SIZE(other.generation_id) != size
                or memcmp(PyBytes_AS_STRING(self.generation_id), PyBytes_AS_STRING(other.generation_id), size)):
            return OTHER_GENERATION
        return OTHER_PARAMETERS if self.unlike(other) else FINE

    cdef int refusal(self, Replicated other) noexcept:
        cdef int problem = self.mismatch(other)
        if (problem == FINE and self.wrote and self.forks == FORKS  # in a fork the id is its parent's
                and other.wrote_more(self, <const uint8_t *>PyBytes_AS_STRING(self.own_id), PyBytes_GET_SIZE(self.own_id))):
            return USED_TWICE
        return problem

    cdef int refuse(self, int problem) except -1:
        if problem == OTHER_GENERATION:
            raise ValueError("the states are of different generations: one was rebased. Take the new state by from_bytes, "
                             "and do again what it lacks")
        if problem == OTHER_PARAMETERS:
            raise ValueError(f"the parameters of the {self.name()} are others")
        if problem == USED_TWICE:
            raise ReplicaError(f"the other knows changes under {self.own(False)!r} that were not made here: two living objects "
                               "write under this id. Give one of them another by fork()")
        return 0

    cdef Replicated admitted(self, Replicated other):
        cdef Time clock = self.time_source()
        cdef Replicated one
        if clock is None or clock.most_drift is None or other is self:
            return other
        one = self.empty()
        one.share(other)  # others may change that
        clock.check(one.last_stamp())
        return one

    cdef object absorb(self, Replicated other, bint changes):
        cdef Replicated before = None, after = None
        cdef coterie_status status = COTERIE_OK
        cdef int problem = FINE
        other = self.admitted(other)
        if changes:
            before, after = self.empty(), self.empty()
        with cython.critical_section(self, other):
            if self is not other:
                problem = self.refusal(other)
            if problem == FINE and changes:
                status = before.take(self)
                if status == COTERIE_OK:
                    status = after.take(self)
                if status == COTERIE_OK:
                    status = after.join(other)
            if problem == FINE and status == COTERIE_OK and self is not other:
                status = self.join(other)
                self.version += 1
        self.refuse(problem)
        check(status)
        return self.changes(before, after) if changes else None

    def merge(self, other, /, *, changes=False):
        """Take over all that another one of the class has.

        changes: whether to return a Changes that says what became different.

        ReplicaError if it shows changes under the id of this one that were not made here. ValueError for another generation.
        """
        return self.absorb(self.alike(other), changes)

    def merge_many(self, states):
        """The same for each of an iterable of objects or bytes: all, or none if one is refused."""
        cdef Replicated all = self.empty(), one
        cdef bytes generation = self.generation, before
        cdef int problem
        with cython.critical_section(all):
            before = all.generation_id  # lives until the section has ended
            all.generation_id = generation
        for state in as_iterator(states, "states", "an iterable of objects or bytes"):
            one = self.alike(state) if isinstance(state, Replicated) else self.decoded(state)
            with cython.critical_section(self, one):
                problem = self.refusal(one)  # of which nothing may be left when all are joined
            self.refuse(problem)
            all.absorb(one, False)
        self.absorb(all, False)

    def update_from(self, data, *, changes=False):
        """Take over what bytes have: those of a state, a delta or a diff. DecodeError if they are anything else."""
        return self.absorb(self.decoded(data), changes)

    def __or__(self, other):
        cdef Replicated new, one = self.alike(other)  # no NotImplemented: else who joins with anything would answer
        new = self.alike(self.copy())
        new.absorb(one, False)
        return new

    def __ior__(self, other):
        self.absorb(self.alike(other), False)
        return self

    cdef int relation(self, Replicated other, int *problem) except -1:
        cdef coterie_status status = COTERIE_OK
        cdef int relation = COTERIE_CONCURRENT
        with cython.critical_section(self, other):
            problem[0] = self.mismatch(other)
            if problem[0] == FINE:
                status = self.relate(other, &relation)
        check(status)
        return relation

    def concurrent(self, other, /):
        """Whether each of two has something that the other does not."""
        cdef int problem, relation = self.relation(self.alike(other), &problem)
        self.refuse(problem)
        return relation == COTERIE_CONCURRENT

    __hash__ = None

    def __richcmp__(self, other, int op):
        cdef int problem, relation
        if op == Py_EQ or op == Py_NE:
            if not self.is_like(other):
                return NotImplemented
            return holds(op, self.relation(<Replicated>other, &problem))
        relation = self.relation(self.alike(other), &problem)
        self.refuse(problem)
        return holds(op, relation)

    # ---- copies ----

    cdef int share(self, Stored other) except -1:
        cdef Replicated one = self.alike(other)
        cdef Time before = None
        cdef coterie_status status
        with cython.critical_section(self, one):
            status = self.take(one)
            if status == COTERIE_OK:
                before = self.clock  # lives until the section has ended
                self.generation_id, self.codec, self.clock = one.generation_id, one.codec, one.clock
        return check(status)

    def fork(self, replica=None):
        """An independent object in the same state, with another id: the given one, or a random one.

        ValueError if that id is the own one, or has written into this state.
        """
        cdef bytes id = None if replica is None else check_replica(replica)
        cdef Replicated new, nothing
        if id is not None and id == self.own(False):
            raise ValueError(f"replica is {id!r}, the id of this object: pass another one")
        new = self.alike(self.copy())
        if id is not None:
            nothing = self.empty()
            if new.wrote_more(nothing, <const uint8_t *>PyBytes_AS_STRING(id), PyBytes_GET_SIZE(id)):
                raise ValueError(f"replica is {id!r}, which has written into this state: pass another one")
            new.own_id, new.given, new.forks = id, True, FORKS
        return new

    # ---- deltas and digests ----

    def take_delta(self):
        """What local changes made or dropped since the last time: an object of the class. Nothing is pending then."""
        cdef Replicated delta = self.alike(blank(type(self), type(self))), like = self.empty()
        cdef coterie_status status
        with cython.critical_section(self, delta):
            status = delta.take(like)
            if status == COTERIE_OK:
                status = self.take_pending(delta)
                delta.generation_id, delta.codec = self.generation_id, self.codec
        check(status)
        return delta

    def digest(self):
        """What this one knows, as bytes: with it another tells by `diff` what is lacking here."""
        return self.encoded(self.number() | COTERIE_FRAME_DIGEST)

    def diff(self, digest):
        """What who made a digest lacks: an object of the class. Merged there it makes the same as this one would.

        DecodeError if the digest is none of this class; ValueError if it is of another generation.
        """
        cdef Replicated known = self.empty(), diff = self.alike(blank(type(self), type(self))), like = self.empty()
        cdef coterie_status status = COTERIE_OK
        cdef int problem
        known.load(digest, self.number() | COTERIE_FRAME_DIGEST)
        with cython.critical_section(self, diff):
            problem = self.mismatch(known)
            if problem == FINE:
                status = diff.take(like)
                if status == COTERIE_OK:
                    status = self.beyond(known, diff)
                diff.generation_id, diff.codec = self.generation_id, self.codec
        self.refuse(problem)
        check(status)
        return diff

    # ---- bytes ----

    cdef bytes encoded(self, unsigned number):
        cdef coterie_status status = COTERIE_NO_MEMORY
        cdef uint8_t *out
        cdef uint8_t *end
        cdef size_t size = 0
        cdef bint digest = number & COTERIE_FRAME_DIGEST
        self.refuse_base()
        with cython.critical_section(self):
            out = <uint8_t *>malloc(self.room(digest) + COTERIE_FRAME_SIZE)
            if out is not NULL:
                end = coterie_frame_begin(out, number, PyBytes_AS_STRING(self.generation_id),
                                          PyBytes_GET_SIZE(self.generation_id))
                status = self.write(digest, end, &end)
                if status == COTERIE_OK:
                    size = coterie_frame_end(out, end, LEVEL[0])
        try:
            check(status)
            return PyBytes_FromStringAndSize(<char *>out, size)
        finally:
            free(out)

    # Reads bytes into this one, which is empty and not known to others.
    cdef int load(self, object data, unsigned number) except -1:
        cdef bytes all
        cdef coterie_frame frame
        cdef coterie_status status
        cdef const char *problem
        try:
            all = bytes(memoryview(data))
        except TypeError:
            raise TypeError(f"data is a {type(data).__name__}: pass the bytes of {a(self.name())}") from None
        problem = coterie_frame_open(&frame, <const uint8_t *>PyBytes_AS_STRING(all), PyBytes_GET_SIZE(all), number, LEVEL[0])
        if problem is not NULL:
            raise DecodeError(f"not {a(self.name())}: {(<bytes>problem).decode()}")
        self.generation_id = PyBytes_FromStringAndSize(<const char *>frame.generation, frame.generation_len)
        end = self.read(number & COTERIE_FRAME_DIGEST, frame.at, frame.end, &status)
        check(status)
        if end is not frame.end:
            raise DecodeError(f"not {a(self.name())}: its state is malformed")
        return 0

    cdef Replicated decoded(self, object data):
        cdef Replicated new = self.empty()
        new.load(data, self.number())
        return new

    def to_bytes(self):
        """The state as bytes; equal states have equal bytes."""
        return self.encoded(self.number())

    def __bytes__(self):
        return self.encoded(self.number())

    @classmethod
    def from_bytes(cls, data, *, replica=None, codec=None, time_ns=None, max_drift=None):
        """An object in the state that bytes have, with nothing pending.

        data: bytes, or what has them as bytearray, memoryview and arrays do.
        replica, codec, time_ns, max_drift: as for the class; those that it has no use for are ignored.

        DecodeError if the bytes are anything else. With the id of an object that is no more, it goes on after what the bytes
        show of it; that is safe only if nothing that it did after they were made has left it.
        """
        cdef Replicated new = <Replicated>blank(cls, cls), like = new.decoded(data)
        new.begin(replica, codec)
        new.share(like)
        if new.clock is not None:
            new.tell_time(time_of(time_ns, max_drift))
        new.codec = codec
        return new

    def __reduce_ex__(self, protocol):
        return restored, (type(self), self.to_bytes(), self.codec_now()), self.__getstate__()

    # ---- generations ----

    def rebase(self):
        """Forget departed replicas and tombstones: the same value, as if one replica had written it. Only writes that last by
        their time (LWW) keep that, and their writers.

        Members stop writing, reach equal states (compare digests), and each rebases: they are equal again. From then on the
        states of before are of another generation, and refused. What is pending goes: take deltas first.
        """
        self.renew_with(None)

    cdef int renew_with(self, object how) except -1:
        cdef Replicated new
        cdef uint64_t version = 0
        cdef coterie_status status
        cdef coterie_hash128 hash
        cdef bytes data, id = b"", before
        cdef bint done = False
        while not done:
            new = self.empty()
            with cython.critical_section(self, new):
                version, new.generation_id = self.version, self.generation_id
                status = new.take(self)
            check(status)
            new.prepare(how)
            data = new.encoded(self.number())
            hash = coterie_xxh3_128(PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data), 0, LEVEL[0])
            id = (<object>hash.high).to_bytes(8, "big") + (<object>hash.low).to_bytes(8, "big")
            status = new.renew(<const uint8_t *>PyBytes_AS_STRING(id), PyBytes_GET_SIZE(id))
            if status == COTERIE_STOPPED or status == COTERIE_LACKING:
                new.refuse_to_renew(status)
            check(status)
            with cython.critical_section(self, new):
                done = self.version == version
                if done:
                    status = self.take_renewed(new)
                if done and status == COTERIE_OK:
                    before = self.generation_id  # lives until the section has ended
                    self.generation_id = id
        return check(status)

    cdef int prepare(self, object how) except -1:
        return 0

    cdef int refuse_to_renew(self, coterie_status status) except -1:
        raise OverflowError("the value has more than 64 bits: no replica can have written it alone")

    # ---- how large it is ----

    @property
    def nbytes(self):
        """The bytes that are held."""
        return self.stats()["nbytes"]

    def stats(self):
        """Numbers as a dict: `replicas`, `entries` (visible), `dots` (live), `cloud` (dots beyond the first gap), `tombstones`
        (removed entries that still cost memory), `pending` and `nbytes`."""
        cdef size_t numbers[NUMBERS]
        cdef size_t i
        self.refuse_base()
        for i in range(NUMBERS):
            numbers[i] = 0
        with cython.critical_section(self):
            self.measure(numbers)
        names = ("replicas", "entries", "dots", "cloud", "tombstones", "pending", "nbytes")
        return {name: numbers[i] for i, name in enumerate(names)}

    # ---- what a class brings ----

    cdef Replicated empty(self):
        raise TypeError(f"{type(self).__name__} is only a base: make one of its subclasses")

    cdef unsigned number(self) noexcept:
        return 0

    cdef coterie_status take(self, Replicated other) noexcept:
        return COTERIE_NO_MEMORY

    cdef coterie_status join(self, Replicated other) noexcept:
        return COTERIE_NO_MEMORY

    cdef coterie_status relate(self, Replicated other, int *relation) noexcept:
        return COTERIE_NO_MEMORY

    cdef bint unlike(self, Replicated other) noexcept:
        return False

    cdef bint wrote_more(self, Replicated other, const uint8_t *id, size_t len) noexcept:
        return False

    cdef coterie_status take_pending(self, Replicated delta) noexcept:
        return COTERIE_NO_MEMORY

    cdef coterie_status beyond(self, Replicated known, Replicated diff) noexcept:
        return COTERIE_NO_MEMORY

    cdef coterie_status renew(self, const uint8_t *id, size_t len) noexcept:
        return COTERIE_NO_MEMORY

    cdef coterie_status take_renewed(self, Replicated new) noexcept:
        return self.take(new)

    cdef size_t room(self, bint digest) noexcept:
        return 0

    cdef coterie_status write(self, bint digest, uint8_t *out, uint8_t **end) noexcept:
        return COTERIE_NO_MEMORY

    cdef const uint8_t *read(self, bint digest, const uint8_t *at, const uint8_t *end, coterie_status *status) noexcept:
        status[0] = COTERIE_NO_MEMORY
        return NULL

    cdef void measure(self, size_t *numbers) noexcept:
        pass

    cdef object changes(self, Replicated before, Replicated after):
        return Changes()

    cdef uint64_t last_stamp(self) noexcept:
        return 0


def restored(cls, data, codec, /):
    cdef Replicated new = <Replicated?>blank(cls, cls), like = new.decoded(data)
    new.share(like)
    new.codec = codec
    return new
