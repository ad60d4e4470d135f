"""Hybrid clocks of several nodes whose physical clocks jump: stamps sort as causality does, all the same."""

import pickle

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from benchmarks.baselines.clocks.hybrid import PlainHybridClock
from coterie import HLC, ClockDriftError

MS = 1_000_000  # nanoseconds
MOST, MOST_NS = 2**64 - 1, 2**48 * MS - 1


class Source:
    """A physical clock that is set by hand; it can be out of order."""

    def __init__(self, ns):
        self.ns, self.broken = ns, False

    def __call__(self):
        if self.broken:
            raise OSError("no time")
        return self.ns


SOURCES = {}  # so that copies find them after a pickle


class Found:
    """The physical clock of a node, wherever it is asked from."""

    def __init__(self, name):
        self.name = name

    def __call__(self):
        return SOURCES[self.name]()


class Node:
    """A clock beside the plain one, and what is true of it: the events that it knows, and how time went."""

    def __init__(self, name, ns, drift):
        self.drift, self.source, self.time = drift, Source(ns), Found(name)
        SOURCES[name] = self.source
        self.clock = HLC(max_drift=drift, time_ns=self.time)
        self.plain = PlainHybridClock(self.source)
        self.reading = self.steps = 0
        self.known = set()

    @property
    def ms(self):
        return self.source.ns // MS

    def too_far(self, stamp):
        return self.drift is not None and stamp >> 16 > self.ms + self.drift

    def has_read(self):
        """After a call that went well."""
        self.steps += (self.reading - self.ms) * 10 > (self.drift or 0)
        self.reading = self.ms

    def check_drift(self, call, remote_ms):
        with pytest.raises(ClockDriftError) as caught:
            call()
        error = caught.value
        assert (error.remote_ms, error.local_ms, error.max_drift) == (remote_ms, self.ms, self.drift)

    def check_overflow(self, call):
        with pytest.raises(OverflowError):
            call()


numbers = st.integers(0, 3)
small_steps = st.sampled_from([0, 1, MS - 1, MS, 2 * MS, 11 * MS, 49 * MS, 51 * MS, 501 * MS])
big_steps = st.sampled_from([60_000 * MS, 10**9 * MS, 2**40 * MS])


