"""GCounter and PNCounter against the operations that each replica knows."""

import array
import copy
import operator
import os
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from benchmarks.baselines.crdts.counters import PlainCounter
from coterie import Changes, DecodeError, GCounter, PNCounter, ReplicaError

MOST = 2**64 - 1
kinds = pytest.mark.parametrize("kind", [GCounter, PNCounter])
amounts = st.integers(1, 5) | st.integers(1, 2**32)


class Counters(RuleBasedStateMachine):
    """A few replicas that count; states, deltas and diffs of them come late, twice, mixed up, or never."""

    kind = PNCounter

    @initialize(n=st.integers(2, 5))
    def begin(self, n):
        self.log = {}
        self.made = [self.kind(replica=f"r{at}") for at in range(n)]
        self.models = [PlainCounter(self.log) for _ in range(n)]
        self.pending = [set() for _ in range(n)]
        self.sent = []  # objects or bytes, and what they let know
        self.digests = []

    def at(self, data):
        return data.draw(st.integers(0, len(self.made) - 1))

    @rule(data=st.data(), n=amounts, down=st.booleans())
    def count(self, data, n, down):
        at = self.at(data)
        if down and self.kind is PNCounter:
            self.made[at].decrement(n)
            n = -n
        else:
            self.made[at].increment(n)
        replica = self.made[at].replica
        self.models[at].add(replica, n)
        self.pending[at].add(replica)

    @rule(data=st.data(), encoded=st.booleans())
    def send_state(self, data, encoded):
        at = self.at(data)
        state = self.made[at].to_bytes() if encoded else self.made[at].copy()
        self.sent.append((state, dict(self.models[at].known)))

    @rule(data=st.data(), encoded=st.booleans())
    def send_delta(self, data, encoded):
        at = self.at(data)
        delta = self.made[at].take_delta()
        assert delta <= self.made[at]
        known = {line: n for line, n in self.models[at].known.items() if line[0] in self.pending[at]}
        self.pending[at] = set()
        self.sent.append((delta.to_bytes() if encoded else delta, known))

    @rule(data=st.data())
    def ask(self, data):
        at = self.at(data)
        self.digests.append((self.made[at].digest(), dict(self.models[at].known)))

    @rule(data=st.data())
    def answer(self, data):
        if self.digests:
            at, (digest, known) = self.at(data), data.draw(st.sampled_from(self.digests))
            diff = self.made[at].diff(digest)
            assert diff <= self.made[at]
            self.sent.append((diff, self.models[at].beyond(known)))
            assert diff.value == sum(
                sum(self.log[line][:n]) for line, n in self.models[at].beyond(known).items()
            )

    @rule(data=st.data(), changes=st.booleans())
    def receive(self, data, changes):
        if self.sent:
            at, (state, known) = self.at(data), data.draw(st.sampled_from(self.sent))
            before, take = self.made[at].value, self.made[at].merge
            answer = (self.made[at].update_from if isinstance(state, bytes) else take)(state, changes=changes)
            self.models[at].merge(known)
            after = self.models[at].value
            assert answer == (Changes(old=before, new=after, differs=before != after) if changes else None)
            assert not changes or bool(answer) == (before != after)

    @rule(data=st.data())
    def receive_many(self, data):
        if self.sent:
            at, states = self.at(data), data.draw(st.lists(st.sampled_from(self.sent), max_size=4))
            self.made[at].merge_many(state for state, _ in states)
            for _, known in states:
                self.models[at].merge(known)

    @rule(
        data=st.data(),
        way=st.sampled_from([copy.copy, copy.deepcopy, lambda a: pickle.loads(pickle.dumps(a))]),
    )
    def replace(self, data, way):
        """One replica goes on as a copy, under another id."""
        at = self.at(data)
        before = self.made[at].replica
        self.made[at] = way(self.made[at])
        self.pending[at] = set()
        assert self.made[at].replica != before

    @invariant()
    def same(self):
        made = getattr(self, "made", [])
        for one, model in zip(made, getattr(self, "models", []), strict=True):
            assert one.value == int(one) == model.value
            assert bool(one) == (model.value != 0)
        for one, model in zip(made[:2], self.models[:2], strict=False) if made else ():
            less, more = not model.beyond(self.models[0].known), not self.models[0].beyond(model.known)
            assert (one <= made[0], made[0] <= one) == (less, more)
            assert (one == made[0]) == (one.to_bytes() == made[0].to_bytes()) == (less and more)
            assert one.concurrent(made[0]) == (not less and not more)
            assert (one.digest() == made[0].digest()) == (less and more)


