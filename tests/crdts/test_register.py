"""LWWRegister against all writes that each replica knows."""

import copy
import math
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from benchmarks.baselines.crdts.register import PlainRegister
from coterie import HLC, ClockDriftError, DecodeError, LWWRegister, ReplicaError

MOST = 2**64 - 1
values = st.sampled_from([1, 2, 10**30, -5])  # of one kind, which the model compares
times = st.integers(1, 40)


class Registers(RuleBasedStateMachine):
    """Replicas whose clocks differ and jump; what they send comes late, twice, mixed up, or never."""

    @initialize(n=st.integers(2, 4))
    def begin(self, n):
        self.clocks = [0] * n
        self.made = [
            LWWRegister(replica=f"r{at}", time_ns=lambda at=at: self.clocks[at] * 10**6) for at in range(n)
        ]
        self.models = [PlainRegister() for _ in range(n)]
        self.pending = [False] * n
        self.sent = []

    def at(self, data):
        return data.draw(st.integers(0, len(self.made) - 1))

    @rule(data=st.data(), ms=st.integers(0, 20))
    def jump(self, data, ms):
        self.clocks[self.at(data)] = ms

    @rule(data=st.data(), value=values)
    def set(self, data, value):
        at = self.at(data)
        before = self.made[at].time
        assert self.made[at].set(value)
        assert self.made[at].time >= max(before + 1, self.clocks[at] << 16)
        self.models[at].set(self.made[at].time, self.made[at].replica, value)
        self.pending[at] = True

    @rule(data=st.data(), value=values, ms=st.integers(0, 20), more=st.integers(1, 3))
    def set_at(self, data, value, ms, more):
        at, stamp = self.at(data), (ms << 16) + more
        wins = self.made[at].set(value, time=stamp)
        self.models[at].set(stamp, self.made[at].replica, value)
        assert wins == (self.models[at].last == (stamp, self.made[at].replica, value))
        self.pending[at] |= wins

    @rule(data=st.data(), what=st.sampled_from(["state", "bytes", "delta", "diff"]))
    def send(self, data, what):
        at, to = self.at(data), self.at(data)
        made, last = self.made[at], self.models[at].last
        if what == "delta":
            state = made.take_delta()
            assert state.time == (last[0] if self.pending[at] else 0)
            self.pending[at] = False
        elif what == "diff":
            state = made.diff(self.made[to].digest())
            assert (state.time != 0) == (not made <= self.made[to])
        else:
            state = made.to_bytes() if what == "bytes" else made.copy()
        if what == "bytes" or state.time:
            self.sent.append((state, last))

    @rule(data=st.data())
    def receive(self, data):
        if not self.sent:
            return
        at, (state, last) = self.at(data), data.draw(st.sampled_from(self.sent))
        before = self.made[at].value
        try:
            changes = (self.made[at].update_from if isinstance(state, bytes) else self.made[at].merge)(
                state, changes=True
            )
        except (
            ReplicaError
        ):  # a write of its own that had lost here, and that another did not know to have lost
            raise AssertionError("an own write is no other's") from None
        if last[0]:
            self.models[at].set(*last)
        assert (changes.old, changes.new, bool(changes)) == (
            before,
            self.made[at].value,
            before != self.made[at].value,
        )

    @invariant()
    def same(self):
        for one, model in zip(getattr(self, "made", []), getattr(self, "models", []), strict=True):
            stamp, writer, value = model.last
            assert (one.time, one.writer, one.value) == (stamp, writer, value)
            first = self.models[0].last
            order = (stamp, writer or b"", value or 0), (first[0], first[1] or b"", first[2] or 0)
            assert (one <= self.made[0], self.made[0] <= one) == (order[0] <= order[1], order[1] <= order[0])
            assert (
                (one == self.made[0]) == (one.to_bytes() == self.made[0].to_bytes()) == (order[0] == order[1])
            )
            assert not one.concurrent(self.made[0])


TestRegisters = Registers.TestCase
TestRegisters.settings = settings(max_examples=80, stateful_step_count=40)


