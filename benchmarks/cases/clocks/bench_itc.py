"""What do interval tree clocks cost, of 3 to 1024 replicas that hear from each other?"""

import random
from functools import cache, partial

import pytest

from benchmarks import contenders, loops
from benchmarks.baselines.clocks import vector
from benchmarks.floors import Floor

TIMES = {3: 1000, 16: 1000, 128: 100, 1024: 10}  # calls of a loop
WHO = ["coterie.IntervalTreeClock", "plain.IntervalTreeClock", "pyitc.IntervalTreeClock"]

contestants = pytest.mark.parametrize("who", WHO)
replicas = pytest.mark.parametrize("n", list(TIMES))


@cache
def two(who, n):
    """Stamps of two of n replicas, after two events of each replica and two messages to each, in random
    order, and one from each. The second one has an event more."""
    kind, rng, live = contenders.find(who), random.Random(1), []
    live.append(kind.make())
    while len(live) < n:
        live += kind.fork(live.pop(0))
    for _ in range(2 * n):
        one, other = rng.randrange(n), rng.randrange(n)
        live[one] = kind.event(live[one])
        live[other] = kind.join(live[other], live[one])
    first, second = live[0], live[n // 2]
    for stamp in live:
        first, second = kind.join(first, stamp), kind.join(second, stamp)
    return first, kind.event(second)


def texts(who, n):
    """What becomes of them: of the event of the first, of its halves, and of what both know."""
    kind, (first, second) = contenders.find(who), two(who, n)
    copy, both = kind.join(first, first), kind.join(first, second)
    return list(map(kind.text, [first, second, kind.event(copy), *kind.fork(first), both]))


def asked(row, what, n, who):
    """Times that."""
    kind, stamps = contenders.find(who), two(who, n)
    if n < 1024 or who != WHO[2]:  # a text of so many leaves takes pyitc many minutes
        row.check(kind, texts(who, n), texts(WHO[0], n))
    row.check(kind, [kind.less(*stamps), kind.less(*stamps[::-1])], [True, False])
    return row.time(kind, partial(loops.repeat, kind.asking(what, *stamps), TIMES[n]), per=TIMES[n])


@pytest.mark.parametrize("who", [*WHO, "floor", "increment"])
@replicas
def test_event(row, n, who):
    """stamp.event()."""
    row.ask("IntervalTreeClock.event", f"{n} replicas", unit="call")
    if who == "floor":
        return row.floor("py_len_call_ns")
    if who == "increment":
        run = partial(loops.repeat, partial(vector.increment, {"a": 1}, "a"), 1000)
        return row.floor(Floor("a dict's increment", run, 1000))
    return asked(row, "event", n, who)


@contestants
@replicas
def test_join(row, n, who):
    """stamp | other.peek(), a new stamp that knows what both know."""
    row.ask("join of an IntervalTreeClock and a message", f"{n} replicas", unit="call")
    return asked(row, "join", n, who)


@contestants
@replicas
def test_less(row, n, who):
    """a < b where that is so, which takes a look at every leaf."""
    row.ask("a < b of two IntervalTreeClocks", f"{n} replicas", unit="call")
    return asked(row, "less", n, who)


@contestants
@replicas
def test_fork(row, n, who):
    """stamp.fork()."""
    row.ask("IntervalTreeClock.fork", f"{n} replicas", unit="call")
    return asked(row, "fork", n, who)