class GrowingCounters(Counters):
    """The same of counters that only grow."""

    kind = GCounter


TestCounters = Counters.TestCase
TestGrowingCounters = GrowingCounters.TestCase
TestCounters.settings = TestGrowingCounters.settings = settings(max_examples=60, stateful_step_count=40)


def counted(kind, counts):
    """A counter of replicas that counted on their own."""
    total = kind()
    for replica, count in counts.items():
        one = kind(replica=replica)
        one.increment(max(count, 0))
        if count < 0:
            one.decrement(-count)
        total.merge(one)
    return total


states = st.dictionaries(st.sampled_from("abcdefghijklmnop"), st.integers(0, 9), max_size=16)


@kinds
@given(st.data())
def test_laws(kind, data):
    a, b, c = (counted(kind, data.draw(states)) for _ in range(3))
    assert a | b == b | a
    assert (a | b) | c == a | (b | c)
    assert a | a == a
    assert a <= a | b
    assert (a <= c and b <= c) == ((a | b) <= c)
    assert (a <= b) == (a | b == b)
    assert b | a.diff(b.digest()) == b | a
    assert a.diff(a.digest()) == kind()
    assert kind.from_bytes(a.to_bytes()) == a
    many = kind()
    many.merge_many([a, b.to_bytes(), bytearray(bytes(c)), memoryview(bytes(a)), a])
    assert many == a | b | c


@kinds
def test_values_beyond_64_bits(kind):
    total = kind()
    for replica in "abc":
        one = kind(replica=replica)
        one.increment(MOST)
        total |= one
    assert total.value == 3 * MOST
    if kind is PNCounter:
        for replica in "de":
            one = kind(replica=replica)
            one.decrement(MOST)
            one -= 0
            total.merge(one)
        assert total.value == MOST
        assert (total | counted(kind, {"f": -5})).value == MOST - 5


@kinds
def test_full(kind):
    a = kind(replica="a")
    a.increment(MOST)
    assert a.take_delta() == a
    for n in (1, MOST, np.uint64(7)):
        with pytest.raises(OverflowError, match=r"2\*\*64-1"):
            a.increment(n)
    with pytest.raises(OverflowError):
        kind().increment(2**64)
    assert a.value == MOST
    assert a.take_delta() == kind()


@kinds
def test_amounts(kind):
    a = kind(replica="a")
    a.increment(0)
    assert a == kind()
    assert a.take_delta() == kind()
    a += np.int8(3)
    a.increment(n=2)
    for n, error in (
        (1.5, TypeError),
        ("1", TypeError),
        (None, TypeError),
        (True, TypeError),
        (kind(), TypeError),  # who means a merge
        (-1, ValueError),
    ):
        with pytest.raises(error):
            a.increment(n)
        assert a.value == 5
    if kind is GCounter:
        with pytest.raises(ValueError, match="at least 0"):
            a += -1
        assert not hasattr(a, "decrement")
        with pytest.raises(TypeError):
            a -= 1
    else:
        a += -7
        assert a.value == -2
        a -= -3
        a -= 1
        assert a.value == 0
        assert not a
        with pytest.raises(ValueError, match="at least 0"):
            a.decrement(-1)


@kinds
def test_replicas(kind):
    assert kind(replica="ä").replica == "ä".encode()
    assert kind(replica=b"a" * 64).replica == b"a" * 64
    assert len(kind().replica) == 16
    assert kind().replica != kind().replica
    for replica, error in (
        (5, TypeError),
        (b"", ValueError),
        ("", ValueError),
        ("ä" * 33, ValueError),
        ("\ud800", ValueError),
    ):
        with pytest.raises(error):
            kind(replica=replica)
        with pytest.raises(error):
            kind().fork(replica)
    a = kind(replica="a")
    a.increment()
    with pytest.raises(ValueError, match="id of this object"):
        a.fork("a")
    b = a.fork("b")
    assert a == b
    assert b.replica == b"b"
    with pytest.raises(ValueError, match="has written"):
        b.fork(b"a")