@given(st.lists(st.tuples(times, st.sampled_from("abc"), values), max_size=6), st.randoms())
def test_any_order(writes, chance):
    """Merged in any order the same value stays."""
    made = []
    for stamp, replica, value in writes:
        one = LWWRegister(replica=replica)
        one.set(value, time=stamp)
        made.append(one)
    results = []
    for _ in range(3):
        chance.shuffle(made)
        total = LWWRegister()
        total.merge_many(made)
        results.append(total)
    assert results[0] == results[1] == results[2]
    model = PlainRegister()
    for stamp, replica, value in writes:
        model.set(stamp, replica.encode(), value)
    assert (results[0].time, results[0].writer, results[0].value) == model.last


def test_kinds_of_values():
    a = LWWRegister(replica="a")
    assert (a.value, a.time, a.writer, a.take_delta()) == (None, 0, None, LWWRegister())
    for value in (None, True, 1, 1.0, "1", b"1", ("x", (None,)), 2**200, -0.0, math.nan):
        changes = LWWRegister()
        assert a.set(value)
        assert type(a.value) is type(value)
        assert repr(a.value) == repr(value)
        again = LWWRegister.from_bytes(a.to_bytes())
        assert (again, type(again.value)) == (a, type(value))
        assert changes.merge(a, changes=True).new is not changes
    for bad in ([], {1}, bytearray(b"a"), "\ud800"):
        before = a.to_bytes()
        with pytest.raises((TypeError, ValueError)):
            a.set(bad)
        assert a.to_bytes() == before


def test_one_and_true_are_two_values():
    a, b = LWWRegister(replica="a"), LWWRegister(replica="a")
    a.set(1, time=5)
    b.set(True, time=5)
    assert a != b
    total = LWWRegister()
    total.merge(b)
    changes = total.merge(a, changes=True)
    assert (changes.old, changes.new, bool(changes)) == (True, 1, True)
    assert (a | b) == (b | a)


def test_times():
    now = [5 * 10**6]
    a = LWWRegister(replica="a", time_ns=lambda: now[0])
    a.set("x")
    assert HLC.unpack(a.time) == (5, 0)
    now[0] = 10**6
    a.set("y")
    assert HLC.unpack(a.time) == (5, 1)
    assert not a.set("z", time=HLC.pack(3, 0))
    assert a.set("z", time=HLC.pack(9, 0))
    assert a.set("z", time=HLC.pack(9, 0))
    assert not a.set("a", time=HLC.pack(9, 0))
    a.set("later")
    assert HLC.unpack(a.time) == (9, 1)
    for time in (True, 1.5, "1"):
        with pytest.raises(TypeError):
            a.set("q", time=time)
    for time in (0, -1, MOST + 1):
        with pytest.raises(ValueError, match="time"):
            a.set("q", time=time)
    assert a.value == "later"
    a.set("last", time=MOST)
    before = a.to_bytes()
    with pytest.raises(OverflowError, match="no write can come after"):
        a.set("more")
    assert a.to_bytes() == before


def test_a_lost_write_was_seen():
    """Later writes come after it too."""
    a, b = LWWRegister(replica="a", time_ns=lambda: 0), LWWRegister(replica="b", time_ns=lambda: 0)
    b.set("b", time=100)
    a.set("a", time=200)
    a.merge(b)
    b.merge(a)
    b.set("again")
    assert b.time == 201


def test_drift():
    now = [10**9]
    a = LWWRegister(replica="a", time_ns=lambda: now[0], max_drift=100)
    far, near = LWWRegister(replica="b"), LWWRegister(replica="b")
    far.set("far", time=HLC.pack(1101, 0))
    near.set("near", time=HLC.pack(1100, 7))
    for use in (
        a.merge,
        lambda one: a.update_from(one.to_bytes()),
        lambda one: a.merge_many([near, one]),
        a.__ior__,
    ):
        with pytest.raises(ClockDriftError):
            use(far)
        assert (a.value, a.time) == (None, 0)
    with pytest.raises(ClockDriftError):
        a.set("far", time=HLC.pack(1101, 0))
    a.merge(near)
    assert a.value == "near"
    assert (a | near).value == "near"
    with pytest.raises(ClockDriftError):
        a.copy().merge(far)
    LWWRegister(max_drift=None, time_ns=lambda: 0).merge(far)
    again = LWWRegister.from_bytes(far.to_bytes(), time_ns=lambda: 0, max_drift=5)
    assert again.value == "far"
    with pytest.raises(ClockDriftError):
        again.merge(far)


