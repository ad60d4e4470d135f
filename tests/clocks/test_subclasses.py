"""Subclasses of clocks, objects that were never initialised, and readers beside writers."""

import copy
import pickle
import threading

import pytest

from coterie import (
    HLC,
    CausalBuffer,
    CausalContext,
    ClockMatrix,
    Dot,
    IntervalTreeClock,
    LamportClock,
    MatrixClock,
    Message,
    Roster,
    VectorClock,
)


class NamedVector(VectorClock):
    def __init__(self, name, entries=()):
        super().__init__(entries)
        self.name = name


class NamedLamport(LamportClock):
    def __init__(self, name, value=0):
        super().__init__(value)
        self.name = name


class NamedHybrid(HLC):
    def __init__(self, name, **options):
        super().__init__(**options)
        self.name = name


class NamedDot(Dot):
    def __init__(self, name, *event):
        super().__init__(*event)
        self.name = name


class NamedMessage(Message):
    def __init__(self, name, *said):
        super().__init__(*said)
        self.name = name


class NamedRoster(Roster):
    name: object = None


class SlottedDot(Dot):
    __slots__ = ("name",)


class LoggingBuffer(CausalBuffer):
    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.log = []

    def receive(self, message):
        self.log.append(message)
        return super().receive(message)


def test_message_that_was_never_initialised_does_not_crash():
    message = Message.__new__(Message)
    assert message.clock == VectorClock()
    for method in (message.to_bytes, message.to_json):
        with pytest.raises((TypeError, ValueError, KeyError)):
            method()
    with pytest.raises(TypeError):
        CausalBuffer().receive(message)


def test_matrix_clock_that_was_never_initialised_takes_no_members():
    clock = MatrixClock.__new__(MatrixClock)
    with pytest.raises(ValueError, match="no members"):
        clock.add_member("x" * 1000, VectorClock({"y" * 1000: 1}))
    assert len(clock) == 0


def test_prune_ends_beside_writers_and_hostile_times():
    # The same ids: without the GIL dicts find other ones that are equal slowly, if threads made them.
    times = dict.fromkeys(range(60_000), 1)
    clock = VectorClock(times)
    stop = False

    def write():
        while not stop:
            clock.increment(1)

    writer = threading.Thread(target=write)
    pruner = threading.Thread(target=clock.prune, args=(times, 1e6), daemon=True)
    writer.start()
    pruner.start()
    pruner.join(20)
    ended = not pruner.is_alive()
    stop = True
    writer.join()
    assert ended

    class Times(dict):
        def get(self, id, default=None):
            few.increment("a")
            return 0

    few = VectorClock({"a": 1, "b": 1})
    assert few.prune(Times(), 1e9, small=0, big=0) == ["a", "b"]
    with pytest.raises(TypeError):
        VectorClock({"a": 1}).prune(None, 1)


def test_subclasses_with_other_arguments_lose_nothing():
    for clock in (NamedLamport("n", 3), NamedHybrid("n", last=3), NamedVector("n", {"a": 1})):
        for other in (copy.copy(clock), copy.deepcopy(clock), pickle.loads(pickle.dumps(clock))):
            assert type(other) is type(clock)
            assert other.name == "n"
            assert other.to_bytes() == clock.to_bytes()
        assert type(clock).from_json(clock.to_json()).to_bytes() == clock.to_bytes()
        assert type(clock).from_bytes(clock.to_bytes()).to_bytes() == clock.to_bytes()


class FilledVector(VectorClock):
    def __new__(cls, *_):
        made = super().__new__(cls)
        VectorClock.__init__(made, dict.fromkeys(range(90), 3))
        return made


class FilledContext(CausalContext):
    def __new__(cls, *_):
        made = super().__new__(cls)
        CausalContext.__init__(made, VectorClock(dict.fromkeys(range(90), 3)), [Dot(89, 9)])
        return made


@pytest.mark.parametrize("cls", [FilledVector, FilledContext])
@pytest.mark.parametrize("entries", [{}, {"q": 1}])
def test_nothing_stays_of_what_new_put_there(cls, entries):
    clock = cls(VectorClock(entries))
    read = cls.from_bytes(clock.to_bytes()), cls.from_json(clock.to_json()), pickle.loads(pickle.dumps(clock))
    for other in (*read, clock.copy(), copy.deepcopy(clock)):
        assert type(other) is cls
        assert other == clock
        assert other.to_bytes() == cls.__base__(VectorClock(entries)).to_bytes()


def with_name(made):
    made.name = ["n"]
    return made


@pytest.mark.parametrize(
    "made",
    [
        NamedDot(["n"], "a", 3),
        with_name(SlottedDot(5, 2**63 - 1)),
        NamedMessage(["n"], "a", VectorClock({"a": 2, "b": 1}), ["x"]),
        with_name(NamedRoster([b"a", b"b"])),
    ],
    ids=lambda made: type(made).__name__,
)
def test_what_never_changes_keeps_what_subclasses_add(made):
    pickles = [pickle.dumps(made, protocol) for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)]
    for other in (copy.copy(made), copy.deepcopy(made), *map(pickle.loads, pickles)):
        assert type(other) is type(made)
        assert other == made
        assert hash(other) == hash(made)
        assert other.name == ["n"]


@pytest.mark.parametrize("made", [Dot("a", 3), Message(1, VectorClock({1: 1}), "x"), Roster(["a", "b"])])
def test_what_never_changes_without_subclasses(made):
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(made, protocol)) == made
    assert copy.copy(made) is made


def test_copies_of_buffers_keep_attributes_and_do_not_receive():
    sender, buffer = CausalBuffer("a"), LoggingBuffer("b")
    sender.send(1)
    buffer.receive(sender.send(2))
    for other in (
        buffer.copy(),
        copy.copy(buffer),
        copy.deepcopy(buffer),
        pickle.loads(pickle.dumps(buffer)),
    ):
        assert len(other.log) == 1
        assert len(other) == 1
    assert copy.deepcopy(buffer).log is not buffer.log


def test_buffer_refuses_a_clock_of_others_than_members():
    with pytest.raises(ValueError, match="members"):
        CausalBuffer("a", VectorClock({"z": 1}), members=["a", "b"])


class Elsewhere(VectorClock):
    """Says other ids than it has."""

    def __iter__(self):
        return iter(["a"])


def test_members_are_those_that_a_clock_has():
    buffer = CausalBuffer("a", members=["a", "b"])
    with pytest.raises(KeyError):
        buffer.receive(Message("b", Elsewhere({"b": 1, "c": 1})))
    with pytest.raises(KeyError):
        buffer.advance(Elsewhere({"c": 5}))
    assert buffer.clock == VectorClock()
    with pytest.raises(TypeError):
        hash(buffer)


def test_senders_of_another_kind():
    with pytest.raises(TypeError, match="kind int and of kind str"):
        Message("1", VectorClock({1: 1}))


class Liar(type):
    """Takes everything for an instance of its classes."""

    def __instancecheck__(cls, instance):
        return True


@pytest.mark.parametrize("start", [IntervalTreeClock(), ClockMatrix([[1]])], ids=["itc", "matrix"])
def test_what_a_class_takes_for_its_instance_is_not_believed(start):
    kind = Liar("Other", (type(start),), {"__new__": lambda cls, *arguments: "text"})
    with pytest.raises(TypeError, match="made a str: it has to make a Other"):
        kind.from_bytes(start.to_bytes())
