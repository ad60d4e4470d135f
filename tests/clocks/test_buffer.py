"""CausalBuffer: whatever order messages come in, each is delivered once, after all that led to it."""

import copy
import itertools
import pickle
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.baselines.clocks.buffer import PlainBuffer
from benchmarks.baselines.clocks.context import ranges
from coterie import BufferFullError, CausalBuffer, DecodeError, Dot, Message, VectorClock
from tests.clocks.vectors import IDS, flips


def history(steps, ids="abc"):
    """Messages of replicas, each of which has received some before it sends: who sends, and what came."""
    buffers, messages = {id: CausalBuffer(id) for id in ids}, []
    for sender, seen in steps:
        for at in seen:
            if at < len(messages):
                buffers[sender].receive(messages[at])
        messages.append(buffers[sender].send(f"m{len(messages)}"))
    return messages


def check_order(delivered):
    """Each comes after all that led to it."""
    for one, other in itertools.combinations(delivered, 2):
        assert not other.clock < one.clock


some_steps = st.lists(
    st.tuples(st.sampled_from("abc"), st.lists(st.integers(0, 12), max_size=4)), min_size=1, max_size=14
)


@given(some_steps, st.data())
@settings(max_examples=200)
def test_any_order(steps, data):
    """With loss, repetition and reordering; beside a buffer that rescans."""
    messages = history(steps)
    buffer, plain, delivered = CausalBuffer("x"), PlainBuffer(), []
    arrivals = data.draw(
        st.permutations(messages + data.draw(st.lists(st.sampled_from(messages), max_size=5)))
    )
    for message in arrivals:
        before = len(delivered)
        now = buffer.receive(message)
        delivered += now
        expected = plain.receive((message.sender, message.clock.to_dict(), message.payload))
        assert {message.payload for message in now} == {payload for *_, payload in expected}
        assert buffer.clock.to_dict() == plain.delivered
        assert len(buffer) == len(plain.held)
        assert len(delivered) - before == len(now)
        assert buffer.missing() == ranges(plain.missing())
    check_order(delivered)
    assert sorted(delivered, key=lambda message: int(message.payload[1:])) == messages
    assert (len(buffer), buffer.missing(), buffer.pending()) == (0, [], [])
    assert buffer.duplicates == len(arrivals) - len(messages)


@pytest.mark.parametrize(
    "steps",
    [
        [("a", []), ("a", []), ("a", [])],
        [("a", []), ("b", [0]), ("c", [0, 1]), ("a", [])],
        [("a", []), ("b", []), ("c", []), ("a", [1, 2]), ("b", [0, 3])],
        [("a", []), ("b", [0]), ("a", [1]), ("b", [2]), ("c", [3, 0, 1, 2])],
        [("a", []), ("a", []), ("b", [1, 0]), ("b", []), ("c", []), ("c", [0])],
    ],
)
def test_every_permutation(steps):
    messages = history(steps)
    for arrivals in itertools.permutations(messages):
        buffer, delivered = CausalBuffer(), []
        for message in arrivals:
            delivered += buffer.receive(message)
        check_order(delivered)
        assert len(delivered) == len(messages)
        assert len(set(delivered)) == len(messages)


def test_the_example():
    a, b = CausalBuffer("a"), CausalBuffer("b")
    m1, m2 = a.send("x"), a.send("y")
    assert (b.receive(m2), b.missing()) == ([], [("a", 1, 1)])
    assert ([m.payload for m in b.receive(m1)], b.receive(m2)) == (["x", "y"], [])
    assert b.duplicates == 1
    assert b.receive(b.send("mine")) == []  # its own echo
    assert (a.clock, a.replica, repr(b)) == (
        VectorClock({"a": 2}),
        "a",
        "<CausalBuffer of VectorClock({'a': 2, 'b': 1}), 0 held>",
    )
    with pytest.raises(ValueError, match="no replica"):
        CausalBuffer().send("x")


def test_a_message_that_is_held_twice():
    a, b = CausalBuffer("a"), CausalBuffer()
    _, second = a.send(1), a.send(2)
    b.receive(second)
    assert (b.receive(second), len(b), b.duplicates) == ([], 1, 1)


def test_bounded_memory():
    a, b = CausalBuffer("a"), CausalBuffer("b", max_pending=3)
    messages = [a.send(n) for n in range(10)]
    for message in messages[1:4]:
        b.receive(message)
    before = b.pending()
    with pytest.raises(BufferFullError, match="3 messages are held"):
        b.receive(messages[5])
    assert b.pending() == before
    assert b.receive(messages[2]) == []  # held already
    assert [message.payload for message in b.receive(messages[0])] == [0, 1, 2, 3]
    for message in messages[5:8]:
        b.receive(message)
    assert [message.payload for message in b.receive(messages[4])] == [4, 5, 6, 7]
    none = CausalBuffer(max_pending=0)
    with pytest.raises(BufferFullError):
        none.receive(messages[1])
    assert len(none.receive(messages[0])) == 1