@pytest.mark.parametrize("source", [lambda: 1.5, lambda: 1 / 0, lambda: True, lambda: 2**90])
def test_sources_of_time(source):
    a = LWWRegister(replica="a", time_ns=source)
    with pytest.raises((TypeError, ValueError, OverflowError, ZeroDivisionError)):
        a.set("x")
    assert (a.value, a.take_delta()) == (None, LWWRegister())
    for bad in (5, "x"):
        with pytest.raises(TypeError, match="time_ns"):
            LWWRegister(time_ns=bad)
    for bad in (-1, 1.5, True):
        with pytest.raises((TypeError, ValueError), match="max_drift"):
            LWWRegister(max_drift=bad)


def test_an_id_used_twice():
    a = LWWRegister(replica="a", time_ns=lambda: 0)
    a.set(1)
    twin = LWWRegister.from_bytes(a.to_bytes(), replica="a", time_ns=lambda: 0)
    twin.set(2)
    with pytest.raises(ReplicaError):
        a.merge(twin)
    assert a.value == 1
    resumed = LWWRegister(replica="a")
    resumed.merge(twin)
    assert resumed.value == 2


def test_an_id_used_twice_shows_among_many():
    """Also where a later write of another hides it."""
    a, b = LWWRegister(replica="a"), LWWRegister(replica="b")
    a.set(1, time=5)
    twin = LWWRegister.from_bytes(a.to_bytes(), replica="a")
    twin.set(2, time=10)
    b.set(3, time=20)
    for states in ([twin, b], [b.to_bytes(), twin.to_bytes()]):
        with pytest.raises(ReplicaError):
            a.merge_many(states)
        assert (a.value, a.time) == (1, 5)
    a.merge_many([a, b])
    assert a.value == 3


def test_none_is_shown_before_there_is_a_value():
    a, b = LWWRegister(replica="a"), LWWRegister(replica="b")
    b.set(None)
    changes = a.merge(b, changes=True)
    assert (bool(changes), changes.old, changes.new, a.writer) == (False, None, None, b"b")
    b.set(0)
    assert a.merge(b, changes=True)


def encode(value):
    return ",".join(sorted(value)).encode()


def decode(data):
    return set(data.decode().split(","))


def test_codecs():
    a = LWWRegister(replica="a", codec=(encode, decode))
    a.set({"x", "y"})
    assert a.value == {"x", "y"}
    for other in (a.copy(), copy.deepcopy(a), pickle.loads(pickle.dumps(a)), a.fork(), a.take_delta()):
        assert other.value == {"x", "y"}
    plain = LWWRegister()
    plain.merge(a)
    with pytest.raises(TypeError, match="codec"):
        plain.value  # noqa: B018
    assert "cannot be shown" in repr(plain)
    empty = LWWRegister()
    changes = empty.merge(a, changes=True)
    assert (bool(changes), changes.old, empty == a) == (True, None, True)
    with pytest.raises(TypeError, match="codec"):
        changes.new  # noqa: B018
    with pytest.raises(TypeError):
        plain.set({"x"})


def test_generations():
    a = LWWRegister(replica="a")
    a.set("x")
    b = a.copy()
    for one in (a, b):
        one.rebase()
    assert a == b
    assert (a.value, a.writer, len(a.generation)) == ("x", b"a", 16)
    with pytest.raises(ValueError, match="generation"):
        a.merge(LWWRegister())
    a.set("y")
    b.merge(a)
    assert b.value == "y"


def test_damaged_bytes():
    a = LWWRegister(replica="a")
    a.set(("x", 300, -1.5))
    data = a.to_bytes()
    for end in range(len(data)):
        with pytest.raises(DecodeError):
            LWWRegister.from_bytes(data[:end])
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(DecodeError):
            LWWRegister.from_bytes(flipped)
