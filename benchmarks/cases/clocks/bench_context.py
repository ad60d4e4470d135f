"""What do sets of events cost, in order and with gaps, beside plain ones and sets of tuples?"""

import operator
from functools import partial

import pytest

from benchmarks import contenders, loops
from benchmarks.baselines.clocks.context import ranges

TIMES = 1000  # calls of a loop
WINDOW = 16  # of this many dots the last one comes first

contestants = pytest.mark.parametrize("who", ["coterie.Context", "plain.Context", "plain.DotSet"])
sizes = pytest.mark.parametrize(
    "size", [(3, 100), (16, 1000), (128, 1000)], ids=lambda size: "x".join(map(str, size))
)


def ask(row, question, size):
    row.ask(question, f"{size[0]} x {size[1]} events", unit="call")


def pairs(size, order="in order"):
    """The events of all replicas, which take turns."""
    all_pairs = [(f"node-{i:04d}", n + 1) for n in range(size[1]) for i in range(size[0])]
    if order == "in order":
        return all_pairs
    wide = WINDOW * size[0]
    return [pair for at in range(0, len(all_pairs), wide) for pair in reversed(all_pairs[at : at + wide])]


def two(kind, size):
    """Contexts that have each seen more of half the replicas, the last of it beyond a gap; and all of it."""
    half = [[], []]
    for id, n in pairs((size[0], size[1] + 3)):
        for which in (0, 1):
            if n <= size[1] or (int(id[5:]) % 2 == which and n != size[1] + 2):
                half[which].append((id, n))
    expected = ranges(set(half[0]) | set(half[1]))
    return *(kind.made(kind.dots(dots)) for dots in half), expected


@contestants
@sizes
@pytest.mark.parametrize("order", ["in order", "with gaps"])
def test_add(row, order, size, who):
    """context.add(dot), from none to all of them; with gaps, of 16 dots the last one comes first."""
    ask(row, f"CausalContext.add, {order}", size)
    kind = contenders.find(who)
    dots = kind.dots(pairs(size, order))
    row.check(kind, [kind.ranges(kind.made(dots))], [ranges(pairs(size))])
    return row.time(kind, partial(kind.made, dots), per=len(dots))


@contestants
@sizes
def test_contains(row, size, who):
    """dot in context, of which every second one is there."""
    ask(row, "dot in CausalContext", size)
    kind = contenders.find(who)
    context = kind.made(kind.dots(pairs(size)))
    step = max(len(pairs(size)) // TIMES, 1)
    asked = [(id, n + at % 2 * size[1]) for at, (id, n) in enumerate(pairs(size)[::step])][:TIMES]
    dots = kind.dots(asked)
    row.check(kind, [[dot in context for dot in dots]], [[n <= size[1] for _, n in asked]])
    return row.time(kind, partial(loops.fresh(loops.contains), context, dots), per=len(dots))


@contestants
@sizes
def test_join(row, size, who):
    """a | b, a new one."""
    ask(row, "a | b of two CausalContexts", size)
    kind = contenders.find(who)
    a, b, expected = two(kind, size)
    row.check(kind, [kind.ranges(kind.joined(a, b))], [expected])
    times = TIMES // 10 if who == "coterie.Context" else 1
    return row.time(kind, partial(loops.repeat, partial(kind.joined, a, b), times), per=times)


@contestants
@sizes
def test_subset(row, size, who):
    """a <= b where that is so, which takes a look at all of it."""
    ask(row, "a <= b of two CausalContexts", size)
    kind = contenders.find(who)
    a, other, _ = two(kind, size)
    b = kind.joined(a, other)
    row.check(kind, [a <= b, b <= a], [True, False])
    times = TIMES // 10 if who == "coterie.Context" else 1
    return row.time(kind, partial(loops.repeat, partial(operator.le, a, b), times), per=times)