@kinds
def test_an_id_used_twice(kind):
    a = kind(replica="a")
    a.increment(3)
    backup = a.to_bytes()
    b = kind.from_bytes(backup, replica="a")
    b.increment()
    with pytest.raises(ReplicaError, match="two living objects"):
        a.merge(b)
    with pytest.raises(ReplicaError):
        a.update_from(b.to_bytes())
    with pytest.raises(ReplicaError):
        a.merge_many([counted(kind, {"c": 1}), b])
    assert a.value == 3
    fresh = kind(replica="a")
    fresh.merge(b)
    fresh.increment()
    assert fresh.value == 5
    b.merge(a)
    assert b.value == 4


@kinds
def test_others(kind):
    a, other = kind(replica="a"), {GCounter: PNCounter, PNCounter: GCounter}[kind]()
    a.increment()
    for bad in (other, 5, None, {}, "a"):
        with pytest.raises(TypeError):
            a.merge(bad)
        with pytest.raises(TypeError):
            a | bad
        with pytest.raises(TypeError):
            a |= bad
        for order in (operator.lt, operator.le, operator.gt, operator.ge):
            with pytest.raises(TypeError):
                order(a, bad)
        with pytest.raises(TypeError):
            a.concurrent(bad)
        assert (a == bad, a != bad) == (False, True)
        if not isinstance(bad, str):
            with pytest.raises(TypeError):
                a.merge_many([a, bad])
    with pytest.raises(TypeError):
        hash(a)
    with pytest.raises(DecodeError):
        kind.from_bytes(other.to_bytes())
    with pytest.raises(DecodeError):
        kind.from_bytes(a.digest())
    with pytest.raises(DecodeError):
        a.diff(a.to_bytes())
    with pytest.raises(DecodeError):
        a.update_from(other.to_bytes())
    a.merge(a)
    assert a.merge(a, changes=True) == Changes(old=1, new=1)
    assert a.value == 1


@kinds
def test_damaged_bytes(kind):
    """Every truncation and every bit."""
    a = counted(kind, {"a": 1, "abc": 300, "z": 2**60})
    for data, read in ((a.to_bytes(), kind.from_bytes), (a.digest(), a.diff)):
        for end in range(len(data)):
            with pytest.raises(DecodeError):
                read(data[:end])
        for bit in range(8 * len(data)):
            flipped = bytearray(data)
            flipped[bit // 8] ^= 1 << bit % 8
            with pytest.raises(DecodeError):
                read(flipped)
        with pytest.raises(DecodeError):
            read(data + b"\0")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@kinds
def test_forked_processes(kind):
    """A child takes another id, or refuses to write under one that was given."""
    random, given = kind(), kind(replica="given")
    random.increment()
    given.increment()
    own = random.replica
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            for one in (random, given):
                one.update_from(os.read(reader, len(one.to_bytes())))  # what its parent did since
            random.increment()
            given.fork(replica="child").increment()
            assert given.replica == b"given"
            with pytest.raises(ReplicaError, match="fork"):
                given.increment()
            assert random.replica != own
            assert (random.value, given.value) == (3, 2)
            assert random.take_delta().value == 3
            code = 0
        finally:
            os._exit(code)
    for one in (random, given):
        one.increment()
        os.write(writer, one.to_bytes())
    assert os.waitpid(child, 0)[1] == 0
    assert random.replica == own


@kinds
def test_buffers(kind):
    a = counted(kind, {"a": 3})
    data = a.to_bytes()
    spaced = memoryview(bytes(byte for pair in zip(data, data, strict=True) for byte in pair))[::2]
    for buffer in (bytearray(data), spaced, array.array("B", data), np.frombuffer(data, np.uint8)):
        assert kind.from_bytes(buffer) == a
    for bad in (data.decode("latin1"), None, 5, list(data)):
        with pytest.raises(TypeError, match="pass the bytes of a"):
            a.update_from(bad)


@kinds
def test_memory(kind):
    a = counted(kind, {})
    assert a.nbytes == 0
    for at in range(100):
        a.merge(counted(kind, {f"{at}": 1}))
    index, ids, counts = 256 * 4, 100 * 32 + 190, 100 * 8 * (1 + (kind is PNCounter))
    assert index + ids + counts <= a.nbytes < index + 2 * (ids + counts)


@kinds
def test_shown(kind):
    a = kind(replica="a")
    a.increment(3)
    assert repr(a) == f"<{kind.__name__} of 3, replica b'a'>"
    assert a.stats() == {
        "replicas": 1,
        "entries": 1,
        "dots": 0,
        "cloud": 0,
        "tombstones": 0,
        "pending": 1,
        "nbytes": a.nbytes,
    }
    assert a.generation == b""