def test_members():
    a, stranger = CausalBuffer("a"), CausalBuffer("z")
    b = CausalBuffer("b", members=["a", "b"])
    with pytest.raises(KeyError):
        b.receive(stranger.send("x"))
    a.receive(stranger.send("y"))
    a.advance(VectorClock({"z": 2}))
    with pytest.raises(KeyError):
        b.receive(a.send("knows z"))
    with pytest.raises(KeyError):
        b.advance(VectorClock({"z": 1}))
    assert (len(b), b.clock, b.duplicates) == (0, VectorClock(), 0)
    with pytest.raises(ValueError, match="members"):
        CausalBuffer("c", members=["a"])


def test_a_replica_that_restarts():
    a, b = CausalBuffer("a"), CausalBuffer("b")
    first, second = a.send(1), a.send(2)
    again = CausalBuffer("a")
    assert again.receive(second) == []
    with pytest.raises(ValueError, match="earlier life"):
        again.send(3)
    assert [message.payload for message in again.receive(first)] == [1, 2]
    assert again.send(3).dot == Dot("a", 3)
    b.receive(first)
    restored = CausalBuffer("a", a.clock)
    assert restored.send(3).dot == Dot("a", 3)


def test_what_others_know_of_an_earlier_life_is_not_sent_again():
    """The message of another needs one of its own that it does not have: the next would get its number."""
    a, b = CausalBuffer("a"), CausalBuffer("b")
    b.receive(a.send(1))
    again, answer = CausalBuffer("a"), b.send(2)
    assert again.receive(answer) == []
    assert again.missing() == [("a", 1, 1)]
    for one in (again, again.copy()):
        with pytest.raises(ValueError, match="earlier life"):
            one.send("x")
        assert one.advance(a.clock) == [answer]
        assert one.send("x").dot == Dot("a", 2)


def test_sends_again_once_no_message_of_its_own_is_held():
    a, b = CausalBuffer("a"), CausalBuffer("b")
    messages = [a.send(n) for n in range(6)]
    b.receive(messages[0])
    again = CausalBuffer("a")

    def refuses(buffer):
        with pytest.raises(ValueError, match="earlier life"):
            buffer.send("x")

    for message in (messages[1], messages[1], messages[3], messages[5], b.send("y")):
        again.receive(message)
        refuses(again)
    for other in (again.copy(), copy.deepcopy(again), pickle.loads(pickle.dumps(again))):
        refuses(other)
        assert len(other.advance(VectorClock({"a": 6}))) == 1
        assert other.send("x").dot == Dot("a", 7)
    again.receive(messages[0])
    refuses(again)
    assert again.advance(VectorClock({"a": 3})) == [messages[3]]
    refuses(again)
    assert again.receive(messages[4]) == messages[4:]
    assert again.send("x").dot == Dot("a", 7)


def test_state_transfer():
    a, b = CausalBuffer("a"), CausalBuffer("b")
    messages = [a.send(n) for n in range(6)]
    for at in (1, 3, 5):
        b.receive(messages[at])
    assert [message.payload for message in b.advance(VectorClock({"a": 3}))] == [3]
    assert (len(b), b.missing()) == (1, [("a", 5, 5)])
    assert b.advance(VectorClock({"a": 2})) == []
    assert [message.payload for message in b.receive(messages[4])] == [4, 5]


@pytest.mark.parametrize("kind", IDS)
def test_copies(kind):
    ids = IDS[kind]
    a, b = CausalBuffer(ids[0]), CausalBuffer(ids[1], members=ids, max_pending=7)
    first, second = a.send(b"x"), a.send(["y"])
    b.receive(second)
    b.receive(second)
    for again in (b.copy(), copy.copy(b), copy.deepcopy(b), pickle.loads(pickle.dumps(b))):
        assert (again.pending(), again.duplicates, again.replica) == (b.pending(), 1, ids[1])
        assert again.receive(first) == [first, second]
    assert len(b) == 1
    other = CausalBuffer("x" if kind != "str" else 5)
    for call in (lambda: b.receive(other.send(1)), lambda: b.advance(other.clock)):
        other.send(0)
        with pytest.raises(TypeError, match="kind"):
            call()


