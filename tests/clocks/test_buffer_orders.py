"""CausalBuffer: small histories in every order that there is, and large ones in some."""

import itertools
import random

import pytest

from coterie import CausalBuffer, Message, VectorClock


def message(sender, seen, history):
    """The next one of a sender that has seen some messages, and all that led to it."""
    past = frozenset().union(
        *(history[at][1] for at in seen), *(past for m, past in history if m.sender == sender)
    )
    clock = VectorClock()
    for at in past:
        clock.merge(history[at][0].clock)
    clock.increment(sender)
    return Message(sender, clock, len(history)), past | {len(history)}


def histories(n, senders):
    """All histories of n messages: each sender has seen any of those before."""
    found = {(): ()}
    for size in range(n):
        longer = {}
        for history in found.values():
            for sender in senders:
                for seen in itertools.product((False, True), repeat=size):
                    made, past = message(sender, itertools.compress(range(size), seen), history)
                    new = (*history, (made, past))
                    longer.setdefault(tuple((m.sender, *past) for m, past in new), new)
        found = longer
    return list(found.values())


def check(history, arrivals):
    """What is delivered is what has come with all that led to it, whatever the order and however often."""
    buffer, arrived, delivered = CausalBuffer(), set(), []
    for at in arrivals:
        before = at in arrived
        arrived.add(at)
        now = [message.payload for message in buffer.receive(history[at][0])]
        assert not (before and now)
        delivered += now
        assert set(delivered) == {at for at in arrived if history[at][1] <= arrived}
        assert len(buffer) == len(arrived) - len(delivered)
    assert len(set(delivered)) == len(delivered)
    for place, at in enumerate(delivered):
        assert history[at][1] <= set(delivered[: place + 1])
    assert buffer.duplicates == len(arrivals) - len(arrived)


@pytest.mark.parametrize(("n", "senders"), [(3, "abc"), (4, "abc"), (5, "ab")])
def test_every_order_of_every_history(n, senders):
    for history in histories(n, senders):
        for arrivals in itertools.permutations(range(n)):
            check(history, arrivals)


@pytest.mark.parametrize("n", [2, 3])
def test_every_order_with_repetitions(n):
    """And with losses: all sequences of arrivals that there are."""
    for history in histories(n, "abc"):
        for size in range(n + 3):
            for arrivals in itertools.product(range(n), repeat=size):
                check(history, arrivals)


def some_history(chance, n, senders):
    """Messages whose senders have seen some of the latest."""
    history = []
    for size in range(n):
        seen = {max(size - 1 - chance.randrange(12), 0) for _ in range(chance.randrange(3))} if size else ()
        history.append(message(chance.choice(senders), seen, history))
    return history


def test_every_order_of_some_histories():
    chance = random.Random(6)
    for senders in ("ab", "abc") * 3:
        history = some_history(chance, 6, senders)
        for arrivals in itertools.permutations(range(6)):
            check(history, arrivals)


@pytest.mark.parametrize("senders", ["ab", "abc", "abcdefghijkl"])
def test_large_histories(senders):
    """In any order; nearly in order; with many repetitions; one sender after the other; in reverse."""
    chance = random.Random(len(senders))
    history = some_history(chance, 300, senders)
    orders = [
        chance.sample(range(300), 300),
        sorted(range(300), key=lambda at: at + chance.randrange(20)),
        [chance.randrange(300) for _ in range(900)],
        sorted(range(300), key=lambda at: (history[at][0].sender, at)),
        list(range(299, -1, -1)),
    ]
    for arrivals in orders:
        check(history, arrivals)
