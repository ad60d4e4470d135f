# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Causal delivery."""

cimport cython

from libc.stdint cimport uint64_t

from coterie._core cimport check_count, shown
from coterie._stored cimport blank, set_state
from coterie.clocks._ids cimport NO_KIND, Kind, check_id, check_kinds, ids_of
from coterie.clocks._message cimport Message
from coterie.clocks._vector cimport VectorClock, as_clock

from copy import deepcopy
from threading import RLock

from coterie._errors import BufferFullError


@cython.auto_pickle(False)
cdef class CausalBuffer:
    """CausalBuffer(replica=None, clock=None, /, *, members=None, max_pending=65536)\n--\n
    Delivers messages in causal order: each once, and after all that its sender had sent and delivered before.

    replica: this replica's id, for `send`; None if it only receives.
    clock: a VectorClock of what was sent and delivered in an earlier life, or None.
    members: an iterable of the ids that may speak, each once; None: any.
    max_pending: how many messages that cannot be delivered yet are held.

    Messages may come late, twice and in any order. What is held is never forgotten: when there is no room for one more,
    `receive` raises BufferFullError and does not take it, while those that can be delivered always pass. Each held message
    waits for one other at a time, so that a long gap costs no rescans. Methods are atomic: any thread may use a buffer at
    any time.

    Birman, Schiper and Stephenson, "Lightweight Causal and Atomic Group Multicast", 1991.

    >>> from coterie import CausalBuffer
    >>> a, b = CausalBuffer("a"), CausalBuffer("b")
    >>> first, second = a.send("x"), a.send("y")
    >>> b.receive(second), b.missing()
    ([], [('a', 1, 1)])
    >>> [message.payload for message in b.receive(first)], b.receive(second)
    (['x', 'y'], [])
    """

    cdef object lock
    cdef object replica_id
    cdef frozenset allowed
    cdef Py_ssize_t most
    cdef Kind kind          # of all ids, once there is one
    cdef VectorClock delivered
    cdef dict held          # (sender, count) -> Message
    cdef dict waiting       # (id, count) -> those that wait for it first, each with all that it waits for
    cdef dict needed        # id -> up to where its messages are held, or needed by held ones; now or before
    cdef Py_ssize_t repeated

    def __cinit__(self):
        self.lock, self.most = RLock(), 65536
        self.delivered, self.held, self.waiting, self.needed = VectorClock.__new__(VectorClock), {}, {}, {}

    def __init__(self, replica=None, clock=None, /, *, members=None, max_pending=65536):
        cdef Kind kind = NO_KIND, first = NO_KIND
        cdef VectorClock known = VectorClock.__new__(VectorClock)
        cdef Py_ssize_t most = check_count(max_pending)
        cdef frozenset allowed = None
        if clock is not None:
            known = as_clock(clock).still()
            first = known.listed()[2] if known else NO_KIND
        if replica is not None:
            replica = check_id(replica, &kind)
            check_kinds(first, kind)
            first = kind
        if members is not None:
            kind, ids = ids_of(members, -1, "members")
            check_kinds(first, kind)
            first, allowed = first or kind, frozenset(ids)
            for id in known:
                if id not in allowed:
                    raise ValueError(f"clock has an entry of {shown(id)}, which is not in members")
            if replica is not None and replica not in allowed:
                raise ValueError(f"members does not have this replica, {shown(replica)}")
        with self.lock:
            self.replica_id, self.most, self.kind, self.delivered = replica, most, first, known
            self.allowed, self.held, self.waiting, self.needed = allowed, {}, {}, {}
            self.repeated = 0

    # ---- sending ----

    def send(self, payload, /):
        """A Message with the next number of this replica, which counts as delivered here.

        ValueError if the buffer was made without a replica, and while a message of its own id is held, or needed by one that
        is: the id had another life, whose clock has to be restored, or another id taken.
        """
        with self.lock:
            if self.replica_id is None:
                raise ValueError("the buffer has no replica: make it with an id to send")
            if self.needed.get(self.replica_id, 0) > self.delivered.get(self.replica_id):
                raise ValueError(f"a message of {shown(self.replica_id)} itself is held, or needed by one that is: restore the "
                                 "clock of its earlier life, or take another id")
            clock = self.delivered.duplicate()
            clock.increment(self.replica_id)
            message = Message(self.replica_id, clock, payload)
            self.delivered = clock
            return message

    # ---- receiving ----

    def receive(self, message, /):
        """The messages that can be delivered now, in causal order: none if this one came before or has to wait.

        KeyError for a sender, or an entry of the clock, that is no member. BufferFullError if it has to wait and there is no
        room.
        """
        cdef Message one
        if not isinstance(message, Message):
            raise TypeError(f"message is a {type(message).__name__}: pass a Message")
        one = <Message>message
        with self.lock:
            check_kinds(self.kind, one.kind)
            if self.allowed is not None:
                for id in one.known:
                    if id not in self.allowed:
                        raise KeyError(id)
            dot = (one.from_id, one.count)
            if one.count <= self.delivered.get(one.from_id) or dot in self.held:
                self.repeated += 1
                return []
            wanted = self.wanted(one)
            if wanted:
                if len(self.held) >= self.most:
                    raise BufferFullError(f"{len(self.held)} messages are held: first receive those that `missing()` lists")
                self.kind = one.kind
                self.hold(one, wanted)
                return []
            self.kind = one.kind
            return self.deliver([one])

    # The dots for which a message waits, the last one first; none if it can be delivered.
    cdef list wanted(self, Message message):
        cdef list wanted = []
        for id, first, last in self.delivered.missing(message.known):
            if id != message.from_id:
                wanted.append((id, last))
            elif first < last:
                wanted.append((id, last - 1))
        wanted.reverse()
        return wanted

    # Holds a message until these dots are delivered.
    cdef int hold(self, Message message, list wanted) except -1:
        for id, last in [(message.from_id, message.count), *wanted]:
            if last > self.needed.get(id, 0):
                self.needed[id] = last
        self.held[message.from_id, message.count] = message
        self.wait(message, wanted)
        return 0

    # Lets a message wait for the first of these dots that is not delivered; False if all are, and it can be delivered too.
    cdef bint wait(self, Message message, list wanted) except -1:
        while wanted:
            dot = wanted.pop()
            if self.delivered.get(dot[0]) < <uint64_t>dot[1]:
                self.waiting.setdefault(dot, []).append((message, wanted))
                return True
        return False

    # Delivers messages that can be, and those that waited for them.
    cdef list deliver(self, list ready):
        cdef Message message
        cdef list done = []
        cdef Py_ssize_t at = 0
        while at < len(ready):
            message = ready[at]
            at += 1
            dot = (message.from_id, message.count)
            self.delivered.advance(message.from_id, message.count)
            self.held.pop(dot, None)
            done.append(message)
            ready.extend(self.freed(dot))
        return done

    # Those that waited for a dot and can be delivered; the others wait for another one.
    cdef list freed(self, tuple dot):
        cdef list ready = []
        for message, wanted in self.waiting.pop(dot, ()):
            if not self.wait(message, wanted):
                ready.append(message)
        return ready

    def advance(self, clock, /):
        """Count all that a VectorClock knows as delivered, after a transfer of state; the messages that this frees, in
        causal order. Held ones that it knows are dropped."""
        cdef VectorClock known = as_clock(clock).still()
        cdef Message message
        with self.lock:
            kind = known.listed()[2] if known else NO_KIND
            check_kinds(self.kind, <Kind>kind)
            if self.allowed is not None:
                for id in known:
                    if id not in self.allowed:
                        raise KeyError(id)
            if kind != NO_KIND:
                self.kind = <Kind>kind
            self.delivered.join(known)
            left = [message for message in self.held.values() if message.count > self.delivered.get(message.from_id)]
            self.held, self.waiting, self.needed = {}, {}, {}
            ready = []
            for message in left:
                wanted = self.wanted(message)
                if wanted:
                    self.hold(message, wanted)
                else:
                    ready.append(message)
            return self.deliver(ready)

    # ---- what it has ----

    @property
    def clock(self):
        """What was delivered, own messages included: a VectorClock, a copy."""
        with self.lock:
            return self.delivered.duplicate()

    @property
    def replica(self):
        """This replica's id, or None."""
        with self.lock:
            return self.replica_id

    @property
    def duplicates(self):
        """How many messages came that were delivered or held already."""
        return self.repeated

    def __len__(self):
        """How many messages are held."""
        with self.lock:
            return len(self.held)

    def pending(self):
        """The messages that are held, as a list in the order of their dots."""
        with self.lock:
            return [self.held[dot] for dot in sorted(self.held)]

    def missing(self):
        """The messages for which those that are held wait, and that are not held themselves: a list of
        `(id, first, last)`, both included. Ask for these again.

        What nothing that came waits for is not among them, such as the last message of a sender: compare clocks from time
        to time, `buffer.clock.missing(other.clock)`."""
        cdef dict held = {}
        cdef list ranges = []
        with self.lock:
            for sender, count in self.held:
                held.setdefault(sender, []).append(count)
            for id in sorted(self.needed):
                first, last = self.delivered.get(id) + 1, self.needed[id]
                for count in sorted(held.get(id, ())):
                    if first < count:
                        ranges.append((id, first, count - 1))
                    first = count + 1
                if first <= last:
                    ranges.append((id, first, last))
        return ranges

    def __repr__(self):
        with self.lock:
            return f"<{type(self).__name__} of {self.delivered!r}, {len(self.held)} held>"

    __hash__ = None

    def __eq__(self, other):
        return NotImplemented  # so that two are equal if they are one

    # ---- copies ----

    def copy(self):
        """An independent buffer in the same state."""
        return copied(self, None)

    def __copy__(self):
        return copied(self, None)

    def __deepcopy__(self, memo):
        return copied(self, memo)

    def __reduce_ex__(self, protocol):
        return restored, (type(self), self.state()), self.__getstate__()

    cdef tuple state(self):
        with self.lock:
            members = None if self.allowed is None else sorted(self.allowed)
            return (self.replica_id, self.delivered.duplicate(), members, self.most, list(self.held.values()), self.repeated)


cdef object copied(CausalBuffer buffer, object memo):
    state, added = buffer.state(), buffer.__getstate__()  # what a subclass adds
    new = restored(type(buffer), state if memo is None else deepcopy(state, memo))
    if memo is not None:
        memo[id(buffer)] = new
        added = deepcopy(added, memo)
    if added is not None:
        set_state(new, added)
    return new


def restored(cls, state, /):
    replica, clock, members, most, held, repeated = state
    buffer = blank(cls, CausalBuffer)
    CausalBuffer.__init__(buffer, replica, clock, members=members, max_pending=max(most, len(held)))
    for message in held:
        CausalBuffer.receive(buffer, message)
    (<CausalBuffer>buffer).most, (<CausalBuffer>buffer).repeated = most, repeated
    return buffer