class Nodes(RuleBasedStateMachine):
    @initialize(
        n=st.integers(2, 4),
        drifts=st.lists(st.sampled_from([None, 0, 1, 10, 500, 10**6]), min_size=4, max_size=4),
        starts=st.lists(
            st.sampled_from([0, 10**6 * MS, 10**6 * MS + 3, 1_700_000_000_000 * MS]), min_size=4, max_size=4
        ),
    )
    def start(self, n, drifts, starts):
        self.nodes = [Node(f"n{i}", starts[i], drifts[i]) for i in range(n)]
        self.stamps = []  # of all events
        self.sent = []  # messages: which event, and the events before it

    def node(self, number):
        return self.nodes[number % len(self.nodes)]

    def happened(self, node, stamp):
        """An event of a node comes after all that it knows."""
        assert all(self.stamps[event] < stamp for event in node.known)
        node.known.add(len(self.stamps))
        self.stamps.append(stamp)

    # ---- time ----

    @rule(number=numbers, step=st.one_of(small_steps, small_steps, big_steps), back=st.booleans())
    def jump(self, number, step, back):
        source = self.node(number).source
        source.ns = min(max(source.ns + (-step if back else step), 0), MOST_NS)

    @rule(number=numbers, ns=st.sampled_from([0, 1_700_000_000_000 * MS, 2**47 * MS, MOST_NS]))
    def leap(self, number, ns):
        self.node(number).source.ns = ns

    @rule(number=numbers, other=numbers)
    def agree(self, number, other):
        """Its clock is set by that of another node."""
        self.node(number).source.ns = self.node(other).source.ns

    @rule(number=numbers, more=st.sampled_from([-1, 0, 1, MS - 1, MS]))
    def step_back(self, number, more):
        """As far as is not counted, or just a little further."""
        node = self.node(number)
        self.now(number)
        node.source.ns = max(node.reading * MS - (node.drift or 0) // 10 * MS - more, 0)
        self.now(number)

    @rule(number=numbers)
    def fail(self, number):
        """A call whose physical clock raises changes nothing."""
        node = self.node(number)
        node.source.broken = True
        for call in (node.clock.now, lambda: node.clock.recv(5), lambda: node.clock.merge(5)):
            with pytest.raises(OSError, match="no time"):
                call()
        node.source.broken = False

    # ---- events ----

    @rule(number=numbers)
    def now(self, number):
        node = self.node(number)
        if node.clock.last == MOST:
            node.check_overflow(node.clock.now)
            return
        stamp = node.clock.now()
        assert stamp == node.plain.now() >= node.ms << 16
        node.has_read()
        self.happened(node, stamp)
        self.sent.append((stamp, frozenset(node.known)))

    @precondition(lambda self: self.sent)
    @rule(number=numbers, at=st.integers(0, 100))
    def receive(self, number, at):
        """Any message that was ever sent, of the node itself too: late, once more, or never."""
        node, (stamp, known) = self.node(number), self.sent[-1 - at % len(self.sent)]
        if node.too_far(stamp):
            node.check_drift(lambda: node.clock.recv(stamp), stamp >> 16)
            return
        if max(stamp, node.clock.last) == MOST:
            node.check_overflow(lambda: node.clock.recv(stamp))
            return
        arrival = node.clock.recv(stamp)
        assert arrival == node.plain.recv(stamp) > stamp
        node.has_read()
        node.known |= known
        self.happened(node, arrival)
        self.sent.append((arrival, frozenset(node.known)))

    @precondition(lambda self: self.sent)
    @rule(number=numbers, at=st.integers(0, 100))
    def merge(self, number, at):
        node, (stamp, known) = self.node(number), self.sent[-1 - at % len(self.sent)]
        if node.too_far(stamp):
            node.check_drift(lambda: node.clock.merge(stamp), stamp >> 16)
            return
        assert node.clock.merge(stamp) is None
        node.plain.merge(stamp)
        node.has_read()
        node.known |= known

    @rule(number=numbers, ahead=st.sampled_from([0, 1, 2, 9, 10, 11, 500, 501, 10**6, 10**6 + 1, 2**47]))
    def stranger(self, number, ahead):
        """A stamp from elsewhere, just before or beyond the limit."""
        node = self.node(number)
        stamp = min(node.ms + ahead, 2**48 - 1) << 16
        if node.too_far(stamp):
            node.check_drift(lambda: node.clock.merge(stamp), stamp >> 16)
            node.check_drift(lambda: node.clock.recv(stamp), stamp >> 16)
            return
        node.clock.merge(stamp)
        node.plain.merge(stamp)
        node.has_read()

    @rule(number=numbers, n=st.one_of(st.integers(0, 3), st.sampled_from([65_535, 65_536, 65_537, 150_000])))
    def batch(self, number, n):
        node = self.node(number)
        before = node.clock.last
        first = max(before + 1, node.ms << 16)
        last = first + n - 1
        if n and last > MOST:
            node.check_overflow(lambda: node.clock.now_batch(n))
            return
        if n and last >> 16 > before >> 16 and node.too_far(last):
            node.check_drift(lambda: node.clock.now_batch(n), last >> 16)
            return
        stamps = node.clock.now_batch(n)
        assert len(stamps) == n
        if n == 0:
            return
        assert (int(stamps[0]), int(stamps[-1])) == (first, last)
        assert (stamps[1:] - stamps[:-1] == 1).all()
        assert node.plain.now() == first
        node.plain.merge(last)
        node.has_read()
        self.happened(node, first)
        if last > first:
            self.happened(node, last)

    # ---- restarts ----

    @rule(number=numbers, how=st.sampled_from(["last", "bytes", "json", "pickle", "copy"]))
    def restart(self, number, how):
        """From what was saved, and nothing else; no stamp comes twice, and what was known goes on to be."""
        node = self.node(number)
        saved, options = node.clock, {"max_drift": node.drift, "time_ns": node.time}
        if how == "last":
            node.clock = HLC(last=saved.last, **options)
        elif how == "bytes":
            node.clock = HLC.from_bytes(saved.to_bytes(), **options)
        elif how == "json":
            node.clock = HLC.from_json(saved.to_json(), **options)
        else:
            node.clock = pickle.loads(pickle.dumps(saved)) if how == "pickle" else saved.copy()
        node.plain = PlainHybridClock(node.source, saved.last)
        node.reading = node.steps = 0

    @invariant()
    def same(self):
        for node in self.nodes:
            assert node.clock.last == int(node.clock) == node.plain.last
            assert (node.clock.backward_steps, node.clock.max_drift) == (node.steps, node.drift)


TestNodes = Nodes.TestCase
TestNodes.settings = settings(max_examples=150, stateful_step_count=40)
