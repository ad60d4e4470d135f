# cython: binding=False, embedsignature=True, embedsignature.format=clinic, autotestdict=False
# cython: freethreading_compatible=True, boundscheck=False, wraparound=False, cdivision=True
"""Messages that are delivered in causal order."""

cimport cython

from libc.stdint cimport uint64_t

from coterie._stored cimport blank
from coterie.clocks._dot cimport dot_of
from coterie.clocks._encoded cimport message_of_bytes, message_to_bytes
from coterie.clocks._ids cimport Kind, check_id, check_kinds
from coterie.clocks._vector cimport VectorClock, as_clock

from coterie.clocks._forms import message_of_json, message_to_json


@cython.auto_pickle(False)
cdef class Message:
    """Message(sender, clock, payload=None, /)\n--\n
    What a replica sends to the others, with what it knew then.

    sender: the replica's id.
    clock: a VectorClock of the messages that it had sent, this one included, and delivered. ValueError if that has no entry
        of the sender.
    payload: anything; `to_bytes` and `to_json` take None and str, `to_bytes` also bytes.

    It never changes: the clock is copied. Messages are equal if all three are, and hashable by their dots.

    >>> from coterie import Message, VectorClock
    >>> Message("a", VectorClock({"a": 2, "b": 7}), "hello").dot
    Dot('a', 2)
    """

    def __cinit__(self, *args, **kwargs):
        self.known = VectorClock.__new__(VectorClock)

    def __init__(self, sender, clock, payload=None, /):
        cdef VectorClock known = as_clock(clock).still()
        cdef Kind kind
        cdef uint64_t count
        if self.count:
            raise TypeError("a Message never changes: make another one")
        sender = check_id(sender, &kind)
        check_kinds(known.kind(), kind)
        count = known.get(sender)
        if count == 0:
            raise ValueError("clock has no entry of the sender: it counts this message too")
        self.from_id, self.kind, self.count, self.said, self.known = sender, kind, count, payload, known

    @property
    def sender(self):
        """The replica that sent it."""
        return self.from_id

    @property
    def clock(self):
        """What the sender had sent and delivered: a VectorClock, a copy."""
        return self.known.duplicate()

    @property
    def payload(self):
        """What it says."""
        return self.said

    @property
    def dot(self):
        """Which of the sender's messages it is."""
        return dot_of(self.from_id, self.kind, self.count)

    def __eq__(self, other):
        cdef Message message
        if not isinstance(other, Message):
            return NotImplemented
        message = <Message>other
        return (self.kind == message.kind and self.from_id == message.from_id and self.known == message.known
                and self.said == message.said)

    def __hash__(self):
        return hash((self.from_id, self.count))

    def __repr__(self):
        return f"{type(self).__name__}({self.from_id!r}, {self.known!r}, {self.said!r})"

    def __copy__(self):
        return self

    def __reduce_ex__(self, protocol):
        return unpickled, (type(self), self.from_id, self.clock, self.said), self.__getstate__()

    def to_bytes(self):
        """The message as bytes; equal messages have equal bytes. TypeError unless the payload is None, str or bytes."""
        ids, counts, kind = self.known.listed()
        return message_to_bytes(self.from_id, ids, kind, counts, self.said)

    @classmethod
    def from_bytes(cls, data, /, *, max_entries=65536):
        """The message that `to_bytes` wrote.

        data: bytes, bytearray or memoryview.
        max_entries: the most entries of the clock that are accepted.

        DecodeError if the bytes are anything else.
        """
        sender, entries, payload = message_of_bytes(data, max_entries)
        return cls(sender, VectorClock(entries), payload)

    def to_json(self):
        """The message as JSON: `{"v":1,"k":"str","s":"a","c":{"a":2,"b":7},"p":"hello"}`, with sender, clock and payload.
        TypeError unless the payload is None or str."""
        ids, counts, kind = self.known.listed()
        return message_to_json(self.from_id, ids, kind, counts, self.said)

    @classmethod
    def from_json(cls, text, /, *, max_entries=65536):
        """The message that `to_json` wrote. text: str, or bytes in UTF-8. DecodeError if it is anything else."""
        sender, entries, payload = message_of_json(text, max_entries, "Message")
        return cls(sender, VectorClock(entries), payload)


def unpickled(cls, sender, clock, payload, /):
    message = blank(cls, Message)
    Message.__init__(message, sender, clock, payload)
    return message