def test_messages():
    clock = VectorClock({"a": 2, "b": 7})
    message = Message("a", clock, "hello")
    clock.increment("a")
    assert (message.sender, message.clock, message.payload, message.dot) == (
        *("a", VectorClock({"a": 2, "b": 7})),
        *("hello", Dot("a", 2)),
    )
    message.clock.increment("a")
    assert message == Message("a", VectorClock({"a": 2, "b": 7}), "hello")
    assert hash(message) == hash(Message("a", VectorClock({"a": 2}), "other"))
    assert message != Message("b", VectorClock({"a": 2, "b": 7}), "hello")
    assert message != Message("a", VectorClock({"a": 2}), "hello")
    assert message != 5
    for bad, error in ((VectorClock({"b": 1}), ValueError), ({"a": 1}, TypeError)):
        with pytest.raises(error):
            Message("a", bad)
    with pytest.raises(TypeError, match="never changes"):
        message.__init__("b", VectorClock({"b": 1}))
    with pytest.raises(TypeError):
        CausalBuffer().receive("x")
    for payload in (None, "", "text", "ä", b"", b"bytes"):
        again = Message("b", clock, payload)
        data = again.to_bytes()
        assert Message.from_bytes(data) == again
        assert pickle.loads(pickle.dumps(again)) == again
        assert copy.copy(again) is again
        assert copy.deepcopy(again) == again
        if not isinstance(payload, bytes):
            assert Message.from_json(again.to_json()) == again
        for size in range(len(data) - (payload is not None)):
            try:
                cut = Message.from_bytes(data[:size])
            except DecodeError:
                continue
            assert cut.to_bytes() == data[:size]
        for flipped in flips(data):
            try:
                made = Message.from_bytes(flipped)
            except DecodeError:
                continue
            assert made.to_bytes() == flipped
    with pytest.raises(DecodeError, match="not a Message: an entry"):  # of its clock
        Message.from_bytes(Message("a", VectorClock({"a": 1})).to_bytes()[:-1] + b"\0")
    assert message.to_json() == '{"v":1,"k":"str","s":"a","c":{"a":2,"b":7},"p":"hello"}'
    with pytest.raises(TypeError, match="value"):
        Message("a", clock, 5).to_bytes()
    with pytest.raises(TypeError, match="payload"):
        Message("a", clock, b"x").to_json()
    for bad in (
        '{"v":1,"k":"str","s":"z","c":{"a":2},"p":null}',
        '{"v":1,"k":"str","s":5,"c":{"a":2},"p":null}',
        '{"v":1,"k":"str","s":"a","c":{"a":2},"p":5}',
        '{"v":1,"k":"str","s":"a","c":{"a":2}}',
    ):
        with pytest.raises(DecodeError):
            Message.from_json(bad)


def test_bad_arguments():
    for call in (
        lambda: CausalBuffer(None, {"a": 1}),
        lambda: CausalBuffer(True),
        lambda: CausalBuffer("a", VectorClock({1: 1})),
        lambda: CausalBuffer("a", members=[1]),
        lambda: CausalBuffer(members="abc"),
        lambda: CausalBuffer(members=["a", 1]),
        lambda: CausalBuffer(max_pending=1.5),
        lambda: CausalBuffer().receive(("a", 1)),
        lambda: CausalBuffer().advance({"a": 1}),
    ):
        with pytest.raises(TypeError):
            call()
    with pytest.raises(ValueError, match="id 'a' stands in members twice"):
        CausalBuffer(members=["a", "b", "a"])
    with pytest.raises(ValueError, match=r"-1"):
        CausalBuffer(max_pending=-1)


@given(some_steps, st.data())
@settings(max_examples=100)
def test_missing_after_state_transfers(steps, data):
    """What was dropped needs nothing any more, whether the state knew all that led to it or not."""
    messages = history(steps)
    buffer = CausalBuffer("x")
    for message in data.draw(st.lists(st.sampled_from(messages), max_size=10)):
        if data.draw(st.booleans()):
            buffer.receive(message)
        else:
            buffer.advance(VectorClock({message.sender: message.clock[message.sender]}))
        plain = PlainBuffer()
        plain.delivered = buffer.clock.to_dict()
        plain.held = [(m.sender, m.clock.to_dict(), m.payload) for m in buffer.pending()]
        assert buffer.missing() == ranges(plain.missing())


@pytest.mark.parametrize("known", [0, 8000], ids=["none is known", "all are known"])
def test_many_senders_of_small_clocks(known):
    """Each message keeps the size it has, however many replicas there are."""
    script = f"""
import resource
from coterie import CausalBuffer, Message, VectorClock
ids = [f"node-{{n:04}}" for n in range(8000)]
buffer = CausalBuffer("x", VectorClock({{id: 1 for id in ids[:{known}]}}))
messages = [Message(id, VectorClock({{id: 2, "y": 5}})) for id in ids]
resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))
for message in messages:
    buffer.receive(message)
assert buffer.missing() == [(id, 1, 1) for id in ids[{known}:]] + [("y", 1, 5)]
"""
    pytest.importorskip("resource")
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_a_long_gap():
    """Every message comes, but the first one last."""
    a, b = CausalBuffer("a"), CausalBuffer("b")
    messages = [a.send(n) for n in range(5000)]
    for message in reversed(messages[1:]):
        assert b.receive(message) == []
    assert b.missing() == [("a", 1, 1)]
    assert b.receive(messages[0]) == messages
