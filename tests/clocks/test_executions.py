"""Runs in which messages are lost, repeated and reordered: clocks beside true causality."""

import itertools
import random
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coterie import HLC, BloomClock, CausalContext, Dot, LamportClock, Relation, VectorClock

MOST_REPLICAS = 8


@dataclass
class Event:
    """What a replica's clocks said when it had happened, and the events that led to it, itself included."""

    history: frozenset
    vector: VectorClock
    context: CausalContext
    bloom: BloomClock
    lamport: int
    hybrid: int


class Replica:
    def __init__(self, id, cells):
        self.id, self.ms = id, 1000
        self.vector, self.context, self.bloom = VectorClock(), CausalContext(), BloomClock(cells, 2)
        self.lamport, self.hybrid = LamportClock(), HLC(max_drift=None, time_ns=lambda: self.ms * 10**6)
        self.history = frozenset()

    def happen(self, number, stamps=None):
        """An event with a number of its own; with `stamps`, if it is the arrival of a message with them."""
        self.history |= {number}
        self.vector.increment(self.id)
        assert self.context.next_dot(self.id) == Dot(self.id, self.vector[self.id])
        self.bloom.add(number)
        lamport, hybrid = self.lamport, self.hybrid
        marks = (
            (lamport.recv(stamps[0]), hybrid.recv(stamps[1])) if stamps else (lamport.tick(), hybrid.now())
        )
        return Event(self.history, self.vector.copy(), self.context.copy(), self.bloom.copy(), *marks)

    def learn(self, event):
        """All that was known at an event, as it comes over the wire."""
        self.history |= event.history
        self.vector.merge(VectorClock.from_bytes(event.vector.to_bytes()))
        self.context.merge(CausalContext.from_bytes(event.context.to_bytes()))
        self.bloom.merge(BloomClock.from_bytes(event.bloom.to_bytes()))


def run(steps, cells):
    """The events of a run. A step: a replica, what it does, a number, and how its physical clock jumps."""
    replicas, events = [Replica("r0", cells)], []
    for at, what, number, ms in steps:
        replica = replicas[at % len(replicas)]
        replica.ms = max(replica.ms + ms, 0)
        message = events[-1 - number % len(events)] if events else None  # of any time, of its own too
        if what == "join" and len(replicas) < MOST_REPLICAS:
            replicas.append(Replica(f"r{len(replicas)}", cells))
            if message and number % 2:  # it begins with what another one knew
                replicas[-1].learn(message)
                replicas[-1].lamport.merge(message.lamport)
                replicas[-1].hybrid.merge(message.hybrid)
        elif what == "merge" and message:  # to take note is no event
            replica.learn(message)
            replica.lamport.merge(message.lamport)
            replica.hybrid.merge(message.hybrid)
        elif what == "receive" and message:
            replica.learn(message)
            events.append(replica.happen(len(events), (message.lamport, message.hybrid)))
        else:
            events.append(replica.happen(len(events)))
    return events


def check(events):
    """All pairs. How many were ordered, and how many of the others the Bloom clocks could tell."""
    ordered = told = 0
    for e, f in itertools.combinations(events, 2):  # f has not led to e, which was first
        before = e.history < f.history
        truth = Relation.BEFORE if before else Relation.CONCURRENT
        assert e.vector.compare(f.vector) is e.context.compare(f.context) is truth
        assert f.vector.compare(e.vector) is f.context.compare(e.context) is truth.flipped
        assert (e.vector < f.vector) == (f.vector > e.vector) == (e.context < f.context) == before
        assert e.vector.concurrent(f.vector) == e.context.concurrent(f.context) == (not before)
        guess = e.bloom.compare(f.bloom)
        if before:
            ordered += 1
            assert e.lamport < f.lamport
            assert e.hybrid < f.hybrid
            assert guess is Relation.BEFORE
        told += guess is Relation.CONCURRENT
    for event in events:
        assert event.context == CausalContext(event.vector)
        assert sum(event.vector.to_dict().values()) == len(event.history)
    return ordered, told


WHAT = ["event", "receive", "receive", "merge", "join"]
some_steps = st.lists(
    st.tuples(
        st.integers(0, MOST_REPLICAS - 1),
        st.sampled_from(WHAT),
        st.integers(0, 60),
        st.sampled_from([0, 0, 1, -1, 50, -50, 10**6, -(10**6)]),
    ),
    min_size=2,
    max_size=60,
)


@given(some_steps, st.sampled_from([2, 8, 64]))
@settings(max_examples=150)
def test_any_run(steps, cells):
    check(run(steps, cells))


@pytest.mark.parametrize("seed", range(3))
def test_long_runs(seed):
    """Late in them a Bloom clock of few cells hardly knows concurrent events from ordered ones."""
    chance, steps = random.Random(seed), [(0, "join", 0, 0)] * (MOST_REPLICAS - 1)
    for _ in range(250):
        far = chance.randrange(chance.choice((3, 20, 250)))
        steps.append((chance.randrange(99), chance.choice(WHAT), far, chance.randrange(-9, 10)))
    events = run(steps, 4)
    ordered, told = check(events)
    pairs = len(events) * (len(events) - 1) // 2
    assert pairs // 10 < ordered < pairs
    assert told < pairs - ordered
    wide = run(steps, 4096)
    assert check(wide)[0] == ordered
    assert check(wide)[1] == pairs - ordered  # with many cells it does
